//! The pure heart of Zephyr: config, selection, health, limits and failover.
//!
//! Nothing in this crate reads a clock, the environment, a file or a socket; time ([`time::Now`]) and
//! randomness ([`time::Rng`]) come in as arguments. So the whole of it can be driven through thousands of
//! random hours in milliseconds, and every decision can be replayed from a seed.

pub mod affinity;
pub mod config;
pub mod cron;
pub mod engine;
pub mod failover;
pub mod health;
pub mod request_id;
pub mod secret;
pub mod select;
pub mod time;
pub mod usage;
pub mod waiting;
