//! Events: who decided what, when, why. One line of a curator's log each, never changed.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{BatchId, EventId, NodeId, ProposalId};
use super::node::Facts;
use super::policy::Quorum;
use super::step::Step;
use super::syllabus::{SessionId, Syllabus};
use super::text::Untrusted;
use super::verdicts::{ItemVerdict, Judged};

/// Why something was rejected. The codes are stable: they are in logs and in prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is there already, perhaps under another name.
    Duplicate,
    /// Right, but somewhere else.
    WrongParent,
    /// Too broad or too narrow for its kind.
    WrongLevel,
    /// Outside what this taxonomy covers.
    OutOfScope,
    /// Invented, or nothing that can be verified.
    NotReal,
    /// A catch-all.
    Vague,
    /// Too small to teach.
    Trivial,
    /// Sensitive, or not allowed.
    Policy,
    /// Own words.
    Other,
}

impl Reason {
    /// In the order of the digit keys 1 to 9.
    pub const ALL: [Reason; 9] = [
        Reason::Duplicate,
        Reason::WrongParent,
        Reason::WrongLevel,
        Reason::OutOfScope,
        Reason::NotReal,
        Reason::Vague,
        Reason::Trivial,
        Reason::Policy,
        Reason::Other,
    ];

    /// The code in logs and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::Duplicate => "duplicate",
            Reason::WrongParent => "wrong_parent",
            Reason::WrongLevel => "wrong_level",
            Reason::OutOfScope => "out_of_scope",
            Reason::NotReal => "not_real",
            Reason::Vague => "vague",
            Reason::Trivial => "trivial",
            Reason::Policy => "policy",
            Reason::Other => "other",
        }
    }

    /// The words on a screen and in a prompt.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Reason::Duplicate => "duplicate",
            Reason::WrongParent => "wrong parent",
            Reason::WrongLevel => "wrong level",
            Reason::OutOfScope => "out of scope",
            Reason::NotReal => "not real",
            Reason::Vague => "vague",
            Reason::Trivial => "trivial",
            Reason::Policy => "policy",
            Reason::Other => "own words",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.replace(['-', ' '], "_");
        Reason::ALL.into_iter().find(|reason| reason.code() == wanted).ok_or_else(|| {
            let codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
            format!("a reason is one of {}", codes.join(", "))
        })
    }
}

/// What a curator changed while accepting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// The facts of a node.
    Facts(Box<Facts>),
    /// A syllabus.
    Syllabus(Box<Syllabus>),
}

/// One accepted proposal, with all that is needed to write its file again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The proposal.
    pub proposal: ProposalId,
    /// The node it became; for a syllabus the subject.
    pub node: NodeId,
    /// Parent of the new node (absent at the root and for a syllabus).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<NodeId>,
    /// File name of the new node; empty for a syllabus.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "super::tree::file_name")]
    pub slug: String,
    /// Present when it was accepted as edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// The syllabus that it replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Box<Syllabus>>,
}

/// Which change by hand a [`Change::Tree`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// New nodes.
    Add,
    /// Content of a node.
    Edit,
    /// Another place.
    Move,
    /// One node into another.
    Merge,
    /// One node into several.
    Split,
    /// No longer taught.
    Deprecate,
    /// Taught again.
    Restore,
}

