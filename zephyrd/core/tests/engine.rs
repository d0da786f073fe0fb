//! What the engine does, told as short stories.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "engine/affinity.rs"]
mod affinity;
#[path = "engine/breaker.rs"]
mod breaker;
#[path = "engine/groups.rs"]
mod groups;
#[path = "engine/limits.rs"]
mod limits;
#[path = "engine/memory.rs"]
mod memory;
#[path = "engine/network.rs"]
mod network;
#[path = "engine/operator.rs"]
mod operator;
#[path = "engine/probes.rs"]
mod probes;
#[path = "engine/recovery.rs"]
mod recovery;
#[path = "engine/rests.rs"]
mod rests;
#[path = "engine/routes.rs"]
mod routes;
#[path = "engine/scopes.rs"]
mod scopes;
#[path = "engine/story.rs"]
mod story;
mod support;
#[path = "engine/switching.rs"]
mod switching;
#[path = "engine/trace.rs"]
mod trace;
#[path = "engine/waiting.rs"]
mod waiting;
