//! The fake endpoint as a program, for tests that are not written in Rust.
//!
//! ```text
//! zephyr-fake-endpoint [--listen ADDR] [--script FILE] [--tls DIR]
//! ```
//!
//! It prints `{"port":N,"url":"…"}`, then one JSON line per request, and `{"left":NUMBER}` when the client of a
//! request goes away before its answer has ended. `--listen` defaults to `127.0.0.1:0`.
//! A script is JSON: `{"default": ANSWER, "paths": {"/v1/messages": {"next": [ANSWER…], "always": ANSWER}}}` with
//! `ANSWER = {"status": 529, "headers": [["retry-after", "3"]], "body": {"json": {…}}, "delay_ms": 50,
//! "stop": {"at": {"body": 100}, "how": "reset"}, …}`; every field has a default, and what is not scripted is
//! answered realistically. Each JSON line on stdin replaces the script, and
//! an empty one is answered with `{"seen":N}` once all N requests so far are told. `--tls DIR` makes it HTTPS and writes
//! `ca.pem` there. It runs until it is killed.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a program of the tests")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use zephyr_tests::Fake;
use zephyr_tests::fake::{Script, Seen};
use zephyr_tests::tls::Certificate;

struct Options {
    listen: std::net::SocketAddr,
    script: Option<PathBuf>,
    tls: Option<PathBuf>,
}

fn options() -> Result<Options, String> {
    let mut out = Options { listen: "127.0.0.1:0".parse().unwrap(), script: None, tls: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(format!("`{arg}` needs a value"))?;
        match arg.as_str() {
            "--listen" => out.listen = value.parse().map_err(|e| format!("`{value}`: {e}"))?,
            "--script" => out.script = Some(value.into()),
            "--tls" => out.tls = Some(value.into()),
            _ => return Err(format!("unknown argument `{arg}`; see the head of its source")),
        }
    }
    Ok(out)
}

fn line(seen: &Seen) -> serde_json::Value {
    serde_json::json!({"number": seen.number, "connection": seen.connection, "method": seen.method,
        "target": seen.target, "headers": seen.headers, "body_bytes": seen.body.len(),
        "body": String::from_utf8_lossy(&seen.body), "malformed": seen.malformed})
}

fn tell(seen: &[Seen]) -> usize {
    for seen in seen {
        println!("{}", line(seen));
    }
    seen.len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("zephyr-fake-endpoint: {problem}");
            return ExitCode::from(2);
        }
    };
    let certificate = options.tls.as_ref().map(|dir| {
        let certificate = Certificate::new();
        std::fs::create_dir_all(dir).unwrap();
        certificate.write(dir);
        certificate
    });
    let fake = Fake::listen(options.listen, certificate.as_ref()).await;
    if let Some(path) = &options.script {
        let text = std::fs::read_to_string(path).expect("the script");
        fake.script(serde_json::from_str::<Script>(&text).expect("a script"));
    }
    println!("{}", serde_json::json!({"port": fake.addr().port(), "url": fake.url()}));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut told = 0;
    let mut left = BTreeSet::new();
    let mut reading = true;
    loop {
        tokio::select! {
            text = lines.next_line(), if reading => match text {
                Ok(Some(text)) if text.is_empty() => {
                    told += tell(&fake.seen()[told..]);
                    println!("{{\"seen\":{told}}}");
                }
                Ok(Some(text)) => match serde_json::from_str::<Script>(&text) {
                    Ok(script) => {
                        fake.script(script);
                        println!("{{\"script\":\"replaced\"}}");
                    }
                    Err(e) => println!("{}", serde_json::json!({"script": format!("refused: {e}")})),
                },
                _ => reading = false,
            },
            seen = fake.after(told) => {
                told += tell(&seen);
            }
            numbers = fake.left(&left) => {
                for number in numbers {
                    println!("{}", serde_json::json!({"left": number}));
                    left.insert(number);
                }
            }
        }
    }
}
