//! From a gRPC status to an [`Error`] with the daemon's own words.

use crate::language::{spoken, words};
use zephyr_words::{Language, say};
mod reason;

use std::path::Path;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};
use zephyr_proto::v1::{ErrorDetail, ErrorReason};

use crate::error::{Error, Kind, chain};

/// What a refused or broken call means.
pub(crate) fn error(status: &Status, socket: &Path) -> Error {
    let detail = ErrorDetail::decode(status.details()).unwrap_or_default();
    let reason = detail.reason();
    let kind = kind(reason, status.code());
    if reason == ErrorReason::Unspecified && lost(status) {
        let message = say!(words(), "connection-ended", path = socket.display().to_string());
        return Error::new(Kind::NotRunning, message)
            .caused_by(cause(status))
            .hint(say!(words(), "connection-ended-hint"));
    }
    let said = match status.message() {
        "" => say!(words(), "refused-with-code", code = status.code().to_string()),
        message => message.to_owned(),
    };
    let translated = match spoken() {
        Language::English => None,
        _ => reason::sentence(&detail).map(|sentence| (sentence, reason::hint(&detail))),
    };
    // The daemon may have said more than its reason does.
    let mut error = match translated {
        None => Error::new(kind, said).hint(detail.hint),
        Some((sentence, hint)) => {
            let error = Error::new(kind, sentence).hint(hint.unwrap_or(detail.hint));
            if reason::is_whole(reason) { error } else { error.caused_by(said) }
        }
    };
    error = match (reason, status.code(), kind) {
        (ErrorReason::Unspecified, Code::Unimplemented, _) => error.hint(say!(words(), "unknown-call-hint")),
        (_, _, Kind::NoPermission) if error.hints().is_empty() => {
            error.hint(say!(words(), "operators-only-hint"))
        }
        _ => error,
    };
    error.with_problems(detail.problems.into_iter().map(Into::into).collect())
}

/// No answer within the deadline.
pub(crate) fn late(deadline: Duration, socket: &Path) -> Error {
    Error::failed(say!(words(), "late", seconds = deadline.as_secs()))
        .caused_by(say!(words(), "late-cause", path = socket.display().to_string()))
        .hint(say!(words(), "late-hint"))
}

fn kind(reason: ErrorReason, code: Code) -> Kind {
    match (reason, code) {
        (ErrorReason::UnknownName, _) | (ErrorReason::Unspecified, Code::NotFound) => Kind::UnknownName,
        (ErrorReason::NoPermission, _)
        | (ErrorReason::Unspecified, Code::PermissionDenied | Code::Unauthenticated) => Kind::NoPermission,
        (ErrorReason::ConfigInvalid, _) => Kind::BadConfig,
        (ErrorReason::InvalidArgument, _) => Kind::Usage,
        (ErrorReason::Stopping, _) => Kind::NotRunning,
        _ => Kind::Failed,
    }
}

/// The transport broke, as opposed to an answer that says so.
fn lost(status: &Status) -> bool {
    let transport = std::error::Error::source(status).is_some();
    status.code() == Code::Unavailable
        || (transport && matches!(status.code(), Code::Unknown | Code::Cancelled | Code::Internal))
}

fn cause(status: &Status) -> String {
    match std::error::Error::source(status) {
        Some(source) => chain(source),
        None => status.message().to_owned(),
    }
}
