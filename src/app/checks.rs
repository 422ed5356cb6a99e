//! What puts the findings of the focused row or cell right: `!` does it, `!` and a digit where
//! there are several.

use super::decide::{self, Decision};
use super::overlay::Overlay;
use super::{Column, Effect, Level, Model, Screen, Version, WhyNot, picker, tree, words};
use crate::input::{Action, MenuTarget, Resolved};
use crate::taxonomy::lint::{self, About, Checker, Elsewhere, Families, Finding, Fix, Remedy, judged};
use crate::taxonomy::{Delta, Edit, NodeId, Op, ProposalId, Snapshot, Syllabus};

/// So many fixes have a digit.
const DIGITS: usize = 9;

/// What is known about the findings on the screen.
#[derive(Debug, Default)]
pub struct Checks {
    /// The ways out of the focused row's findings in Curate: which finding, and the fix.
    pub fixes: Vec<(usize, Fix)>,
    families: Families,
    seen: Option<(Option<NodeId>, u64)>,
    /// The syllabus that was looked at last, and of which revision.
    cells: Option<(NodeId, Version, u64)>,
}

impl Checks {
    /// Looks at the focused row again the next time.
    pub(super) fn forget(&mut self) {
        (self.seen, self.cells) = (None, None);
    }

    /// Keeps the families that are as they were.
    pub(super) fn follow(&mut self, snapshot: &Snapshot, delta: &Delta) {
        self.families.refresh(snapshot, Some(delta));
    }
}

impl Model {
    /// Looks at the focused row again, against the whole taxonomy, if it is another.
    pub(super) fn refresh_checks(&mut self) {
        if self.screen == Screen::Syllabus {
            self.refresh_cells();
        }
        let now = (self.tree.cursor, self.snapshot.revision);
        if self.checks.seen == Some(now) {
            return;
        }
        self.checks.seen = Some(now);
        self.checks.fixes.clear();
        self.focus.findings.clear();
        let Some(id) = self.tree.cursor else { return };
        let none = Elsewhere::default();
        let elsewhere = self.lexicon.as_ref().map_or(&none, |lexicon| &lexicon.elsewhere);
        let families = std::mem::take(&mut self.checks.families);
        let mut checker = Checker::among(&self.snapshot, elsewhere, families);
        let mut findings = match self.snapshot.record.proposal(ProposalId::of_node(id)) {
            _ if self.snapshot.tree.entry(id).is_some() => checker.node(id),
            Some(proposal) => checker.proposal(proposal),
            None => Vec::new(),
        };
        self.checks.families = checker.into_families();
        findings.retain(|finding| finding.cell.is_none());
        let fixes = findings.iter().enumerate();
        let fixes = fixes.filter_map(|(at, finding)| Some((at, lint::fix(&self.snapshot, finding)?)));
        let mut known: Vec<(usize, Fix)> = Vec::new();
        for (at, fix) in fixes {
            if known.iter().all(|(_, earlier)| earlier.label != fix.label) && known.len() < DIGITS {
                known.push((at, fix));
            }
        }
        self.checks.fixes = known;
        self.focus.findings = findings;
    }

    /// What the checks find in a syllabus of the subject on the screen.
    pub(super) fn look_at(&self, content: &Syllabus) -> Vec<Finding> {
        let Some(subject) = self.syllabus.subject else { return Vec::new() };
        let none = Elsewhere::default();
        let elsewhere = self.lexicon.as_ref().map_or(&none, |lexicon| &lexicon.elsewhere);
        let about = self.syllabus.proposal().map_or(About::Node(subject), About::Proposal);
        Checker::with(&self.snapshot, elsewhere).syllabus(about, subject, content)
    }

    /// Looks at the syllabus on the screen again, if it is another.
    pub(super) fn refresh_cells(&mut self) {
        let (Some(subject), Some(version)) = (self.syllabus.subject, self.syllabus.version) else {
            self.syllabus.findings.clear();
            return;
        };
        let now = Some((subject, version, self.snapshot.revision));
        if self.checks.cells == now {
            return;
        }
        self.checks.cells = now;
        let content = self.syllabus.content(&self.snapshot);
        let mut findings = content.map(|content| self.look_at(content)).unwrap_or_default();
        if self.syllabus.proposal().is_none() {
            // Homework was made from this one, and people may have refused it.
            findings.extend(judged(&self.snapshot, subject));
            findings.sort_by_key(|finding| finding.cell);
        }
        self.syllabus.findings = findings;
    }

