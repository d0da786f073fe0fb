//! TLS on the listeners: ALPN for h2 and HTTP/1.1, certificate read anew when its files change.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zephyr_core::config::Tls;

/// How often, at most, the files are looked at for a renewal.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Acceptor {
    files: Arc<Tls>,
    current: Arc<Mutex<Current>>,
}

struct Current {
    acceptor: TlsAcceptor,
    stamp: Stamp,
    looked: Instant,
}

type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Acceptor {
    /// Reads certificate and key.
    pub(crate) fn open(files: &Tls) -> Result<Self, String> {
        let stamp = stamp(files);
        let current = Current { acceptor: read(files)?, stamp, looked: Instant::now() };
        Ok(Self { files: Arc::new(files.clone()), current: Arc::new(Mutex::new(current)) })
    }

    /// Makes the handshake with the newest certificate that could be read.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.newest().accept(stream).await
    }

    fn newest(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK_EVERY {
            current.looked = Instant::now();
            let stamp = stamp(&self.files);
            if stamp != current.stamp {
                match read(&self.files) {
                    Ok(acceptor) => {
                        tracing::info!(cert = %self.files.cert.display(), "certificate renewed");
                        current.acceptor = acceptor;
                        current.stamp = stamp;
                    }
                    Err(e) => {
                        tracing::warn!(error = e, "the new certificate cannot be used, the old one stays")
                    }
                }
            }
        }
        current.acceptor.clone()
    }
}

fn stamp(files: &Tls) -> Stamp {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    (modified(&files.cert), modified(&files.key))
}

fn read(files: &Tls) -> Result<TlsAcceptor, String> {
    let bad =
        |path: &Path, e: &dyn std::fmt::Display| format!("`{}` cannot be used for TLS: {e}", path.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|e| bad(&files.cert, &e))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| bad(&files.key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(&files.cert, &e))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| bad(&files.cert, &e))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
