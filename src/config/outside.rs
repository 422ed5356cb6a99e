//! What a run shows outside the screen.

use serde::Deserialize;

/// Title, taskbar and notification; what is absent is decided by what is known of the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutsideSettings {
    /// Whether the terminal's title says how far a run is.
    pub title: Option<bool>,
    /// Whether the tab or the taskbar shows it (OSC 9;4).
    pub progress: Option<bool>,
    /// How its end is told.
    pub notify: Option<Notify>,
}

/// How the end of a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// Not at all.
    Off,
    /// The terminal rings.
    Bell,
    /// A notification by OSC 9.
    Osc9,
    /// A notification by OSC 777.
    Osc777,
}
