//! The requests of the bench: Claude Code's own headers and body shape, as captured, with the bench's model names.
//!
//! zephyrd lets equal requests of one session share a call, so requests that are on their way together must be of
//! different sessions.

use std::path::Path;

use serde_json::value::RawValue;

/// The captured request that the others are made of: 48 KB, of the sort that every turn sends.
const CAPTURE: &str = "captures/claude-code-2.1.329_nonstream-fallback.json";

/// Which session a request is of; in the capture it stands in this header.
const SESSION: &str = "X-Claude-Code-Session-Id";

/// Makes requests.
#[derive(Debug)]
pub(crate) struct Requests {
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(serde::Deserialize)]
struct Capture {
    headers: Vec<(String, String)>,
    body: Box<RawValue>,
}

impl Requests {
    /// Reads the captured request.
    pub(crate) fn load() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(CAPTURE);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let capture: Capture = serde_json::from_str(&text).unwrap();
        let ours = ["host", "content-length", "accept-encoding", &SESSION.to_lowercase()];
        let mut headers = capture.headers;
        headers.retain(|(name, _)| !ours.contains(&name.to_lowercase().as_str()));
        Self { headers, body: capture.body.get().to_owned() }
    }

    /// A request with a body of 2 KB, which names no session.
    pub(crate) fn small(&self, model: &str, stream: bool) -> Ask {
        let text = "lorem ipsum dolor sit amet ".repeat(70);
        self.request(&format!(
            r#"{{"model":"{model}","max_tokens":64,"stream":{stream},"messages":[{{"role":"user","content":"{text}"}}]}}"#
        ))
    }

    /// A request with the captured body of 48 KB.
    pub(crate) fn large(&self, model: &str, stream: bool) -> Ask {
        let body = with_value(&self.body, "model", &format!("\"{model}\""));
        self.request(&with_value(&body, "stream", &stream.to_string()))
    }

    /// A streaming request of about `bytes`: the captured one with a long history of tool calls and their results in front.
    pub(crate) fn long(&self, model: &str, bytes: usize) -> Ask {
        let output = r#"lorem ipsum \"dolor\"\n sit amet "#.repeat(100);
        let mut history = String::new();
        for n in 0.. {
            if history.len() + self.body.len() >= bytes {
                break;
            }
            history.push_str(&format!(
                r#"{{"role":"user","content":"next"}},{{"role":"assistant","content":[{{"type":"text","text":"I look."}},{{"type":"tool_use","id":"toolu_{n}","name":"Read","input":{{"file_path":"/a/{n}","limit":100}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{n}","content":"{output}"}}]}},{{"role":"assistant","content":[{{"type":"text","text":"Done."}}]}},"#
            ));
        }
        let body = with_value(&self.body, "model", &format!("\"{model}\""));
        let body = with_value(&body, "stream", "true");
        self.request(&body.replacen("\"messages\":[", &format!("\"messages\":[{history}"), 1))
    }

    fn request(&self, body: &str) -> Ask {
        let mut head = "POST /v1/messages?beta=true HTTP/1.1\r\nHost: localhost\r\n".to_owned();
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Accept-Encoding: identity\r\nContent-Length: {}\r\n", body.len()));
        Ask { head, body: body.to_owned() }
    }
}

/// What is asked for; whose session it is stands open.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    head: String,
    body: String,
}

impl Ask {
    /// Without a session in its headers.
    pub(crate) fn alone(&self) -> Vec<u8> {
        format!("{}\r\n{}", self.head, self.body).into_bytes()
    }

    /// Of session `number`.
    pub(crate) fn of_session(&self, number: usize) -> Vec<u8> {
        let session = format!("86735f70-50ee-42f6-a7f7-{number:012x}");
        format!("{}{SESSION}: {session}\r\n\r\n{}", self.head, self.body).into_bytes()
    }
}

/// `json` with another value for the first `key` whose value is plain.
fn with_value(json: &str, key: &str, value: &str) -> String {
    let key = format!("\"{key}\":");
    let from = json.find(&key).expect("the key in the captured body") + key.len();
    let to = from + json[from..].find([',', '}']).unwrap();
    format!("{}{value}{}", &json[..from], &json[to..])
}
