//! The card: everything about the focused node that a decision needs.
//!
//! ```text
//! ┌ Card ────────────────────────────────┐
//! │ Matrix analysis                      │
//! │ ◌ pending · subject · level 600      │
//! │ Spectral theory of matrices, norms.  │
//! │ Subtopics norms · spectra            │
//! │                                      │
//! │ Checks                               │
//! │ ! same words: It has the words of …  │
//! │   ! merge into "Matrix theory"       │
//! │                                      │
//! │ Near it (m and the digit merges)     │
//! │ 1 ✓ .71 Linear algebra  Algebra      │
//! │ 2 ✗ .44 Matrix tour  vague, bo …     │
//! │                                      │
//! │ Beside it                            │
//! │ ✓ Group theory                       │
//! └──────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::{self, Text};
use super::{Drawn, View, has_form, progress, text};
use crate::app::{Pane, RowState, words};
use crate::input::Action;
use crate::taxonomy::lint::Severity;
use crate::taxonomy::text::reveal;
use crate::taxonomy::{Facts, Kind, NodeId, ProposalId, Seen, State, tombstones};
use crate::theme::Role;

/// How many siblings are listed around the focused one, and how many at least where there is less room.
const BESIDE: usize = 12;
const FEWER: usize = 4;
/// The lines around that list: a blank one, its heading, how many more there are.
const BESIDE_ITSELF: usize = 3;
/// So many lines most nodes need for themselves.
const OWN: usize = 14;

pub(super) fn draw(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let is_focused = view.model.tree.pane == Pane::Detail && !has_form(view.model);
    let inner = pane::frame(view, area, buf, "Card", is_focused);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut card = Text::new(view, inner.width);
    match view.model.tree.cursor {
        Some(node) => about(view, &mut card, node, inner.height),
        None => taxonomy(view, &mut card),
    }
    let scroll = view.model.tree.card_scroll;
    let overflow = pane::lines(&card.lines, scroll, inner, buf);
    pane::position(view, area, buf, scroll, overflow);
    drawn.shown.detail_overflow = overflow;
}

/// Where there is room for all of it, what stands around a node has its place at the bottom, whatever the node says of
/// itself: from row to row the eye finds it there, and most of it need not be painted anew.
fn settle(card: &mut Text<'_>, from: usize, height: u16) {
    let room = usize::from(height).saturating_sub(card.lines.len());
    if from < card.lines.len() && room > 0 {
        card.lines.splice(from..from, std::iter::repeat_n(ratatui::text::Line::default(), room));
    }
}

fn about(view: &View<'_>, card: &mut Text<'_>, node: NodeId, height: u16) {
    let Some((kind, facts)) = view.model.snapshot.facts(node) else { return };
    card.add(Role::Title, &facts.name.line());
    if let Some(problem) = view.model.snapshot.conflict_in(node) {
        card.item((view.glyphs.error, view.style(Role::Error)), Role::Error, &problem.to_string());
    }
    standing(view, card, node, kind, facts);
    if let Some(scope) = facts.scope.as_ref().filter(|scope| !scope.is_blank()) {
        card.add(Role::Text, &scope.reveal());
    }
    list(view, card, "Subtopics", &facts.subtopics);
    list(view, card, "Also called", &facts.aliases);
    list(view, card, "Also as", &view.model.focus.also_as);
    list(view, card, "Also in", &view.model.focus.also_in);
    below(view, card, node, kind);
    checks(view, card);
    let around = card.lines.len();
    near(view, card);
    // Fewer, where what stands around it then has a place that does not move with what it says of itself.
    let rest = usize::from(height).saturating_sub(OWN + card.lines.len() - around);
    let most = if rest < FEWER + BESIDE_ITSELF { BESIDE } else { BESIDE.min(rest - BESIDE_ITSELF) };
    beside(view, card, node, most);
    settle(card, around, height);
}

fn list(view: &View<'_>, card: &mut Text<'_>, title: &str, items: &[crate::taxonomy::Untrusted]) {
    if !items.is_empty() {
        let items: Vec<_> = items.iter().map(|item| item.line().into_owned()).collect();
        card.item((title, view.style(Role::Kind)), Role::Text, &items.join(" · "));
    }
}

