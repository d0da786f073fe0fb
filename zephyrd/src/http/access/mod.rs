//! Who may look and who may change things.
//!
//! Everything hangs on one key of 32 random bytes in the state directory, so that a login outlives a restart: tokens are
//! statements with a seal (HMAC-SHA-256) over them, and nothing is kept of them.
//!
//! - The **admin token** is for scripts: `Authorization: Bearer`. It changes when the key does (`zephyrctl web --revoke`).
//! - A **link** of `zephyrctl web` holds a code that works once and for two minutes, behind the `#`, so that it reaches no
//!   log. The login page trades it for two things: a cookie, which only lets look, and a token that the page's script keeps
//!   and sends as a header for what changes something. Cookies of one host go to every port of it, so that another server
//!   on the same machine may see the cookie; the token stays with the origin. No foreign page can send it, which is why
//!   there is no forged request.

mod tokens;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{Problem, Room};
use crate::desk::By;
use crate::listen::Origin;

use tokens::Kind;
pub(crate) use tokens::{Access, CODE_LASTS, COOKIE_NAME};

/// Whoever asks may look.
pub(crate) struct Reader;

/// Whoever asks may change things.
pub(crate) struct Operator(pub(crate) By);

/// What whoever asks may do: for pages, which show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    /// May look.
    pub(crate) reads: bool,
    /// May change things.
    pub(crate) writes: Option<By>,
    /// Has logged in.
    pub(crate) login: bool,
}

impl Rights {
    /// What the request with this head may do.
    pub(crate) fn of(parts: &Parts, room: &Room) -> Self {
        let plan = room.desk.handle.plan();
        let near = parts.extensions.get::<Origin>().is_some_and(|origin| is_near(parts, origin, &plan));
        let granted = room.access.granted(&parts.headers, room.desk.handle.clock().now().unix_ms);
        // Who may not read over the control socket may not read here either.
        let open = plan.web.reads_by_loopback && plan.control.others_read;
        let writes = match granted {
            Some(Kind::Writer) => Some(By::Web),
            _ if near && plan.web.writes_by_loopback => Some(By::Loopback),
            _ => None,
        };
        Self {
            reads: granted.is_some() || writes.is_some() || (near && open),
            writes,
            login: granted.is_some(),
        }
    }
}

/// It came in at a loopback address, and no proxy of ours brought it from elsewhere.
fn is_near(parts: &Parts, origin: &Origin, plan: &zephyr_core::config::Plan) -> bool {
    let near = crate::front::is_near(&parts.headers, origin.peer.ip(), &plan.server.trusted_proxies);
    origin.local.ip().to_canonical().is_loopback() && near
}

impl FromRequestParts<Room> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Problem> {
        match Rights::of(parts, room).reads {
            true => Ok(Self),
            false => Err(Problem::login("whoever wants to see this must log in")),
        }
    }
}

impl FromRequestParts<Room> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Problem> {
        match Rights::of(parts, room).writes {
            Some(by) => Ok(Self(by)),
            None => Err(Problem::login("whoever changes something must log in")),
        }
    }
}
