//! Turns an endpoint's credential into the header that carries it.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use tokio::sync::Mutex;
use zephyr_core::config::{Auth, Credential, CredentialValue, Endpoint, Scheme};
use zephyr_core::secret::Secret;
use zephyr_wire::headers::X_API_KEY;

use super::SendError;

/// A credential command that takes longer is killed.
const COMMAND_LIMIT: Duration = Duration::from_secs(15);
/// Most that a credential command may print.
const OUTPUT_LIMIT: usize = 64 * 1024;

type Cached = Arc<Mutex<Option<(Secret, Instant)>>>;

/// Credentials that commands have printed, until their time to live is over.
#[derive(Default)]
pub(super) struct Credentials {
    printed: StdMutex<HashMap<Vec<String>, Cached>>,
}

impl Credentials {
    /// The header that authenticates a request to `endpoint`; `None` where none is set by us.
    pub(super) async fn of(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Option<(HeaderName, HeaderValue)>, SendError> {
        let Auth::Key(credential) = &endpoint.auth else { return Ok(None) };
        let header = match &credential.value {
            CredentialValue::Known(secret) => header(credential, secret),
            CredentialValue::Command { argv, ttl } => {
                // Boxed: every request would carry its size.
                header(credential, &Box::pin(self.printed(argv, *ttl)).await?)
            }
        };
        header.map(Some).ok_or_else(|| {
            SendError::Credential(format!("the credential of `{}` cannot be sent in a header", endpoint.name))
        })
    }

    /// Forgets what a command had printed before `asked`, when a request went out that was refused; false where no
    /// command prints the credential.
    pub(super) fn forget(&self, endpoint: &Endpoint, asked: Instant) -> bool {
        let Auth::Key(Credential { value: CredentialValue::Command { argv, ttl }, .. }) = &endpoint.auth
        else {
            return false;
        };
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        // Held: the command is running just now.
        let old = printed.get(argv).and_then(|cached| cached.try_lock().ok()).is_some_and(|cached| {
            let printed_at = cached.as_ref().and_then(|(_, until)| until.checked_sub(*ttl));
            printed_at.is_none_or(|at| at <= asked)
        });
        if old {
            printed.remove(argv);
        }
        true
    }

    async fn printed(&self, argv: &[String], ttl: Duration) -> Result<Secret, SendError> {
        let cached = Arc::clone(
            self.printed.lock().unwrap_or_else(PoisonError::into_inner).entry(argv.to_vec()).or_default(),
        );
        // Held while the command runs: one run serves everybody who waits.
        let mut cached = cached.lock().await;
        if let Some((secret, until)) = &*cached
            && Instant::now() < *until
        {
            return Ok(secret.clone());
        }
        let secret = run(argv).await.map_err(SendError::Credential)?;
        *cached = Some((secret.clone(), Instant::now() + ttl));
        Ok(secret)
    }
}

fn header(credential: &Credential, secret: &Secret) -> Option<(HeaderName, HeaderValue)> {
    let (name, text) = match &credential.scheme {
        Scheme::Bearer => (AUTHORIZATION, ["Bearer ", secret.expose()].concat()),
        Scheme::XApiKey => (X_API_KEY, secret.expose().to_owned()),
        Scheme::Header(name) => (HeaderName::try_from(name.as_str()).ok()?, secret.expose().to_owned()),
    };
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// Runs a credential command and takes the first line it prints. What it printed is never shown.
async fn run(argv: &[String]) -> Result<Secret, String> {
    let program = argv.first().ok_or("the credential command is empty")?;
    let child = tokio::process::Command::new(program)
        .args(&argv[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("the credential command `{program}` cannot be run: {e}"))?;
    let output = tokio::time::timeout(COMMAND_LIMIT, child.wait_with_output())
        .await
        .map_err(|_| {
            format!("the credential command `{program}` took longer than {} s", COMMAND_LIMIT.as_secs())
        })?
        .map_err(|e| format!("the credential command `{program}` failed: {e}"))?;
    if !output.status.success() {
        return Err(format!("the credential command `{program}` failed: {}", output.status));
    }
    let text =
        std::str::from_utf8(&output.stdout[..output.stdout.len().min(OUTPUT_LIMIT)]).unwrap_or_default();
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(Secret::new(line)),
        None => Err(format!("the credential command `{program}` printed nothing")),
    }
}
