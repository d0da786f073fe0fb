//! Reads the config and everything it points at.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zephyr_core::config::{self, CREDENTIAL_PREFIX, Facts, FileFact, FileState, Problem, Severity};

/// Largest file that is read, in bytes; one byte more tells that it was larger.
const MOST: u64 = 1 << 20;

/// One look at the config.
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) facts: Facts,
    /// The config file, when there is one.
    pub(super) path: Option<PathBuf>,
    /// Files that were looked at.
    pub(super) files: Vec<PathBuf>,
    /// Why there is no text.
    pub(super) problem: Option<Problem>,
}

/// Looks at the file `path`; a missing one that is not `required` is an empty text.
pub(super) fn from_file(path: &Path, required: bool, env: &BTreeMap<String, String>) -> Seen {
    let fact = read(path);
    let (text, found, problem) = match fact.state {
        FileState::Text(text) => (text, true, None),
        FileState::Missing if !required => (String::new(), false, None),
        FileState::Missing => (String::new(), false, Some("the config file does not exist".to_owned())),
        FileState::Unreadable(why) => {
            (String::new(), false, Some(format!("the config file cannot be read: {why}")))
        }
    };
    let source = if found || problem.is_some() { path.display().to_string() } else { "built-in".to_owned() };
    let problem = problem.map(|message| Problem {
        severity: Severity::Error,
        source: source.clone(),
        line: 0,
        column: 0,
        message,
        hint: None,
    });
    let mut facts = super::facts(source, env);
    facts.source_mode = fact.mode;
    let mut seen =
        Seen { text, facts, path: found.then(|| path.to_owned()), files: vec![path.to_owned()], problem };
    seen.look_further(Some(super::default_key_file(path)));
    seen
}

/// Looks at what `text` points at.
pub(super) fn from_text(name: &str, text: &str, env: &BTreeMap<String, String>) -> Seen {
    let facts = super::facts(name.to_owned(), env);
    let mut seen = Seen { text: text.to_owned(), facts, path: None, files: Vec::new(), problem: None };
    seen.look_further(None);
    seen
}

impl Seen {
    fn look_further(&mut self, default_key_file: Option<PathBuf>) {
        let needs = config::needs(&self.text, &self.facts.env);
        if let Some(path) = needs.env_file.or(default_key_file) {
            let fact = read(&path);
            self.files.push(path.clone());
            self.facts.env_file = Some((path, fact));
        }
        let credentials = self.facts.env.get("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        for file in needs.files {
            let credential = file.to_str().and_then(|f| f.strip_prefix(CREDENTIAL_PREFIX)).map(str::to_owned);
            let fact = match (credential, &credentials) {
                (None, _) => {
                    self.files.push(file.clone());
                    read(&file)
                }
                (Some(name), Some(dir)) => read(&dir.join(name)),
                (Some(_), None) => FileFact { state: FileState::Missing, mode: 0 },
            };
            self.facts.files.insert(file, fact);
        }
    }
}

/// The file `path`, if it is a regular one of at most 1 MiB in UTF-8.
pub(super) fn read(path: &Path) -> FileFact {
    // Without blocking on a pipe that stands where a file should.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => std::fs::File::from(fd),
        Err(rustix::io::Errno::NOENT) => return FileFact { state: FileState::Missing, mode: 0 },
        Err(e) => return unreadable(&std::io::Error::from(e).to_string(), 0),
    };
    let meta = match file.metadata() {
        Ok(meta) => meta,
        Err(e) => return unreadable(&e.to_string(), 0),
    };
    let mode = meta.mode() & 0o7777;
    if !meta.is_file() {
        return unreadable("it is no regular file", mode);
    }
    let mut bytes = Vec::new();
    if let Err(e) = file.take(MOST + 1).read_to_end(&mut bytes) {
        return unreadable(&e.to_string(), mode);
    }
    if bytes.len() as u64 > MOST {
        return unreadable("it is larger than 1 MiB", mode);
    }
    match String::from_utf8(bytes) {
        Ok(text) => FileFact { state: FileState::Text(text), mode },
        Err(_) => unreadable("it is no UTF-8 text", mode),
    }
}

fn unreadable(why: &str, mode: u32) -> FileFact {
    FileFact { state: FileState::Unreadable(why.to_owned()), mode }
}