    /// The ways out on the screen, in the order of their digits.
    #[must_use]
    pub fn fixes(&self) -> Vec<Fix> {
        match self.screen {
            Screen::Curate => self.checks.fixes.iter().map(|(_, fix)| fix.clone()).collect(),
            Screen::Syllabus => {
                let here = self.cell_findings();
                here.into_iter().filter_map(|finding| lint::fix(&self.snapshot, finding)).take(DIGITS).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The findings of the focused cell, then those of the syllabus as a whole.
    fn cell_findings(&self) -> Vec<&Finding> {
        let column = match self.syllabus.cell() {
            Column::Title => None,
            Column::Concept(at) => Some(at),
        };
        let here = Some((self.syllabus.row, column));
        let all = self.syllabus.findings.iter();
        all.filter(|finding| finding.cell == here || finding.cell.is_none()).collect()
    }

    /// The key of one fix, as shown: `!`, or `! 2` where there are several.
    #[must_use]
    pub fn fix_key(&self, at: usize, count: usize) -> String {
        let key = self.key(Action::Fix(1));
        let key = key.strip_suffix(" digit").unwrap_or(&key);
        if count == 1 { key.to_owned() } else { format!("{key} {}", at + 1) }
    }
}

/// A menu of fixes with a single entry is not shown: what it would offer is done.
pub(super) fn at_once(model: &mut Model, resolved: Resolved) -> Resolved {
    let Resolved::Prefix(menu) = &resolved else { return resolved };
    let is_fixes = menu.entries.iter().all(|entry| matches!(entry.target, MenuTarget::Action(Action::Fix(_))));
    if !is_fixes || model.fixes().len() > 1 {
        return resolved;
    }
    model.resolver.reset();
    Resolved::Action(Action::Fix(1))
}

/// Whether there is such a fix.
///
/// # Errors
/// Why not.
pub(super) fn can(model: &Model, number: u8) -> Result<(), WhyNot> {
    if model.screen == Screen::Curate {
        if let Some(node) = model.tree.cursor
            && model.saving.decides(node)
        {
            return Err(WhyNot::new("A decision on it is being saved."));
        }
        if model.focus.findings.is_empty() {
            return Err(WhyNot::new("The checks found nothing here."));
        }
    } else if model.syllabus.working.is_some() {
        return Err(WhyNot::new("A change is being saved."));
    }
    match (model.fixes().len(), usize::from(number)) {
        (0, _) => Err(WhyNot::new("What the checks found here has no key of its own; edit, place or reject it.")),
        (count, wanted) if wanted > count => {
            let are = if count == 1 { "is" } else { "are" };
            Err(WhyNot::new(format!("There {are} only {}.", words::count(count, "fix", "fixes"))))
        }
        _ => Ok(()),
    }
}

/// Carries out a fix.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Action::Fix(number) = action else { return None };
    let fix = model.fixes().into_iter().nth(usize::from(number).saturating_sub(1))?;
    match fix.remedy {
        Remedy::Op(op) => return Some(submit(model, *op)),
        Remedy::Go(node) => tree::reveal(model, node),
        Remedy::Place(_) => {
            tree::clear_marks(model);
            match picker::for_place(model) {
                Ok(places) => model.overlays.push(Overlay::Picker(places)),
                Err(why) => model.say(Level::Warning, why.0),
            }
        }
    }
    Some(Vec::new())
}

fn submit(model: &mut Model, op: Op) -> Vec<Effect> {
    if model.screen == Screen::Syllabus {
        model.syllabus.working = match &op {
            Op::Revise { to, .. } => Some((**to).clone()),
            Op::Edit(node) => node.syllabus.clone(),
            Op::Accept { edit: Some(Edit::Syllabus(to)), .. } => Some((**to).clone()),
            _ => None,
        };
        let nodes = model.syllabus.subject.into_iter().collect();
        return decide::commit(model, Decision { op, nodes, accepts: false, go_on: false });
    }
    let nodes = model.tree.cursor.into_iter().collect();
    let accepts = matches!(op, Op::Accept { .. });
    let go_on = accepts || matches!(op, Op::Alias { .. } | Op::Reject { .. });
    decide::commit(model, Decision { op, nodes, accepts, go_on })
}
