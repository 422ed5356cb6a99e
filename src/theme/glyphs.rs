//! One glyph per state, so that nothing is told by colour alone; and the same in ASCII for terminals
//! and locales that draw the others wide or not at all.

use ratatui::symbols::border;

/// Which set of glyphs to draw with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GlyphSet {
    /// Symbols that are one column wide in every locale where there is a choice.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// The signs that views draw with. States and folds are exactly one column wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// An accepted node.
    pub accepted: &'static str,
    /// A proposal nobody has decided on.
    pub pending: &'static str,
    /// A rejected proposal.
    pub rejected: &'static str,
    /// To be decided later.
    pub deferred: &'static str,
    /// Accepted once, replaced or withdrawn since.
    pub deprecated: &'static str,
    /// Merged into another node.
    pub merged: &'static str,
    /// Accepted with changes.
    pub edited: &'static str,
    /// Flagged for a second curator.
    pub flagged: &'static str,
    /// Curators decided differently.
    pub contested: &'static str,
    /// A marked row.
    pub marked: &'static str,
    /// The row with the cursor, for terminals that cannot reverse.
    pub cursor: &'static str,
    /// A branch with its children hidden.
    pub folded: &'static str,
    /// A branch with its children shown.
    pub unfolded: &'static str,
    /// A node without children.
    pub leaf: &'static str,
    /// Separates the names of a path.
    pub path: &'static str,
    /// Stands between before and after.
    pub arrow: &'static str,
    /// What was cut off.
    pub ellipsis: &'static str,
    /// An item of a list.
    pub bullet: &'static str,
    /// Something went well.
    pub ok: &'static str,
    /// Something to look at.
    pub warning: &'static str,
    /// Something went wrong.
    pub error: &'static str,
    /// A run or question that is under way.
    pub running: &'static str,
    /// A paused run.
    pub paused: &'static str,
    /// A stopped run.
    pub stopped: &'static str,
    /// The finished part of a progress bar.
    pub bar_done: &'static str,
    /// The rest of a progress bar.
    pub bar_left: &'static str,
    /// A line of rates over time, lowest to highest.
    pub spark: [&'static str; 8],
    /// Frames of panes.
    pub border: border::Set<'static>,
}

impl Glyphs {
    /// The glyphs of a set.
    pub const fn of(set: GlyphSet) -> &'static Self {
        match set {
            GlyphSet::Unicode => &UNICODE,
            GlyphSet::Ascii => &ASCII,
        }
    }
}

static UNICODE: Glyphs = Glyphs {
    accepted: "✓",
    pending: "◌",
    rejected: "✗",
    deferred: "⧗",
    deprecated: "⊘",
    merged: "↦",
    edited: "✎",
    flagged: "⚑",
    contested: "⇄",
    marked: "▪",
    cursor: "❯",
    folded: "▸",
    unfolded: "▾",
    leaf: " ",
    path: "›",
    arrow: "→",
    ellipsis: "…",
    bullet: "◦",
    ok: "✓",
    warning: "!",
    error: "✗",
    running: "▹",
    paused: "=",
    stopped: "▫",
    bar_done: "█",
    bar_left: "░",
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    border: border::PLAIN,
};

static ASCII: Glyphs = Glyphs {
    accepted: "+",
    pending: "?",
    rejected: "x",
    deferred: "~",
    deprecated: "-",
    merged: "&",
    edited: "e",
    flagged: "!",
    contested: "%",
    marked: "*",
    cursor: ">",
    folded: ">",
    unfolded: "v",
    leaf: " ",
    path: ">",
    arrow: "->",
    ellipsis: "...",
    bullet: "-",
    ok: "+",
    warning: "!",
    error: "x",
    running: ">",
    paused: "=",
    stopped: "#",
    bar_done: "#",
    bar_left: ".",
    spark: [".", ".", ":", ":", "-", "=", "#", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use unicode_width::UnicodeWidthStr;

    fn states(glyphs: &Glyphs) -> [&'static str; 10] {
        [
            glyphs.accepted,
            glyphs.pending,
            glyphs.rejected,
            glyphs.deferred,
            glyphs.deprecated,
            glyphs.merged,
            glyphs.edited,
            glyphs.flagged,
            glyphs.contested,
            glyphs.marked,
        ]
    }

    #[test]
    fn every_state_has_its_own_glyph() {
        for set in [GlyphSet::Unicode, GlyphSet::Ascii] {
            let states = states(Glyphs::of(set));
            let distinct: BTreeSet<_> = states.iter().collect();
            assert_eq!(distinct.len(), states.len(), "{set:?}");
        }
    }

    #[test]
    fn states_and_folds_are_one_column_wide_in_every_locale() {
        for set in [GlyphSet::Unicode, GlyphSet::Ascii] {
            let glyphs = Glyphs::of(set);
            let folds = [glyphs.folded, glyphs.unfolded, glyphs.leaf, glyphs.cursor];
            for glyph in states(glyphs).into_iter().chain(folds) {
                assert_eq!((glyph.width(), glyph.width_cjk()), (1, 1), "{glyph}");
            }
        }
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        let shown = format!("{:?}", Glyphs::of(GlyphSet::Ascii));
        assert!(shown.is_ascii());
    }
}
