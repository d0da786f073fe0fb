//! `models`: `GET /v1/models`. Free; shows that an API answers and, mostly, that it accepts the credential.

use bytes::Bytes;
use http::Method;
use zephyr_core::config::{Dialect, Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;

use super::{Action, Probe, Seen, connect, messages};
use crate::probe::judge;
use crate::upstream::Outgoing;

/// See the module.
pub(in crate::probe) struct Models;

impl Probe for Models {
    fn kind(&self) -> ProbeKind {
        ProbeKind::Models
    }

    fn action(&self, endpoint: &Endpoint) -> Action {
        Action::Send(list(endpoint.dialect))
    }

    fn judge(&self, _: &Endpoint, seen: &Seen<'_>, config: &Failover) -> Verdict {
        judge_list(seen, config)
    }
}

/// The request for the list.
pub(in crate::probe) fn list(dialect: Dialect) -> Outgoing {
    Outgoing {
        method: Method::GET,
        path_and_query: "/v1/models".to_owned(),
        headers: messages::headers(dialect),
        body: Bytes::new(),
        client_credential: Vec::new(),
    }
}

/// Judges the list. Some relays have none, which is no illness.
pub(in crate::probe) fn judge_list(seen: &Seen<'_>, config: &Failover) -> Verdict {
    let Seen::Answer(answer) = seen else { return connect::unexpected() };
    judge::http(answer, config, &judge::Expect { proves: false, field: "data", may_be_missing: true })
}

#[cfg(test)]
mod tests {
    use zephyr_core::failover::Class;

    use super::*;
    use crate::probe::judge::tests::{TOOK, answer, config};

    #[test]
    fn a_list_is_healthy_but_proves_no_model() {
        let verdict = judge_list(&Seen::Answer(answer(200, r#"{"data":[]}"#)), &config());
        assert_eq!((verdict.class, verdict.latency, verdict.proves), (Class::Ok, Some(TOOK), false));
    }

    #[test]
    fn a_relay_without_a_list_is_not_ill_but_a_web_page_is_no_api() {
        let missing =
            judge_list(&Seen::Answer(answer(404, r#"{"error":{"message":"no route"}}"#)), &config());
        assert_eq!((missing.class, missing.latency), (Class::Ok, None));
        let page = judge_list(&Seen::Answer(answer(404, "<html></html>")), &config());
        assert_eq!(page.class, Class::Misconfigured);
    }

    #[test]
    fn a_list_longer_than_is_read_is_a_list() {
        let long = format!(r#"{{"data":["{}"#, "x".repeat(crate::probe::carry::MAX_BODY));
        let long = &long[..crate::probe::carry::MAX_BODY];
        assert_eq!(judge_list(&Seen::Answer(answer(200, long)), &config()).class, Class::Ok);
    }
}