/// State, kind, level and what was decided.
fn standing(view: &View<'_>, card: &mut Text<'_>, node: NodeId, kind: Kind, facts: &Facts) {
    let model = view.model;
    let state = crate::app::state_of(&model.snapshot, node).unwrap_or(RowState::Withdrawn);
    let (sign, style) = view.state(state);
    let mut words = vec![kind.name().to_owned()];
    if let Some(level) = facts.level.as_ref().filter(|level| !level.is_blank()) {
        words.push(format!("level {}", level.line()));
    }
    let proposal = model.snapshot.record.proposal(ProposalId::of_node(node));
    if let Some(proposal) = proposal {
        match model.snapshot.seen(proposal) {
            Seen { times, of } if of > 1 => words.push(format!("seen in {times} of {of}")),
            _ if proposal.seen.len() > 1 => words.push(format!("proposed {} times", proposal.seen.len())),
            _ => {}
        }
    }
    let words = format!(" · {}", words.join(" · "));
    let head = format!("{sign} {}", state.name());
    card.parts(&[(style, &head), (view.style(Role::Kind), &words)]);
    if model.saving.decides(node) {
        card.add(Role::Warning, "A decision on it is being saved.");
    }
    let Some(proposal) = proposal else { return };
    if proposal.flag.is_some() {
        card.item((view.glyphs.flagged, view.style(Role::Flag)), Role::Flag, "A second curator is asked.");
    }
    if let Some(votes) = crate::taxonomy::describe::votes(&model.snapshot, proposal, &model.settings.curator) {
        card.add(Role::Flag, &votes);
    }
    let Some(event) = proposal.decided.and_then(|event| model.snapshot.record.event(event)) else { return };
    let when = words::ago(model.now, event.id.milliseconds());
    let who = crate::taxonomy::text::reveal_line(&event.by);
    let what = match &proposal.state {
        State::Rejected { reason, note } => {
            let why = note.as_ref().map_or_else(|| reason.title().to_owned(), |note| note.line().into_owned());
            match tombstones::again(&model.snapshot, proposal) {
                0 => format!("rejected: {why}"),
                times => format!("rejected: {why}; named again {} since", words::count(times, "time", "times")),
            }
        }
        State::Merged { into } => format!("merged into {}", words::quoted(&model.snapshot.name(*into))),
        State::Deferred => "deferred".to_owned(),
        State::Accepted { .. } => "accepted".to_owned(),
        State::Pending | State::Contested => return,
    };
    card.add(Role::Dim, &format!("{what} by {who}, {when}"));
}

/// What hangs below it, and what to do next.
fn below(view: &View<'_>, card: &mut Text<'_>, node: NodeId, kind: Kind) {
    let model = view.model;
    let Some(accepted) = model.snapshot.tree.node(node) else { return };
    if let Some(deprecation) = &accepted.deprecated {
        let reason = deprecation.reason.as_ref().map(|reason| format!(": {}", reason.line())).unwrap_or_default();
        card.add(Role::TreeDeprecated, &format!("No longer taught{reason}"));
        if let Some(instead) = deprecation.replaced_by {
            card.add(Role::TreeDeprecated, &format!("Use {} instead.", words::quoted(&model.snapshot.name(instead))));
        }
    }
    if kind != Kind::Subject {
        let children = model.snapshot.tree.children(Some(node)).len();
        let mut text = format!("Below it: {children} accepted");
        if children == 0 && model.digest.pending_below(Some(node)) == 0 {
            text.push_str(&format!(". {} asks the model.", model.key(Action::AskModel)));
        }
        card.add(Role::Dim, &text);
        progress::below(view, card, Some(node));
        return;
    }
    if model.digest.has_open_syllabus(node) {
        let key = model.key(Action::GoSyllabus);
        card.add(Role::TreePending, &format!("A syllabus is to be decided: {key} opens it."));
    }
    match &accepted.syllabus {
        Some(syllabus) => {
            let (sessions, concepts) = (syllabus.sessions.len(), syllabus.concept_count());
            card.add(Role::Dim, &format!("Syllabus: {sessions} sessions, {concepts} key concepts."));
        }
        None if !model.digest.has_open_syllabus(node) => {
            card.add(Role::Dim, &format!("No syllabus yet. {} asks for one.", model.key(Action::AskModel)));
        }
        None => {}
    }
}

