//! The one action table. Keymap file, footer, help, the menu after a prefix key and the `keys`
//! command are all drawn from it: an action that is not here does not exist.

use super::Context;
use super::Context::{
    Browse, Confirm, Curate, Dataset, Everywhere, Evidence, History, Homework, Picker, Preview, Reader, Syllabus, Text,
};

/// The heading under which help lists an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Deciding on proposals.
    Decide,
    /// Changing a syllabus.
    Compose,
    /// Choosing what a decision applies to.
    Mark,
    /// Asking a model.
    Ask,
    /// Taking back.
    Undo,
    /// Runs.
    Run,
    /// Moving, folding.
    Move,
    /// Searching, filtering, asking why.
    Find,
    /// Screens.
    Go,
    /// Answering a question or picking from a list.
    Answer,
    /// Editing a line of text.
    Type,
    /// The program itself.
    Program,
}

impl Category {
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Decide => "Decide",
            Self::Compose => "Change the syllabus",
            Self::Mark => "Mark",
            Self::Ask => "Ask the model",
            Self::Undo => "Take back",
            Self::Run => "Run",
            Self::Move => "Move and fold",
            Self::Find => "Find out",
            Self::Go => "Go to a screen",
            Self::Answer => "Answer",
            Self::Type => "Type",
            Self::Program => "Program",
        }
    }
}

/// How the footer offers an action. Actions with the same label share one hint, `1..9 reject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FooterHint {
    /// Lower comes first, and is the last to go when the terminal is narrow.
    pub order: u8,
    /// One or two words.
    pub label: &'static str,
}

/// What is known about an action besides what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action; for [`Action::MergeInto`] the one for the first neighbour.
    pub action: Action,
    /// Kebab-case, for keymap files.
    pub name: &'static str,
    /// A few words, for menus and help.
    pub title: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// The heading in help.
    pub category: Category,
    /// The sections it may be bound in.
    pub contexts: &'static [Context],
    /// The hint in the footer, if it earns one.
    pub footer: Option<FooterHint>,
}

macro_rules! footer {
    () => {
        None
    };
    ($order:literal $label:literal) => {
        Some(FooterHint { order: $order, label: $label })
    };
}

/// One row per action: variant, name, title, category, sections, optional footer hint, help.
macro_rules! actions {
    ($(
        $variant:ident $( ( $payload:ty = $sample:literal ) )?
        $name:literal $title:literal $category:ident [ $($context:ident)+ ]
        $( footer $order:literal $label:literal )? : $help:literal;
    )+) => {
        /// Everything a key can mean.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $( #[doc = $help] $variant $( ($payload) )?, )+
        }

        /// Every action there is, in the order of help.
        pub static ACTIONS: &[ActionInfo] = &[ $( ActionInfo {
            action: Action::$variant $( ($sample) )?,
            name: $name,
            title: $title,
            help: $help,
            category: Category::$category,
            contexts: &[ $($context),+ ],
            footer: footer!( $( $order $label )? ),
        }, )+ ];

        impl Action {
            /// The action's name in keymap files.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )+ }
            }
        }
    };
}

