//! Homework: question and answer pairs for what was approved.
//!
//! A [`Plan`] says which items a run has to produce: a pure function of request, [`Recipe`] and
//! the accepted tree ([`sampling`] holds the paper's rule). [`start`] runs it, or takes up again
//! what an earlier run of the same request left; [`Progress`] is how it stands. Items are kept as
//! [`Record`]s in [`segment`]s, from which [`status`](status()) counts and [`export`](export())
//! makes a dataset.

mod ask;
mod atomic;
mod away;
pub mod balance;
pub mod batch;
pub mod budget;
pub mod changes;
pub mod checks;
mod context;
pub mod dataset;
mod done;
mod endpoints;
mod engine;
mod estimate;
pub mod export;
pub mod figures;
#[cfg(test)]
pub(crate) mod fixture;
pub mod form;
mod half_made;
mod handle;
pub mod item;
pub mod judge;
pub mod judging;
mod ledger;
mod make;
mod material;
pub mod passages;
pub mod plan;
mod prices;
pub mod progress;
pub mod provenance;
mod queue;
mod quota;
mod random;
pub mod recipe;
pub mod record;
pub mod report;
mod rows;
pub mod run;
pub mod sample;
pub mod sampling;
pub mod segment;
pub mod shard;
mod shares;
pub mod similar;
pub mod spent;
pub mod status;
mod sums;
mod tally;
pub mod verify;
mod writer;

pub use budget::{Limits, Used, dollars};
pub use changes::{Change, Changes};
pub use dataset::{Dataset, Selection, Standing};
pub use done::MOST_FAILURES;
pub use endpoints::{Endpoint, Health};
pub use engine::{Job, start};
pub use estimate::{Estimate, estimate, preview};
pub use export::{ExportError, Exported, Format, Limit, Request as ExportRequest, Target, export};
pub use form::{Form, Forms};
pub use handle::{Ended, MOST_CONCURRENT, RunControl, RunHandle, Summary};
pub use item::{Draw, ItemId, Strategy};
pub use material::material_hash;
pub use plan::{Amount, Plan, PlanRequest, PlannedItem, PlannedSubject};
pub use prices::{PRICE_DAYS, Price, Prices, today};
pub use progress::{Branch, FailureCount, Finished, ItemFailed, Phase, Progress};
pub use queue::left;
pub use recipe::{Recipe, StepRecipe};
pub use record::{Record, Status};
pub use run::{ReadError, RunId, StartError};
pub use segment::StorageError;
pub use shard::Shard;
pub use shares::Shares;
pub use spent::{Spent, StepModels, Tokens, taken};
pub use status::{BranchStatus, RunStatus, runs, status, unfinished};
pub use verify::{Verified, verify};
