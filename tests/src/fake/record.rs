//! What the fake endpoint saw of a request.

use std::time::Instant;

use bytes::Bytes;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// 0-based, in the order of arrival.
    pub number: usize,
    /// Which connection it came on, 1-based.
    pub connection: u64,
    /// Method.
    pub method: String,
    /// Request target: path and query as written.
    pub target: String,
    /// Header lines in their order, names as written.
    pub headers: Vec<(String, String)>,
    /// The head as it came, with its empty line.
    pub head: Bytes,
    /// The body, chunks joined.
    pub body: Bytes,
    /// When its head had arrived.
    pub at: Instant,
    /// When the client closed or reset the connection before the answer had ended.
    pub client_gone: Option<Instant>,
    /// The answer went out to its end.
    pub answered: bool,
    /// Why it is no HTTP/1.1 request, where it is none.
    pub malformed: Option<String>,
}

impl Seen {
    /// The target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().next()
    }

    /// The values of all headers called `name`, in any case.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
