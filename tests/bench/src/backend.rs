//! The endpoint behind the proxies: as cheap as it can be, so that the proxies are what is measured.
//!
//! What a request wishes stands in its model's name (every proxy passes that on): `bench-whole`, `bench-hold`,
//! `bench-fail`, `bench-sse-EVENTS-MICROSECONDS`. Every event leaves in a write of its own. Streams are of the dialect whose path
//! was asked.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep_until;

/// Events that frame the deltas of a stream.
const FRAME_EVENTS: usize = 5;
/// Events of a stream that is opened only to be held.
const HELD_EVENTS: usize = 3;

/// When which endpoint did what: for the failover time.
pub(crate) type Marks = Arc<Mutex<Vec<(Mark, Instant)>>>;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The failing endpoint's refusal was written.
    Refused,
    /// First bytes of a request reached the sound endpoint.
    Asked,
}

/// A running backend.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    /// Answers everything.
    pub(crate) sound: SocketAddr,
    /// Refuses `bench-fail` with 503, answers everything else.
    pub(crate) failing: SocketAddr,
    /// Kept for `bench-fail` alone.
    pub(crate) marks: Marks,
}

impl Backend {
    /// Starts both endpoints on ports of the kernel's choice.
    pub(crate) async fn start() -> Self {
        let marks = Marks::default();
        let sound = listen(false, marks.clone()).await;
        let failing = listen(true, marks.clone()).await;
        Self { sound, failing, marks }
    }
}

async fn listen(failing: bool, marks: Marks) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let marks = marks.clone();
            tokio::spawn(async move {
                // A proxy that closes its connection is no failure of the backend.
                let _ = serve(stream, failing, &marks).await;
            });
        }
    });
    addr
}

async fn serve(mut stream: TcpStream, failing: bool, marks: &Marks) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buf = Vec::with_capacity(64 * 1024);
    loop {
        buf.clear();
        let mut began = None;
        let mut missing = None;
        while missing != Some(0) {
            if stream.read_buf(&mut buf).await? == 0 {
                return Ok(());
            }
            began.get_or_insert_with(Instant::now);
            missing = missing_bytes(&buf);
        }
        let dialect = Dialect::of(&buf);
        match Wish::of(&buf) {
            Wish::Whole => stream.write_all(whole().as_bytes()).await?,
            Wish::Fail if failing => {
                stream.write_all(REFUSAL.as_bytes()).await?;
                marks.lock().unwrap().push((Mark::Refused, Instant::now()));
            }
            Wish::Fail => {
                marks.lock().unwrap().push((Mark::Asked, began.unwrap_or_else(Instant::now)));
                stream.write_all(whole().as_bytes()).await?;
            }
            Wish::Hold => {
                for event in &events(dialect, HELD_EVENTS + FRAME_EVENTS)[..HELD_EVENTS] {
                    stream.write_all(event).await?;
                }
                // Held until the proxy goes away.
                let mut byte = [0];
                stream.read_exact(&mut byte).await?;
            }
            Wish::Stream(count, gap) => {
                let start = tokio::time::Instant::now();
                for (i, event) in events(dialect, count).iter().enumerate() {
                    if !gap.is_zero() {
                        sleep_until(start + gap * u32::try_from(i).unwrap()).await;
                    }
                    stream.write_all(event).await?;
                }
            }
        }
    }
}

/// Whose path was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Anthropic,
    Chat,
    Responses,
}

