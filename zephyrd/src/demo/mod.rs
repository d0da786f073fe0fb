//! `zephyrd demo`: the real gateway in front of three simulated endpoints, so that a newcomer can watch it
//! choose and switch without any account.

mod answer;
mod endpoint;

use std::net::TcpListener as StdListener;
use std::process::ExitCode;
use std::time::Duration;

use crate::app;
use crate::config_source::ConfigSource;

use endpoint::Character;

/// The three endpoints.
const CHARACTERS: [Character; 3] = [
    // Fastest, but overloaded for 20 s of each minute.
    Character {
        name: "Swift",
        delay: Duration::from_millis(40),
        pace: Duration::from_millis(30),
        outage: Some((Duration::from_secs(40), Duration::from_secs(20))),
    },
    Character {
        name: "Steady",
        delay: Duration::from_millis(120),
        pace: Duration::from_millis(50),
        outage: None,
    },
    Character {
        name: "Slow",
        delay: Duration::from_millis(400),
        pace: Duration::from_millis(120),
        outage: None,
    },
];

/// Serves the simulation until told to stop.
pub(crate) fn run(port: u16) -> ExitCode {
    match prepare(port) {
        Ok(source) => app::run(source, None),
        Err(e) => {
            eprintln!("Error: the demo cannot start: {e}");
            ExitCode::FAILURE
        }
    }
}

fn prepare(port: u16) -> std::io::Result<ConfigSource> {
    let mut endpoints = String::new();
    for character in CHARACTERS {
        let listener = StdListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        endpoint::start(character, listener)?;
        endpoints.push_str(&format!("    {{ url = \"{url}\", name = \"{}\" }},\n", character.name));
    }
    let state = std::env::temp_dir().join(format!("zephyrd-demo-{}", std::process::id()));
    let text = format!(
        "[server]\nport = {port}\nstate_dir = \"{}\"\n\n[[groups]]\nname = \"demo\"\nauth = \"none\"\n\
         endpoints = [\n{endpoints}]\n\n[health_check]\nkind = \"messages\"\ninterval_seconds = 3\ntimeout_seconds = 2\n\
         min_interval_seconds = 1\n\n[failover]\ncooldown_seconds = 5\n",
        state.display()
    );
    eprintln!("{}", INTRODUCTION.replace("{port}", &port.to_string()));
    Ok(ConfigSource::built_in("demo", text))
}

const INTRODUCTION: &str = "\
Three simulated endpoints: Swift (fast, overloaded 20 s of each minute), Steady, Slow.
In other terminals:
  zephyrctl status                 who serves, why, and who is next
  zephyrctl watch                  what changes, as it changes
  curl -sN localhost:{port}/v1/messages -D - -d '{\"model\":\"demo\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}'
  zephyrctl pin Slow               hold one; `zephyrctl unpin` lets go
Ctrl-C ends it.
";
