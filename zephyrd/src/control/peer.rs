//! Who calls, and what they may do.
//!
//! The kernel says who connected: uid, gid (`SO_PEERCRED`) and supplementary groups (`SO_PEERGROUPS`), all as
//! they were at connect. Root, the daemon's own user and members of the group `zephyr` administer; everybody
//! else on the machine may read the status, unless `[control] others = "none"`.
//!
//! `/proc/PID` is not asked: it is invisible in the service's sandbox, and a pid may be somebody else's by then.

use std::os::fd::AsRawFd;

use tokio::net::UnixStream;
use tonic::{Request, Status};

use super::refuse;
use crate::engine_handle::Handle;

/// The operators' group.
const OPERATORS: &str = "zephyr";
/// Most groups that one process can be in (`NGROUPS_MAX`).
const MAX_GROUPS: usize = 65_536;

/// Whoever is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer {
    /// Their user id; `None` = the kernel did not say.
    pub(super) uid: Option<u32>,
    /// Whether they may change anything.
    pub(super) operator: bool,
}

/// What the kernel says of a peer.
#[derive(Debug)]
struct Credentials {
    uid: u32,
    gid: u32,
    groups: Vec<u32>,
}

/// Identifies the peer of `stream`. Whatever cannot be found out counts against them.
pub(super) fn identify(stream: &UnixStream) -> Peer {
    let Ok(cred) = stream.peer_cred() else {
        return Peer { uid: None, operator: false };
    };
    let who = Credentials { uid: cred.uid(), gid: cred.gid(), groups: groups(stream) };
    let operators = std::fs::read_to_string("/etc/group").ok().and_then(|text| gid_of(&text, OPERATORS));
    let own = rustix::process::geteuid().as_raw();
    Peer { uid: Some(who.uid), operator: administers(&who, own, operators) }
}

/// The rule itself. `own` is the daemon's uid, `operators` the gid of the operators' group, if there is one.
fn administers(who: &Credentials, own: u32, operators: Option<u32>) -> bool {
    let member = |gid| who.gid == gid || who.groups.contains(&gid);
    who.uid == 0 || who.uid == own || operators.is_some_and(member)
}

/// The peer's supplementary groups; none where the kernel does not tell.
fn groups(stream: &UnixStream) -> Vec<u32> {
    use uapi::c::{ERANGE, SO_PEERGROUPS, SOL_SOCKET};
    for room in [64, MAX_GROUPS] {
        let mut groups = vec![0u32; room];
        match uapi::getsockopt(stream.as_raw_fd(), SOL_SOCKET, SO_PEERGROUPS, &mut groups[..]) {
            Ok(bytes) => {
                groups.truncate(bytes / size_of::<u32>());
                return groups;
            }
            Err(uapi::Errno(ERANGE)) => {}
            Err(_) => break,
        }
    }
    Vec::new()
}

/// The id of group `name` in the text of `/etc/group`.
fn gid_of(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

/// Decides, call by call, by the config in force.
#[derive(Clone)]
pub(super) struct Gate {
    handle: Handle,
}

impl Gate {
    /// A gate by the config of `handle`.
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Lets pass whoever may read.
    pub(super) fn reader<T>(&self, request: &Request<T>) -> Result<Peer, Status> {
        let peer = peer_of(request);
        if self.may_read(peer) { Ok(peer) } else { Err(refuse::no_permission(peer.uid, "read the status")) }
    }

    /// Whether `peer` may read now.
    pub(super) fn may_read(&self, peer: Peer) -> bool {
        peer.operator || self.handle.plan().control.others_read
    }

    /// Lets pass whoever may change things; `what` says what they wanted: `pin`.
    pub(super) fn operator<T>(&self, request: &Request<T>, what: &str) -> Result<Peer, Status> {
        let peer = peer_of(request);
        if peer.operator { Ok(peer) } else { Err(refuse::no_permission(peer.uid, what)) }
    }
}

fn peer_of<T>(request: &Request<T>) -> Peer {
    request.extensions().get().copied().unwrap_or(Peer { uid: None, operator: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(uid: u32, gid: u32, groups: &[u32]) -> Credentials {
        Credentials { uid, gid, groups: groups.to_vec() }
    }

    #[test]
    fn root_and_the_daemons_own_user_administer() {
        assert!(administers(&who(0, 0, &[]), 990, None));
        assert!(administers(&who(990, 990, &[]), 990, None));
    }

    #[test]
    fn members_of_the_operators_group_administer_whether_it_is_primary_or_not() {
        assert!(administers(&who(1000, 1000, &[27, 985]), 990, Some(985)));
        assert!(administers(&who(1000, 985, &[]), 990, Some(985)));
    }

    #[test]
    fn everybody_else_does_not() {
        assert!(!administers(&who(1000, 1000, &[27, 990]), 990, Some(985)));
        assert!(!administers(&who(1000, 1000, &[985]), 990, None), "without the group nobody is in it");
        assert!(!administers(&who(65_534, 65_534, &[0]), 990, Some(985)), "gid 0 is not uid 0");
    }

    #[test]
    fn the_group_is_found_by_its_whole_name() {
        let text = "root:x:0:\nzephyrd:x:990:\nzephyr:x:985:ada,bob\n";
        assert_eq!(gid_of(text, "zephyr"), Some(985));
        assert_eq!(gid_of(text, "zeph"), None);
        assert_eq!(gid_of("zephyr:x:many:\nzephyr", "zephyr"), None);
    }

    #[tokio::test]
    async fn the_kernel_tells_this_process_own_groups() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mut told = groups(&ours);
        let mut own: Vec<u32> =
            rustix::process::getgroups().unwrap().into_iter().map(rustix::process::Gid::as_raw).collect();
        told.sort_unstable();
        own.sort_unstable();
        assert_eq!(told, own);
        assert!(identify(&ours).operator, "the daemon's own user administers");
    }
}
