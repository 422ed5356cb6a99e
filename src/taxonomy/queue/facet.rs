//! Which proposals are wanted: some values of some facets. Several values of one facet widen,
//! several facets narrow.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::survey::{Seat, Survey};
use crate::taxonomy::{BatchId, Kind, NodeId, Proposal, Reason, Snapshot, Stage, State};

/// One way to tell proposals apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// How it stands.
    State,
    /// Its level, or a syllabus.
    Kind,
    /// What the checks found.
    Finding,
    /// Why it was rejected.
    Reason,
    /// How many batches proposed it.
    Seen,
    /// The model that proposed it, or the file it was imported from.
    Model,
    /// Who decided, deferred or flagged it.
    Curator,
    /// The batch it came in.
    Batch,
    /// What it hangs under, at any depth.
    Under,
}

impl Facet {
    /// In the order in which they are listed.
    pub const ALL: [Facet; 9] = [
        Facet::State,
        Facet::Kind,
        Facet::Finding,
        Facet::Reason,
        Facet::Seen,
        Facet::Model,
        Facet::Curator,
        Facet::Batch,
        Facet::Under,
    ];

    /// The word on the screen and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Facet::State => "state",
            Facet::Kind => "kind",
            Facet::Finding => "finding",
            Facet::Reason => "reason",
            Facet::Seen => "seen",
            Facet::Model => "model",
            Facet::Curator => "curator",
            Facet::Batch => "batch",
            Facet::Under => "under",
        }
    }
}

/// How a proposal stands, as a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateValue {
    /// Pending or deferred.
    Open,
    /// To be decided.
    Pending,
    /// To be decided later.
    Deferred,
    /// To be decided, and a second curator is asked.
    Flagged,
    /// Curators decided differently.
    Contested,
    /// In the tree.
    Accepted,
    /// Not wanted.
    Rejected,
    /// Another name of a node.
    Merged,
    /// Its parent is gone.
    Withdrawn,
    /// It says again what is accepted or proposed here.
    Repeated,
    /// It says again what was rejected here.
    Suppressed,
    /// Any.
    All,
}

impl StateValue {
    /// All of them.
    pub const ALL: [StateValue; 12] = [
        StateValue::Open,
        StateValue::Pending,
        StateValue::Deferred,
        StateValue::Flagged,
        StateValue::Contested,
        StateValue::Accepted,
        StateValue::Rejected,
        StateValue::Merged,
        StateValue::Withdrawn,
        StateValue::Repeated,
        StateValue::Suppressed,
        StateValue::All,
    ];

    /// The stage it asks for; none for those that ask for something else.
    fn stage(self) -> Option<Stage> {
        Some(match self {
            StateValue::Open | StateValue::Flagged | StateValue::All => return None,
            StateValue::Pending => Stage::Pending,
            StateValue::Deferred => Stage::Deferred,
            StateValue::Contested => Stage::Contested,
            StateValue::Accepted => Stage::Accepted,
            StateValue::Rejected => Stage::Rejected,
            StateValue::Merged => Stage::Merged,
            StateValue::Withdrawn => Stage::Withdrawn,
            StateValue::Repeated => Stage::Repeated,
            StateValue::Suppressed => Stage::Suppressed,
        })
    }

    /// The word on the screen and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.stage() {
            Some(stage) => stage.name(),
            None if self == StateValue::Open => "open",
            None if self == StateValue::Flagged => "flagged",
            None => "all",
        }
    }

    fn admits(self, seat: &Seat) -> bool {
        match self.stage() {
            Some(stage) => seat.stage == stage,
            None if self == StateValue::Open => seat.is_open(),
            None if self == StateValue::Flagged => seat.is_open() && seat.is_flagged,
            None => true,
        }
    }
}

/// One value of one facet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// How it stands.
    State(StateValue),
    /// A level; `None`: a syllabus.
    Kind(Option<Kind>),
    /// The code of a finding.
    Finding(String),
    /// Whether there is any finding at all.
    AnyFinding(bool),
    /// The reason of a rejection.
    Reason(Reason),
    /// In exactly so many batches, in any wording.
    Seen(usize),
    /// In so many batches or more, in any wording.
    SeenAtLeast(usize),
    /// A model or an imported file, as its name came in.
    Model(String),
    /// A curator's name.
    Curator(String),
    /// A batch.
    Batch(BatchId),
    /// A node.
    Under(NodeId),
}

impl Value {
    /// Which facet it belongs to.
    #[must_use]
    pub fn facet(&self) -> Facet {
        match self {
            Value::State(_) => Facet::State,
            Value::Kind(_) => Facet::Kind,
            Value::Finding(_) | Value::AnyFinding(_) => Facet::Finding,
            Value::Reason(_) => Facet::Reason,
            Value::Seen(_) | Value::SeenAtLeast(_) => Facet::Seen,
            Value::Model(_) => Facet::Model,
            Value::Curator(_) => Facet::Curator,
            Value::Batch(_) => Facet::Batch,
            Value::Under(_) => Facet::Under,
        }
    }