actions! {
    // Deciding
    Accept "accept" "Accept" Decide [Curate] footer 10 "accept":
        "Accepts what is focused or marked and goes to the next pending proposal.";
    RejectDuplicate "reject-duplicate" "Reject: duplicate" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because the same thing is already there under this or another name.";
    RejectWrongParent "reject-wrong-parent" "Reject: wrong parent" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because it is real but belongs elsewhere.";
    RejectWrongLevel "reject-wrong-level" "Reject: wrong level" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because it is broader or narrower than its place asks for.";
    RejectOutOfScope "reject-out-of-scope" "Reject: out of scope" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because this taxonomy does not cover it.";
    RejectNotReal "reject-not-real" "Reject: not real" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because nobody teaches or studies this.";
    RejectVague "reject-vague" "Reject: vague" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because the name or scope could mean anything.";
    RejectTrivial "reject-trivial" "Reject: trivial" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because there is not enough in it to teach.";
    RejectPolicy "reject-policy" "Reject: policy" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects because it should not be taught to a model here.";
    RejectOwnWords "reject-own-words" "Reject: own words" Decide [Curate Syllabus] footer 20 "reject":
        "Rejects with a reason that you type.";
    Edit "edit" "Edit in place" Decide [Curate Syllabus] footer 30 "edit":
        "Edits the focused text; Enter accepts it as edited, Esc leaves it as it was.";
    EditInEditor "edit-in-editor" "Edit in $EDITOR" Decide [Curate Syllabus]:
        "Opens the whole thing as YAML in your editor; saving accepts it as edited.";
    MergeInto(u8 = 1) "merge-into" "Merge into neighbour" Decide [Curate] footer 60 "merge":
        "Merges the focused or marked nodes into the neighbour with that number; their names become aliases.";
    MergeByName "merge-by-name" "Merge into another" Decide [Curate]:
        "Merges the focused or marked nodes into one that you find by name; their names become aliases.";
    Fix(u8 = 1) "fix" "Fix a finding" Decide [Curate Syllabus]:
        "Fixes what the checks found, as the card says; with several fixes, the digit says which.";
    Place "place" "Place elsewhere" Decide [Curate Syllabus] footer 65 "place":
        "Places the focused or marked nodes under another parent; in a syllabus, a session or a concept by number.";
    Defer "defer" "Defer" Decide [Curate Syllabus] footer 50 "defer":
        "Puts it aside as deferred, to be decided another time, and goes to the next one.";
    Flag "flag" "Flag for a second curator" Decide [Curate Syllabus] footer 70 "flag":
        "Asks for a second opinion; nothing is generated from a flagged node.";
    FlagWithWords "flag-with-words" "Flag with a question" Decide [Curate]:
        "Flags what is focused or marked, with a question that you type.";
    Deprecate "deprecate" "Deprecate or restore" Decide [Curate] footer 72 "deprecate":
        "No longer teaches accepted nodes, with what replaces them; teaches deprecated ones again.";
    Split "split" "Split" Decide [Curate] footer 86 "split":
        "Splits the focused node into several; the first takes what is below it.";
    Repeat "repeat" "The last decision again" Decide [Curate] footer 87 "again":
        "Repeats your last decision on what is focused or marked.";
    AddSibling "add-sibling" "Add beside" Decide [Curate]:
        "Adds a node that you type beside the focused one; a pasted list adds one for each line.";
    AddChild "add-child" "Add below" Decide [Curate] footer 47 "add":
        "Adds a node that you type below the focused one; a pasted list adds one for each line.";

    // The Dataset screen
    JudgeGood "judge-good" "Good" Decide [Dataset] footer 10 "good":
        "Calls the focused item right, clear and worth learning from, and goes to the next without a verdict.";
    JudgeWrong "judge-wrong" "Wrong" Decide [Dataset] footer 20 "wrong":
        "Calls the focused item wrong: the answer is, or it answers something else.";
    JudgeUnclear "judge-unclear" "Unclear" Decide [Dataset] footer 21 "unclear":
        "Calls the focused item unclear: it can be understood in more than one way, or not at all.";
    JudgeNotSelfContained "judge-not-self-contained" "Not self-contained" Decide [Dataset] footer 22 "not self-contained":
        "Says that the question needs what it does not bring along: a figure, a file, an earlier part.";
    JudgeInWords "judge-in-words" "Verdict with words" Decide [Dataset] footer 60 "words":
        "Calls the focused item wrong, or what you name, and says why in words that you type.";

    // The syllabus screen
    AcceptRow "accept-row" "Accept this session" Compose [Syllabus] footer 10 "accept row":
        "Accepts the focused class session and goes to the next one.";
    AcceptSyllabus "accept-syllabus" "Accept the syllabus" Compose [Syllabus] footer 15 "accept the rest":
        "Accepts the syllabus as it stands, once every session was on screen.";
    RejectSyllabus "reject-syllabus" "Reject the syllabus" Compose [Syllabus]:
        "Rejects the whole syllabus with a reason that you type.";
    AddRow "add-row" "Add a session" Compose [Syllabus] footer 55 "add":
        "Adds a class session below the focused one.";
    EditDescription "edit-description" "Edit the description" Compose [Syllabus]:
        "Edits what happens in the focused class session.";
    AddConcept "add-concept" "Add a key concept" Compose [Syllabus]:
        "Adds a key concept to the focused class session; several with ; between them.";
    MoveRowDown "move-row-down" "Move the session down" Compose [Syllabus] footer 75 "move row":
        "Moves the focused class session one place down.";
    MoveRowUp "move-row-up" "Move the session up" Compose [Syllabus] footer 75 "move row":
        "Moves the focused class session one place up.";

    // Marks
    ToggleMark "toggle-mark" "Mark" Mark [Curate] footer 80 "mark":
        "Marks or unmarks the focused row and moves down; decisions apply to all marks.";
    MarkRange "mark-range" "Mark a range" Mark [Curate]:
        "Starts a range here, or marks from its start to here.";
    MarkBranch "mark-branch" "Mark the branch" Mark [Curate] footer 89 "mark branch":
        "Marks what is pending at and below the focused row; again unmarks it.";
    MarkMatches "mark-matches" "Mark all that match" Mark [Curate]:
        "Marks every row that matches the search, or without one the filter; again unmarks them.";
    ClearMarks "clear-marks" "Clear all marks" Mark [Curate]:
        "Removes every mark.";

    // Asking
    AskModel "ask-model" "Ask the model" Ask [Curate Syllabus] footer 40 "ask":
        "Asks the model for the children of the focused node, or again, with a reason, for a proposal or a session.";
    AskSyllabus "ask-syllabus" "Ask for a syllabus" Ask [Curate Syllabus] footer 45 "ask syllabus":
        "Asks the model for the syllabus of the focused subject, or of every subject below.";
    StopAsking "stop-asking" "Stop asking" Ask [Curate Syllabus]:
        "Cancels the questions to the model that are under way.";

    // Taking back
    Undo "undo" "Undo" Undo [Everywhere] footer 48 "undo":
        "Takes back your last decision, in History the focused one; again goes further back.";
    Redo "redo" "Redo" Undo [Everywhere]:
        "Brings back what the last undo took, in History the focused one.";
    UndoThis "undo-this" "Undo this one" Undo [History] footer 10 "undo this":
        "Takes back the focused decision and keeps the later ones.";

    // Runs
    StartRun "start-run" "Start" Run [Homework] footer 10 "start":
        "Starts the planned run, or resumes the one that was interrupted.";
    PauseRun "pause-run" "Pause or go on" Run [Homework] footer 20 "pause":
        "Asks no new questions until pressed again; what is under way finishes.";
    StopRun "stop-run" "Stop" Run [Homework] footer 25 "stop":
        "Finishes what is under way, then stops; starting again resumes.";
    AbortRun "abort-run" "Abort" Run [Homework] footer 30 "abort":
        "Stops at once; what was under way is asked again when the run is resumed.";
    RetryFailed "retry-failed" "Retry what failed" Run [Homework] footer 40 "retry":
        "Plans the failed items again.";
    EditPlan "edit-plan" "Change the plan" Run [Homework] footer 15 "plan":
        "Changes how many items are planned, and the seed.";
    EditBudget "edit-budget" "Cap the run" Run [Homework] footer 45 "cap":
        "Sets what stops the run: dollars, tokens, items, over all its starts; also while it runs.";
    MoreConcurrency "more-concurrency" "Ask more at once" Run [Homework] footer 50 "concurrency":
        "Raises the number of questions under way at once.";
    LessConcurrency "less-concurrency" "Ask fewer at once" Run [Homework] footer 50 "concurrency":
        "Lowers the number of questions under way at once.";

    // Moving
    Up "up" "Up" Move [Browse Picker]: "Goes up one row.";
    Down "down" "Down" Move [Browse Picker]: "Goes down one row.";
    Left "left" "Left" Move [Browse]: "Folds the branch, goes to the parent, or to the cell on the left.";
    Right "right" "Right" Move [Browse]: "Unfolds the branch, goes to the first child, or to the cell on the right.";
    HalfPageUp "half-page-up" "Half a page up" Move [Browse]: "Goes up half a page.";
    HalfPageDown "half-page-down" "Half a page down" Move [Browse]: "Goes down half a page.";
    PageUp "page-up" "A page up" Move [Browse Picker]: "Goes up one page.";
    PageDown "page-down" "A page down" Move [Browse Picker]: "Goes down one page.";
    Top "top" "To the top" Move [Browse]: "Goes to the first row.";
    Bottom "bottom" "To the bottom" Move [Browse]: "Goes to the last row.";
    NextPending "next-pending" "Next pending" Move [Curate Syllabus Dataset] footer 35 "pending":
        "Goes to the next proposal to decide; in a syllabus, to the next flagged session; of items, to the next without your \
         verdict.";
    PreviousPending "previous-pending" "Previous pending" Move [Curate Syllabus Dataset]:
        "Goes to the previous proposal to decide; in a syllabus, to the previous flagged session; of items, to the previous \
         without your verdict.";
    NextOrder "next-order" "Next order" Move [Curate]:
        "Changes what comes next: as the tree shows, by risk, emptiest branch first, shuffled.";
    ToggleFold "toggle-fold" "Fold or unfold" Move [Curate]: "Folds or unfolds the focused branch; never decides.";
    ExpandAll "expand-all" "Unfold everything" Move [Curate]: "Unfolds every branch.";
    CollapseAll "collapse-all" "Fold everything" Move [Curate]: "Folds every branch.";
    Open "open" "Open" Move [Syllabus Homework Dataset History]: "Opens the focused row for reading; a decision, a subject or a branch in the tree. Never decides.";
    NextPane "next-pane" "Next pane" Move [Browse]: "Moves the focus to the next pane.";
    PreviousPane "previous-pane" "Previous pane" Move [Browse]: "Moves the focus to the previous pane.";

    // Finding out
    Search "search" "Search" Find [Browse] footer 85 "search":
        "Searches by name while you type; of items, for words in question and answer.";
    NextMatch "next-match" "Next match" Find [Browse]: "Goes to the next match of the search.";
    PreviousMatch "previous-match" "Previous match" Find [Browse]: "Goes to the previous match of the search.";
    Facets "facets" "Facets and order" Find [Curate Dataset] footer 86 "facets":
        "Chooses which proposals are shown and gone through, and in which order; or which items are shown.";
    Filter "filter" "Filter" Find [Curate Syllabus History Homework] footer 88 "filter":
        "Shows other rows, in turn. Tree: all, pending, accepted, all + rejected, deprecated. History: all, mine, undone. \
         Homework: branches, newest, failures and servers of the run; subjects, not eligible, balance. Syllabus: flagged sessions first, or teaching order.";
    NextList "next-list" "Next list" Find [Homework]: "Shows the next list, as the tabs say.";
    PreviousList "previous-list" "Previous list" Find [Homework]: "Shows the previous list, as the tabs say.";
    Why "why" "Why is this here" Find [Curate Syllabus Homework Dataset History] footer 82 "why":
        "Shows rationale and provenance: who proposed it, from which prompt and model, who decided.";
    Compare "compare" "Compare versions" Find [Curate Syllabus]:
        "Shows two versions beside each other: as proposed, as accepted, after each edit, as it is now.";
    NextVersion "next-version" "Next version" Find [Evidence] footer 10 "version":
        "Shows the next version on the side that has the focus; of where something comes from, the next batch.";
    PreviousVersion "previous-version" "Previous version" Find [Evidence] footer 10 "version":
        "Shows the previous version on the side that has the focus, or the previous batch.";
    ShowUnchanged "show-unchanged" "Unchanged lines in or out" Find [Evidence]:
        "Of two versions, shows the lines that both have, or folds them.";

    Statistics "statistics" "Statistics" Find [Dataset History]:
        "Shows who accepted how much, and how far curators agree; of items, how good branches and sessions are.";
    Charts "charts" "Charts" Find [Dataset] footer 47 "charts":
        "Shows how much of the taxonomy all items cover, how long they are, what repeats and what failed; or the items again.";
    Sample "sample" "Sample" Find [Dataset] footer 40 "sample":
        "Goes through a seeded sample, spread over the disciplines; again shows everything.";
    EditSample "edit-sample" "Change the sample" Find [Dataset] footer 45 "change sample":
        "Changes how many items the sample has, what it is spread over, and the seed.";

    // Screens
    GoCurate "go-curate" "Curate" Go [Everywhere]: "Goes to the tree.";
    GoSyllabus "go-syllabus" "Syllabus" Go [Everywhere]: "Goes to the syllabus of the focused subject.";
    GoHomework "go-homework" "Homework" Go [Everywhere]: "Goes to the plan and the run, for what is approved here.";
    GoDataset "go-dataset" "Dataset" Go [Everywhere]: "Goes to the finished items.";
    GoHistory "go-history" "History" Go [Everywhere]: "Goes to the decisions.";

    // Overlays
    Choose "choose" "Choose" Answer [Picker] footer 10 "choose": "Takes the focused entry.";
    Yes "yes" "Yes" Answer [Confirm] footer 10 "yes": "Does it.";
    No "no" "No" Answer [Confirm] footer 20 "no": "Does not do it.";
    Submit "submit" "Done" Answer [Text] footer 10 "done": "Takes the text.";
    Send "send" "Send" Answer [Preview] footer 10 "send": "Asks the model with this prompt.";
    ToggleSiblings "toggle-siblings" "Siblings in or out" Answer [Preview] footer 20 "siblings":
        "Leaves the names that are there out of the prompt, or puts them back.";
    ToggleRejections "toggle-rejections" "Rejections in or out" Answer [Preview] footer 21 "rejections":
        "Leaves what was turned down out of the prompt, or puts it back.";
    ToggleEdits "toggle-edits" "Edits in or out" Answer [Preview] footer 22 "edits":
        "Leaves what people reworded out of the prompt, or puts it back.";

    // Text fields
    TextLeft "text-left" "Left" Type [Text Picker]: "Moves one character to the left.";
    TextRight "text-right" "Right" Type [Text Picker]: "Moves one character to the right.";
    TextWordLeft "text-word-left" "A word left" Type [Text Picker]: "Moves one word to the left.";
    TextWordRight "text-word-right" "A word right" Type [Text Picker]: "Moves one word to the right.";
    TextStart "text-start" "To the start" Type [Text Picker]: "Moves to the start of the line.";
    TextEnd "text-end" "To the end" Type [Text Picker]: "Moves to the end of the line.";
    TextBackspace "text-backspace" "Delete left" Type [Text Picker]: "Deletes the character on the left.";
    TextDelete "text-delete" "Delete right" Type [Text Picker]: "Deletes the character on the right.";
    TextDeleteWord "text-delete-word" "Delete a word" Type [Text Picker]: "Deletes the word on the left.";
    TextDeleteToEnd "text-delete-to-end" "Delete to the end" Type [Text]: "Deletes everything on the right.";
    NextField "next-field" "Next line" Type [Text] footer 20 "next line": "Goes to the next line of a form.";
    PreviousField "previous-field" "Previous line" Type [Text]: "Goes to the previous line of a form.";
    TextClear "text-clear" "Clear" Type [Text Picker]: "Deletes the whole line.";

    Palette "palette" "Everything by name" Find [Everywhere] footer 97 "palette":
        "Lists every action and every node, filtered while you type; what cannot be done now says why.";

    YankName "yank-name" "Copy the name" Find [Curate Syllabus Dataset History]: "Copies the name of what is focused.";
    YankPath "yank-path" "Copy the path" Find [Curate Syllabus Dataset History]:
        "Copies the names from the field down to what is focused.";
    YankId "yank-id" "Copy the id" Find [Curate Syllabus Dataset History]:
        "Copies the id of what is focused, as commands take it.";
    YankQuestion "yank-question" "Copy the question" Find [Dataset]: "Copies the question of the focused item.";

    // The program
    GrowList "grow-list" "List wider" Program [Everywhere]: "Gives the list more of the width.";
    ShrinkList "shrink-list" "List narrower" Program [Everywhere]: "Gives the other pane more of the width.";
    Zoom "zoom" "One pane alone" Program [Everywhere]: "Shows the focused pane alone, or both again.";
    Cancel "cancel" "Close or cancel" Program [Everywhere Reader Evidence Picker Text Preview Confirm] footer 95 "close":
        "Closes what is on top, clears search, marks and facets, or leaves a text as it was.";
    Help "help" "Help" Program [Everywhere Reader Evidence Preview] footer 99 "help": "Shows every key that works here.";
    TutorNext "tutor-next" "Next lesson" Program [Everywhere]: "Of the tour, goes to the next lesson without doing this one.";
    Messages "messages" "Messages" Program [Everywhere]: "Shows what was said so far, newest first.";
    Log "log" "Log" Program [Everywhere]: "Shows the end of the log file, which keeps messages and what provost did.";
    Themes "themes" "Themes" Program [Everywhere]: "Lists the themes and shows each on the screen; Enter takes it.";
    Suspend "suspend" "Suspend" Program [Everywhere]: "Stops provost and returns to the shell; `fg` comes back.";
    Redraw "redraw" "Redraw" Program [Everywhere]: "Paints the whole screen again.";
    ToggleMouse "toggle-mouse" "Mouse on or off" Program [Everywhere]:
        "Gives the mouse to provost, or back to the terminal for selecting text.";
    Quit "quit" "Leave" Program [Everywhere] footer 98 "leave":
        "Leaves the screen, then provost; what was decided is on disk.";
}

