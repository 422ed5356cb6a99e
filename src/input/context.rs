//! Where the keyboard is: each context reads its keys through a stack of keymap sections.

/// A section of the keymap file. All but [`Context::Everywhere`] and [`Context::Browse`], which
/// others build on, are also places where the keyboard can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Keys of every screen; not of overlays.
    Everywhere,
    /// Movement, shared by everything that has rows.
    Browse,
    /// The tree, the card and the neighbours.
    Curate,
    /// One subject's syllabus, one row per class session.
    Syllabus,
    /// The plan and the live run.
    Homework,
    /// Finished items, and what people say of them.
    Dataset,
    /// Decisions, newest first.
    History,
    /// An overlay that is read and scrolled.
    Reader,
    /// Why something is here, and two versions of it beside each other.
    Evidence,
    /// An overlay that filters a list while typing: search, place under, pick a model.
    Picker,
    /// A one-line text field.
    Text,
    /// What a model would be told, before it is asked.
    Preview,
    /// A question that wants yes or no.
    Confirm,
}

impl Context {
    /// All sections, in the order of the default keymap file.
    pub const ALL: [Self; 13] = [
        Self::Everywhere,
        Self::Browse,
        Self::Curate,
        Self::Syllabus,
        Self::Homework,
        Self::Dataset,
        Self::History,
        Self::Reader,
        Self::Evidence,
        Self::Picker,
        Self::Text,
        Self::Preview,
        Self::Confirm,
    ];

    /// The section's name in a keymap file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Browse => "browse",
            Self::Curate => "curate",
            Self::Syllabus => "syllabus",
            Self::Homework => "homework",
            Self::Dataset => "dataset",
            Self::History => "history",
            Self::Reader => "reader",
            Self::Evidence => "evidence",
            Self::Picker => "picker",
            Self::Text => "text",
            Self::Preview => "preview",
            Self::Confirm => "confirm",
        }
    }

    /// The context of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// The sections whose keys are live here, the most specific first.
    pub const fn sections(self) -> &'static [Self] {
        match self {
            Self::Everywhere => &[Self::Everywhere],
            Self::Browse => &[Self::Browse],
            Self::Curate => &[Self::Curate, Self::Browse, Self::Everywhere],
            Self::Syllabus => &[Self::Syllabus, Self::Browse, Self::Everywhere],
            Self::Homework => &[Self::Homework, Self::Browse, Self::Everywhere],
            Self::Dataset => &[Self::Dataset, Self::Browse, Self::Everywhere],
            Self::History => &[Self::History, Self::Browse, Self::Everywhere],
            Self::Reader => &[Self::Reader, Self::Browse],
            Self::Evidence => &[Self::Evidence, Self::Browse],
            Self::Picker => &[Self::Picker],
            Self::Text => &[Self::Text],
            Self::Preview => &[Self::Preview, Self::Browse],
            Self::Confirm => &[Self::Confirm],
        }
    }

    /// Whether plain characters are text here and therefore can never be bound.
    pub const fn takes_text(self) -> bool {
        matches!(self, Self::Picker | Self::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for context in Context::ALL {
            assert_eq!(Context::from_name(context.name()), Some(context));
        }
        assert_eq!(Context::from_name("Curate"), None);
    }
}
