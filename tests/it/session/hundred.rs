//! A hundred decisions of every sort on an import of the OpenAlex topics, made by keys. The keys of each
//! are counted, letters of typed names apart; what is decided is compared with what is on disk, and
//! taken back to the first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use provost::store::{OpenOptions, Store};
use provost::taxonomy::text::normalise;
use provost::taxonomy::{Body, Change, NodeId, Proposal, ProposalId, Reason, Snapshot, State};

use super::Session;
use super::many::files;
use crate::cli::Place;

const DECISIONS: usize = 100;
/// Keys per decision, letters of typed names and the way to another branch apart.
const MEAN: f64 = 1.3;
/// The same with every key that led from one place to another: searches, order, facets.
const MEAN_WITH_WAYS: f64 = 1.5;

/// How keys are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Accept,
    Reject,
    OwnWords,
    Fix,
    Merge,
    Edit,
    Place,
    Split,
    Add,
    Defer,
    Flag,
    Deprecate,
    Bulk,
    Undo,
}

impl Sort {
    const fn title(self) -> &'static str {
        match self {
            Sort::Accept => "accept",
            Sort::Reject => "reject with a reason",
            Sort::OwnWords => "reject in own words",
            Sort::Fix => "put a finding right",
            Sort::Merge => "merge into a neighbour",
            Sort::Edit => "edit in place",
            Sort::Place => "place elsewhere",
            Sort::Split => "split",
            Sort::Add => "add by hand",
            Sort::Defer => "defer",
            Sort::Flag => "flag",
            Sort::Deprecate => "deprecate",
            Sort::Bulk => "decide on many",
            Sort::Undo => "undo, redo",
        }
    }
}

