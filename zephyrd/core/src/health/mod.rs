//! What is known of one endpoint, and what each outcome changes about it.
//!
//! `consequence` says what an outcome's class means for the endpoint; `health` carries it out (the states and
//! their times); `latency` keeps the measurements; `probing` says when which probe is due. Simple on purpose so
//! far: consecutive failures and one cooldown.

mod consequence;
mod excuse;
mod latency;
mod probing;
mod state;

pub(crate) use latency::LoadFactor;
pub(crate) use probing::{ProbeBudget, ProbeClock};
pub(crate) use state::{Health, Sample};
