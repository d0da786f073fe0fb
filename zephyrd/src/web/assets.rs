//! The files of the dashboard, built in. Their names hold a hash of what is in them, so that browsers keep them for good
//! and never mix two versions.

use std::hash::Hasher;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// One file.
struct Asset {
    stem: &'static str,
    kind: Kind,
    text: &'static str,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every page has them all, in the order of the table.
    Style,
    /// The same.
    Script,
    /// What tabs show.
    Icon,
}

/// Every file: one line each. Scripts run in this order, when the page has been read.
const ASSETS: &[Asset] = &[
    Asset { stem: "zephyr", kind: Kind::Style, text: include_str!("assets/zephyr.css") },
    Asset { stem: "reports", kind: Kind::Style, text: include_str!("assets/reports.css") },
    Asset { stem: "zephyr", kind: Kind::Icon, text: include_str!("assets/zephyr.svg") },
    Asset {
        stem: "zephyr",
        kind: Kind::Script,
        // One request for what is several small files only for whoever reads them.
        text: concat!(
            include_str!("assets/zephyr/words.js"),
            include_str!("assets/zephyr/format.js"),
            include_str!("assets/zephyr/fill.js"),
            include_str!("assets/zephyr/live.js"),
            include_str!("assets/zephyr/act.js"),
            include_str!("assets/zephyr/keys.js"),
            include_str!("assets/zephyr/start.js"),
        ),
    },
    Asset { stem: "reports", kind: Kind::Script, text: include_str!("assets/reports.js") },
];

/// The files by their names.
static NAMES: LazyLock<Vec<(String, &Asset)>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| (asset.name(), asset)).collect());

impl Kind {
    fn extension(self) -> &'static str {
        match self {
            Self::Style => "css",
            Self::Script => "js",
            Self::Icon => "svg",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Icon => "image/svg+xml",
        }
    }
}

impl Asset {
    fn name(&self) -> String {
        let mut hash = siphasher::sip::SipHasher13::new();
        hash.write(self.text.as_bytes());
        format!("{}-{:016x}.{}", self.stem, hash.finish(), self.kind.extension())
    }
}

/// Where the files of that kind are.
pub(super) fn paths(kind: Kind) -> impl Iterator<Item = String> {
    NAMES.iter().filter(move |(_, asset)| asset.kind == kind).map(|(name, _)| format!("/assets/{name}"))
}

/// Answers one of them.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, asset)) = NAMES.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers =
        [(CONTENT_TYPE, asset.kind.content_type()), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.text).into_response()
}
