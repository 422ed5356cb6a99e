//! The meanings a view can give to text. A theme file gives them colours.

macro_rules! roles {
    ($( $(#[$doc:meta])* $variant:ident $name:literal $( else $fallback:ident )?; )+) => {
        /// What a piece of text means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $( $(#[$doc])* $variant, )+
        }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[ $( Self::$variant, )+ ];

            /// The name in theme files.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The role whose look it takes in a theme that does not name it.
            pub const fn fallback(self) -> Option<Self> {
                match self { $( Self::$variant => roles!(@fallback $( $fallback )?), )+ }
            }
        }
    };
    (@fallback) => { None };
    (@fallback $fallback:ident) => { Some(Self::$fallback) };
}

roles! {
    /// The whole screen, below everything.
    Background "background";
    /// Ordinary text.
    Text "text";
    /// Secondary text: scopes, counts, times.
    Dim "dim" else Text;
    /// Headings of panes and overlays.
    Title "title" else Text;
    /// The line at the top: title, path.
    Header "header" else Text;
    /// The line at the bottom.
    Footer "footer" else Dim;
    /// Frame of a pane.
    Border "border" else Dim;
    /// Frame of the pane that has the keyboard.
    BorderFocus "border.focus" else Title;
    /// Text and frame of overlays.
    Overlay "overlay" else Text;
    /// The row with the cursor, in the pane that has the keyboard.
    Selection "selection";
    /// The row with the cursor, in another pane.
    SelectionInactive "selection.inactive" else Selection;
    /// A marked row.
    Mark "mark" else Title;
    /// The part of a name that the search found.
    Match "match" else Warning;
    /// Accepted.
    TreeAccepted "tree.accepted" else Text;
    /// Proposed and undecided.
    TreePending "tree.pending" else Title;
    /// Rejected.
    TreeRejected "tree.rejected" else Dim;
    /// To be decided later.
    TreeDeferred "tree.deferred" else Dim;
    /// Accepted once, replaced or withdrawn since.
    TreeDeprecated "tree.deprecated" else Dim;
    /// Flagged for a second curator.
    Flag "flag" else Warning;
    /// What kind a node is: field, discipline, subject.
    Kind "kind" else Dim;
    /// Code within a text.
    Code "code" else Info;
    /// A formula.
    Formula "formula" else Kind;
    /// A key in footer, help and menus.
    Key "key" else Title;
    /// What that key does.
    KeyLabel "key.label" else Dim;
    /// A key whose action is not possible now.
    KeyDisabled "key.disabled" else Dim;
    /// Something went well.
    Ok "ok" else Text;
    /// Something to know.
    Info "info" else Text;
    /// Something to look at.
    Warning "warning" else Title;
    /// Something went wrong.
    Error "error" else Warning;
    /// The finished part of a progress bar.
    ProgressDone "progress.done" else Ok;
    /// The failed part of a progress bar.
    ProgressFailed "progress.failed" else Error;
    /// The part of a progress bar that is left.
    ProgressLeft "progress.left" else Dim;
    /// The line of rates over time.
    Sparkline "sparkline" else ProgressDone;
    /// Added text in a comparison.
    DiffAdded "diff.added" else Ok;
    /// Removed text in a comparison.
    DiffRemoved "diff.removed" else Error;
    /// A text field.
    Input "input" else Text;
    /// Invisible characters of untrusted text, revealed.
    Revealed "revealed" else Error;
}

impl Role {
    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Role::ALL.iter().map(|role| role.name()).collect();
        assert_eq!(names.len(), Role::ALL.len());
        for (index, role) in Role::ALL.iter().enumerate() {
            assert_eq!(Role::from_name(role.name()), Some(*role));
            assert_eq!(*role as usize, index);
        }
    }

    #[test]
    fn fallbacks_end() {
        for role in Role::ALL {
            let steps = std::iter::successors(Some(*role), |role| role.fallback());
            assert!(steps.take(10).count() < 10, "{} goes in circles", role.name());
        }
    }
}
