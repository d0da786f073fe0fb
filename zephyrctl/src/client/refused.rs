//! From a gRPC status to an [`Error`] with the daemon's own words.

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
        let message = format!("zephyrd ended the connection on `{}`", socket.display());
        return Error::new(Kind::NotRunning, message)
            .caused_by(cause(status))
            .hint("`zephyrctl status` tells whether it is back, `journalctl -u zephyrd` why it went");
    }
    let message = match status.message() {
        "" => format!("zephyrd refused: {}", status.code()),
        message => message.to_owned(),
    };
    let mut error = Error::new(kind, message).hint(detail.hint);
    error = match (reason, status.code(), kind) {
        (ErrorReason::Unspecified, Code::Unimplemented, _) => {
            error.hint("this zephyrd does not know that call: compare `zephyrctl version`")
        }
        (_, _, Kind::NoPermission) if error.hints().is_empty() => {
            error.hint("for operators only: join the group `zephyr`, or use `sudo`")
        }
        _ => error,
    };
    error.with_problems(detail.problems.into_iter().map(Into::into).collect())
}

/// No answer within the deadline.
pub(crate) fn late(deadline: Duration, socket: &Path) -> Error {
    Error::failed(format!("zephyrd did not answer within {} s", deadline.as_secs()))
        .caused_by(format!("the call on `{}` has no answer", socket.display()))
        .hint("`journalctl -u zephyrd` tells what it does")
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