fn checks(view: &View<'_>, card: &mut Text<'_>) {
    let findings = &view.model.focus.findings;
    if findings.is_empty() {
        return;
    }
    card.heading("Checks");
    let fixes = &view.model.checks.fixes;
    for (at, finding) in findings.iter().enumerate() {
        let (sign, role) = match finding.severity() {
            Severity::Error => (view.glyphs.warning, Role::Error),
            Severity::Warning => (view.glyphs.warning, Role::Warning),
            Severity::Style | Severity::Info => (view.glyphs.bullet, Role::Dim),
        };
        let words = if finding.is_info() { Role::Dim } else { Role::Text };
        card.item((sign, view.style(role)), words, &format!("{}: {}", finding.title(), finding.message));
        let own = fixes.iter().enumerate().filter(|(_, (of, _))| *of == at);
        for (number, (_, fix)) in own {
            let key = format!("  {}", view.model.fix_key(number, fixes.len()));
            card.item((&key, view.style(Role::Key)), Role::KeyLabel, &fix.label);
        }
    }
}

fn near(view: &View<'_>, card: &mut Text<'_>) {
    let near = &view.model.focus.near;
    if view.model.focus.is_waiting {
        card.heading("Near it");
        card.add(Role::Dim, "The names of the taxonomy are being read.");
    }
    if near.is_empty() {
        return;
    }
    let key = view.model.key(Action::MergeInto(1));
    let key = key.strip_suffix(" digit").unwrap_or(&key);
    card.heading(&format!("Near it ({key} and the digit merges)"));
    for (number, near) in near.iter().enumerate() {
        let (sign, style) = view.state(near.state);
        let head = format!("{} ", (number + 1) % 10);
        let sign = format!("{sign} ");
        // Three cells, in front: a long name must not cut it off.
        let score =
            if near.score >= 0.995 { "1.0 ".to_owned() } else { format!("{:.2} ", near.score).replacen('0', "", 1) };
        // What says most comes first: the pane may cut the rest off.
        let place = Some(near.place.line().into_owned()).filter(|place| !place.is_empty());
        let says: Vec<String> = near.by.iter().chain(&near.remark).cloned().chain(place).collect();
        let place = format!("  {}", says.join(" · "));
        let name = near.name.line();
        let text = view.style(Role::Text);
        let (key, dim) = (view.style(Role::Key), view.style(Role::Dim));
        card.parts(&[(key, &head), (style, &sign), (dim, &score), (text, &name), (dim, &place)]);
    }
}

fn beside(view: &View<'_>, card: &mut Text<'_>, node: NodeId, most: usize) {
    let siblings = &view.model.focus.siblings;
    if siblings.len() < 2 {
        return;
    }
    let at = siblings.iter().position(|(sibling, _)| *sibling == node).unwrap_or(0);
    // The same ones for several rows, so that the sign moves and not the names.
    let half = most.div_ceil(2);
    let from = (at / half * half).saturating_sub(half / 2).min(siblings.len().saturating_sub(most));
    let accepted = siblings.iter().filter(|(_, state)| *state == RowState::Accepted).count();
    card.heading(&format!("Beside it: {accepted} accepted, {} proposed", siblings.len() - accepted));
    for (sibling, state) in siblings.iter().skip(from).take(most) {
        let (sign, style) = view.state(*state);
        let sign = format!("{sign} ");
        let here = if *sibling == node { view.glyphs.cursor } else { " " };
        let name = view.model.snapshot.name(*sibling);
        let name_style = view.style(if *sibling == node { Role::Title } else { Role::Text });
        card.parts(&[(view.style(Role::Title), here), (style, &sign), (name_style, &name.line())]);
    }
    let more = siblings.len().saturating_sub(most);
    if more > 0 {
        card.add(Role::Dim, &text::fit(&format!("  and {more} more"), 40, view.glyphs.ellipsis));
    }
}

