//! Whom TLS trusts: the system's certificate authorities, or an endpoint's own file alone. Verification
//! cannot be turned off.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// A client config for `ca_file`, or for the system's authorities.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS cannot be set up: {e}"))?;
    match ca_file {
        None => builder.with_platform_verifier().map(|b| b.with_no_client_auth()).map_err(|e| {
            format!(
                "the system's certificate authorities cannot be read: {e} (is `ca-certificates` installed?)"
            )
        }),
        Some(path) => Ok(builder.with_root_certificates(roots(path)?).with_no_client_auth()),
    }
}

/// The certificates of a PEM file as the only roots.
pub(super) fn roots(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for cert in certificates(path)? {
        roots.add(cert).map_err(|e| format!("`{}` holds a certificate that is none: {e}", path.display()))?;
    }
    if roots.is_empty() {
        return Err(format!("`{}` holds no certificate", path.display()));
    }
    Ok(roots)
}

/// The certificates of a PEM file.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bad = |e| format!("`{}` cannot be read as PEM: {e}", path.display());
    CertificateDer::pem_file_iter(path).map_err(bad)?.collect::<Result<_, _>>().map_err(bad)
}
