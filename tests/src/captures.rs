//! Requests as real clients sent them, recorded in `captures/` (long texts are filler, credentials are dummies).

use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

/// One recorded request.
#[derive(Debug, Clone, Deserialize)]
pub struct Capture {
    /// Client and its version.
    pub client: String,
    /// What the client was doing.
    pub scenario: String,
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines in their order.
    pub headers: Vec<(String, String)>,
    body: Box<serde_json::value::RawValue>,
}

impl Capture {
    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> Bytes {
        Bytes::copy_from_slice(self.body.get().as_bytes())
    }

    /// Whether it asks for a stream.
    #[must_use]
    pub fn streams(&self) -> bool {
        let body: serde_json::Value = serde_json::from_str(self.body.get()).unwrap();
        body["stream"] == serde_json::json!(true)
    }
}

/// Every recorded request, by file name.
#[must_use]
pub fn all() -> Vec<(String, Capture)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut out = Vec::new();
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            out.push((name.clone(), serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))));
        }
    }
    assert!(!out.is_empty(), "no captures in {}", dir.display());
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}
