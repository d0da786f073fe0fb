//! The tokens of the dashboard: statements with a seal over them, under one key in the state directory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap};
use ring::hmac;

use crate::state::replace;

/// The file with the key.
const FILE: &str = "web.key";
/// How long a login lasts.
const LOGIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the code of a link works.
pub(crate) const CODE_LASTS: Duration = Duration::from_secs(120);
/// Most links at one time.
const MOST_CODES: usize = 16;
/// The cookie of a login.
pub(crate) const COOKIE_NAME: &str = "zephyr_reader";

/// Makes tokens and tells what they allow; cheap to clone.
#[derive(Clone)]
pub(crate) struct Access(Arc<Inner>);

struct Inner {
    file: Option<PathBuf>,
    key: Mutex<hmac::Key>,
    codes: Mutex<VecDeque<(String, Duration)>>,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Looking.
    Reader,
    /// Looking and changing.
    Writer,
}

/// What one login gets.
pub(crate) struct Login {
    /// For the cookie: lets look.
    pub(crate) reader: String,
    /// For the page's script: lets change.
    pub(crate) writer: String,
    /// How long both last.
    pub(crate) lasts: Duration,
}

/// Why the key could not be had.
#[derive(Debug, thiserror::Error)]
#[error("the key of the dashboard's logins in {} cannot be {what}", .path.display())]
pub(crate) struct KeyError {
    path: PathBuf,
    what: &'static str,
    #[source]
    source: std::io::Error,
}

impl Access {
    /// Takes the key in `dir` up, or makes one. Where neither can be kept, logins last until the daemon stops.
    ///
    /// # Errors
    /// The kernel gives no randomness.
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let file = dir.join(FILE);
        let (key, file) = match read_or_make(&file) {
            Ok(key) => (key, Some(file)),
            Err(e) => {
                let why = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(error = why, "{e}: {why}; logins end with this process");
                (random()?, None)
            }
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Ok(Self(Arc::new(Inner { file, key: Mutex::new(key), codes: Mutex::default() })))
    }

    /// The token for scripts.
    pub(crate) fn admin_token(&self) -> String {
        format!("zephyr-admin-{}", BASE64.encode(self.seal(b"admin")))
    }

    /// A code that works once.
    ///
    /// # Errors
    /// The kernel gives no randomness.
    pub(crate) fn code(&self, mono: Duration) -> std::io::Result<String> {
        let code = BASE64.encode(&random()?[..16]);
        let mut codes = self.codes();
        codes.retain(|(_, end)| *end > mono);
        if codes.len() == MOST_CODES {
            codes.pop_front();
        }
        codes.push_back((code.clone(), mono + CODE_LASTS));
        Ok(code)
    }

    /// Trades a code for a login.
    pub(crate) fn redeem(&self, code: &str, now_unix_ms: i64, mono: Duration) -> Option<Login> {
        use subtle::ConstantTimeEq as _;
        let mut codes = self.codes();
        codes.retain(|(_, end)| *end > mono);
        let at = codes.iter().position(|(known, _)| bool::from(known.as_bytes().ct_eq(code.as_bytes())))?;
        codes.remove(at);
        drop(codes);
        let end = now_unix_ms.saturating_add(i64::try_from(LOGIN.as_millis()).unwrap_or(i64::MAX));
        Some(Login {
            reader: self.token(Kind::Reader, end).ok()?,
            writer: self.token(Kind::Writer, end).ok()?,
            lasts: LOGIN,
        })
    }

    /// Makes every token that was given out worthless.
    ///
    /// # Errors
    /// The new key cannot be written; the old one stays in force.
    pub(crate) fn revoke(&self) -> Result<(), KeyError> {
        let path = self.0.file.clone().unwrap_or_default();
        let failed = |source| KeyError { path: path.clone(), what: "written", source };
        let fresh = random().map_err(failed)?;
        if self.0.file.is_some() {
            replace(&path, &fresh).map_err(failed)?;
        }
        *self.0.key.lock().unwrap_or_else(PoisonError::into_inner) =
            hmac::Key::new(hmac::HMAC_SHA256, &fresh);
        self.codes().clear();
        Ok(())
    }

    /// `kind`, when it ends, something random, and the seal over them.
    fn token(&self, kind: Kind, end_unix_ms: i64) -> std::io::Result<String> {
        let mut statement = Vec::with_capacity(57);
        statement.push(kind.letter());
        statement.extend_from_slice(&end_unix_ms.to_be_bytes());
        statement.extend_from_slice(&random()?[..16]);
        let seal = self.seal(&statement);
        statement.extend_from_slice(seal.as_ref());
        Ok(BASE64.encode(statement))
    }

