//! Reading and replacing small files: whole, atomically, with their mode and owner.

use crate::language::words;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use zephyr_words::say;

use crate::error::{Error, Kind};

/// Nobody's settings are larger.
const LIMIT: u64 = 4 << 20;

/// What failed, and what to do about it where the caller lacks a right.
fn failed(message: String, e: &io::Error) -> Error {
    match e.kind() {
        ErrorKind::PermissionDenied => {
            Error::new(Kind::NoPermission, message).caused_by(e).hint(say!(words(), "own-or-sudo-hint"))
        }
        _ => Error::failed(message).caused_by(e),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The file behind symbolic links, so that a linked settings file stays linked.
pub(super) fn resolve(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The text; `None` when there is no file.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    let wrong = |e: io::Error| failed(say!(words(), "cannot-read", path = shown(path)), &e);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(wrong(e)),
    };
    let mut text = String::new();
    file.take(LIMIT + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > LIMIT {
        return Err(wrong(io::Error::other(say!(words(), "too-large"))));
    }
    Ok(Some(text))
}

/// Replaces a file, or makes it and its directories. The mode is that of the file there was, else `mode`, else
/// 0600: settings may hold secrets.
pub(super) fn replace(path: &Path, text: &str, mode: Option<u32>) -> Result<(), Error> {
    let wrong = |e: io::Error| failed(say!(words(), "cannot-write", path = shown(path)), &e);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(wrong)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let new = PathBuf::from(name);
    let written = write_new(&new, path, text, mode).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(wrong)
}

fn write_new(new: &Path, old: &Path, text: &str, mode: Option<u32>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    match fs::metadata(old) {
        Ok(was) => {
            let is = file.metadata()?;
            if (is.uid(), is.gid()) != (was.uid(), was.gid()) {
                fchown(&file, Some(was.uid()), Some(was.gid()))?;
            }
            file.set_permissions(PermissionsExt::from_mode(mode.unwrap_or(was.mode() & 0o7777)))?;
        }
        Err(_) => file.set_permissions(PermissionsExt::from_mode(mode.unwrap_or(0o600)))?,
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    fs::remove_file(path)
        .map_err(|e| Error::failed(say!(words(), "cannot-remove", path = shown(path))).caused_by(e))
}
