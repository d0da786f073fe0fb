//! Where the config comes from: finds the file, gathers what it points at, has it checked, takes it up again
//! when it changes.
//!
//! Files are read only while a config is loaded and are bounded at 1 MiB each; nothing is ever read from the
//! working directory. A reload is whole or not at all.

mod changes;
mod gather;
mod print;
mod serve;
mod status;
#[cfg(test)]
mod tests;
mod watch;

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use zephyr_core::config::{self, Facts, Plan, Problem};

pub(crate) use print::{check_and_print, print_problems};
pub(crate) use status::{ConfigNow, ConfigStatus};

/// Where a service's config is.
const SYSTEM_DIR: &str = "/etc/zephyrd";
const CONFIG_FILE: &str = "config.toml";
const KEY_FILE: &str = "zephyrd.env";

/// One config that can be loaded again and again.
pub(crate) struct ConfigSource {
    place: Place,
    env: std::collections::BTreeMap<String, String>,
    /// Tells whether anything changed since the last load.
    hasher: std::hash::RandomState,
    last: Mutex<Last>,
}

enum Place {
    /// A file; without it there is the built-in config, unless somebody asked for this very file.
    File { path: PathBuf, required: bool },
    /// A text of the program's own.
    Text { name: String, text: String },
}

/// What the last load saw.
#[derive(Default)]
struct Last {
    fingerprint: u64,
    /// Files whose change is a reason to load again.
    files: Vec<PathBuf>,
}

/// A config that was loaded.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The plan.
    pub(crate) plan: Arc<Plan>,
    /// What is doubtful about it.
    pub(crate) warnings: Vec<Problem>,
    /// The file; `None` when there is none.
    pub(crate) path: Option<PathBuf>,
    /// The text, secrets masked.
    pub(crate) text: String,
    /// Every key with its value in force, secrets masked.
    pub(crate) effective: String,
}

impl ConfigSource {
    /// The source that `--config` names, else the service's or the user's own file.
    pub(crate) fn find(cli_config: Option<PathBuf>) -> Self {
        let root = rustix::process::geteuid().is_root();
        let required = cli_config.is_some();
        let path = match cli_config {
            // Only here, where a person typed it, does the working directory count.
            Some(path) => std::path::absolute(&path).unwrap_or(path),
            None => default_file(|name| std::env::var_os(name).map(PathBuf::from), root),
        };
        Self::of(Place::File { path, required }, process_env())
    }

    /// A source of the program's own text, called `name` in problems.
    pub(crate) fn built_in(name: &str, text: String) -> Self {
        Self::of(Place::Text { name: name.to_owned(), text }, process_env())
    }

    fn of(place: Place, env: std::collections::BTreeMap<String, String>) -> Self {
        Self { place, env, hasher: std::hash::RandomState::new(), last: Mutex::default() }
    }

    /// Reads everything anew and checks it.
    ///
    /// # Errors
    /// Every problem at once; at least one of them is an error.
    pub(crate) fn load(&self) -> Result<Loaded, Vec<Problem>> {
        let seen = self.see();
        {
            let mut last = self.last();
            last.fingerprint = self.fingerprint(&seen);
            last.files.clone_from(&seen.files);
        }
        if let Some(problem) = seen.problem {
            return Err(vec![problem]);
        }
        let (plan, warnings) = config::check(&seen.text, &seen.facts)?;
        Ok(Loaded {
            plan: Arc::new(plan),
            warnings,
            path: seen.path,
            text: config::mask(&seen.text),
            effective: config::effective(&seen.text, &seen.facts).unwrap_or_default(),
        })
    }

    /// Whether a load would see anything else than the last one did.
    fn changed(&self) -> bool {
        let seen = self.see();
        self.fingerprint(&seen) != self.last().fingerprint
    }

    fn see(&self) -> gather::Seen {
        match &self.place {
            Place::File { path, required } => gather::from_file(path, *required, &self.env),
            Place::Text { name, text } => gather::from_text(name, text, &self.env),
        }
    }

    fn fingerprint(&self, seen: &gather::Seen) -> u64 {
        let problem = seen.problem.as_ref().map(|p| p.message.as_str());
        self.hasher.hash_one((&seen.text, &seen.facts, problem))
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loaded {
    /// What the control plane tells of it.
    pub(crate) fn shown(&self) -> ConfigNow {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        ConfigNow {
            path: self.path.clone(),
            loaded_unix_ms: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            problems: Vec::new(),
            text: self.text.clone(),
            effective: self.effective.clone(),
        }
    }
}

/// The config of a process nobody gave one: systemd's directory, root's, or the user's.
fn default_file(env: impl Fn(&str) -> Option<PathBuf>, root: bool) -> PathBuf {
    let set = |name: &str| env(name).filter(|p| p.is_absolute());
    let user = || {
        let base = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
        base.map(|dir| dir.join("zephyrd"))
    };
    let dir = match set("CONFIGURATION_DIRECTORY") {
        Some(dir) => dir,
        None if root => PathBuf::from(SYSTEM_DIR),
        None => user().unwrap_or_else(|| PathBuf::from(SYSTEM_DIR)),
    };
    dir.join(CONFIG_FILE)
}

/// The key file that is read when the config names none: beside the config.
fn default_key_file(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new(SYSTEM_DIR)).join(KEY_FILE)
}

/// The environment; what is no UTF-8 is left out.
fn process_env() -> std::collections::BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// Facts of a text called `source`.
fn facts(source: String, env: &std::collections::BTreeMap<String, String>) -> Facts {
    Facts { source, env: env.clone(), ..Facts::default() }
}
