//! `command`: a program such as `claude -p test`, with the endpoint in its environment. Its exit code is the
//! verdict; what it prints is thrown away.

use std::process::ExitStatus;

use http::HeaderValue;
use zephyr_core::config::{Auth, Dialect, Endpoint, Failover, ProbeKind, Scheme};
use zephyr_core::engine::{Reach, Verdict};
use zephyr_core::failover::Class;

use super::{Action, Probe, Seen, connect};

/// See the module.
pub(in crate::probe) struct Command;

impl Probe for Command {
    fn kind(&self) -> ProbeKind {
        ProbeKind::Command
    }

    fn action(&self, endpoint: &Endpoint) -> Action {
        Action::Run(endpoint.probe.command.clone())
    }

    fn judge(&self, _: &Endpoint, seen: &Seen<'_>, _: &Failover) -> Verdict {
        let Seen::Exited { code, took } = *seen else { return connect::unexpected() };
        let good = code == Some(0);
        Verdict {
            latency: good.then_some(took),
            proves: true,
            // What the program met on its way, it does not tell.
            reach: Reach::Unknown,
            detail: match code {
                Some(0) => None,
                Some(code) => Some(format!("the probe command failed with exit code {code}")),
                None => Some("the probe command was ended by a signal".to_owned()),
            },
            ..Verdict::of(if good { Class::Ok } else { Class::Unavailable })
        }
    }
}

/// The verdict when the program cannot be run at all: shown, but no fault of the endpoint.
pub(in crate::probe) fn cannot_run(program: &str, why: &std::io::Error) -> Verdict {
    let detail = format!("the probe command `{program}` cannot be run: {why}");
    Verdict { detail: Some(detail), ..Verdict::of(Class::Cancelled) }
}

/// What became of the program.
pub(in crate::probe) fn exited(status: ExitStatus, took: std::time::Duration) -> Seen<'static> {
    Seen::Exited { code: status.code(), took }
}

/// Variables of the daemon's own environment that programs need; everything else (keys of other endpoints, the
/// service manager's sockets) stays behind.
pub(in crate::probe) const KEPT: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
];

/// The variables that lead a client of the endpoint's dialect to it. `credential` is the header's value.
pub(in crate::probe) fn environment(
    endpoint: &Endpoint,
    credential: Option<&HeaderValue>,
) -> Vec<(&'static str, String)> {
    let anthropic = endpoint.dialect == Dialect::Anthropic;
    let mut out = vec![("ZEPHYR_ENDPOINT", endpoint.name.clone())];
    out.push(if anthropic {
        ("ANTHROPIC_BASE_URL", endpoint.url.to_string())
    } else {
        ("OPENAI_BASE_URL", format!("{}/v1", endpoint.url))
    });
    let value =
        credential.and_then(|v| v.to_str().ok()).map(|v| v.strip_prefix("Bearer ").unwrap_or(v).to_owned());
    if let Some(value) = value {
        let x_api_key = matches!(&endpoint.auth, Auth::Key(key) if key.scheme == Scheme::XApiKey);
        out.push(match (anthropic, x_api_key) {
            (true, true) => ("ANTHROPIC_API_KEY", value),
            (true, false) => ("ANTHROPIC_AUTH_TOKEN", value),
            (false, _) => ("OPENAI_API_KEY", value),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixtures;
    use crate::probe::judge::tests::config;

    #[test]
    fn the_exit_code_is_the_verdict() {
        let judged = |code| {
            let seen = Seen::Exited { code, took: Duration::from_millis(5) };
            Command.judge(&fixtures::endpoint("a"), &seen, &config())
        };
        assert_eq!((judged(Some(0)).class, judged(Some(0)).proves), (Class::Ok, true));
        assert_eq!(judged(Some(3)).class, Class::Unavailable);
        assert_eq!(judged(Some(3)).detail.as_deref(), Some("the probe command failed with exit code 3"));
        assert_eq!(judged(None).class, Class::Unavailable);
    }

    #[test]
    fn the_environment_leads_to_the_endpoint_with_its_credential() {
        let mut endpoint = fixtures::endpoint("a");
        let value = HeaderValue::from_static("Bearer k-1");
        let told = environment(&endpoint, Some(&value));
        assert!(told.contains(&("ANTHROPIC_BASE_URL", "http://a.example:8080/api".to_owned())), "{told:?}");
        assert!(told.contains(&("ANTHROPIC_AUTH_TOKEN", "k-1".to_owned())), "{told:?}");
        endpoint.dialect = Dialect::OpenaiChat;
        let told = environment(&endpoint, Some(&value));
        assert!(told.contains(&("OPENAI_BASE_URL", "http://a.example:8080/api/v1".to_owned())), "{told:?}");
        assert!(told.contains(&("OPENAI_API_KEY", "k-1".to_owned())), "{told:?}");
    }

    #[test]
    fn without_a_credential_none_is_invented() {
        assert_eq!(environment(&fixtures::endpoint("a"), None).len(), 2);
    }
}
