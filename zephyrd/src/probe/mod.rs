//! Probes: small questions to endpoints that tell whether they work and how fast.
//!
//! `kind` holds what each kind of probe sends and how it judges what came back, without IO. `carry` does the IO,
//! through the same pool as requests; `runner` takes what is due from the engine and answers `check` and `test`.

mod carry;
mod judge;
mod kind;
mod price;
mod runner;
#[cfg(test)]
mod scripted;
mod trial;
mod zone;

pub(crate) use runner::run;
