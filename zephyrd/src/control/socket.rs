//! The control socket's file: who owns the path, and with which rights the socket appears there.
//!
//! A live twin is found by connecting to it, never by a pid file. The socket is made under a private name and
//! listens before it gets its own, so that whoever finds it there finds somebody at home.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 64;
/// How often a path is tried that others make and remove at the same time.
const TRIES: usize = 4;

/// Why there is no control plane.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Another daemon serves that socket.
    #[error("another zephyrd answers at `{}`", .0.display())]
    Twin(PathBuf),
    /// Something that is no socket lies there; it is left alone.
    #[error("`{}` is no socket; remove it or set `[control] socket`", .0.display())]
    NoSocket(PathBuf),
    /// The path, its directory or the socket could not be made.
    #[error("the control socket `{}` cannot be made", .path.display())]
    Io {
        /// The socket's path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The server broke down.
    #[error("the control plane broke down: {0}")]
    Serve(String),
}

/// A listening control socket. Its file is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Device and inode of the file, so that a successor's is never removed.
    identity: (u64, u64),
}

/// Makes the control socket at `path`, mode 0600 until [`Listener::open_to_all`], and its directory (0755) where
/// that is missing. A socket that nobody serves any more is replaced.
///
/// # Errors
/// [`ControlError`]: a live twin, something else at that path, or what the system says.
pub(crate) fn bind(path: &Path) -> Result<Listener, ControlError> {
    let failed = |source: io::Error| ControlError::Io { path: path.to_owned(), source };
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_directory(directory).map_err(failed)?;

    let private = directory.join(format!(".control-{}", std::process::id()));
    let _ = fs::remove_file(&private);
    let socket = listen(&private).map_err(failed)?;
    let named = name_it(&private, path);
    let removed = fs::remove_file(&private);
    named?;
    removed.map_err(failed)?;

    let meta = fs::symlink_metadata(path).map_err(failed)?;
    Ok(Listener { socket, path: path.to_owned(), identity: (meta.dev(), meta.ino()) })
}

fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o755).create(directory)?;
    // The umask may have taken rights away that readers of the status need.
    fs::set_permissions(directory, Permissions::from_mode(0o755))
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket: OwnedFd = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    // Before `listen` nobody can connect, whatever mode the umask left.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(UnixListener::from(socket))
}

/// Gives the socket at `private` the name `path`, if nobody is at home there.
fn name_it(private: &Path, path: &Path) -> Result<(), ControlError> {
    let failed = |source: io::Error| ControlError::Io { path: path.to_owned(), source };
    for _ in 0..TRIES {
        match fs::hard_link(private, path) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(failed(e)),
        }
        let before = match fs::symlink_metadata(path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(failed(e)),
        };
        if !before.file_type().is_socket() {
            return Err(ControlError::NoSocket(path.to_owned()));
        }
        if answers(path).map_err(failed)? {
            return Err(ControlError::Twin(path.to_owned()));
        }
        if fs::symlink_metadata(path).is_ok_and(|now| (now.dev(), now.ino()) == (before.dev(), before.ino()))
        {
            fs::remove_file(path).map_err(failed)?;
        }
    }
    Err(ControlError::Twin(path.to_owned()))
}

/// Whether somebody listens at `path`.
fn answers(path: &Path) -> io::Result<bool> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match rustix::net::connect(&socket, &SocketAddrUnix::new(path)?) {
        Ok(()) => Ok(true),
        // Its queue is full: somebody is there and busy.
        Err(rustix::io::Errno::AGAIN) => Ok(true),
        Err(rustix::io::Errno::CONNREFUSED | rustix::io::Errno::NOENT) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

impl Listener {
    /// Where the socket is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A second descriptor of the socket, to accept on.
    pub(super) fn accepting(&self) -> Result<UnixListener, ControlError> {
        self.socket.try_clone().map_err(|source| ControlError::Io { path: self.path.clone(), source })
    }

    /// Lets every local user connect; what they may do is decided per call.
    pub(super) fn open_to_all(&self) -> Result<(), ControlError> {
        fs::set_permissions(&self.path, Permissions::from_mode(0o666))
            .map_err(|source| ControlError::Io { path: self.path.clone(), source })
    }

    /// Removes the socket's file, if it is still this socket's.
    pub(super) fn remove(&self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|m| (m.dev(), m.ino()) == self.identity);
        if ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn the_socket_is_born_private_in_a_directory_that_everybody_may_enter() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/zephyrd/control.sock");
        let listener = bind(&path).unwrap();
        assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o755, 0o600));
        listener.open_to_all().unwrap();
        assert_eq!(mode(&path), 0o666);
        drop(listener);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0, "nothing may be left");
    }

    #[test]
    fn a_live_twin_is_found_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.sock");
        let first = bind(&path).unwrap();
        let error = bind(&path).unwrap_err().to_string();
        assert_eq!(error, format!("another zephyrd answers at `{}`", path.display()));
        assert!(answers(first.path()).unwrap());
    }

    #[test]
    fn a_socket_that_nobody_serves_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "a dead daemon leaves its file");
        let listener = bind(&path).unwrap();
        assert!(answers(listener.path()).unwrap());
    }

    #[test]
    fn a_file_that_is_no_socket_is_never_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.sock");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(bind(&path).unwrap_err(), ControlError::NoSocket(_)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_successors_socket_survives_the_end_of_its_predecessor() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.sock");
        let old = bind(&path).unwrap();
        old.remove();
        let new = bind(&path).unwrap();
        drop(old);
        assert!(answers(new.path()).unwrap());
    }

    #[test]
    fn a_path_that_is_too_long_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let error = bind(&dir.path().join("x".repeat(200)).join("c.sock")).unwrap_err();
        assert!(error.to_string().contains("xxx"), "{error}");
    }
}
