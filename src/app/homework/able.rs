//! What applies when.

use super::{Shows, live};
use crate::app::{Model, WhyNot};
use crate::homework::Phase;
use crate::input::Action;

/// Why an action of this screen does not apply.
pub(in crate::app) fn can(model: &Model, action: Action) -> Result<(), WhyNot> {
    let screen = &model.homework;
    let going = || match screen.is_going() {
        true => Ok(()),
        false => Err(WhyNot::new("No run is under way.")),
    };
    let idle = || match screen.is_going() {
        true => Err(WhyNot::new(format!("A run is under way; {} stops it.", model.key(Action::StopRun)))),
        false => Ok(()),
    };
    match action {
        Action::StartRun => {
            idle()?;
            startable(model)
        }
        Action::RetryFailed => {
            idle()?;
            let failed = screen.run.as_ref().filter(|run| run.request == screen.request);
            match failed.map_or(0, |run| run.progress.failed) {
                0 => Err(WhyNot::new("Nothing has failed in this plan's run.")),
                _ => startable(model),
            }
        }
        Action::EditPlan => idle(),
        Action::PauseRun | Action::StopRun if screen.phase() == Some(Phase::Stopping) => {
            let key = model.key(Action::AbortRun);
            Err(WhyNot::new(format!("It is stopping: what is under way is finished first; {key} drops it.")))
        }
        Action::PauseRun | Action::StopRun | Action::AbortRun => going(),
        Action::Open if matches!(screen.shows, Shows::Newest | Shows::Failures) => live::can_open(screen),
        Action::Why if matches!(screen.shows, Shows::Newest | Shows::Failures) => {
            let key = model.key(Action::Open);
            Err(WhyNot::new(format!(
                "All there is of it here comes with {key}; the Dataset screen says where an item comes from."
            )))
        }
        Action::Open | Action::Why if screen.shows == Shows::Servers => {
            Err(WhyNot::new("All there is to say of it is on the right."))
        }
        Action::Open | Action::Why if screen.focused_node().is_none() => Err(WhyNot::new("Nothing is focused.")),
        _ => Ok(()),
    }
}

fn startable(model: &Model) -> Result<(), WhyNot> {
    let filter = model.key(Action::Filter);
    match &model.homework.plan {
        None => Err(WhyNot::new("The plan is being made.")),
        Some(Err(why)) => Err(WhyNot::new(why.as_str())),
        Some(Ok(planned)) if planned.plan.total() == 0 => Err(WhyNot::new(format!(
            "No subject here is eligible; accept a syllabus first. {filter} lists why for each."
        ))),
        Some(Ok(planned)) => match &planned.terms.no_model {
            Some(why) => Err(WhyNot::new(why.as_str())),
            None if planned.to_ask() == 0 => {
                let key = model.key(Action::EditPlan);
                Err(WhyNot::new(format!("Nothing is left to ask for: all of this plan is there. {key} plans more.")))
            }
            None => Ok(()),
        },
    }
}