impl Action {
    /// The row of the action table.
    pub fn info(self) -> &'static ActionInfo {
        // Every variant has a row: the same macro wrote both.
        let name = self.name();
        ACTIONS.iter().find(|info| info.name == name).unwrap_or(&ACTIONS[0])
    }

    /// The row of that name.
    pub fn by_name(name: &str) -> Option<&'static ActionInfo> {
        ACTIONS.iter().find(|info| info.name == name)
    }

    /// What a menu says about it; numbered for [`Action::MergeInto`].
    pub fn title(self) -> String {
        let title = self.info().title;
        match self {
            Self::MergeInto(number) | Self::Fix(number) => format!("{title} {number}"),
            _ => title.to_owned(),
        }
    }

    /// This action for the digit that followed its keys; `None` if it takes no digit. The digit
    /// `0` stands for the tenth.
    pub fn with_digit(self, digit: u8) -> Option<Self> {
        match self {
            Self::MergeInto(_) => Some(Self::MergeInto(if digit == 0 { 10 } else { digit })),
            Self::Fix(_) => Some(Self::Fix(if digit == 0 { 10 } else { digit })),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_kebab_case_and_lead_to_their_row() {
        let names: BTreeSet<_> = ACTIONS.iter().map(|info| info.name).collect();
        assert_eq!(names.len(), ACTIONS.len());
        for info in ACTIONS {
            assert!(info.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", info.name);
            assert_eq!(info.action.info(), info);
        }
    }

    #[test]
    fn help_is_a_full_sentence_and_titles_fit_a_menu() {
        for info in ACTIONS {
            assert!(info.help.ends_with('.'), "{}", info.name);
            assert!(info.title.len() <= 26, "{}", info.title);
        }
    }

    #[test]
    fn merge_and_fix_take_a_digit() {
        assert_eq!(Action::MergeInto(1).with_digit(0), Some(Action::MergeInto(10)));
        assert_eq!(Action::MergeInto(1).with_digit(7), Some(Action::MergeInto(7)));
        assert_eq!(Action::Fix(1).with_digit(2), Some(Action::Fix(2)));
        assert_eq!(Action::Accept.with_digit(1), None);
        assert_eq!(Action::MergeInto(4).title(), "Merge into neighbour 4");
    }
}
