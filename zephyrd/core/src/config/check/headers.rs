//! `headers`: what may be set on every request, and what must not.

use std::collections::BTreeMap;

use super::super::raw::{Table, Value};
use super::Check;

/// Most headers per endpoint.
const MOST: usize = 64;

impl Check<'_> {
    /// The headers of `group` with those of `endpoint` over them, lower-case names, in alphabetical order.
    pub(super) fn headers(&mut self, endpoint: &Table, group: &Table) -> Vec<(String, String)> {
        let mut all = BTreeMap::new();
        for table in [group, endpoint] {
            let mut own = BTreeMap::new();
            let Some(Value::Table(pairs)) = table.get("headers").map(|n| &n.value) else { continue };
            for entry in &pairs.entries {
                let Some(value) = entry.node.text() else { continue };
                let name = entry.key.to_ascii_lowercase();
                let wrong = if !is_header_name(&name) {
                    Some(("is no header name", None))
                } else if is_credential(&name) {
                    let hint = "write `auth = { header = { name = …, value = … } }`";
                    Some(("carries a credential and cannot be set here", Some(hint)))
                } else if is_framing(&name) {
                    Some(("belongs to the connection and cannot be set here", None))
                } else if !value.bytes().all(|b| (0x20..0x7f).contains(&b)) || value.len() > 8192 {
                    Some(("has a value that cannot be sent", Some("plain ASCII in one line, at most 8 KiB")))
                } else if own.contains_key(&name) {
                    Some(("is set twice", None))
                } else {
                    None
                };
                if let Some((message, hint)) = wrong {
                    let shown: String = name.chars().take(64).filter(|c| !c.is_control()).collect();
                    let message = format!("header `{shown}` {message}");
                    self.report.error(&entry.key_at, message, hint.map(str::to_owned));
                }
                own.insert(name, value.trim().to_owned());
            }
            all.extend(own);
        }
        if all.len() > MOST
            && let Some(node) = endpoint.get("headers").or_else(|| group.get("headers"))
        {
            self.report.error(&node.at, format!("more than {MOST} headers"), None);
        }
        all.into_iter().collect()
    }
}

/// RFC 9110 §5.1, in lower case.
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_credential(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-zephyr-token",
        "cookie",
        "x-auth-token",
    ];
    NAMES.contains(&name)
}

/// Headers of one connection or of the message's framing.
pub(super) fn is_framing(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "host",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-encoding",
        "content-type",
        "accept-encoding",
        "expect",
        "http2-settings",
    ];
    NAMES.contains(&name)
}
