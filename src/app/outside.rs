//! What a run shows outside the screen: in the terminal's title and in the taskbar.

use super::{Model, RunState};
use crate::homework::{Phase, Progress, dollars};

/// What the terminal is to show beside the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// Its title: which taxonomy is open, and how far a run is. Holds nothing that does not show.
    pub title: Option<String>,
    /// How far the run is, in percent, and how it does.
    pub progress: Option<(Mood, u8)>,
}

/// How a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It goes on.
    Going,
    /// It is paused, stopping, or waits for a server.
    Held,
    /// Every server is set aside.
    Bad,
}

/// Percent of a run that are over; never a hundred before the last item is.
#[must_use]
pub fn percent(progress: &Progress) -> u8 {
    match progress.total {
        0 => 0,
        total if progress.done + progress.failed >= total => 100,
        _ => ((progress.fraction() * 100.0) as u8).min(99),
    }
}

/// What other screens say of the run that goes: how far it is and what it cost.
#[must_use]
pub fn badge(model: &Model) -> Option<String> {
    let run = model.homework.run.as_ref().filter(|_| model.homework.is_going())?;
    let cost = run.progress.cost_usd.filter(|cost| *cost > 0.0).map(|cost| format!(" {}", dollars(cost)));
    Some(format!("run {} %{}", percent(&run.progress), cost.unwrap_or_default()))
}

/// What the terminal is to show for this state.
#[must_use]
pub fn outside(model: &Model) -> Outside {
    let Some(run) = model.homework.run.as_ref().filter(|run| !matches!(run.state, RunState::Over(..))) else {
        let title = format!("provost · {}", model.snapshot.manifest.title.line());
        return Outside { title: Some(title), progress: None };
    };
    let progress = &run.progress;
    let aside = progress.endpoints.iter().filter(|endpoint| endpoint.health.set_aside.is_some()).count();
    let (mood, word) = match progress.phase {
        Phase::Paused => (Mood::Held, " paused"),
        Phase::Stopping => (Mood::Held, " stopping"),
        _ if aside > 0 && aside == progress.endpoints.len() => (Mood::Bad, " no server"),
        _ if progress.held.is_some() => (Mood::Held, ""),
        _ => (Mood::Going, ""),
    };
    let percent = percent(progress);
    let title = format!("{percent} %{word} · provost · {}", model.snapshot.manifest.title.line());
    Outside { title: Some(title), progress: Some((mood, percent)) }
}
