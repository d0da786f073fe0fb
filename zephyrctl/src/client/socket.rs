//! Which control socket, and how it is opened.
//!
//! Order: `--socket` or `ZEPHYR_SOCKET` and nothing else, or the user's own daemon, then the system's.

use crate::language::words;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zephyr_words::say;

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};

use crate::error::{Error, Kind};

/// Names the socket when `--socket` does not.
pub(crate) const VARIABLE: &str = "ZEPHYR_SOCKET";

const SYSTEM: &str = "/run/zephyrd/control.sock";
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sockets to try, in order.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    paths: Vec<PathBuf>,
    explicit: bool,
}

impl Choice {
    /// The one that was asked for, here or in the environment, else the usual ones.
    pub(crate) fn new(asked: Option<PathBuf>) -> Self {
        let asked = asked.or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        if let Some(path) = asked.filter(|p| !p.as_os_str().is_empty()) {
            return Self { paths: vec![path], explicit: true };
        }
        let own = own(|name| std::env::var_os(name).map(PathBuf::from), rustix::process::geteuid().is_root());
        let own = own.map(|dir| dir.join("zephyrd/control.sock"));
        Self { paths: own.into_iter().chain([PathBuf::from(SYSTEM)]).collect(), explicit: false }
    }

    /// Opens the first socket on which somebody listens.
    ///
    /// # Errors
    /// `NoPermission` when one of them may not be opened, else `NotRunning`.
    pub(crate) async fn open(&self) -> Result<(PathBuf, UnixStream), Error> {
        let mut tried = Vec::new();
        for path in &self.paths {
            match tokio::time::timeout(TIMEOUT, UnixStream::connect(path)).await {
                Ok(Ok(stream)) => return Ok((path.clone(), stream)),
                Ok(Err(error)) => tried.push((path.as_path(), error)),
                Err(_) => tried.push((path.as_path(), io::Error::from(ErrorKind::TimedOut))),
            }
        }
        Err(self.unreachable(&tried))
    }

    fn unreachable(&self, tried: &[(&Path, io::Error)]) -> Error {
        let words = words();
        if let Some((path, error)) = tried.iter().find(|(_, e)| e.kind() == ErrorKind::PermissionDenied) {
            let message = say!(words, "no-permission-to-open", path = path.display().to_string());
            return Error::new(Kind::NoPermission, message)
                .caused_by(error)
                .hint(say!(words, "join-group-hint"));
        }
        let error = Error::new(Kind::NotRunning, say!(words, "not-running"));
        let error = tried.iter().fold(error, |error, (path, e)| error.caused_by(reason(e, path)));
        let error = error.hint(say!(words, "start-hint"));
        if self.explicit { error.hint(say!(words, "socket-hint", variable = VARIABLE)) } else { error }
    }
}

/// Where the user's own daemon keeps its directory: the session's runtime directory; without a session (as in
/// many containers) where its state is. Root's daemon is the system's.
fn own(env: impl Fn(&str) -> Option<PathBuf>, root: bool) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|dir| dir.is_absolute());
    match (set("XDG_RUNTIME_DIR"), set("XDG_STATE_HOME"), set("HOME")) {
        (Some(runtime), ..) => Some(runtime),
        (None, Some(state), _) if !root => Some(state),
        (None, None, Some(home)) if !root => Some(home.join(".local/state")),
        _ => None,
    }
}

fn reason(error: &io::Error, path: &Path) -> String {
    let (words, path) = (words(), path.display().to_string());
    match error.kind() {
        ErrorKind::NotFound => say!(words, "no-socket", path = path),
        ErrorKind::ConnectionRefused => say!(words, "nobody-listens", path = path),
        ErrorKind::TimedOut => say!(words, "nobody-answers", path = path),
        _ => say!(words, "socket-error", error = error.to_string(), path = path),
    }
}

/// Speaks gRPC over an open stream.
///
/// # Errors
/// The other side does not speak HTTP/2.
pub(crate) async fn channel(stream: UnixStream) -> Result<Channel, tonic::transport::Error> {
    let mut stream = Some(TokioIo::new(stream));
    // One connection is all there is: a lost one is reported, not replaced behind the caller's back.
    let connector = tower::service_fn(move |_| {
        let stream = stream.take().ok_or_else(|| io::Error::from(ErrorKind::NotConnected));
        async move { stream }
    });
    Endpoint::from_static("http://zephyrd").connect_timeout(TIMEOUT).connect_with_connector(connector).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_daemon_is_sought_where_it_puts_its_socket() {
        let own = |env: &[(&str, &str)], root| {
            own(|name| env.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v)), root)
        };
        let session = [("XDG_RUNTIME_DIR", "/run/user/7"), ("HOME", "/home/x")];
        assert_eq!(own(&session, false), Some(PathBuf::from("/run/user/7")));
        assert_eq!(own(&session[1..], false), Some(PathBuf::from("/home/x/.local/state")));
        assert_eq!(own(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")], false), Some(PathBuf::from("/s")));
        assert_eq!(own(&session[1..], true), None);
        assert_eq!(own(&[("XDG_RUNTIME_DIR", "not/absolute")], false), None);
    }
}
