//! What is known of one endpoint, and what each outcome changes about it.
//!
//! `consequence` says what an outcome's class means for the endpoint; `health` carries it out (the states and
//! their times); `breaker` when repeated failures mean a rest, and how it comes back, with the last minute's counts
//! from `window`; `latency` keeps the measurements; `probing` says when which probe is due, at an `interval` by the
//! load that `traffic` counts.

mod breaker;
mod consequence;
mod excuse;
mod interval;
mod latency;
mod probing;
mod remember;
mod state;
mod traffic;
mod window;

pub(crate) use breaker::Begun;
pub(crate) use interval::Load;
pub(crate) use latency::LoadFactor;
pub(crate) use probing::ProbeClock;
pub(crate) use state::{Health, Sample};
pub(crate) use traffic::Traffic;
