//! The files of the repository, as the other rules read them.

use std::path::{Path, PathBuf};

/// One text file.
pub(crate) struct File {
    /// Path from the repository's root, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl File {
    /// Its lines without `//` comments, numbered from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line.split("//").next().unwrap_or(line)))
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Directories that hold no sources of ours.
const FOREIGN: [&str; 5] = ["target", ".git", ".cache", "node_modules", "__pycache__"];

fn walk(dir: &Path, endings: &[&str], out: &mut Vec<File>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                walk(&path, endings, out);
            }
        } else if endings.iter().any(|e| name.ends_with(e)) {
            let relative = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            out.push(File { path: relative, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

/// Every file under `dir` (from the root; `""` = all) that ends in one of `endings`.
pub(crate) fn files(dir: &str, endings: &[&str]) -> Vec<File> {
    let mut out = Vec::new();
    let start = if dir.is_empty() { root() } else { root().join(dir) };
    walk(&start, endings, &mut out);
    assert!(!out.is_empty(), "no file under `{dir}` ends in one of {endings:?}: the rule looks at nothing");
    out
}

/// Fails with every breach, one a line.
pub(crate) fn none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}
