//! What operators ask of the engine, and why it may refuse.

use std::time::Duration;

use super::groups::span;

/// What an operator asks of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Hold one endpoint or group.
    Pin {
        /// Endpoint or group.
        name: String,
        /// Whether failover happens while it is down.
        fallback: bool,
    },
    /// Let the strategy decide again.
    Unpin,
    /// Stop all probes (`None`), or an endpoint's or a group's probes and new requests.
    Pause(Option<String>),
    /// Undo pause and drain; everything (`None`) means monitoring alone.
    Resume(Option<String>),
    /// As `Pause(Some(name))`, shown as drained.
    Drain(String),
    /// Prefer one group over those with lower numbers, until it fails or another is activated.
    Activate {
        /// The group.
        group: String,
        /// Although it cools down or is paused: both end.
        force: bool,
    },
    /// As `Pause(Some(name))`, for a group alone, and perhaps for a time.
    PauseGroup {
        /// The group.
        group: String,
        /// How long; `None` = until it is resumed.
        lasts: Option<Duration>,
    },
    /// As `Resume(Some(name))`, for a group alone.
    ResumeGroup(String),
    /// Give an endpoint or a group another priority number than the config does; `None` = the config's again.
    Prioritise {
        /// Endpoint or group.
        name: String,
        /// Lower is preferred.
        priority: Option<u32>,
    },
    /// Put one endpoint or group before all others while it is usable, for this run alone.
    Prefer(String),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No endpoint or group is called so.
    #[error("no endpoint or group is named `{name}`")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The nearest name that exists, if one is near.
        nearest: Option<String>,
    },
    /// Unpin without a pin.
    #[error("nothing is pinned")]
    NotPinned,
    /// Resume of what is not paused.
    #[error("{} is not paused", name.as_deref().map_or_else(|| "monitoring".to_owned(), |n| format!("`{n}`")))]
    NotPaused {
        /// Endpoint or group; `None` = monitoring.
        name: Option<String>,
    },
    /// No group is called so.
    #[error("no group is named `{name}`")]
    UnknownGroup {
        /// What was asked for.
        name: String,
        /// The group of the endpoint that is called so, else the nearest name of a group, if one is near.
        nearest: Option<String>,
    },
    /// The group has no endpoint that is switched on in the config.
    #[error("group `{group}` is switched off in the config")]
    Disabled {
        /// Its name.
        group: String,
    },
    /// The group is paused.
    #[error("group `{group}` is paused{}", for_another(*left))]
    Paused {
        /// Its name.
        group: String,
        /// For how long still, if that is known.
        left: Option<Duration>,
    },
    /// The group cools down.
    #[error("group `{group}` cools down{}", for_another(Some(*left)))]
    Cooling {
        /// Its name.
        group: String,
        /// For how long still.
        left: Duration,
    },
    /// No endpoint of the group is usable.
    #[error("no endpoint of group `{group}` is usable: {why}")]
    NoHealthyEndpoint {
        /// Its name.
        group: String,
        /// Its endpoints and what is wrong with them.
        why: String,
    },
    /// The group serves already.
    #[error("group `{group}` is active already")]
    AlreadyActive {
        /// Its name.
        group: String,
    },
    /// Release of a request that does not wait.
    #[error("no request `{request}` waits")]
    NotWaiting {
        /// Its id.
        request: String,
    },
    /// The priority is the config's own.
    #[error("the priority of `{name}` is the config's already")]
    NotOverridden {
        /// Endpoint or group.
        name: String,
    },
}

fn for_another(left: Option<Duration>) -> String {
    left.map(|left| format!(" for another {}", span(left))).unwrap_or_default()
}
