//! Writing a file so that a reader sees the old or the new text, never a half.

use std::fs::{File, OpenOptions, rename};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Replaces `path` by `text`, mode 0600, on the disk before it returns.
pub(crate) fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(text)?;
    file.sync_all()?;
    rename(&part, path)?;
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}
