//! The files of the dashboard, built in. Their names hold a hash of what is in them, so that browsers keep them for good
//! and never mix two versions.

use std::hash::Hasher;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// One file.
pub(super) struct Asset {
    stem: &'static str,
    extension: &'static str,
    kind: &'static str,
    text: &'static str,
}

/// The style.
pub(super) const STYLE: Asset = Asset {
    stem: "zephyr",
    extension: "css",
    kind: "text/css; charset=utf-8",
    text: include_str!("assets/zephyr.css"),
};
/// The script.
pub(super) const SCRIPT: Asset = Asset {
    stem: "zephyr",
    extension: "js",
    kind: "text/javascript; charset=utf-8",
    text: include_str!("assets/zephyr.js"),
};

impl Asset {
    fn name(&self) -> String {
        let mut hash = siphasher::sip::SipHasher13::new();
        hash.write(self.text.as_bytes());
        format!("{}-{:016x}.{}", self.stem, hash.finish(), self.extension)
    }

    /// Where it is.
    pub(super) fn path(&self) -> String {
        format!("/assets/{}", self.name())
    }
}

/// Answers one of them.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = [STYLE, SCRIPT].into_iter().find(|asset| asset.name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.text).into_response()
}