impl Verb {
    /// As in "merged Optics".
    #[must_use]
    pub fn past(self) -> &'static str {
        match self {
            Verb::Add => "added",
            Verb::Edit => "edited",
            Verb::Move => "moved",
            Verb::Merge => "merged",
            Verb::Split => "split",
            Verb::Deprecate => "deprecated",
            Verb::Restore => "restored",
        }
    }
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Change {
    /// Proposals became nodes or syllabi.
    Accept {
        /// Each with what it became.
        on: Vec<Acceptance>,
    },
    /// Proposals are not wanted.
    Reject {
        /// Which.
        on: Vec<ProposalId>,
        /// Why.
        reason: Reason,
        /// Own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Untrusted>,
        /// The node it duplicates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<NodeId>,
    },
    /// Decide later.
    Defer {
        /// Which.
        on: Vec<ProposalId>,
    },
    /// A second curator is asked.
    Flag {
        /// Which.
        on: Vec<ProposalId>,
        /// What the question is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Untrusted>,
    },
    /// Proposals are other names of a node, or one proposal became several nodes, the first of which
    /// takes what was proposed below it.
    Alias {
        /// Which proposals.
        #[serde(with = "one_or_several")]
        on: Vec<ProposalId>,
        /// The node that takes the names.
        into: NodeId,
        /// The new aliases (empty where the node had them), or the new nodes.
        steps: Vec<Step>,
    },
    /// A pending syllabus was changed before the decision.
    Revise {
        /// Which.
        on: ProposalId,
        /// As it was.
        from: Box<Syllabus>,
        /// As it is.
        to: Box<Syllabus>,
        /// Why, where something was taken out for a reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// Own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Untrusted>,
        /// The exchange with a model that the new text comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch: Option<BatchId>,
    },
    /// Class sessions of a pending syllabus were accepted.
    Review {
        /// Which syllabus.
        on: ProposalId,
        /// The sessions, each with the hash of what it says: one that changes is to be looked at again.
        sessions: BTreeMap<SessionId, String>,
    },
    /// Nodes were changed by hand.
    Tree {
        /// How.
        verb: Verb,
        /// The node it is about.
        on: NodeId,
        /// What it comes down to.
        steps: Vec<Step>,
    },
    /// Proposals were put there by a person who knows that they are wrong, to see who notices.
    Plant {
        /// Which.
        on: Vec<ProposalId>,
        /// What is wrong with them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Untrusted>,
    },
    /// What somebody thinks of finished homework.
    Judge {
        /// Which items, and what each was made from.
        on: Vec<Judged>,
        /// How they are.
        verdict: ItemVerdict,
        /// Own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Untrusted>,
    },
    /// What votes of several clones led to is written; no vote of its own.
    Settle {
        /// Which proposals.
        on: Vec<ProposalId>,
        /// What it comes down to.
        steps: Vec<Step>,
    },
    /// An event no longer holds.
    Undo {
        /// Which.
        event: EventId,
    },
    /// It holds again.
    Redo {
        /// The event that had been undone.
        event: EventId,
    },
}

/// One line of a decision log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Version of the record.
    pub v: u32,
    /// Time first; the order of events.
    pub id: EventId,
    /// When, RFC 3339, for people.
    pub at: String,
    /// The curator.
    pub by: String,
    /// What was decided.
    #[serde(flatten)]
    pub change: Change,
    /// How it counts beside the verdicts of others.
    #[serde(flatten)]
    pub ballot: Ballot,
}

/// How an event counts as a vote, and what follows from the votes. Empty where one curator
/// decides alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ballot {
    /// Verdicts of others that were known and no longer count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<EventId>,
    /// The proposals that it decided nothing about: the quorum was not reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<ProposalId>,
    /// The quorum at the time, where it was above 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quorum: Option<Quorum>,
    /// What it did to the tree, where that does not follow from the change alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Vec<Step>>,
}

/// The version of most events that this program writes. Version 1 knew no votes: whoever decided
/// last was right.
pub const EVENT_VERSION: u32 = 2;

/// The newest version there is. Only an event that version 2 has no word for is of version 3: a
/// verdict on homework. So an older program says of these lines that it takes a newer one, and
/// all others count.
pub const NEWEST_EVENT: u32 = 3;

impl Change {
    /// The proposals whose state it decides.
    #[must_use]
    pub fn proposals(&self) -> Vec<ProposalId> {
        match self {
            Change::Accept { on } => on.iter().map(|acceptance| acceptance.proposal).collect(),
            Change::Reject { on, .. }
            | Change::Defer { on }
            | Change::Flag { on, .. }
            | Change::Alias { on, .. }
            | Change::Plant { on, .. }
            | Change::Settle { on, .. } => on.clone(),
            Change::Revise { on, .. } | Change::Review { on, .. } => vec![*on],
            Change::Judge { .. } | Change::Tree { .. } | Change::Undo { .. } | Change::Redo { .. } => vec![],
        }
    }

