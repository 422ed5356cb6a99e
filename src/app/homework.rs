//! The Homework screen: the plan and the run.

use super::{Effect, Model};

/// The Homework screen.
#[derive(Debug, Clone, Default)]
pub struct HomeworkScreen {}

/// What yes to a question of this screen leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {}

/// What a typed line of this screen is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {}

pub(super) fn answered(_: &mut Model, question: Question, _: &str) -> Vec<Effect> {
    match question {}
}

pub(super) fn confirmed(_: &mut Model, then: Then) -> Vec<Effect> {
    match then {}
}

pub(super) fn can(_: &Model, _: crate::input::Action) -> Result<(), super::WhyNot> {
    Ok(())
}

pub(super) fn handle(_: &mut Model, _: crate::input::Action) -> Option<Vec<Effect>> {
    None
}

pub(super) fn entered(_: &mut Model) -> Vec<Effect> {
    Vec::new()
}

pub(super) fn would_stop(_: &Model) -> Option<Vec<String>> {
    None
}
