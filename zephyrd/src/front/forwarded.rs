//! Who is behind a proxy of ours: `X-Forwarded-For`, believed from listed peers alone.

use std::net::{IpAddr, SocketAddr};

use http::header::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What proxies say of whom they ask for.
const FORWARDED: [HeaderName; 4] = [
    FORWARDED_FOR,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("via"),
];

/// The client's address for the record: the last one in the chain that is no trusted proxy.
pub(super) fn client(headers: &HeaderMap, peer: SocketAddr, trusted: &[IpAddr]) -> SocketAddr {
    match beyond(headers, peer.ip(), trusted) {
        Some(ip) if ip != peer.ip() => SocketAddr::new(ip, 0),
        _ => peer,
    }
}

/// Whether a request comes from this machine. Whoever brings it on behalf of another and is not trusted may have it from
/// anywhere, and so has a chain that cannot be read to its client.
pub(crate) fn is_near(headers: &HeaderMap, peer: IpAddr, trusted: &[IpAddr]) -> bool {
    let brought = FORWARDED.iter().any(|name| headers.contains_key(name));
    let told = headers.contains_key(FORWARDED_FOR) && trusted.contains(&peer.to_canonical());
    let client = if brought && !told { None } else { beyond(headers, peer, trusted) };
    peer.to_canonical().is_loopback() && client.is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// Who is behind the trusted proxies; `None` = nobody can tell.
fn beyond(headers: &HeaderMap, peer: IpAddr, trusted: &[IpAddr]) -> Option<IpAddr> {
    let is_trusted = |ip: IpAddr| trusted.contains(&ip.to_canonical());
    if !is_trusted(peer) {
        return Some(peer);
    }
    let values: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(http::HeaderValue::as_bytes).collect();
    for hop in values.iter().rev().flat_map(|value| value.rsplit(|b| *b == b',')) {
        // From the right: what stands left of the client's own address is the client's own word.
        let hop: IpAddr = std::str::from_utf8(hop).ok()?.trim().parse().ok()?;
        if !is_trusted(hop) {
            return Some(hop);
        }
    }
    Some(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_peers_are_believed() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, http::HeaderValue::from_static("6.6.6.6, 1.2.3.4, 10.0.0.2"));
        let peer: SocketAddr = "10.0.0.1:5".parse().expect("address");
        let ip = |s: &str| s.parse::<IpAddr>().expect("address");
        assert_eq!(client(&headers, peer, &[]), peer);
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client(&headers, peer, &trusted).ip(), ip("1.2.3.4"));
        assert_eq!(client(&HeaderMap::new(), peer, &trusted), peer);
    }

    #[test]
    fn whoever_may_come_from_elsewhere_is_not_near() {
        let ip = |s: &str| s.parse::<IpAddr>().expect("address");
        let (here, trusted) = (ip("127.0.0.1"), [ip("127.0.0.1")]);
        let near = |name: &'static str, value: &str, trusted: &[IpAddr]| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), value.parse().expect("value"));
            is_near(&headers, here, trusted)
        };
        assert!(is_near(&HeaderMap::new(), here, &[]) && is_near(&HeaderMap::new(), here, &trusted));
        assert!(!is_near(&HeaderMap::new(), ip("192.0.2.1"), &[]));
        assert!(near("x-forwarded-for", "127.0.0.1", &trusted) && near("x-forwarded-for", "::1", &trusted));
        for chain in
            ["192.0.2.1", "127.0.0.1, 192.0.2.1", "nonsense", "192.0.2.1, nonsense", "192.0.2.1:80", ""]
        {
            assert!(!near("x-forwarded-for", chain, &trusted), "{chain}");
        }
        // What stands left of a foreign address is its own word.
        assert!(!near("x-forwarded-for", "nonsense, 192.0.2.1", &trusted));
        // A proxy that nobody trusts, and one that does not tell for whom.
        for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
            assert!(!near(name, "127.0.0.1", &[]), "{name}");
        }
        assert!(!near("forwarded", "for=127.0.0.1", &trusted));
    }
}
