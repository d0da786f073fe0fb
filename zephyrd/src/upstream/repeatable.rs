//! A request that may have to be sent more than once.
//!
//! Hardly any is. The first attempt gets the headers as they are, and what a second one would need is written down in
//! one piece of memory: a map of headers costs five times as much to copy.

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

use super::Outgoing;

/// See the module.
pub(crate) struct Repeatable {
    /// Without its headers once they are written down.
    request: Outgoing,
    written: Option<Written>,
    is_encoded: bool,
}

impl Repeatable {
    /// Of this request.
    pub(crate) fn new(request: Outgoing) -> Self {
        let is_encoded = request.headers.get(CONTENT_ENCODING).is_some_and(|v| v != "identity");
        Self { request, written: None, is_encoded }
    }

    /// Its body, the same for every attempt.
    pub(crate) fn body(&self) -> &[u8] {
        &self.request.body
    }

    /// Whether its body is compressed.
    pub(crate) fn is_encoded(&self) -> bool {
        self.is_encoded
    }

    /// The request for the next attempt.
    pub(crate) fn next(&mut self) -> Outgoing {
        let headers = match &self.written {
            Some(written) => written.read(),
            None => {
                self.written = Some(Written::of(&self.request.headers));
                std::mem::take(&mut self.request.headers)
            }
        };
        let Outgoing { method, path_and_query, headers: _, body, client_credential } = &self.request;
        Outgoing {
            method: method.clone(),
            path_and_query: path_and_query.clone(),
            headers,
            body: body.clone(),
            client_credential: client_credential.clone(),
        }
    }
}

/// Headers, one behind the other: name, value, and where each ends.
struct Written {
    bytes: Vec<u8>,
    ends: Vec<(usize, usize, bool)>,
}

impl Written {
    fn of(headers: &HeaderMap) -> Self {
        let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let mut written = Self { bytes: Vec::with_capacity(size), ends: Vec::with_capacity(headers.len()) };
        for (name, value) in headers {
            written.bytes.extend_from_slice(name.as_str().as_bytes());
            let end_of_name = written.bytes.len();
            written.bytes.extend_from_slice(value.as_bytes());
            written.ends.push((end_of_name, written.bytes.len(), value.is_sensitive()));
        }
        written
    }

    fn read(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.ends.len());
        let mut begin = 0;
        for (end_of_name, end, sensitive) in &self.ends {
            let (name, value) = (&self.bytes[begin..*end_of_name], &self.bytes[*end_of_name..*end]);
            begin = *end;
            // What was a header once is one.
            if let (Ok(name), Ok(mut value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                value.set_sensitive(*sensitive);
                headers.append(name, value);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_gets_the_same_headers() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("accept", "a"), ("x-own", "1"), ("accept", "b"), ("x-empty", ""), ("x-own", "2")]
        {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers.append("x-bytes", HeaderValue::from_bytes(b"\xfcber\t").unwrap());
        let mut secret = HeaderValue::from_static("s");
        secret.set_sensitive(true);
        headers.append("authorization", secret);
        let request = Outgoing {
            method: http::Method::POST,
            path_and_query: "/v1/messages".to_owned(),
            headers: headers.clone(),
            body: bytes::Bytes::from_static(b"{}"),
            client_credential: Vec::new(),
        };
        let mut repeatable = Repeatable::new(request);
        for _ in 0..3 {
            let next = repeatable.next();
            assert_eq!(next.headers, headers);
            assert!(next.headers["authorization"].is_sensitive() && !next.headers["accept"].is_sensitive());
            assert!(next.headers.iter().eq(headers.iter()), "in the same order");
            assert_eq!((next.path_and_query.as_str(), &*next.body), ("/v1/messages", &b"{}"[..]));
        }
    }
}
