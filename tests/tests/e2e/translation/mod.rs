//! Clients of one dialect in front of endpoints of another: what they are told is what was answered, event by event, and
//! everything that holds inside one dialect holds between two.

mod failures;
mod forms;
mod learning;
mod pairs;
mod side;
mod streams;

use serde_json::Value;
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{Daemon, Home, JSON};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Fake, Scene};

use side::Side;

/// Endpoints `a`, `b`, … of these dialects, each in a group `g-a`, `g-b`, … of its own that has `keys` beside, and a route
/// that tries them in this order.
async fn scene(dialects: &[&Side], keys: &str, more: &str) -> Scene {
    let fakes = fakes(dialects.len()).await;
    let mut config = "[health_check]\nenabled = false\n[selection]\nstrategy = \"priority\"\n".to_owned();
    let letters = || (b'a'..).map(char::from);
    for ((side, url), letter) in dialects.iter().zip(urls(&fakes)).zip(letters()) {
        let auth = if keys.contains("auth =") { "" } else { "auth = { bearer = \"sk-own-credential\" }" };
        config.push_str(&format!(
            "[[groups]]\nname = \"g-{letter}\"\ndialect = \"{}\"\n{auth}\n{keys}\n\
             endpoints = [{{ url = \"{url}\", name = \"{letter}\", provider = \"p-{letter}\" }}]\n",
            side.name()
        ));
    }
    let target = |(n, letter): (usize, char)| format!("{{ group = \"g-{letter}\", priority = {n} }}");
    let targets: Vec<String> = (1..=dialects.len()).zip(letters()).map(target).collect();
    config.push_str(&format!("[[routes]]\nmodel = \"*\"\ntargets = [{}]\n{more}\n", targets.join(", ")));
    Scene { daemon: Home::new(&config).start().await, fakes }
}

/// A request of `side` for a small answer.
async fn ask(daemon: &Daemon, side: &Side, body: &Value) -> Reply {
    daemon.ask("POST", side.path, &JSON, body.to_string().as_bytes()).await
}

/// What `fake` was asked last, as JSON.
fn last(fake: &Fake) -> Value {
    fake.seen().last().expect("a request").json()
}
