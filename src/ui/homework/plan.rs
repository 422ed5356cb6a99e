//! What would be made: the plan above, and what its lists show of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pane::{self, Text};
use super::super::{View, balance};
use crate::app::{Shows, words};
use crate::homework::{Amount, Form, Plan};
use crate::input::Action;
use crate::theme::Role;

fn wanted(view: &View<'_>) -> String {
    let request = &view.model.homework.request;
    let amount = match request.amount {
        Amount::PerSubject(each) => format!("{} for each subject", words::count(each as usize, "item", "items")),
        Amount::Count(count) => format!("{} together", words::count(count as usize, "item", "items")),
    };
    let place = match request.nodes.as_slice() {
        [] => "everything".to_owned(),
        nodes => words::names(&view.model.snapshot, nodes),
    };
    format!("{amount}, seed {}, for {place}", request.seed)
}

/// What would be produced.
pub(super) fn draw(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let model = view.model;
    let inner = pane::frame(view, area, buf, "Plan", false);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    content.add(Role::Text, &wanted(view));
    match &model.homework.plan {
        None => content.add(Role::Dim, "The plan is being made…"),
        Some(Err(why)) => content.add(Role::Error, &crate::taxonomy::text::reveal(why)),
        Some(Ok(planned)) => {
            let plan = &planned.plan;
            let role = if plan.total() == 0 { Role::Warning } else { Role::Ok };
            let from = words::count(plan.subjects.len(), "subject", "subjects");
            let items = if plan.total() == 1 { "item" } else { "items" };
            let mut line = format!("{} {items} from {from}", words::grouped(plan.total()));
            if !plan.ineligible.is_empty() {
                line.push_str(&format!("; {} not eligible", plan.ineligible.len()));
            }
            if plan.beyond_capacity() > 0 {
                line.push_str(&format!("; {} beyond what the syllabi allow", words::grouped(plan.beyond_capacity())));
            }
            content.add(role, &line);
            if let Some(compared) = planned.changes.as_ref().and_then(|changes| changes.words()) {
                content.add(Role::Text, &compared);
            }
            if let Some(remark) = plan.remarks.first() {
                content.add(Role::Warning, remark);
            }
            if let Some(takes) = planned.takes() {
                content.add(Role::Dim, &takes);
            }
            if let Some(why) = &planned.terms.no_model {
                content.add(Role::Warning, &format!("no model: {}", crate::taxonomy::text::reveal_line(why)));
            }
            let (start, edit) = (model.key(Action::StartRun), model.key(Action::EditPlan));
            let at_once = model.homework.concurrency;
            let next = if planned.terms.no_model.is_some() {
                format!("Which items are there already is not known without one. {edit} changes the plan.")
            } else if plan.total() > 0 {
                let caps = match model.homework.limits() {
                    limits if limits.is_none() => format!("; {} caps it", model.key(Action::EditBudget)),
                    limits => format!(", capped at {}", limits.words()),
                };
                format!("{start} starts it, {at_once} items at once{caps}; {edit} changes the plan.")
            } else {
                let (filter, tree, here) =
                    (model.key(Action::Filter), model.key(Action::GoCurate), model.key(Action::GoHomework));
                format!("{filter} lists why. For more, {tree}, focus a wider branch, and {here} again.")
            };
            content.add(Role::Dim, &next);
        }
    }
    pane::lines(&content.lines, 0, inner, buf);
}

/// A few draws of the focused subject, or why it is left out.
pub(super) fn preview(view: &View<'_>, content: &mut Text<'_>) {
    let screen = &view.model.homework;
    let Some(plan) = screen.plan() else { return };
    match screen.shows {
        Shows::NotEligible => {
            let Some((node, why)) = plan.ineligible.get(screen.at) else { return };
            let names: Vec<_> = view.model.snapshot.names(*node).iter().map(|name| name.line().into_owned()).collect();
            content.add(Role::Title, &names.join(&format!(" {} ", view.glyphs.path)));
            content.add(Role::Warning, &format!("Left out: {why}."));
            let key = view.model.key(Action::Open);
            content.add(Role::Dim, &format!("{key} shows it in the tree."));
        }
        Shows::Balance => balance::detail(view, content),
        _ => draws(view, plan, content),
    }
}

/// The type of an item's question, and its language where there are several: `coding, German: `.
fn form(plan: &Plan, form: Form) -> String {
    let language = match plan.languages.len() {
        1 => String::new(),
        _ => format!(", {}", crate::taxonomy::text::reveal_line(plan.language(form))),
    };
    format!("{}{language}: ", form.question_type)
}

fn draws(view: &View<'_>, plan: &Plan, content: &mut Text<'_>) {
    let at = view.model.homework.at;
    let Some(subject) = plan.subjects.get(at) else { return };
    let names: Vec<_> = subject.names.iter().map(|name| name.line().into_owned()).collect();
    content.add(Role::Title, &names.join(&format!(" {} ", view.glyphs.path)));
    let (quota, capacity) = (words::grouped(subject.quota), words::grouped(subject.capacity));
    content
        .add(Role::Dim, &format!("{quota} items; its syllabus allows {capacity} different ones. The first of them:"));
    if !subject.grounds.is_empty() {
        let titles: Vec<_> = subject
            .grounds
            .iter()
            .map(|ground| crate::taxonomy::text::reveal_line(ground.named.title()).into_owned())
            .collect();
        content.add(Role::Text, &format!("Grounded in {}.", titles.join("; ")));
    }
    for (number, item) in plan.items_of(at).take(4).enumerate() {
        let sessions: Vec<_> =
            subject.drawn_sessions(&item.draw).iter().map(|session| session.title.line().into_owned()).collect();
        let concepts: Vec<_> =
            subject.drawn_concepts(&item.draw).iter().map(|(_, concept)| concept.line().into_owned()).collect();
        let head = format!("{}", number + 1);
        let form = if subject.forms.is_plain() { String::new() } else { form(plan, item.form) };
        content.item((&head, view.style(Role::Key)), Role::Text, &format!("{form}{}", sessions.join(" + ")));
        content.item((" ", view.style(Role::Text)), Role::Dim, &concepts.join(" · "));
    }
}
