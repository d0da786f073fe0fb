//! Hears from the kernel that links, addresses or routes have changed (rtnetlink(7)).
//!
//! Of the messages no more is read than what went away; what is there now, the kernel is asked for (`way`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, timeout, timeout_at};

/// `RTMGRP_LINK`, `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV4_ROUTE`, `RTMGRP_IPV6_IFADDR`, `RTMGRP_IPV6_ROUTE` of
/// `linux/rtnetlink.h`.
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
/// Message types and attributes of the same header, and of `linux/if_addr.h`.
const RTM_NEWLINK: u16 = 16;
const RTM_DELADDR: u16 = 21;
const RTM_DELROUTE: u16 = 25;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;

/// Lengths of `struct nlmsghdr`, `struct ifaddrmsg`, `struct rtmsg` and `struct rtattr`.
const HEADER: usize = 16;
const ADDRESS: usize = 8;
const ROUTE_HEAD: usize = 12;
const ATTRIBUTE: usize = 4;

/// A network has settled when nothing more happens for this long.
const QUIET: Duration = Duration::from_millis(500);
/// One that never settles is looked at after this long.
const AT_MOST: Duration = Duration::from_secs(3);
/// Most addresses that are noted at one time.
const MOST: usize = 64;

/// What went away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Something that was worth a message has happened.
    any: bool,
    /// Addresses that this machine had.
    pub(super) addresses_gone: Vec<IpAddr>,
    /// A way to everywhere.
    pub(super) default_route_gone: bool,
}

/// A socket that the kernel tells of changes.
pub(super) struct Listener(AsyncFd<OwnedFd>);

impl Listener {
    /// Begins to listen.
    pub(super) fn open() -> std::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // The protocol that a socket has without one, 0, is `NETLINK_ROUTE`.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
        #[allow(
            deprecated,
            reason = "an `OwnedFd` names its own descriptor as long as it lives, which is all that is asked"
        )]
        AsyncFd::with_interest(socket, Interest::READABLE).map(Self)
    }

    /// Waits until something has happened and the network has settled; `None` = nothing more will be heard. `at_once`
    /// is told what is known as soon as it is.
    pub(super) async fn news(&self, at_once: impl Fn(&News)) -> Option<News> {
        let mut news = News::default();
        while !news.any {
            self.hear(&mut news).await?;
        }
        at_once(&news);
        let end = Instant::now() + AT_MOST;
        while let Ok(Ok(heard)) = timeout(QUIET, timeout_at(end, self.hear(&mut news))).await {
            heard?;
            at_once(&news);
        }
        Some(news)
    }

    /// Takes all messages that are there, once there are any.
    async fn hear(&self, news: &mut News) -> Option<()> {
        let mut ready = self.0.readable().await.ok()?;
        let mut buffer = [0; 16 * 1024];
        loop {
            match recv(self.0.get_ref(), &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((size, _)) if size > 0 => news.take(&buffer[..size.min(buffer.len())]),
                Err(Errno::INTR) => {}
                // More has happened than the kernel kept for us.
                Err(Errno::NOBUFS) => news.any = true,
                Err(Errno::AGAIN) => break,
                Ok(_) | Err(_) => return None,
            }
        }
        ready.clear_ready();
        Some(())
    }
}

impl News {
    /// Reads one datagram: some messages, each as long as it says and padded to four bytes.
    fn take(&mut self, mut datagram: &[u8]) {
        while datagram.len() >= HEADER {
            let length = u32_at(datagram, 0) as usize;
            let Some(message) = datagram.get(HEADER..length) else { return };
            self.message(u16_at(datagram, 4), message);
            datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }

    fn message(&mut self, kind: u16, message: &[u8]) {
        self.any |= (RTM_NEWLINK..=RTM_DELROUTE).contains(&kind);
        match kind {
            RTM_DELADDR => {
                let mut attributes = Attributes(message.get(ADDRESS..).unwrap_or_default());
                // Of a point-to-point link `IFA_ADDRESS` is the far side's.
                let own = attributes.clone().find(|(kind, _)| *kind == IFA_LOCAL);
                let gone = own.or_else(|| attributes.find(|(kind, _)| *kind == IFA_ADDRESS));
                if let Some(gone) = gone.and_then(|(_, value)| address(value))
                    && self.addresses_gone.len() < MOST
                {
                    self.addresses_gone.push(gone);
                }
            }
            // The length of the destination's prefix is the second byte.
            RTM_DELROUTE if message.len() >= ROUTE_HEAD => self.default_route_gone |= message[1] == 0,
            _ => {}
        }
    }
}

/// Attributes of a message: kind and value.
#[derive(Clone)]
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.len() < ATTRIBUTE {
            return None;
        }
        let length = usize::from(u16_at(self.0, 0));
        let value = self.0.get(ATTRIBUTE..length)?;
        let kind = u16_at(self.0, 2);
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|b| Ipv4Addr::from(b).into()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|b| Ipv6Addr::from(b).into()),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_ne_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER + body.len()).expect("short");
        let mut out = Vec::new();
        out.extend(length.to_ne_bytes());
        out.extend(kind.to_ne_bytes());
        out.extend([0; 10]);
        out.extend(body);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(ATTRIBUTE + value.len()).expect("short");
        let mut out: Vec<u8> = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        out.extend(value);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn heard(datagram: &[u8]) -> News {
        let mut news = News::default();
        news.take(datagram);
        news
    }

    fn gone_v4() -> Vec<u8> {
        let attributes = [
            attribute(IFA_ADDRESS, &[10, 0, 0, 2]),
            attribute(3, b"wlan0\0"),
            attribute(IFA_LOCAL, &[10, 0, 0, 1]),
        ];
        message(RTM_DELADDR, &[vec![2, 24, 0, 0, 3, 0, 0, 0], attributes.concat()].concat())
    }

    #[test]
    fn addresses_and_default_routes_that_go_away_are_told() {
        let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);
        let gone_v6 = message(
            RTM_DELADDR,
            &[vec![10, 64, 0, 0, 3, 0, 0, 0], attribute(IFA_ADDRESS, &v6.octets())].concat(),
        );
        let default_gone = message(RTM_DELROUTE, &[2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]);
        let news = heard(&[gone_v4(), gone_v6, default_gone].concat());
        assert_eq!(news.addresses_gone, [IpAddr::from([10, 0, 0, 1]), v6.into()]);
        assert!(news.default_route_gone && news.any);
    }

    #[test]
    fn what_comes_is_only_told_to_have_happened() {
        let new_address = message(20, &[2, 24, 0, 0, 3, 0, 0, 0]);
        let narrow_route = message(RTM_DELROUTE, &[2, 24, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]);
        let news = heard(&[new_address, narrow_route].concat());
        assert_eq!(news, News { any: true, ..News::default() });
        assert_eq!(heard(&message(2, &[0; 20])), News::default(), "an error message is no change");
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let whole = [gone_v4(), gone_v4()].concat();
        for end in 0..whole.len() {
            let news = heard(&whole[..end]);
            assert!(news.addresses_gone.len() <= 1);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 3, 255] {
                let mut broken = whole.clone();
                broken[at] = value;
                let _ = heard(&broken);
            }
        }
        assert_eq!(heard(&[0; 64]), News::default(), "a message without a length ends it");
    }

    #[tokio::test]
    async fn a_listener_can_be_opened_and_hears_nothing_of_nothing() {
        // Where netlink is not permitted there is nothing to show.
        let Ok(listener) = Listener::open() else { return };
        let mut news = News::default();
        assert!(timeout(Duration::ZERO, listener.hear(&mut news)).await.is_err() || news.any);
    }
}
