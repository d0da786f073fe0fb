//! Provably not sent: the connection does not come about.

use super::row::{Again::Soon, All, DEGRADED, Fault, Form::Both, One, Row, Told::Own, moves, row, spent};
use super::tell::tell;

/// A failure of that endpoint, and free: its twin is as good as ever.
const FAILURE: One = moves([0, 1, 0], "twin", [DEGRADED, "up"], ["", ""]);
const NOBODY: All = spent([0, 0, 0], Own(502, "api_error"), Soon);

fn rows() -> Vec<Row> {
    let short = r#"timeouts = { connect_seconds = "900ms" }"#;
    vec![
        row("the connection is refused", Both, Fault::Refuses, FAILURE, NOBODY),
        row("no such host", Both, Fault::NoHost, FAILURE, NOBODY),
        row("no TLS there", Both, Fault::NoTls, FAILURE, NOBODY).with(short),
        row("TLS that never comes", Both, Fault::SilentTls, FAILURE, NOBODY).with(short),
    ]
}

#[tokio::test]
async fn an_attempt_that_was_provably_not_sent() {
    tell(rows()).await;
}