    /// The value in a few words, outside text made visible.
    #[must_use]
    pub fn label(&self, snapshot: &Snapshot) -> String {
        match self {
            Value::State(state) => state.name().to_owned(),
            Value::Kind(kind) => kind.map_or("syllabus", Kind::name).to_owned(),
            Value::Finding(code) => code.clone(),
            Value::AnyFinding(any) => if *any { "any" } else { "none" }.to_owned(),
            Value::Reason(reason) => reason.title().to_owned(),
            Value::Seen(times) => format!("{times} ×"),
            Value::SeenAtLeast(times) => format!("{times} × or more"),
            Value::Model(name) | Value::Curator(name) => crate::taxonomy::text::reveal_line(name).into_owned(),
            Value::Batch(id) => id.to_string(),
            Value::Under(node) => snapshot.name(*node).line().into_owned(),
        }
    }
}

/// What is wanted. Without a state or a reason: what is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    values: BTreeSet<Value>,
}

impl Facets {
    /// Whether nothing was chosen: everything open is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Chooses a value, or no longer.
    pub fn toggle(&mut self, value: Value) {
        if !self.values.remove(&value) {
            self.values.insert(value);
        }
    }

    /// Whether a value was chosen.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        self.values.contains(value)
    }

    /// The chosen values, facet by facet.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    /// The chosen values of one facet.
    pub fn of(&self, facet: Facet) -> impl Iterator<Item = &Value> {
        self.values.iter().filter(move |value| value.facet() == facet)
    }

    /// Whether any value of a facet was chosen.
    #[must_use]
    pub fn has(&self, facet: Facet) -> bool {
        self.of(facet).next().is_some()
    }
}

impl FromIterator<Value> for Facets {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        Self { values: values.into_iter().collect() }
    }
}

/// How many proposals each value would show, beside what the other facets say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// By value.
    pub values: HashMap<Value, usize>,
    /// How many are wanted.
    pub wanted: usize,
}

/// Facets made ready to be asked about one proposal after the other.
#[derive(Debug)]
pub struct Matcher<'a> {
    snapshot: &'a Snapshot,
    chosen: Vec<(Facet, Vec<&'a Value>)>,
    /// The batches of the wanted models.
    batches: HashSet<BatchId>,
    /// What is wanted where no state was chosen.
    implied: Option<StateValue>,
}

/// The facets that do not admit a proposal, a bit each; one more for the implied state.
type Misses = u16;
const IMPLIED: Misses = 1 << 15;

fn bit(facet: Facet) -> Misses {
    1 << facet as u16
}

