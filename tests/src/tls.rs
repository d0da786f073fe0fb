//! Throw-away certificates for loopback.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate authority, one leaf certificate of it for 127.0.0.1, ::1 and localhost, and the leaf's key.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The authority, PEM.
    pub ca: String,
    /// The leaf, PEM.
    pub cert: String,
    /// The leaf's key, PEM.
    pub key: String,
    /// The leaf, DER: to tell which certificate a server showed.
    pub der: Vec<u8>,
}

impl Certificate {
    /// A fresh one.
    #[must_use]
    pub fn new() -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        ca.distinguished_name.push(rcgen::DnType::CommonName, "zephyr test authority");
        let ca_cert = ca.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
        let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        Self { ca: ca_cert.pem(), cert: leaf.pem(), key: key.serialize_pem(), der: leaf.der().to_vec() }
    }

    /// Writes `ca.pem`, `cert.pem` and `key.pem` (0600) into `dir` and gives their paths in that order.
    pub fn write(&self, dir: &Path) -> [PathBuf; 3] {
        use std::os::unix::fs::PermissionsExt as _;
        let files = [("ca.pem", &self.ca), ("cert.pem", &self.cert), ("key.pem", &self.key)];
        files.map(|(name, text)| {
            let path = dir.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            path
        })
    }

    /// For servers.
    #[must_use]
    pub fn acceptor(&self, alpn: &[&[u8]]) -> TlsAcceptor {
        let chain = vec![CertificateDer::from_pem_slice(self.cert.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// For clients that trust this authority alone.
    #[must_use]
    pub fn connector(&self, alpn: &[&[u8]]) -> tokio_rustls::TlsConnector {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
        tokio_rustls::TlsConnector::from(Arc::new(config))
    }
}

impl Default for Certificate {
    fn default() -> Self {
        Self::new()
    }
}