/// What is done to a node when the cursor comes to it; all others are accepted.
#[derive(Debug, Clone, Copy)]
enum Act {
    Reject(char),
    /// Accepted with the name that the checks offer, if they do.
    Fix,
    OwnWords(&'static str),
    /// Into this neighbour where that is accepted by now, else accepted itself.
    Merge(&'static str),
    Edit(&'static str),
    Place(&'static str),
    Split(&'static str),
    Defer,
    Flag,
    /// It and what is proposed below it.
    Branch,
    /// It and the two after it.
    Marks,
    /// Something is added beside it first.
    Beside(&'static str),
    /// Accepted by mistake, taken back, rejected.
    Mistake(char),
    /// Rejected, taken back, and rejected after all.
    SecondThought(char),
}

const PLAN: &[(&str, Act)] = &[
    // Chemical Engineering
    ("Analytical Chemistry and Sensors", Act::Defer),
    ("Ammonia Synthesis and Nitrogen Reduction", Act::Marks),
    ("Chemical and Physical Properties in Aqueous Solutions", Act::Reject('2')),
    ("Fluid Flow and Transfer Processes", Act::Branch),
    ("Carbon dioxide utilization in catalysis", Act::Place("catalysis")),
    ("Odor and Emission Control Technologies", Act::Reject('4')),
    // Chemistry
    ("Analytical chemistry methods development", Act::Reject('6')),
    ("Dye analysis and toxicity", Act::Fix),
    ("Heavy Metals in Plants", Act::Mistake('2')),
    ("Electrochemical Analysis and Applications", Act::Beside("Batteries and Fuel Cells")),
    ("Coconut Research and Applications", Act::Reject('2')),
    ("Crystal structures of chemical compounds", Act::Fix),
    ("Inorganic Chemistry and Materials", Act::Reject('6')),
    ("Radioactive element chemistry and processing", Act::Fix),
    (
        "Synthesis and characterization of novel inorganic/organometallic compounds",
        Act::Split("Inorganic Compounds; Organometallic Compounds"),
    ),
    ("Vanadium and Halogenation Chemistry", Act::Reject('3')),
    ("Zeolite Catalysis and Synthesis", Act::Place("catalysis")),
    // Organic Chemistry, by risk
    ("Antimicrobial agents and applications", Act::Reject('2')),
    ("Axial and Atropisomeric Chirality Synthesis", Act::Edit("Axial Chirality")),
    ("Chemical Synthesis and Reactions", Act::Reject('6')),
    ("Chemical synthesis and alkaloids", Act::Fix),
    ("Chemical synthesis and pharmacological studies", Act::Reject('6')),
    ("Chemistry and Stereochemistry Studies", Act::Reject('6')),
    ("Edible Oils Quality and Analysis", Act::SecondThought('2')),
    ("Free Radicals and Antioxidants", Act::Defer),
    ("Nanomaterials for catalytic reactions", Act::Place("catalysis")),
    ("Organoboron and organosilicon chemistry", Act::Fix),
    ("Organophosphorus compounds synthesis", Act::Merge("Phosphorus compounds and reactions")),
    ("Phosphorus compounds and reactions", Act::Merge("Organophosphorus compounds synthesis")),
    ("Photopolymerization techniques and applications", Act::Fix),
    ("Plant-Derived Bioactive Compounds", Act::Reject('2')),
    ("Polydiacetylene-based materials and applications", Act::Fix),
    ("Quinazolinone synthesis and applications", Act::Fix),
    ("Structural and Chemical Analysis of Organic and Inorganic Compounds", Act::Reject('3')),
    ("Synthesis and Biological Evaluation", Act::Reject('6')),
    ("Synthesis and Catalytic Reactions", Act::Reject('6')),
    ("Synthesis and Characterization of Heterocyclic Compounds", Act::Merge("Synthesis of heterocyclic compounds")),
    ("Synthesis and Reactivity of Heterocycles", Act::Merge("Multicomponent Synthesis of Heterocycles")),
    ("Multicomponent Synthesis of Heterocycles", Act::Merge("Synthesis and Reactivity of Heterocycles")),
    ("Synthesis and biological activity", Act::Reject('1')),
    ("Synthesis and pharmacology of benzodiazepine derivatives", Act::Reject('8')),
    ("Synthesis of heterocyclic compounds", Act::Merge("Synthesis and Characterization of Heterocyclic Compounds")),
    ("Organic Chemistry Synthesis Methods", Act::Merge("Synthetic Organic Chemistry Methods")),
    ("Synthetic Organic Chemistry Methods", Act::Merge("Organic Chemistry Synthesis Methods")),
    ("Synthesis and Properties of Aromatic Compounds", Act::Flag),
    ("Wood and Agarwood Research", Act::OwnWords("forestry, not chemistry")),
];

/// How a node has to stand in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stands {
    Accepted(String),
    Rejected(Reason),
    Merged,
    Deferred,
    Flagged,
    Deprecated,
}

struct Count {
    sort: Sort,
    /// Without letters.
    keys: usize,
    letters: usize,
    nodes: usize,
}

struct Run {
    session: Session,
    counts: Vec<Count>,
    /// Keys and letters that decided nothing.
    ways: (usize, usize),
    stands: BTreeMap<NodeId, Stands>,
}

/// The whole file where it is, else the part of it that is here.
fn topics() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("PROVOST_OPENALEX").map(PathBuf::from);
    let beside = here.join("../shared/data/openalex/topics.csv");
    named.or_else(|| beside.exists().then_some(beside)).unwrap_or(here.join("tests/it/fixtures/openalex-chemistry.csv"))
}

fn events(snapshot: &Snapshot) -> usize {
    snapshot.record.events().len()
}

fn node_of(proposal: &Proposal) -> NodeId {
    match &proposal.body {
        Body::Node { node, .. } => *node,
        Body::Syllabus { subject, .. } => *subject,
    }
}

impl Run {
    fn focused(&self) -> (NodeId, String) {
        let node = self.session.model().tree.cursor.unwrap();
        (node, self.session.snapshot().name(node).raw().to_owned())
    }

    fn name(&self, node: NodeId) -> String {
        self.session.snapshot().name(node).raw().to_owned()
    }

    fn is_done(&self) -> bool {
        self.counts.len() >= DECISIONS
    }

    /// Keys that go somewhere and decide nothing: words are keys, a text in quotes is typed.
    async fn go(&mut self, keys: &str) {
        let (before, keys_before, letters_before) = self.before();
        self.press(keys).await;
        assert_eq!(events(self.session.snapshot()), before, "{keys}\n{}", self.session.screen());
        let letters = self.session.typed - letters_before;
        self.ways.0 += self.session.keys_pressed - keys_before - letters;
        self.ways.1 += letters;
    }

    /// No search and no facets.
    async fn clear(&mut self) {
        while self.session.model().search.is_active() || !self.session.model().queue.facets.is_empty() {
            self.go("esc").await;
        }
    }

    /// Keys that make one decision.
    async fn decide(&mut self, sort: Sort, keys: &str) {
        let (before, keys_before, letters_before) = self.before();
        self.press(keys).await;
        let screen = self.session.screen();
        assert_eq!(events(self.session.snapshot()), before + 1, "{sort:?} {keys}\n{screen}");
        let letters = self.session.typed - letters_before;
        let keys = self.session.keys_pressed - keys_before - letters;
        let nodes = match &self.session.snapshot().record.events().last().unwrap().change {
            Change::Undo { .. } | Change::Redo { .. } => 0,
            change => change.proposals().len().max(1),
        };
        self.counts.push(Count { sort, keys, letters, nodes });
    }

    fn before(&self) -> (usize, usize, usize) {
        (events(self.session.snapshot()), self.session.keys_pressed, self.session.typed)
    }

    async fn press(&mut self, keys: &str) {
        for (at, part) in keys.split('"').enumerate() {
            match at % 2 {
                0 => self.session.press(part).await,
                _ => self.session.type_text(part).await,
            }
        }
    }

    /// The nodes of the last decision.
    fn decided(&self) -> Vec<NodeId> {
        let record = &self.session.snapshot().record;
        let change = &record.events().last().unwrap().change;
        change.proposals().iter().map(|id| node_of(record.proposal(*id).unwrap())).collect()
    }

    async fn accept(&mut self) {
        let (node, name) = self.focused();
        self.decide(Sort::Accept, "a").await;
        self.stands.insert(node, Stands::Accepted(name));
    }

    /// With the name that the checks would give it, where they would.
    async fn accept_as_offered(&mut self) {
        let (node, _) = self.focused();
        let fixes = self.session.model().fixes();
        let better = |label: &str| Some(label.strip_prefix("accept as \"")?.strip_suffix('"')?.to_owned());
        let found = fixes.iter().enumerate().find_map(|(at, fix)| Some((at + 1, better(&fix.label)?)));
        let Some((number, better)) = found else { return self.accept().await };
        self.session.sees("accept as");
        let keys = if fixes.len() == 1 { "!".to_owned() } else { format!("! {number}") };
        self.decide(Sort::Fix, &keys).await;
        self.stands.insert(node, Stands::Accepted(better));
    }

    async fn reject(&mut self, digit: char) {
        let (node, _) = self.focused();
        self.decide(Sort::Reject, &digit.to_string()).await;
        let reason = Reason::ALL[digit as usize - '1' as usize];
        self.stands.insert(node, Stands::Rejected(reason));
    }

    /// A decision on many: counted out first, carried out by `y`.
    async fn decide_on_many(&mut self, keys: &str, count: usize) {
        let before = events(self.session.snapshot());
        let keys_before = (self.session.keys_pressed, self.session.typed);
        self.press(keys).await;
        assert_eq!(events(self.session.snapshot()), before, "nothing is decided before it is counted out");
        self.session.sees(&format!("Accept {count} nodes?"));
        let (pressed, typed) = (self.session.keys_pressed - keys_before.0, self.session.typed - keys_before.1);
        self.decide(Sort::Bulk, "y").await;
        let last = self.counts.last_mut().unwrap();
        assert_eq!(last.nodes, count);
        last.keys += pressed - typed;
        last.letters += typed;
        for node in self.decided() {
            self.stands.insert(node, Stands::Accepted(self.name(node)));
        }
    }

    async fn merge(&mut self, target: &str) {
        let (node, _) = self.focused();
        let near = &self.session.model().focus.near;
        let same = |name: &str| normalise(name) == normalise(target);
        let found = near.iter().position(|near| same(near.name.raw()));
        let accepted = |node: NodeId| self.session.snapshot().tree.is_active(node);
        match found.filter(|at| accepted(near[*at].node)) {
            Some(at) => {
                self.decide(Sort::Merge, &format!("m {}", (at + 1) % 10)).await;
                self.stands.insert(node, Stands::Merged);
            }
            None => self.accept_as_offered().await,
        }
    }

    async fn act(&mut self, act: Act) {
        let (node, name) = self.focused();
        match act {
            Act::Reject(digit) => self.reject(digit).await,
            Act::Merge(target) => self.merge(target).await,
            Act::Fix => self.accept_as_offered().await,
            Act::OwnWords(words) => {
                self.decide(Sort::OwnWords, &format!("9 \"{words}\" <ret>")).await;
                self.stands.insert(node, Stands::Rejected(Reason::Other));
            }
            Act::Edit(better) => {
                self.decide(Sort::Edit, &format!("e ctrl-u \"{better}\" <ret>")).await;
                self.stands.insert(node, Stands::Accepted(better.to_owned()));
            }
            Act::Place(to) => {
                self.decide(Sort::Place, &format!("p \"{to}\" <ret>")).await;
                self.stands.insert(node, Stands::Accepted(name));
            }
            Act::Split(into) => {
                self.decide(Sort::Split, &format!("x \"{into}\" <ret>")).await;
                self.stands.insert(node, Stands::Merged);
            }
            Act::Defer => {
                self.decide(Sort::Defer, "s").await;
                self.stands.insert(node, Stands::Deferred);
            }
            Act::Flag => {
                self.decide(Sort::Flag, "f").await;
                self.stands.insert(node, Stands::Flagged);
            }
            Act::Branch => {
                let below = self.session.snapshot().record.proposed_children(Some(node)).count();
                self.decide_on_many("b a", below + 1).await;
            }
            Act::Marks => self.decide_on_many("space space space a", 3).await,
            Act::Beside(new) => {
                self.decide(Sort::Add, &format!("O \"{new}\" <ret>")).await;
                assert_eq!(self.focused().0, node);
                self.decide(Sort::Edit, "e ctrl-u \"Electroanalytical Chemistry\" <ret>").await;
                self.stands.insert(node, Stands::Accepted("Electroanalytical Chemistry".into()));
            }
            Act::Mistake(digit) => {
                self.accept().await;
                self.decide(Sort::Undo, "u").await;
                assert_eq!(self.focused().0, node, "the cursor is back");
                self.reject(digit).await;
            }
            Act::SecondThought(digit) => {
                self.reject(digit).await;
                self.decide(Sort::Undo, "u").await;
                assert_eq!(self.focused().0, node, "the cursor is back");
                self.decide(Sort::Undo, "U").await;
                if self.focused().0 == node {
                    self.go("]").await;
                }
            }
        }
    }

    /// The table of keys, and how many there are per decision: without and with going elsewhere.
    fn report(&self) -> (String, f64, f64) {
        let mut sorts: BTreeMap<Sort, Vec<&Count>> = BTreeMap::new();
        for count in &self.counts {
            sorts.entry(count.sort).or_default().push(count);
        }
        let all: Vec<&Count> = self.counts.iter().collect();
        let sum = |counts: &[&Count], of: fn(&Count) -> usize| counts.iter().map(|count| of(count)).sum::<usize>();
        let mean = |keys: usize, counts: &[&Count]| keys as f64 / counts.len() as f64;
        let line = |title: &str, counts: &[&Count]| {
            let (keys, nodes) = (sum(counts, |count| count.keys), sum(counts, |count| count.nodes));
            let letters = sum(counts, |count| count.letters);
            let mean = mean(keys, counts);
            format!("{title:<24}{:>10}{nodes:>7}{keys:>7}{mean:>7.2}{letters:>9}", counts.len())
        };
        let (ways, letters) = self.ways;
        let keys = sum(&all, |count| count.keys);
        let (alone, with_ways) = (mean(keys, &all), mean(keys + ways, &all));
        let mut lines =
            vec![format!("{:<24}{:>10}{:>7}{:>7}{:>7}{:>9}", "", "decisions", "nodes", "keys", "mean", "letters")];
        lines.extend(sorts.iter().map(|(sort, counts)| line(sort.title(), counts)));
        lines.push(line("all", &all));
        lines.push(format!("{:<24}{:>24}{letters:>16}", "going elsewhere", ways));
        lines.push(format!("median {}, mean {alone:.2}, with going elsewhere {with_ways:.2}", self.median()));
        (lines.join("\n"), alone, with_ways)
    }

    fn median(&self) -> usize {
        let mut keys: Vec<usize> = self.counts.iter().map(|count| count.keys).collect();
        keys.sort_unstable();
        keys[keys.len() / 2]
    }

    fn check(&self, snapshot: &Snapshot) {
        for (node, stands) in &self.stands {
            let proposal = snapshot.record.proposal(ProposalId::of_node(*node)).unwrap();
            let name = snapshot.name(*node);
            let is = match &proposal.state {
                State::Accepted { node } if snapshot.tree.is_active(*node) => {
                    Stands::Accepted(snapshot.name(*node).raw().to_owned())
                }
                State::Accepted { .. } => Stands::Deprecated,
                State::Rejected { reason, .. } => Stands::Rejected(*reason),
                State::Merged { .. } => Stands::Merged,
                State::Deferred => Stands::Deferred,
                State::Pending if proposal.flag.is_some() => Stands::Flagged,
                other => panic!("{}: {other:?}", name.raw()),
            };
            assert_eq!(is, *stands, "{}", name.raw());
        }
    }
}

fn reopened(path: &Path) -> Store {
    Store::open(path, OpenOptions { curator: "ana".into(), read_only: true }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_mixed_decisions_take_little_more_than_a_key_each() {
    let (place, temp) = (Place::new(), tempfile::tempdir().unwrap());
    let path = temp.path().join("taxonomy");
    let (folder, table) = (path.display().to_string(), topics().display().to_string());
    place.run(&["init", &folder, "--title", "OpenAlex topics"]).succeeds();
    place.run(&["-C", &folder, "import", &table, "--format", "csv"]).succeeds();
    let session = Session::on(temp, path.clone(), (80, 24), "").await;
    let untouched = files(&session);
    let mut run = Run { session, counts: Vec::new(), ways: (0, 0), stands: BTreeMap::new() };
    let pending = run.session.snapshot().open_proposals().len();
    (run.session.keys_pressed, run.session.typed) = (0, 0);

    run.go("/ \"physical sciences\" <ret>").await;
    assert_eq!(run.focused().1, "Physical Sciences");
    run.accept().await;
    let plan: BTreeMap<&str, Act> = PLAN.iter().copied().collect();
    let mut by_risk = false;
    // Room is left for the last few.
    while run.counts.len() < DECISIONS - 4 {
        let (node, name) = run.focused();
        match plan.get(name.as_str()) {
            Some(act) => run.act(*act).await,
            None => run.accept().await,
        }
        if name == "Organic Chemistry" && !by_risk {
            by_risk = true;
            run.decide_on_many("/ \"organometallic c\" <ret> * a", 3).await;
            run.clear().await;
            run.go("F \"risk\" <ret> ctrl-u \"organic chem\" <ret> esc").await;
            run.session.sees("risk order");
            run.session.sees("under: Organic Chemistry");
        }
        assert_ne!(run.focused().0, node, "{name}: the cursor goes on\n{}", run.session.screen());
    }

    // What was put off has a place by now; what was accepted has none any more.
    run.clear().await;
    run.go("/ \"analytical chemistry and sensors\" <ret>").await;
    let (node, name) = run.focused();
    run.decide(Sort::Place, "p \"analytical\" <ret>").await;
    run.stands.insert(node, Stands::Accepted(name));
    run.go("/ \"pigment synthesis\" <ret>").await;
    let (node, _) = run.focused();
    run.decide(Sort::Deprecate, "d \"fluorides\" <ret>").await;
    run.stands.insert(node, Stands::Deprecated);
    run.go("/ \"thermodynamic properties of mix\" <ret>").await;
    while !run.is_done() {
        let (node, name) = run.focused();
        run.decide(Sort::Edit, "e ctrl-u \"Thermodynamics of Mixtures\" <ret>").await;
        run.stands.insert(node, Stands::Accepted("Thermodynamics of Mixtures".into()));
        assert_eq!(name, "Thermodynamic properties of mixtures");
        if !run.is_done() {
            run.decide(Sort::Undo, "u").await;
            run.stands.insert(node, Stands::Accepted(name));
        }
    }

    let (table, mean, with_ways) = run.report();
    println!("{table}");
    assert_eq!((run.counts.len(), run.median()), (DECISIONS, 1));
    let sorts: BTreeSet<Sort> = run.counts.iter().map(|count| count.sort).collect();
    assert_eq!(sorts.len(), 14, "{sorts:?}");
    assert!(mean <= MEAN && with_ways <= MEAN_WITH_WAYS, "{mean:.2}, {with_ways:.2}");

    // The screen shows what is on disk, and both are what was decided.
    run.check(run.session.snapshot());
    let disk = reopened(&path).snapshot();
    run.check(&disk);
    assert_eq!(disk.record.events().len(), DECISIONS);
    assert_eq!(disk.tree.entries().count(), run.session.snapshot().tree.entries().count());
    assert!(disk.problems.is_empty(), "{:?}", disk.problems);

    // One key for each decision that holds, and nothing is left of them.
    let mut undone = 0;
    while run.session.snapshot().record.undoable("ana").is_some() {
        run.session.press("u").await;
        undone += 1;
        assert!(undone <= DECISIONS, "{}", run.session.screen());
    }
    assert_eq!(files(&run.session), untouched);
    assert_eq!(reopened(&path).snapshot().open_proposals().len(), pending);
}
