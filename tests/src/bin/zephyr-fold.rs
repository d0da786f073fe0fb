//! `zephyr_wire::whole` as a program, for tests that are not written in Rust.
//!
//! ```text
//! zephyr-fold gather|scatter DIALECT [--include-usage]
//! ```
//!
//! `gather` reads the bytes of a stream and writes the whole answer, `scatter` the other way round. An unsound answer is
//! exit 1 and the reason on stderr.
#![allow(clippy::print_stderr, reason = "a program of the tests")]

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::whole::{MOST, Scatter, gather, scatter};

fn run(args: &[String]) -> Result<Vec<u8>, String> {
    let [way, name, rest @ ..] = args else { return Err("see the head of its source".to_owned()) };
    let known = |d: &&&dyn Dialect| d.name() == name;
    let dialect = *ALL.iter().find(known).ok_or(format!("unknown dialect `{name}`"))?;
    let include_usage = match rest {
        [] => false,
        [flag] if flag == "--include-usage" => true,
        _ => return Err("see the head of its source".to_owned()),
    };
    let mut input = Vec::new();
    std::io::stdin().take(MOST as u64 + 1).read_to_end(&mut input).map_err(|e| e.to_string())?;
    let output = match way.as_str() {
        "gather" => gather(dialect, &input),
        "scatter" => scatter(dialect, &input, Scatter { include_usage }),
        _ => return Err(format!("unknown way `{way}`")),
    };
    output.map_err(|e| e.to_string())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = run(&args).and_then(|out| std::io::stdout().write_all(&out).map_err(|e| e.to_string()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("zephyr-fold: {problem}");
            ExitCode::FAILURE
        }
    }
}
