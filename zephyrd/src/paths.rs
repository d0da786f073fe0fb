//! Where things are kept when the config does not say: as a system service under /run and /var/lib, in a
//! user's session under that user's runtime and state directories.

use std::path::PathBuf;

/// The directories of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Holds the control socket.
    pub(crate) runtime: PathBuf,
    /// Holds counters and pins.
    pub(crate) state: PathBuf,
}

impl Paths {
    /// The directories that the environment says: systemd's own (`RUNTIME_DIRECTORY`, `STATE_DIRECTORY`) first,
    /// then root's, then the user's.
    pub(crate) fn of_process() -> Self {
        Self::choose(|name| std::env::var_os(name).map(PathBuf::from), rustix::process::geteuid().is_root())
    }

    fn choose(env: impl Fn(&str) -> Option<PathBuf>, root: bool) -> Self {
        let set = |name: &str| env(name).filter(|p| p.is_absolute());
        let state =
            set("STATE_DIRECTORY").unwrap_or_else(|| match (root, set("XDG_STATE_HOME"), set("HOME")) {
                (true, ..) => PathBuf::from("/var/lib/zephyrd"),
                (false, Some(dir), _) => dir.join("zephyrd"),
                (false, None, home) => home.unwrap_or_else(std::env::temp_dir).join(".local/state/zephyrd"),
            });
        let runtime = set("RUNTIME_DIRECTORY").unwrap_or_else(|| match (root, set("XDG_RUNTIME_DIR")) {
            (true, _) => PathBuf::from("/run/zephyrd"),
            (false, Some(dir)) => dir.join("zephyrd"),
            // No session, as in many containers: the state directory is ours alone too.
            (false, None) => state.clone(),
        });
        Self { runtime, state }
    }

    /// The control socket.
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.runtime.join("control.sock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(env: &[(&str, &str)], root: bool) -> (String, String) {
        let env: Vec<(String, String)> =
            env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let find = |name: &str| env.iter().find(|(k, _)| k == name).map(|(_, v)| PathBuf::from(v));
        let paths = Paths::choose(find, root);
        (paths.runtime.display().to_string(), paths.state.display().to_string())
    }

    #[test]
    fn a_service_has_what_systemd_says_and_a_user_has_its_own() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(choose(&[], true), pair("/run/zephyrd", "/var/lib/zephyrd"));
        let systemd = [("RUNTIME_DIRECTORY", "/run/zephyrd"), ("STATE_DIRECTORY", "/var/lib/zephyrd")];
        assert_eq!(choose(&systemd, false), pair("/run/zephyrd", "/var/lib/zephyrd"));
        let user = [("XDG_RUNTIME_DIR", "/run/user/7"), ("HOME", "/home/u")];
        assert_eq!(choose(&user, false), pair("/run/user/7/zephyrd", "/home/u/.local/state/zephyrd"));
        let bare = [("HOME", "/home/u"), ("XDG_STATE_HOME", "/s")];
        assert_eq!(choose(&bare, false), pair("/s/zephyrd", "/s/zephyrd"));
    }
}
