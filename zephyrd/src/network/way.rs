//! By which addresses this machine would leave for the world, and for endpoints that are named by address.
//!
//! Containers come and go, and each of them changes links, addresses and routes. What matters is whether the kernel would
//! send from another address than before. It is asked by connecting a UDP socket, which sends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use zephyr_core::config::Plan;

/// Stand for everything beyond the default route: addresses for documentation (RFC 5737, RFC 3849).
const ANYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];
/// Most endpoints that are looked at.
const MOST: usize = 16;

/// Where to, and the own address that would be used; `None` = no way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ways(Vec<(IpAddr, Option<IpAddr>)>);

impl Ways {
    /// As they are now.
    pub(super) fn now(plan: &Plan) -> Self {
        let beyond = plan.endpoints.iter().filter(|e| !e.url.is_loopback());
        let named = beyond.filter_map(|e| e.url.host.parse().ok()).take(MOST);
        Self(ANYWHERE.into_iter().chain(named).map(|to| (to, from(to))).collect())
    }

    /// Whether one of them leaves from `address`.
    pub(super) fn use_address(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(_, from)| *from == Some(address))
    }
}

fn from(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // The discard service: nothing is ever sent.
    socket.connect((to, 9)).ok()?;
    socket.local_addr().ok().map(|own| own.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn the_way_to_this_machine_is_this_machine() {
        let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(from(own), Some(own));
    }

    #[test]
    fn endpoints_that_are_addresses_are_asked_for_beside_the_world() {
        let mut by_address = fixtures::endpoint("a");
        by_address.url.host = "10.1.2.3".into();
        let ways = Ways::now(&fixtures::plan(vec![by_address, fixtures::endpoint("b")]));
        let asked: Vec<IpAddr> = ways.0.iter().map(|(to, _)| *to).collect();
        assert_eq!(asked[..2], ANYWHERE);
        assert_eq!(asked[2..], ["10.1.2.3".parse::<IpAddr>().expect("address")]);
    }
}