    fn kind_of(&self, token: &str, now_unix_ms: i64) -> Option<Kind> {
        let bytes = BASE64.decode(token).ok().filter(|bytes| bytes.len() == 57)?;
        let (statement, seal) = bytes.split_at(25);
        let key = self.0.key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hmac::verify(&key, statement, seal).ok()?;
        let end = i64::from_be_bytes(statement[1..9].try_into().ok()?);
        let kind = [Kind::Reader, Kind::Writer].into_iter().find(|kind| kind.letter() == statement[0])?;
        (end > now_unix_ms).then_some(kind)
    }

    /// What the credentials of a request allow.
    pub(super) fn granted(&self, headers: &HeaderMap, now_unix_ms: i64) -> Option<Kind> {
        use subtle::ConstantTimeEq as _;
        let bearer = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
        if let Some(token) = bearer.map(str::trim) {
            if bool::from(token.as_bytes().ct_eq(self.admin_token().as_bytes())) {
                return Some(Kind::Writer);
            }
            if let Some(kind) = self.kind_of(token, now_unix_ms) {
                return Some(kind);
            }
        }
        let cookies = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut readers = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('=').filter(|(name, _)| *name == COOKIE_NAME));
        readers.find_map(|(_, token)| self.kind_of(token, now_unix_ms)).map(|_| Kind::Reader)
    }

    fn seal(&self, statement: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0.key.lock().unwrap_or_else(PoisonError::into_inner), statement)
    }

    fn codes(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Duration)>> {
        self.0.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Reader => b'r',
            Self::Writer => b'w',
        }
    }
}

fn read_or_make(path: &Path) -> Result<[u8; 32], KeyError> {
    let failed = |what| move |source| KeyError { path: path.to_path_buf(), what, source };
    match std::fs::read(path) {
        Ok(bytes) => {
            if let Ok(key) = <[u8; 32]>::try_from(bytes) {
                return Ok(key);
            }
            tracing::warn!(path = %path.display(), "{} is damaged: a new key is made, and logins end", path.display());
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed("read")(e)),
    }
    let key = random().map_err(failed("made"))?;
    replace(path, &key).map_err(failed("written"))?;
    Ok(key)
}

/// 32 bytes that nobody can guess.
fn random() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| std::io::Error::other(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(token: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        headers
    }

    fn cookie(token: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("a=b; {COOKIE_NAME}={token}").parse().unwrap());
        headers
    }

    const ZERO: Duration = Duration::ZERO;

    #[test]
    fn a_code_works_once_and_not_for_long() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path()).unwrap();
        let code = access.code(ZERO).unwrap();
        assert!(access.redeem("other", 0, ZERO).is_none());
        assert!(access.redeem(&code, 0, ZERO).is_some() && access.redeem(&code, 0, ZERO).is_none());
        let late = access.code(ZERO).unwrap();
        assert!(access.redeem(&late, 0, CODE_LASTS).is_none());
        let first = access.code(ZERO).unwrap();
        (0..MOST_CODES).for_each(|_| drop(access.code(ZERO)));
        assert!(access.redeem(&first, 0, ZERO).is_none(), "so many links at one time and no more");
    }

    #[test]
    fn a_login_outlives_a_restart_but_not_its_time_nor_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path()).unwrap();
        let login = access.redeem(&access.code(ZERO).unwrap(), 5, ZERO).unwrap();
        let admin = access.admin_token();
        let access = Access::open(dir.path()).unwrap();
        assert_eq!(access.granted(&headers(&login.writer), 6), Some(Kind::Writer));
        assert_eq!(access.granted(&headers(&login.reader), 6), Some(Kind::Reader));
        assert_eq!(access.granted(&headers(&admin), 6), Some(Kind::Writer));
        let end = 5 + i64::try_from(LOGIN.as_millis()).unwrap();
        assert_eq!(access.granted(&headers(&login.writer), end), None);
        access.revoke().unwrap();
        for token in [&login.writer, &login.reader, &admin] {
            assert_eq!(access.granted(&headers(token), 6), None);
        }
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap().len(), 32);
    }

    #[test]
    fn a_cookie_only_lets_look_whatever_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path()).unwrap();
        let login = access.redeem(&access.code(ZERO).unwrap(), 5, ZERO).unwrap();
        for token in [&login.reader, &login.writer] {
            assert_eq!(access.granted(&cookie(token), 6), Some(Kind::Reader));
        }
        assert_eq!(access.granted(&cookie(&access.admin_token()), 6), None);
    }

    #[test]
    fn what_was_tampered_with_grants_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path()).unwrap();
        let login = access.redeem(&access.code(ZERO).unwrap(), 5, ZERO).unwrap();
        let mut bytes = BASE64.decode(&login.reader).unwrap();
        bytes[0] = b'w';
        assert_eq!(access.granted(&headers(&BASE64.encode(&bytes)), 6), None);
        for token in ["", "x", "zephyr-admin-", &login.writer[1..]] {
            assert_eq!(access.granted(&headers(token), 6), None, "{token}");
        }
    }

    #[test]
    fn a_damaged_key_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "short").unwrap();
        Access::open(dir.path()).unwrap();
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap().len(), 32);
    }
}
