//! The way into the web dashboard.

use serde::Serialize;
use zephyr_proto::v1;

/// Links that log one browser in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LoginLinks {
    /// One per address; whichever is opened first uses all of them up. None where there is no dashboard.
    pub(crate) links: Vec<String>,
    pub(crate) lasts_seconds: u32,
}

/// The token for scripts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AdminToken {
    pub(crate) token: String,
    /// Where the API is.
    pub(crate) addresses: Vec<String>,
}

impl From<v1::LoginLinkResponse> for LoginLinks {
    fn from(l: v1::LoginLinkResponse) -> Self {
        Self { links: l.links, lasts_seconds: l.lasts_seconds }
    }
}

impl From<v1::AdminTokenResponse> for AdminToken {
    fn from(t: v1::AdminTokenResponse) -> Self {
        Self { token: t.token, addresses: t.addresses }
    }
}
