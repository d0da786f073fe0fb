//! Who is behind a proxy of ours: `X-Forwarded-For`, believed from listed peers alone.

use std::net::{IpAddr, SocketAddr};

use http::header::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address for the record: the last one in the chain that is no trusted proxy.
pub(crate) fn client(headers: &HeaderMap, peer: SocketAddr, trusted: &[IpAddr]) -> SocketAddr {
    let is_trusted = |ip: IpAddr| trusted.contains(&ip.to_canonical());
    if !is_trusted(peer.ip()) {
        return peer;
    }
    let chain = headers.get_all(FORWARDED_FOR).iter().filter_map(|v| v.to_str().ok());
    let mut hops: Vec<IpAddr> =
        chain.flat_map(|v| v.split(',')).map_while(|v| v.trim().parse().ok()).collect();
    while let Some(hop) = hops.pop() {
        if !is_trusted(hop) {
            return SocketAddr::new(hop, 0);
        }
    }
    peer
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
}