impl<'a> Matcher<'a> {
    /// The facets over a snapshot. Where a finding is chosen, [`Survey::look`] comes first.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, facets: &'a Facets) -> Self {
        let chosen = Facet::ALL.into_iter().map(|facet| (facet, facets.of(facet).collect::<Vec<_>>()));
        let chosen: Vec<_> = chosen.filter(|(_, values)| !values.is_empty()).collect();
        let is_wanted = |name: &str| facets.contains(&Value::Model(name.to_owned()));
        let batches = match facets.has(Facet::Model) {
            true => snapshot.record.batches().filter(|batch| is_wanted(batch.source.name().raw())),
            false => return Self { snapshot, chosen, batches: HashSet::new(), implied: implied(facets) },
        };
        Self { snapshot, chosen, batches: batches.map(|batch| batch.id).collect(), implied: implied(facets) }
    }

    /// Whether a proposal is wanted.
    #[must_use]
    pub fn admits(&self, survey: &Survey, seat: &Seat) -> bool {
        self.misses(survey, seat) == 0
    }

    fn misses(&self, survey: &Survey, seat: &Seat) -> Misses {
        let implied = self.implied.is_some_and(|state| !state.admits(seat));
        let missed = self.chosen.iter().filter(|(_, values)| !values.iter().any(|v| self.has(survey, seat, v)));
        missed.fold(if implied { IMPLIED } else { 0 }, |misses, (facet, _)| misses | bit(*facet))
    }

    fn has(&self, survey: &Survey, seat: &Seat, value: &Value) -> bool {
        let seen = &seat.proposal.seen;
        match value {
            Value::State(state) => state.admits(seat),
            Value::Kind(kind) => kind_of(seat) == *kind,
            Value::Finding(code) => survey.codes(seat.proposal.id).contains(&code.as_str()),
            Value::AnyFinding(any) => survey.codes(seat.proposal.id).is_empty() != *any,
            Value::Reason(reason) => reason_of(seat) == Some(*reason),
            Value::Seen(times) => self.snapshot.times(&seat.proposal) == *times,
            Value::SeenAtLeast(times) => self.snapshot.times(&seat.proposal) >= *times,
            Value::Model(_) => seen.iter().any(|(batch, _)| self.batches.contains(batch)),
            Value::Curator(name) => curators(self.snapshot, &seat.proposal).any(|by| by == name),
            Value::Batch(id) => seen.iter().any(|(batch, _)| batch == id),
            Value::Under(node) => seat.above.contains(node),
        }
    }

    /// How many proposals each value would show, beside what the other facets say.
    #[must_use]
    pub fn counts(&self, survey: &Survey) -> Counts {
        let mut counts = Counts::default();
        let mut batches: HashMap<BatchId, usize> = HashMap::new();
        let mut under: HashMap<NodeId, usize> = HashMap::new();
        let mut models: HashMap<&str, usize> = HashMap::new();
        for seat in survey.seats() {
            let misses = self.misses(survey, seat);
            // What the state is says nothing where states are counted; what was rejected was for a reason.
            let but = |facet: Facet| match facet {
                Facet::State | Facet::Reason => misses & !IMPLIED & !bit(facet) == 0,
                _ => misses & !bit(facet) == 0,
            };
            let mut add = |value: Value| *counts.values.entry(value).or_default() += 1;
            counts.wanted += usize::from(misses == 0);
            if misses & !IMPLIED != 0 && (misses & !IMPLIED).count_ones() > 1 {
                continue;
            }
            if but(Facet::State) {
                let states = StateValue::ALL.into_iter();
                let told = states.filter(|state| !matches!(state, StateValue::Open | StateValue::All));
                told.filter(|state| state.admits(seat)).for_each(|state| add(Value::State(state)));
            }
            if but(Facet::Kind) {
                add(Value::Kind(kind_of(seat)));
            }
            if but(Facet::Finding) {
                let codes = survey.codes(seat.proposal.id);
                add(Value::AnyFinding(!codes.is_empty()));
                codes.iter().for_each(|code| add(Value::Finding((*code).to_owned())));
            }
            if but(Facet::Reason) {
                reason_of(seat).into_iter().for_each(|reason| add(Value::Reason(reason)));
            }
            let seen = &seat.proposal.seen;
            if but(Facet::Seen) {
                let times = self.snapshot.times(&seat.proposal);
                add(Value::Seen(times));
                if times > 1 {
                    add(Value::SeenAtLeast(2));
                }
            }
            if but(Facet::Curator) {
                let mut names: Vec<&str> = curators(self.snapshot, &seat.proposal).collect();
                names.sort_unstable();
                names.dedup();
                names.into_iter().for_each(|name| add(Value::Curator(name.to_owned())));
            }
            if but(Facet::Batch) {
                seen.iter().for_each(|(batch, _)| *batches.entry(*batch).or_default() += 1);
            }
            if but(Facet::Model) {
                let mut names: Vec<&str> = Vec::new();
                for (batch, _) in seen {
                    let name = self.snapshot.record.batch(*batch).map(|batch| batch.source.name().raw());
                    names.extend(name.filter(|name| !names.contains(name)));
                }
                names.into_iter().for_each(|name| *models.entry(name).or_default() += 1);
            }
            if but(Facet::Under) {
                let branches = seat.above.iter().filter(|node| node.kind() != Kind::Subject);
                branches.for_each(|node| *under.entry(*node).or_default() += 1);
            }
        }
        counts.values.extend(batches.into_iter().map(|(id, count)| (Value::Batch(id), count)));
        counts.values.extend(models.into_iter().map(|(name, count)| (Value::Model(name.to_owned()), count)));
        counts.values.extend(under.into_iter().map(|(node, count)| (Value::Under(node), count)));
        counts
    }
}

fn implied(facets: &Facets) -> Option<StateValue> {
    match (facets.has(Facet::State), facets.has(Facet::Reason)) {
        (true, _) => None,
        (false, true) => Some(StateValue::Rejected),
        (false, false) => Some(StateValue::Open),
    }
}

fn kind_of(seat: &Seat) -> Option<Kind> {
    (!seat.is_syllabus).then(|| seat.node.kind())
}

fn reason_of(seat: &Seat) -> Option<Reason> {
    match seat.proposal.state {
        State::Rejected { reason, .. } => Some(reason),
        _ => None,
    }
}

fn curators<'s>(snapshot: &'s Snapshot, proposal: &Proposal) -> impl Iterator<Item = &'s str> {
    snapshot.record.events_on(proposal.id).map(|event| event.by.as_str())
}
