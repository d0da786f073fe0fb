//! Refusals on the wire: a gRPC code, a sentence, and an `ErrorDetail` with reason, subject and hint.

use prost::Message;
use tonic::{Code, Status};
use zephyr_core::config::Problem;
use zephyr_core::engine::Refusal;
use zephyr_proto::v1::{self, ErrorDetail, ErrorReason};

use super::convert;
use crate::engine_handle::Gone;
use crate::store::StoreError;
use crate::system::text::clean;

/// Most bytes of a detail: it travels in a header, of which clients read 16 KiB in all, in base64.
const MAX_DETAIL: usize = 6 * 1024;

/// The caller with `uid` may not do `what`.
pub(super) fn no_permission(uid: Option<u32>, what: &str) -> Status {
    let who = uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("uid {uid}"));
    let hint = "join group `zephyr` (`sudo usermod -aG zephyr $USER`, then log in anew), or use sudo";
    refuse(
        Code::PermissionDenied,
        format!("{who} may not {what}"),
        ErrorDetail { subject: what.to_owned(), hint: hint.to_owned(), ..reason(ErrorReason::NoPermission) },
    )
}

/// The request itself makes no sense.
pub(super) fn invalid(message: &str, hint: &str) -> Status {
    let detail = ErrorDetail { hint: hint.to_owned(), ..reason(ErrorReason::InvalidArgument) };
    refuse(Code::InvalidArgument, message.to_owned(), detail)
}

/// The engine did not carry out a command.
pub(super) fn refused(refusal: &Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::UnknownName { name, nearest } => {
            let hint = match nearest {
                Some(nearest) => format!("did you mean `{}`?", clean(nearest)),
                None => "`zephyrctl list` shows the names".to_owned(),
            };
            let detail = ErrorDetail { subject: clean(name), hint, ..reason(ErrorReason::UnknownName) };
            refuse(Code::NotFound, message, detail)
        }
        Refusal::NotPinned => refuse(Code::FailedPrecondition, message, reason(ErrorReason::NotPinned)),
        Refusal::NotPaused { name } => {
            let subject = name.as_deref().map(clean).unwrap_or_default();
            let detail = ErrorDetail { subject, ..reason(ErrorReason::NotPaused) };
            refuse(Code::FailedPrecondition, message, detail)
        }
        Refusal::NotWaiting { request } => {
            let hint = "`zephyrctl suspended` shows those that wait".to_owned();
            let detail = ErrorDetail { subject: clean(request), hint, ..reason(ErrorReason::UnknownName) };
            refuse(Code::NotFound, message, detail)
        }
        other => super::groups::refused(other),
    }
}

/// No trace of that request is kept.
pub(super) fn no_trace(id: &str, most: usize) -> Status {
    let message = match id {
        "" => "no request has come since the start".to_owned(),
        id => format!(
            "no trace of `{}` is kept: there are those of the last {most} requests since the start",
            clean(id)
        ),
    };
    let hint = match id {
        "" => "",
        _ => "`zephyrctl requests REQ-ID` shows its record",
    };
    let detail =
        ErrorDetail { subject: clean(id), hint: hint.to_owned(), ..reason(ErrorReason::UnknownName) };
    refuse(Code::NotFound, message, detail)
}

/// The records cannot be read.
pub(super) fn unreadable(error: &StoreError) -> Status {
    let hint = "`zephyrctl status` tells how the store is; requests are served as ever";
    let detail = ErrorDetail { hint: hint.to_owned(), ..reason(ErrorReason::StoreUnavailable) };
    refuse(Code::Unavailable, format!("the records cannot be read: {error}"), detail)
}

/// The daemon stops.
pub(super) fn stopping(gone: &Gone) -> Status {
    refuse(Code::Unavailable, gone.to_string(), reason(ErrorReason::Stopping))
}

/// A config with errors: everything that is wrong, as far as it fits.
pub(super) fn config_invalid(problems: &[Problem]) -> Status {
    let errors = problems.len();
    let mut detail = ErrorDetail {
        subject: problems.first().map(|p| clean(&p.source)).unwrap_or_default(),
        problems: problems.iter().map(convert::problem).collect(),
        ..reason(ErrorReason::ConfigInvalid)
    };
    let mut room = MAX_DETAIL;
    let mut fits = |p: &v1::Problem| {
        room = room.saturating_sub(p.encoded_len() + 4);
        room > 0
    };
    let shown = detail.problems.iter().take_while(|p| fits(p)).count().max(1);
    if shown < errors {
        detail.problems.truncate(shown);
        detail.hint = format!("{} more: `zephyrd check` shows them all", errors - shown);
    }
    let message = match errors {
        1 => "the config has a problem; nothing was changed".to_owned(),
        n => format!("the config has {n} problems; nothing was changed"),
    };
    refuse(Code::FailedPrecondition, message, detail)
}

pub(super) fn reason(reason: ErrorReason) -> ErrorDetail {
    ErrorDetail { reason: reason.into(), ..ErrorDetail::default() }
}

pub(super) fn refuse(code: Code, message: String, detail: ErrorDetail) -> Status {
    Status::with_details(code, clean(&message), detail.encode_to_vec().into())
}

#[cfg(test)]
pub(super) fn detail_of(status: &Status) -> ErrorDetail {
    ErrorDetail::decode(status.details()).unwrap()
}

#[cfg(test)]
mod tests {
    use zephyr_core::config::Severity;

    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_one_and_without_its_escapes() {
        let refusal =
            Refusal::UnknownName { name: "Prov\u{1b}[2J".into(), nearest: Some("Provider-A-2".into()) };
        let status = refused(&refusal);
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.message(), "no endpoint or group is named `Prov[2J`");
        let detail = detail_of(&status);
        assert_eq!(detail.reason(), ErrorReason::UnknownName);
        assert_eq!(
            (detail.subject.as_str(), detail.hint.as_str()),
            ("Prov[2J", "did you mean `Provider-A-2`?")
        );
    }

    #[test]
    fn a_thousand_problems_still_fit_the_headers_that_a_client_reads() {
        let problem = Problem {
            severity: Severity::Error,
            source: "/etc/zephyrd/config.toml".into(),
            line: 7,
            column: 1,
            message: "unknown key `prot` in `[server]`".into(),
            hint: Some("did you mean `port`?".into()),
        };
        let status = config_invalid(&vec![problem; 1000]);
        let detail = detail_of(&status);
        assert!(status.details().len() <= MAX_DETAIL + 100);
        assert!(detail.problems.len() > 10);
        assert_eq!(
            detail.hint,
            format!("{} more: `zephyrd check` shows them all", 1000 - detail.problems.len())
        );
    }
}
