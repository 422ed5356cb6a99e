//! Copying what is focused: its name, its place, its id, or the question of an item.

use super::{Effect, Level, Model, Screen, WhyNot, dataset};
use crate::input::Action;
use crate::taxonomy::{NodeId, Untrusted};

/// The node that is meant.
fn node(model: &Model) -> Option<NodeId> {
    match model.screen {
        Screen::Curate => model.tree.cursor,
        Screen::Syllabus => model.syllabus.subject,
        Screen::Dataset => dataset::subject(model),
        Screen::History => model.history.focused_node(&model.snapshot),
        Screen::Homework => None,
    }
}

/// What an action would copy, with hidden characters made visible; `None` where it is another's.
fn text(model: &Model, action: Action) -> Option<Result<String, WhyNot>> {
    let none = || WhyNot::new("Nothing is focused that could be copied.");
    let names = |node: NodeId| -> Vec<String> {
        model.snapshot.names(node).iter().map(Untrusted::line).map(Into::into).collect()
    };
    Some(match action {
        Action::YankName => node(model).and_then(|node| names(node).pop()).ok_or_else(none),
        Action::YankPath => node(model).map(|node| names(node).join(" > ")).ok_or_else(none),
        Action::YankId if model.screen == Screen::Dataset => {
            model.dataset.focused().map(|entry| entry.item.to_string()).ok_or_else(none)
        }
        Action::YankId => node(model).map(|node| node.to_string()).ok_or_else(none),
        Action::YankQuestion => match model.dataset.record() {
            Some(Ok(record)) => Ok(record.question.reveal().into_owned()),
            _ => Err(WhyNot::new("No item is focused whose question was read.")),
        },
        _ => return None,
    })
}

/// Whether the action has something to copy.
///
/// # Errors
/// Why not.
pub(super) fn can(model: &Model, action: Action) -> Result<(), WhyNot> {
    text(model, action).map_or(Ok(()), |text| text.map(drop))
}

/// Carries out the actions of this area.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    Some(match text(model, action)? {
        Ok(text) => vec![Effect::Copy(text)],
        Err(why) => {
            model.say(Level::Warning, why.0);
            Vec::new()
        }
    })
}