impl Dialect {
    fn of(request: &[u8]) -> Self {
        if request.starts_with(b"POST /v1/chat/completions") {
            Self::Chat
        } else if request.starts_with(b"POST /v1/responses") {
            Self::Responses
        } else {
            Self::Anthropic
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Whole,
    Fail,
    Hold,
    Stream(usize, Duration),
}

impl Wish {
    fn of(request: &[u8]) -> Self {
        let at = memmem::find(request, b"bench-").expect("a request of the bench");
        let name = request[at + 6..].split(|b| *b == b'"').next().unwrap();
        match std::str::from_utf8(name).unwrap() {
            "whole" => Self::Whole,
            "fail" => Self::Fail,
            "hold" => Self::Hold,
            other => {
                let mut parts =
                    other.strip_prefix("sse-").expect("a wish").split('-').map(|p| p.parse().unwrap());
                let (count, gap): (u64, u64) = (parts.next().unwrap(), parts.next().unwrap());
                Self::Stream(usize::try_from(count).unwrap(), Duration::from_micros(gap))
            }
        }
    }
}

/// How many bytes of the request are still to come; `None` while its head is not whole.
fn missing_bytes(request: &[u8]) -> Option<usize> {
    let end = memmem::find(request, b"\r\n\r\n")? + 4;
    let length = crate::client::content_length(&request[..end]).expect("a request with Content-Length");
    Some((end + length).saturating_sub(request.len()))
}

const REFUSAL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 71\r\n\r\n{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"bench: refused\"}}";

fn whole() -> &'static str {
    static WHOLE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    WHOLE.get_or_init(|| {
        let text = "lorem ipsum dolor sit amet ".repeat(64);
        let body = format!(
            "{{\"id\":\"msg_01Bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"bench\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{{\"input_tokens\":12,\"output_tokens\":400}}}}"
        );
        format!(
            "HTTP/1.1 200 OK\r\ndate: Sat, 01 Jan 2022 00:00:00 GMT\r\ncontent-type: application/json\r\nrequest-id: req_011Bench\r\nanthropic-organization-id: bench\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    })
}

type Writes = Vec<Vec<u8>>;

/// The writes of a stream of `count` events, each a chunk; the head goes with the first, the end with the last.
fn events(dialect: Dialect, count: usize) -> Arc<Writes> {
    static LAST: Mutex<Option<(Dialect, usize, Arc<Writes>)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap();
    if let Some((of, known, events)) = &*last
        && (*of, *known) == (dialect, count)
    {
        return events.clone();
    }
    let texts = match dialect {
        Dialect::Anthropic => anthropic(count),
        Dialect::Chat => chat(count),
        Dialect::Responses => responses(count),
    };
    let chunk = |event: String| format!("{:x}\r\n{event}\r\n", event.len()).into_bytes();
    let mut writes: Writes = texts.into_iter().map(chunk).collect();
    let head = "HTTP/1.1 200 OK\r\ndate: Sat, 01 Jan 2022 00:00:00 GMT\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nrequest-id: req_011Bench\r\ntransfer-encoding: chunked\r\n\r\n";
    let first = writes.first_mut().unwrap();
    *first = [head.as_bytes(), first].concat();
    writes.last_mut().unwrap().extend_from_slice(b"0\r\n\r\n");
    let events = Arc::new(writes);
    *last = Some((dialect, count, events.clone()));
    events
}

/// Named events: these first, deltas, these last.
fn named<'a>(
    count: usize,
    first: &[(&'a str, &'a str)],
    delta: (&'a str, &'a str),
    last: &[(&'a str, &'a str)],
) -> Vec<String> {
    let mut events = first.to_vec();
    events.resize(count - last.len(), delta);
    events.extend_from_slice(last);
    let event = |(name, rest): (&str, &str)| {
        let comma = if rest.is_empty() { "" } else { "," };
        format!("event: {name}\ndata: {{\"type\":\"{name}\"{comma}{rest}}}\n\n")
    };
    events.into_iter().map(event).collect()
}

fn anthropic(count: usize) -> Vec<String> {
    let first = [
        (
            "message_start",
            r#""message":{"id":"msg_01Bench","type":"message","role":"assistant","model":"bench","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}"#,
        ),
        ("content_block_start", r#""index":0,"content_block":{"type":"text","text":""}"#),
    ];
    let delta = (
        "content_block_delta",
        r#""index":0,"delta":{"type":"text_delta","text":" lorem ipsum dolor sit amet"}"#,
    );
    let last = [
        ("content_block_stop", r#""index":0"#),
        (
            "message_delta",
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":400}"#,
        ),
        ("message_stop", ""),
    ];
    named(count, &first, delta, &last)
}

fn chat(count: usize) -> Vec<String> {
    let chunk = |choices: &str, usage: &str| {
        format!(
            r#"data: {{"id":"chatcmpl-Bench","object":"chat.completion.chunk","created":1790000000,"model":"bench","service_tier":"default","system_fingerprint":null,"choices":[{choices}],"usage":{usage}}}"#
        ) + "\n\n"
    };
    let choice = |delta: &str, finish: &str| {
        format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}"#)
    };
    let mut events = vec![chunk(&choice(r#"{"role":"assistant","content":""}"#, "null"), "null")];
    let delta = chunk(&choice(r#"{"content":" lorem ipsum dolor sit amet"}"#, "null"), "null");
    events.resize(count - 3, delta);
    events.push(chunk(&choice("{}", r#""stop""#), "null"));
    events.push(chunk("", r#"{"prompt_tokens":12,"completion_tokens":400,"total_tokens":412}"#));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn responses(count: usize) -> Vec<String> {
    const TEXT: &str = " lorem ipsum dolor sit amet";
    let text = TEXT.repeat(count - 9);
    let response = |status: &str, output: &str, usage: &str| {
        format!(
            r#""response":{{"id":"resp_Bench","object":"response","created_at":1790000000,"status":"{status}","model":"bench","output":[{output}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{usage}}}"#
        )
    };
    let part =
        |text: &str| format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":"{text}"}}"#);
    let item = |status: &str, content: &str| {
        format!(
            r#"{{"id":"msg_Bench","type":"message","status":"{status}","content":[{content}],"role":"assistant"}}"#
        )
    };
    let at = r#""item_id":"msg_Bench","output_index":0,"content_index":0"#;
    let usage = r#"{"input_tokens":12,"input_tokens_details":{"cached_tokens":0},"output_tokens":400,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":412}"#;
    let whole = item("completed", &part(&text));
    let (begun, going) = (response("in_progress", "", "null"), response("in_progress", "", "null"));
    let added = format!(r#""output_index":0,"item":{}"#, item("in_progress", ""));
    let opened = format!(r#"{at},"part":{}"#, part(""));
    let delta = format!(r#"{at},"delta":"{TEXT}","logprobs":[],"obfuscation":"aB3dE5""#);
    let said = format!(r#"{at},"text":"{text}","logprobs":[]"#);
    let closed = format!(r#"{at},"part":{}"#, part(&text));
    let done = format!(r#""output_index":0,"item":{whole}"#);
    let completed = response("completed", &whole, usage);
    let first = [
        ("response.created", begun.as_str()),
        ("response.in_progress", &going),
        ("response.output_item.added", &added),
        ("response.content_part.added", &opened),
    ];
    let last = [
        ("response.output_text.done", said.as_str()),
        ("response.content_part.done", &closed),
        ("response.output_item.done", &done),
        ("response.completed", &completed),
    ];
    named(count, &first, ("response.output_text.delta", &delta), &last)
}