    /// The version of an event that says it.
    #[must_use]
    pub fn version(&self) -> u32 {
        if matches!(self, Change::Judge { .. }) { NEWEST_EVENT } else { EVENT_VERSION }
    }

    /// As in "accepted 3".
    #[must_use]
    pub fn past(&self) -> &'static str {
        match self {
            Change::Accept { .. } => "accepted",
            Change::Reject { .. } => "rejected",
            Change::Defer { .. } => "deferred",
            Change::Flag { .. } => "flagged",
            Change::Alias { .. } => "merged",
            Change::Revise { .. } => "revised",
            Change::Review { .. } => "reviewed",
            Change::Tree { verb, .. } => verb.past(),
            Change::Plant { .. } => "planted",
            Change::Judge { .. } => "judged",
            Change::Settle { .. } => "settled",
            Change::Undo { .. } => "undid",
            Change::Redo { .. } => "redid",
        }
    }
}

/// One proposal as its id, several as a list.
mod one_or_several {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::ProposalId;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(ProposalId),
        Several(Vec<ProposalId>),
    }

    pub(super) fn serialize<S: Serializer>(on: &[ProposalId], to: S) -> Result<S::Ok, S::Error> {
        match on {
            [one] => one.serialize(to),
            several => several.serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ProposalId>, D::Error> {
        Ok(match Either::deserialize(from)? {
            Either::One(one) => vec![one],
            Either::Several(several) => several,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_names_one_proposal_or_several() {
        for on in [r#""prp_7h2kq0m9xa""#, r#"["prp_7h2kq0m9xa","prp_06da9dj500"]"#] {
            let line = format!(r#"{{"op":"alias","on":{on},"into":"sub_7h2kq0m9xa","steps":[]}}"#);
            let change: Change = serde_json::from_str(&line).unwrap();
            assert_eq!(serde_json::to_string(&change).unwrap(), line);
        }
    }

    #[test]
    fn an_event_is_one_line_of_plain_json() {
        let event = Event {
            v: EVENT_VERSION,
            id: EventId::new(1_763_700_000_000, 7),
            at: "2026-11-21T10:02:33Z".into(),
            by: "ana".into(),
            change: Change::Reject {
                on: vec!["prp_7h2kq0m9xa".parse().unwrap()],
                reason: Reason::WrongParent,
                note: Some("two\nlines".into()),
                of: None,
            },
            ballot: Ballot::default(),
        };
        let line = serde_json::to_string(&event).unwrap();
        insta::assert_snapshot!(line, @r#"{"v":2,"id":"evt_06da9dj500000007","at":"2026-11-21T10:02:33Z","by":"ana","op":"reject","on":["prp_7h2kq0m9xa"],"reason":"wrong_parent","note":"two\nlines"}"#);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }

    #[test]
    fn a_vote_tells_what_it_sets_aside_and_what_it_leaves_open() {
        let on: ProposalId = "prp_7h2kq0m9xa".parse().unwrap();
        let ballot = Ballot {
            over: vec![EventId::new(5, 7)],
            short: vec![on],
            quorum: Some(Quorum { field: 2, ..Quorum::default() }),
            effect: Some(vec![]),
        };
        let change = Change::Defer { on: vec![on] };
        let event = Event { v: 2, id: EventId::new(9, 7), at: String::new(), by: "bo".into(), change, ballot };
        let line = serde_json::to_string(&event).unwrap();
        insta::assert_snapshot!(line);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
        let old = r#"{"v":1,"id":"evt_06da9dj500000007","at":"","by":"ana","op":"defer","on":["prp_7h2kq0m9xa"]}"#;
        assert_eq!(serde_json::from_str::<Event>(old).unwrap().ballot, Ballot::default());
    }

    #[test]
    fn the_digit_keys_name_the_reasons() {
        assert_eq!(Reason::ALL[0], Reason::Duplicate);
        assert_eq!(Reason::ALL[7], Reason::Policy);
        assert_eq!("wrong-parent".parse(), Ok(Reason::WrongParent));
        assert!("nonsense".parse::<Reason>().unwrap_err().contains("wrong_level"));
    }
}
