//! The lists of the run: going through them, keeping the focus while items come in, opening one.

use std::sync::Arc;

use super::super::overlay::Message;
use super::super::{tree, update};
use super::{HomeworkScreen, Shows};
use crate::app::{Effect, Model, Overlay, Screen, WhyNot};
use crate::homework::{Finished, Progress};

impl HomeworkScreen {
    /// The lists there are, in the order of the tabs.
    #[must_use]
    pub fn lists(&self) -> Vec<Shows> {
        let run = [Shows::Branches, Shows::Newest, Shows::Failures, Shows::Servers];
        let run = run.into_iter().filter(|_| self.run.is_some());
        run.chain([Shows::Subjects, Shows::NotEligible, Shows::Balance]).collect()
    }
}

/// Goes to the next list, or to the previous one.
pub(super) fn turn_list(model: &mut Model, step: isize) -> Vec<Effect> {
    let lists = model.homework.lists();
    let at = lists.iter().position(|shows| *shows == model.homework.shows).unwrap_or(0);
    let next = (at as isize + step).rem_euclid(lists.len() as isize) as usize;
    model.homework.show(lists[next]);
    Vec::new()
}

/// Takes in how the run stands. Who looks at the newest item goes on looking at the newest; who went down to another
/// stays with it for as long as it is in the list.
pub(super) fn take(model: &mut Model, progress: Arc<Progress>) {
    let screen = &mut model.homework;
    let Some(run) = &mut screen.run else { return };
    let held = match screen.shows {
        Shows::Newest if screen.at > 0 || screen.scroll > 0 => run.progress.newest.get(screen.at).map(|item| item.item),
        _ => None,
    };
    let class = match screen.shows {
        Shows::Failures => run.progress.failures.get(screen.at).map(|failure| failure.class),
        _ => None,
    };
    run.progress = progress;
    let now = &run.progress;
    let item = held.and_then(|held| now.newest.iter().position(|item| item.item == held));
    let class = class.and_then(|class| now.failures.iter().position(|failure| failure.class == class));
    match item.or(class) {
        Some(at) => screen.at = at,
        None => screen.focus_row(screen.at),
    }
}

/// Whether the focused row can be read whole.
pub(super) fn can_open(screen: &HomeworkScreen) -> Result<(), WhyNot> {
    if screen.rows() == 0 { Err(WhyNot::new("There is nothing here yet.")) } else { Ok(()) }
}

/// Opens the focused row: a node in the tree, an item or an example of a failure to read.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let screen = &model.homework;
    let progress = screen.run.as_ref().map(|run| Arc::clone(&run.progress)).unwrap_or_default();
    let message = match screen.shows {
        Shows::Newest => progress.newest.get(screen.at).map(|item| ("An item".to_owned(), lines(item))),
        Shows::Failures => progress.failures.get(screen.at).map(|failure| {
            let mut said: Vec<String> = failure.example.reveal().lines().map(str::to_owned).collect();
            if let Some(sample) = &failure.sample {
                said.push(String::new());
                said.extend(lines(sample));
            }
            (format!("{}: one of {}", failure.class, failure.count), said)
        }),
        _ => None,
    };
    if let Some((title, lines)) = message {
        model.overlays.push(Overlay::Message(Message { title, lines, scroll: 0 }));
    } else if let Some(node) = model.homework.focused_node() {
        let effects = update::go(model, Screen::Curate);
        tree::reveal(model, node);
        return effects;
    }
    Vec::new()
}

fn lines(item: &Finished) -> Vec<String> {
    let path: Vec<_> = item.path.iter().map(|name| name.line().into_owned()).collect();
    let mut lines = vec![path.join(" > ")];
    lines.extend(item.unfit.map(|code| format!("A check found fault with it: {code}.")));
    for (word, text) in [("Question", &item.question), ("Answer", &item.answer)] {
        lines.extend([String::new(), format!("{word}:")]);
        lines.extend(text.reveal().lines().map(str::to_owned));
    }
    lines.extend([String::new(), format!("Item {}.", item.item)]);
    lines
}
