//! The program as a value: [`Model`], [`Msg`], [`Effect`] and [`update()`]. Pure.
//!
//! ```text
//! Msg -> update(&mut Model, Msg) -> Vec<Effect> -> runtime -> Msg
//!                    |
//!                    +-> ui::draw(&Model, ...)
//! ```
//!
//! A decision never edits the taxonomy here: it leaves as [`Effect::Submit`] and comes back as
//! the next [`Msg::Snapshot`]. Time arrives in [`Msg::Tick`]; files, network and terminal are
//! the runtime's. Each area (tree, deciding, syllabus, ...) has one reducer file.

mod ask;
mod by_hand;
mod checks;
mod compare;
mod counting;
mod dataset;
mod decide;
mod digest;
mod edit;
mod effect;
mod enabled;
mod facets;
mod field;
mod focus;
mod form;
mod found;
mod grove;
mod history;
mod homework;
mod lexicon;
mod marks;
mod meaning;
mod memory;
mod model;
mod msg;
mod outside;
mod overlay;
mod paging;
mod palette;
mod panes;
mod picker;
mod preview;
mod queue;
mod request_line;
mod rows;
mod saving;
mod search;
mod syllabus;
mod syllabus_ask;
mod syllabus_edit;
mod syllabus_move;
mod themes;
mod toast;
mod tree;
mod tutor;
mod update;
mod why;
pub mod words;
mod yank;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) mod tests;

pub use ask::Job;
pub use by_hand::split_remarks;
pub use checks::Checks;
pub use compare::Compare;
pub use counting::{Counting, Looks};
pub use dataset::{
    DatasetScreen, Head, ItemFacetPicker, ItemFacets, ItemOffer, ItemValue, News as DatasetNews, Sampling, Shelf,
    facet_label,
};
pub use digest::{Digest, Picked};
pub use effect::{Again, Draft, Effect, JobId, OpId, Saved, What};
pub use enabled::{WhyNot, enabled, label};
pub use facets::{FacetPicker, Offer, Pick, Tally, chips, tally};
pub use field::Field;
pub use focus::{Focus, Near};
pub use form::Form;
pub use found::Found;
pub use history::HistoryScreen;
pub use homework::{FAILURES_KEPT, HomeworkScreen, News, Planned, Run, RunState, Shows, Terms};
pub use lexicon::Lexicon;
pub use meaning::{Meaning, Meant};
pub use memory::{keep, restore};
pub use model::{Model, Pane, Screen, Settings, Shown};
pub use msg::{Done, EditorOutcome, JobEvent, Msg};
pub use outside::{Mood, Outside, badge, outside, percent};
pub use overlay::{Confirm, Help, Line, Message, Messages, Overlay, Purpose, Statistics};
pub use palette::{Hit, Offered, Palette, Recent, place as place_of, state as state_at};
pub use panes::{Area, Gesture, Mouse, Panes, USUAL as USUAL_SPLIT};
pub use picker::{Choice, Picker};
pub use preview::{Preview, Written, parts};
pub use queue::{Queue, listed};
pub use rows::{Filter, Row, RowState, ancestors as rows_above, state_of};
pub use saving::Saving;
pub use search::Search;
pub use syllabus::{Column, Review, RowChange, SyllabusScreen, Version};
pub use syllabus_ask::RowQuestion;
pub use themes::{Look, ThemePicker};
pub use toast::{Level, Toast, Toasts};
pub use tree::TreeView;
pub use tutor::{Tutor, begin as begin_tour};
pub use update::update;
pub use why::Why;
