//! What an outcome means for the endpoint that it was seen at: the column `what follows` of the outcome table, as far
//! as it is about one endpoint. What holds for one model alone is kept by the engine's `limits`.

use std::time::Duration;

use super::state::Sample;
use crate::engine::State;
use crate::failover::{Scope, Then};

/// What happens to the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Nothing.
    None,
    /// Nothing but that people are shown what was said.
    Noted,
    /// It was refused for what was asked; people are shown why.
    Refused,
    /// It works.
    Good,
    /// One failure; several open it.
    Failure,
    /// It is closed to requests for this long, at once.
    Open(State, Duration),
}

/// The consequence of one outcome.
pub(super) fn consequence(sample: &Sample<'_>) -> Consequence {
    let stated = sample.retry_after;
    match sample.class.row().then {
        Then::Nothing => Consequence::None,
        Then::Noted => Consequence::Noted,
        Then::Good => Consequence::Good,
        Then::Failure => Consequence::Failure,
        Then::FailureOrRest => {
            let rest = stated.filter(|wait| !wait.is_zero());
            rest.map_or(Consequence::Failure, |wait| Consequence::Open(State::Cooling, wait))
        }
        // What the client's own credential is refused for is its own affair.
        Then::Barred(Scope::Credential | Scope::Model, ..) if sample.passthrough => Consequence::None,
        Then::Barred(scope, state, rest) => match scope.of(sample.named, rest) {
            Some(Scope::Endpoint | Scope::Credential) => {
                Consequence::Open(state, rest.lasts(stated, sample.before))
            }
            Some(Scope::Model | Scope::Provider) => Consequence::Refused,
            None => Consequence::Noted,
        },
    }
}
