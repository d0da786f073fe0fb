//! Addresses that a name may not lead to.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// Whether an address is link-local: there live the metadata services of clouds (169.254.169.254, fe80::/10,
/// fd00:ec2::254), which hand out credentials to whoever asks.
pub(super) fn is_forbidden(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(v4) => v4.is_link_local(),
            None => ip.is_unicast_link_local() || ip.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        },
    }
}

/// The system's resolver, without forbidden addresses.
#[derive(Clone)]
pub(super) struct Resolver(GaiResolver);

impl Resolver {
    /// A resolver.
    pub(super) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.0.call(name);
        Box::pin(async move {
            let all: Vec<SocketAddr> = lookup.await?.collect();
            let kept: Vec<SocketAddr> = all.iter().copied().filter(|a| !is_forbidden(a.ip())).collect();
            if kept.is_empty() && !all.is_empty() {
                return Err(std::io::Error::other(
                    "the name leads to a link-local address, which is never asked",
                ));
            }
            Ok(kept.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_forbidden;

    #[test]
    fn metadata_addresses_are_forbidden_in_every_spelling() {
        for ip in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254"] {
            assert!(is_forbidden(ip.parse().expect("address")), "{ip}");
        }
        for ip in ["127.0.0.1", "::1", "10.0.0.1", "1.1.1.1", "fd00::1"] {
            assert!(!is_forbidden(ip.parse().expect("address")), "{ip}");
        }
    }
}
