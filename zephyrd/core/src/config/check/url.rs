//! Base URLs and proxies: what may be called at all.
//!
//! URLs come from the config only. A URL is never shown in a problem: it may hold a password.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::plan::BaseUrl;

/// What is wrong with a URL, and what to do.
pub(super) type Wrong = (&'static str, Option<&'static str>);

/// Splits a base URL.
pub(super) fn base_url(text: &str) -> Result<BaseUrl, Wrong> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(("`url` has no scheme", Some("write `https://…`")));
    };
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err(("`url` must begin with `https://` or `http://`", None)),
    };
    if text.len() > 2048 || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("`url` contains spaces or is too long", None));
    }
    if rest.contains(['?', '#']) {
        return Err((
            "`url` must not have a query or a fragment",
            Some("put extra values into `headers` or `auth`"),
        ));
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
    if authority.contains('@') {
        return Err(("`url` must not contain a user name or password", Some("use `auth`")));
    }
    let (host, port) = split_port(authority).ok_or(("`url` has no valid host and port", None))?;
    let host = checked_host(host)?;
    let prefix = path.trim_end_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&b);
    if !prefix.bytes().all(plain) || prefix.split('/').any(|s| s == ".." || s == ".") || prefix.contains("//")
    {
        return Err(("the path of `url` is not valid", None));
    }
    let port = port.unwrap_or(if tls { 443 } else { 80 });
    Ok(BaseUrl { tls, host, port, prefix: prefix.to_owned() })
}

/// Whether `text` is a proxy's address.
pub(super) fn proxy(text: &str) -> Result<(), Wrong> {
    let schemes = ["http", "https", "socks5", "socks5h"];
    let Some((scheme, rest)) = text.split_once("://").filter(|(s, _)| schemes.contains(s)) else {
        return Err(("`proxy` must begin with `http://`, `https://` or `socks5://`", None));
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let address = authority.rsplit_once('@').map_or(authority, |(_, a)| a);
    if address.contains(['/', '?', '#']) || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("`proxy` is a scheme, a host and a port, without a path", None));
    }
    let (host, port) = split_port(address).ok_or(("`proxy` has no valid host and port", None))?;
    if port.is_none() && scheme.starts_with("socks") {
        return Err(("`proxy` has no port", Some("the usual one is 1080")));
    }
    checked_host(host).map(drop)
}

/// Host and explicit port; `None` when either is malformed.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    match port {
        None => Some((host, None)),
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            Some((host, Some(port.parse().ok().filter(|p| *p > 0)?)))
        }
        Some(_) => None,
    }
}

fn checked_host(host: &str) -> Result<String, Wrong> {
    let host = host.to_ascii_lowercase();
    let bare = host.strip_suffix('.').unwrap_or(&host);
    if bare.is_empty() {
        return Err(("the URL has no host", None));
    }
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return if forbidden(ip) {
            Err(("link-local, metadata and unspecified addresses are never called", None))
        } else {
            Ok(bare.to_owned())
        };
    }
    const METADATA: [&str; 4] = ["metadata.google.internal", "metadata.goog", "metadata", "instance-data"];
    if METADATA.contains(&bare) {
        return Err(("link-local, metadata and unspecified addresses are never called", None));
    }
    if !is_host_name(bare) {
        return Err((
            "the URL's host is no host name",
            Some("a name outside ASCII goes in its `xn--…` form"),
        ));
    }
    Ok(bare.to_owned())
}

/// Whether `host` is a DNS name; one whose last label is a number would be an address in disguise.
pub(super) fn is_host_name(host: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let last = host.rsplit('.').next().unwrap_or("");
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    host.len() <= 253 && host.split('.').all(label) && !number
}

/// Addresses that no endpoint has, but clouds' metadata services do.
fn forbidden(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => forbidden_v4(v4),
        IpAddr::V6(v6) => {
            v6.to_ipv4_mapped().is_some_and(forbidden_v4)
                || v6.is_unspecified()
                || v6.is_unicast_link_local()
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

fn forbidden_v4(ip: Ipv4Addr) -> bool {
    ip.is_link_local() || ip.is_unspecified() || ip == Ipv4Addr::new(100, 100, 100, 200) || ip.is_broadcast()
}

#[cfg(test)]
mod tests {
    use super::{base_url, proxy};

    #[test]
    fn a_version_in_the_base_url_takes_the_place_of_the_paths_own() {
        for (url, path, whole) in [
            ("https://a.example", "/v1/messages", "https://a.example/v1/messages"),
            (
                "https://a.example/api",
                "/v1/messages?beta=true",
                "https://a.example/api/v1/messages?beta=true",
            ),
            ("https://a.example/api/v1", "/v1/messages", "https://a.example/api/v1/messages"),
            (
                "https://a.example/api/paas/v4",
                "/v1/chat/completions",
                "https://a.example/api/paas/v4/chat/completions",
            ),
            ("https://a.example/v1beta/openai/", "/v1/models", "https://a.example/v1beta/openai/models"),
            ("https://a.example/openai", "/v1/responses", "https://a.example/openai/v1/responses"),
            (
                "https://a.example/v1/account/anthropic",
                "/v1/messages",
                "https://a.example/v1/account/anthropic/v1/messages",
            ),
            ("https://a.example/v1", "/v10/x", "https://a.example/v1/v10/x"),
            ("https://a.example/version", "/v1/x", "https://a.example/version/v1/x"),
        ] {
            let base = base_url(url).unwrap();
            assert_eq!(format!("{base}{}", base.behind(path)), whole, "{url}");
        }
    }

    #[test]
    fn a_base_url_is_split_and_normalised() {
        let u = base_url("HTTPS://API.Example.com/api/anthropic/").unwrap();
        assert_eq!(
            (u.tls, u.host.as_str(), u.port, u.prefix.as_str()),
            (true, "api.example.com", 443, "/api/anthropic")
        );
        assert_eq!(base_url("http://127.0.0.1:9000").unwrap().to_string(), "http://127.0.0.1:9000");
        assert_eq!(base_url("http://[::1]:81/").unwrap().authority(), "[::1]:81");
    }

    #[test]
    fn what_must_not_be_called_is_refused() {
        for url in [
            "ftp://a",
            "a.example",
            "https://",
            "https://u:p@a",
            "https://a?k=1",
            "https://a/#f",
            "http://169.254.169.254",
            "http://[fe80::1]",
            "http://[::ffff:169.254.169.254]/",
            "http://metadata.google.internal",
            "http://2852039166",
            "http://0xa9fea9fe",
            "http://169.254.43518",
            "http://a:0",
            "http://a:99999",
            "http://a:",
            "https://a/../b",
            "https://a b",
            "http://[fd00:ec2::254]",
            "http://0.0.0.0:80",
            "https://münchen.example",
            "http://[::1",
        ] {
            assert!(base_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn proxies_may_have_a_password_but_no_path() {
        for good in ["http://p:3128", "https://u:p@p", "socks5://127.0.0.1:1080/"] {
            assert!(proxy(good).is_ok(), "{good}");
        }
        for bad in ["ftp://p", "p:3128", "socks5://p", "http://p/x", "http://"] {
            assert!(proxy(bad).is_err(), "{bad}");
        }
    }
}
