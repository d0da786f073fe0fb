//! Names for the shell: what the running daemon knows, or nothing, quickly and silently.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCandidates;

use crate::client::{Client, socket};
use crate::view::Status;

/// Set by the completion scripts when they ask for candidates.
pub(crate) const VARIABLE: &str = "_ZEPHYRCTL_COMPLETE";

/// A shell must not hang because the daemon does.
const PATIENCE: Duration = Duration::from_secs(2);

/// Endpoints and groups.
pub(crate) fn names() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(status) = status() else { return Vec::new() };
        let groups = status.groups.into_iter().map(|g| (g.name, "group"));
        candidates(status.endpoints.into_iter().map(|e| (e.name, "endpoint")).chain(groups))
    })
}

/// Endpoints alone.
pub(crate) fn endpoints() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(status) = status() else { return Vec::new() };
        candidates(status.endpoints.into_iter().map(|e| (e.name, "endpoint")))
    })
}

/// Groups alone.
pub(crate) fn groups() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(status) = status() else { return Vec::new() };
        candidates(status.groups.into_iter().map(|g| (g.name, "group")))
    })
}

/// Requests that wait.
pub(crate) fn waiting() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let waiting = ask(async |client| client.waiting().await.ok());
        let requests = waiting.into_iter().flat_map(|waiting| waiting.requests);
        candidates(requests.map(|w| (w.request, if w.kind == "queued" { "queued" } else { "suspended" })))
    })
}

/// A name that could confuse the shell or the terminal is left out: it can still be typed.
fn candidates(names: impl Iterator<Item = (String, &'static str)>) -> Vec<CompletionCandidate> {
    names
        .filter(|(name, _)| crate::render::text::clean(name) == *name)
        .map(|(name, kind)| CompletionCandidate::new(name).help(Some(kind.into())))
        .collect()
}

fn status() -> Option<Status> {
    ask(async |client| client.status().await.ok())
}

fn ask<T>(what: impl AsyncFnOnce(Client) -> Option<T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let choice = socket::Choice::new(asked(std::env::args_os()));
    runtime.block_on(async {
        let answer = async { what(Client::connect(&choice).await.ok()?).await };
        tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
    })
}

/// The socket named in the words typed so far.
fn asked(words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let words: Vec<OsString> = words.collect();
    words.iter().enumerate().find_map(|(i, word)| {
        if word == "--socket" {
            return words.get(i + 1).map(PathBuf::from);
        }
        word.to_str()?.strip_prefix("--socket=").map(PathBuf::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_typed_so_far_is_found() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>().into_iter();
        assert_eq!(asked(words("zephyrctl -- zephyrctl --socket /a pin")), Some(PathBuf::from("/a")));
        assert_eq!(asked(words("zephyrctl -- zephyrctl pin --socket=/b")), Some(PathBuf::from("/b")));
    }
}