/// The card of the taxonomy itself: where things stand, and what to press next.
fn taxonomy(view: &View<'_>, card: &mut Text<'_>) {
    let model = view.model;
    card.add(Role::Title, &model.snapshot.manifest.title.line());
    let counts = model.snapshot.tree.counts();
    let kinds: Vec<String> = Kind::ALL
        .into_iter()
        .filter_map(|kind| counts.get(&kind).map(|count| words::count(*count, kind.name(), kind.plural())))
        .collect();
    if !kinds.is_empty() {
        card.add(Role::Text, &kinds.join(", "));
    }
    let digest = &model.digest;
    card.add(
        Role::Dim,
        &format!("{} pending, {} deferred, {} flagged", digest.pending, digest.deferred, digest.flagged),
    );
    let is_new = model.snapshot.tree.is_empty() && digest.pending == 0;
    if is_new {
        can_be_asked(view, card);
    }
    progress::below(view, card, None);
    for problem in model.snapshot.problems.iter().take(8) {
        card.item((view.glyphs.error, view.style(Role::Error)), Role::Error, &problem.to_string());
    }
    card.gap();
    let row = |card: &mut Text<'_>, action: Action, says: &str| {
        let key = format!("{:>6}", model.key(action));
        card.item((key.as_str(), view.style(Role::Key)), Role::Text, says);
    };
    if is_new {
        card.add(Role::Text, "Nothing here yet. A taxonomy grows from its fields:");
        row(card, Action::AskModel, "asks the model for fields");
        row(card, Action::AddChild, "adds one by hand; paste a list for several");
        card.add(Role::Dim, "`provost import FILE` brings a list in from outside.");
        card.add(Role::Dim, "`provost tutor` shows on a sample how it is done.");
    } else if digest.pending > 0 {
        card.add(Role::Text, "Decide on what is proposed, one key each:");
        row(card, Action::NextPending, "goes to the next proposal");
        row(card, Action::Facets, "chooses which, and in which order");
        row(card, Action::Accept, "accepts it and goes on");
        let last = model.key(Action::RejectPolicy);
        row(card, Action::RejectDuplicate, &format!("to {last} reject it with that reason"));
        row(card, Action::Undo, "takes any decision back");
    } else {
        card.add(Role::Text, "Nothing is pending. What next:");
        row(card, Action::AskModel, "on a discipline asks for its subjects");
        row(card, Action::AskSyllabus, "asks for the syllabi of the subjects below");
        row(card, Action::GoHomework, "generates homework from what is approved");
    }
    row(card, Action::Palette, "finds any action or node by name");
    row(card, Action::Help, "shows every key");
    if !is_new {
        can_be_asked(view, card);
    }
}

/// Which model is asked; where none is, what was found and the command that would ask it.
fn can_be_asked(view: &View<'_>, card: &mut Text<'_>) {
    let found = &view.model.found;
    let Some(model) = &found.model else { return };
    card.heading("Model");
    match model {
        Ok(model) => {
            let model = format!("{} proposes.", crate::taxonomy::text::reveal_line(model));
            return card.item((view.glyphs.ok, view.style(Role::Ok)), Role::Text, &model);
        }
        Err(why) => {
            let says = if found.ways().is_empty() { reveal(why) } else { "No model is set up. Found:".into() };
            card.item((view.glyphs.warning, view.style(Role::Warning)), Role::Text, &says);
        }
    }
    let ways = found.ways();
    if ways.is_empty() {
        card.add(
            Role::Dim,
            "No key is set and no server listens on the usual ports of this machine. `provost demo` needs neither.",
        );
    }
    for (what, command) in ways {
        card.item((view.glyphs.bullet, view.style(Role::Dim)), Role::Text, &format!("{}:", reveal(&what)));
        card.item((" ", view.style(Role::Dim)), Role::Code, &reveal(&command));
    }
}
