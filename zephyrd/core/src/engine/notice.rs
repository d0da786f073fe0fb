//! What happened inside the engine and is worth a log line.

use std::time::Duration;

use super::State;
use super::groups::GroupState;
use crate::config::Dialect;
use crate::failover::Class;

/// Something that happened and is worth a log line. Kept in a bounded queue; see [`super::Engine::poll_notice`].
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// New requests of a dialect go elsewhere.
    Switched {
        /// The dialect.
        dialect: Dialect,
        /// From where, by name.
        from: Option<String>,
        /// To where, by name.
        to: Option<String>,
        /// As [`super::Serving::why`].
        why: String,
    },
    /// An endpoint's state changed.
    State {
        /// Endpoint's name.
        endpoint: String,
        /// Before.
        from: State,
        /// After.
        to: State,
        /// What brought it about.
        detail: Option<String>,
        /// How long at most it lasts.
        lasts: Option<Duration>,
    },
    /// An endpoint, and those that share its credential or its provider, are not asked for a model for a time.
    Limited {
        /// Endpoint's name.
        endpoint: String,
        /// The model.
        model: String,
        /// What was said.
        class: Class,
        /// How long it lasts.
        lasts: Duration,
    },
    /// A good answer for the model came before that time: it is asked for again there.
    Lifted {
        /// Endpoint's name.
        endpoint: String,
        /// The model.
        model: String,
    },
    /// The pinned endpoint or group left the config: the strategy decides again.
    PinDropped {
        /// What was pinned.
        name: String,
    },
    /// Nobody beyond this machine can be reached: endpoints are not blamed.
    Offline,
    /// Somebody answers again.
    Online {
        /// How long nobody did.
        after: Duration,
    },
    /// Routes or addresses of this machine have changed, or it woke up.
    NetworkChanged,
    /// A group's state changed.
    Group {
        /// Its name.
        group: String,
        /// Before.
        from: GroupState,
        /// After.
        to: GroupState,
        /// How long at most it lasts.
        lasts: Option<Duration>,
    },
    /// An activated group failed: the order of the numbers holds again.
    ActivationEnded {
        /// Its name.
        group: String,
    },
    /// The time of a pause is over.
    PauseEnded {
        /// Endpoint or group.
        name: String,
    },
    /// What must survive a restart changed: [`super::Engine::memory`] should be saved.
    MemoryChanged,
}
