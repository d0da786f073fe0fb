//! The daemon's refusals in another language than its own, by their reasons.
//!
//! Only what the reason and its subject say can be translated; what the daemon said beside them stays in its words.

use zephyr_proto::v1::{ErrorDetail, ErrorReason};
use zephyr_words::say;

use crate::language::words;

/// What was refused; `None` where there is no reason that this version knows, or not what it is about.
pub(super) fn sentence(detail: &ErrorDetail) -> Option<String> {
    let words = words();
    let subject = Some(detail.subject.as_str()).filter(|subject| !subject.is_empty());
    Some(match (detail.reason(), subject) {
        (ErrorReason::Unspecified, _) => return None,
        (ErrorReason::ConfigInvalid, _) => say!(words, "refusal-config-invalid").into_owned(),
        (ErrorReason::NotPinned, _) => say!(words, "refusal-not-pinned").into_owned(),
        (ErrorReason::InvalidArgument, _) => say!(words, "refusal-invalid-argument").into_owned(),
        (ErrorReason::Stopping, _) => say!(words, "refusal-stopping").into_owned(),
        (ErrorReason::StoreUnavailable, _) => say!(words, "refusal-store-unavailable").into_owned(),
        (ErrorReason::NotPaused, None) => say!(words, "refusal-probes-not-paused").into_owned(),
        (_, None) => return None,
        (ErrorReason::UnknownName, Some(it)) => say!(words, "refusal-unknown-name", subject = it),
        (ErrorReason::NoPermission, Some(it)) => say!(words, "refusal-no-permission", subject = it),
        (ErrorReason::NotPaused, Some(it)) => say!(words, "refusal-not-paused", subject = it),
        (ErrorReason::Cooling, Some(it)) => say!(words, "refusal-cooling", subject = it),
        (ErrorReason::NoHealthyEndpoint, Some(it)) => {
            say!(words, "refusal-no-healthy-endpoint", subject = it)
        }
        (ErrorReason::AlreadyActive, Some(it)) => say!(words, "refusal-already-active", subject = it),
        (ErrorReason::Disabled, Some(it)) => say!(words, "refusal-disabled", subject = it),
        (ErrorReason::Paused, Some(it)) => say!(words, "refusal-paused", subject = it),
        (ErrorReason::NotOverridden, Some(it)) => say!(words, "refusal-not-overridden", subject = it),
    })
}

/// What to do about it; `None` = the daemon's own hint is all there is.
pub(super) fn hint(detail: &ErrorDetail) -> Option<String> {
    let (words, subject) = (words(), detail.subject.as_str());
    // A near name stands between the backticks of the daemon's question.
    let near = detail.hint.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?"));
    if let Some(near) = near {
        return Some(say!(words, "did-you-mean", name = near));
    }
    match detail.reason() {
        ErrorReason::NoPermission => Some(say!(words, "join-group-hint").into_owned()),
        ErrorReason::Disabled => Some(say!(words, "refusal-hint-disabled").into_owned()),
        ErrorReason::Paused => Some(say!(words, "refusal-hint-paused", subject = subject)),
        ErrorReason::Cooling => Some(say!(words, "refusal-hint-cooling").into_owned()),
        ErrorReason::NoHealthyEndpoint => {
            Some(say!(words, "refusal-hint-no-healthy-endpoint", subject = subject))
        }
        ErrorReason::StoreUnavailable => Some(say!(words, "refusal-hint-store-unavailable").into_owned()),
        ErrorReason::ConfigInvalid if !detail.hint.is_empty() => {
            Some(say!(words, "refusal-hint-config-invalid").into_owned())
        }
        _ => None,
    }
}

/// Whether the sentence of a reason says all that the daemon said.
pub(super) fn is_whole(reason: ErrorReason) -> bool {
    !matches!(
        reason,
        ErrorReason::UnknownName
            | ErrorReason::NoPermission
            | ErrorReason::InvalidArgument
            | ErrorReason::StoreUnavailable
            | ErrorReason::Cooling
            | ErrorReason::Paused
            | ErrorReason::NoHealthyEndpoint
    )
}
