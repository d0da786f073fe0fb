//! What the client is told when every attempt is spent.

use std::time::Duration;

use super::table::{Class, DISAGREED};

/// The answer to a request that nobody could serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Final {
    /// HTTP status.
    pub status: u16,
    /// `error.type` in the vendor's words.
    pub kind: &'static str,
    /// The class that decided, where there was an attempt: its upstream's body may be passed on.
    pub class: Option<Class>,
    /// Whether the same request may succeed some seconds later; else the answer carries `x-should-retry: false`.
    pub waiting_helps: bool,
}

/// The answer after attempts of these classes, in any order: by preference 429, then 401/403, then 404, then
/// 5xx, and 529 only if there is nothing else. `own_key` = the credential that was refused was the client's own.
///
/// 403 and 404 are only told if all attempts agree: where one of them failed otherwise, that one may work later.
/// Without any attempt (nothing was usable) it is a 503.
#[must_use]
pub fn final_answer(classes: &[Class], own_key: bool) -> Final {
    let all = |class: Class| classes.iter().all(|c| *c == class);
    let told = |class: &Class| match class {
        Class::Forbidden | Class::ModelMissing if !all(*class) => DISAGREED,
        _ => class.row().told.preference,
    };
    let Some(class) = classes.iter().copied().min_by_key(told) else {
        return Final { status: 503, kind: "api_error", class: None, waiting_helps: true };
    };
    let row = class.row().told;
    let waiting_helps = classes.iter().any(|c| c.row().told.waiting_helps);
    match class {
        Class::AuthFailed | Class::StaleCredential if own_key => {
            Final { status: 401, kind: "authentication_error", class: Some(class), waiting_helps: false }
        }
        // They disagree with each other: no single wording would be true.
        Class::Forbidden | Class::ModelMissing if !all(class) => {
            Final { status: 502, kind: "api_error", class: Some(class), waiting_helps }
        }
        _ => Final { status: row.status, kind: row.kind, class: Some(class), waiting_helps },
    }
}

/// `retry-after` in whole seconds and whether `x-should-retry: false` goes with it, for an answer for which
/// waiting helps (or not) and whose endpoints say `known`.
///
/// Claude Code waits for integers 1–59 and gives up above; the Anthropic Python SDK sleeps whatever it is told,
/// for hours. So a value above 59 never goes without the header that stops both.
#[must_use]
pub fn retry_after_header(waiting_helps: bool, known: Option<Duration>) -> (Option<u64>, bool) {
    let seconds = known.map(|d| d.as_secs() + u64::from(d.subsec_nanos() > 0));
    match (waiting_helps, seconds) {
        (_, Some(s)) if s > 59 => (Some(s), true),
        (true, Some(s)) => (Some(s.max(1)), false),
        (true, None) => (Some(5), false),
        (false, _) => (None, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(classes: &[Class]) -> u16 {
        final_answer(classes, false).status
    }

    #[test]
    fn the_most_telling_failure_is_told() {
        use Class::{AuthFailed, ConnectFailed, CreditExhausted, Forbidden, ModelMissing};
        use Class::{
            LimitReached, Overage, Overloaded, RateLimited, ServerError, TimedOut, Unavailable, WindowSpent,
        };
        assert_eq!(status(&[ServerError, RateLimited, AuthFailed]), 429);
        assert_eq!(status(&[ServerError, AuthFailed]), 503);
        assert_eq!(status(&[CreditExhausted]), 429);
        for limited in [WindowSpent, Class::FamilySpent, LimitReached, Overage] {
            assert_eq!(status(&[ServerError, limited]), 429);
        }
        assert_eq!(status(&[Overloaded, ConnectFailed]), 502);
        assert_eq!(status(&[Overloaded, Overloaded]), 529);
        assert_eq!(status(&[TimedOut]), 504);
        assert_eq!(status(&[ServerError]), 500);
        assert_eq!(status(&[Unavailable]), 503);
        assert_eq!(status(&[]), 503);
        assert_eq!(status(&[ModelMissing, ModelMissing]), 404);
        assert_eq!(status(&[ModelMissing, Unavailable]), 503);
        assert_eq!(status(&[Forbidden]), 403);
        assert_eq!(status(&[Forbidden, ModelMissing]), 502);
    }

    #[test]
    fn a_refused_key_is_told_as_such_only_to_its_owner() {
        assert_eq!(final_answer(&[Class::AuthFailed], true).status, 401);
        let ours = final_answer(&[Class::AuthFailed], false);
        assert_eq!((ours.status, ours.waiting_helps), (503, false));
    }

    #[test]
    fn a_long_wait_always_stops_the_client() {
        let s = Duration::from_secs;
        assert_eq!(retry_after_header(true, Some(s(7))), (Some(7), false));
        assert_eq!(retry_after_header(true, Some(Duration::from_millis(200))), (Some(1), false));
        assert_eq!(retry_after_header(true, Some(Duration::from_millis(59_001))), (Some(60), true));
        assert_eq!(retry_after_header(true, Some(s(18_000))), (Some(18_000), true));
        assert_eq!(retry_after_header(false, Some(s(18_000))), (Some(18_000), true));
        assert_eq!(retry_after_header(false, None), (None, true));
        assert_eq!(retry_after_header(true, None), (Some(5), false));
    }
}
