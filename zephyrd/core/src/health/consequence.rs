//! What an outcome's class means for the endpoint: the last column of the outcome table.

use std::time::Duration;

use crate::engine::State;
use crate::failover::Class;

/// What happens to the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Nothing.
    None,
    /// Nothing but that people are shown what was said.
    Noted,
    /// It works.
    Good,
    /// One failure; several in a row open it.
    Failure,
    /// It is closed to requests for this long, at once.
    Open(State, Duration),
}

/// Overload passes quickly.
const OVERLOADED: Duration = Duration::from_secs(5);
/// A 429 that names no time.
const LIMITED: Duration = Duration::from_secs(30);
/// Money does not come back by itself within minutes.
const SPENT: Duration = Duration::from_secs(60 * 60);
/// A refused key or a wrong URL: somebody may be mending it.
const REFUSED: Duration = Duration::from_secs(5 * 60);

/// The consequence of `class`. `passthrough` = the credential was the client's own: what it is refused for is
/// its own affair. A stated time is never shortened.
pub(super) fn consequence(class: Class, passthrough: bool, retry_after: Option<Duration>) -> Consequence {
    use Consequence::{Failure, Good, None, Noted, Open};
    match class {
        Class::Ok => Good,
        Class::ClientFault | Class::Cancelled => None,
        Class::AuthFailed | Class::CreditExhausted | Class::RateLimited | Class::Forbidden if passthrough => {
            None
        }
        Class::Forbidden | Class::ModelMissing | Class::Again => Noted,
        Class::AuthFailed => Open(State::AuthFailed, REFUSED),
        Class::CreditExhausted => Open(State::Exhausted, retry_after.unwrap_or_default().max(SPENT)),
        Class::RateLimited => Open(State::Exhausted, retry_after.unwrap_or(LIMITED)),
        Class::Misconfigured => Open(State::Misconfigured, REFUSED),
        Class::Overloaded => Open(State::Cooling, retry_after.unwrap_or(OVERLOADED)),
        Class::Unavailable => retry_after.map_or(Failure, |wait| Open(State::Cooling, wait)),
        Class::ConnectFailed
        | Class::Unanswered
        | Class::TimedOut
        | Class::ServerError
        | Class::NotAnAnswer
        | Class::Cut => Failure,
    }
}
