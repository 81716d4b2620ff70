//! TLS: the server's certificate, which may be exchanged while it runs, and handshakes with it.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::NetworkFlags;

/// The only protocol inside: a WebSocket begins as HTTP/1.1.
const HTTP_1: &[u8] = b"http/1.1";

/// Why there is no TLS with a certificate.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file of --tls-cert or --tls-key cannot be read, or is no PEM file of what it should hold.
    #[error("{flag} {path}: {problem}; expected {expected}")]
    File {
        /// Which of the two.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Certificate and key are no pair, or of a kind that is not supported.
    #[error(
        "--tls-cert {certificate} and --tls-key {key} cannot be used together: {problem}; the key must be the one that the certificate was made for"
    )]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of its key.
        key: PathBuf,
        /// What is wrong with them.
        problem: String,
    },
    /// A certificate for --tls-self-signed cannot be made.
    #[error("no certificate can be made for --tls-self-signed: {0}")]
    SelfSigned(String),
}

/// A certificate chain and its key, in PEM.
#[derive(Clone, Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The certificate that new handshakes get. Connections keep the one that they began with.
#[derive(Debug)]
pub(crate) struct Certificate {
    current: ArcSwap<CertifiedKey>,
    provider: Arc<CryptoProvider>,
    /// `None` where it signed itself.
    files: Option<Files>,
}

impl Certificate {
    /// The certificate that the flags ask for; `None` when they ask for no TLS.
    pub(crate) fn open(flags: &NetworkFlags, host: IpAddr) -> Result<Option<Arc<Self>>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let (current, files) = match (&flags.tls_cert, &flags.tls_key) {
            (Some(certificate), Some(key)) => {
                let files = Files { certificate: certificate.clone(), key: key.clone() };
                (files.read(&provider)?, Some(files))
            }
            _ if flags.tls_self_signed => (self_signed(host, &provider)?, None),
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(Self { current: ArcSwap::from_pointee(current), provider, files })))
    }

    /// Whether anybody but the server itself vouches for it.
    pub(crate) fn is_self_signed(&self) -> bool {
        self.files.is_none()
    }

    /// Reads its files again; on an error, the old certificate stays.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        if let Some(files) = &self.files {
            self.current.store(Arc::new(files.read(&self.provider)?));
        }
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Files {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let no_chain = |problem| TlsError::File {
            flag: "--tls-cert",
            path: self.certificate.clone(),
            expected: "a certificate chain in PEM (-----BEGIN CERTIFICATE-----), the server's own first, as Let's Encrypt's fullchain.pem has it; \
                       --tls-self-signed needs none, for development",
            problem,
        };
        let no_key = |problem| TlsError::File {
            flag: "--tls-key",
            path: self.key.clone(),
            expected: "the certificate's private key in PEM (-----BEGIN PRIVATE KEY-----), as Let's Encrypt's privkey.pem has it",
            problem,
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| no_chain(error.to_string()))?;
        if chain.is_empty() {
            return Err(no_chain("there is no certificate in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| no_key(instead_of_key(&self.key).unwrap_or(error.to_string())))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| TlsError::Pair {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            problem: error.to_string(),
        })
    }
}

/// What a file holds that holds no key in the clear, if that can be told.
fn instead_of_key(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    if text.contains("ENCRYPTED") {
        Some("it has a passphrase, which nobody types at a start; take it away, as by `openssl pkey -in FILE -out FILE2`".into())
    } else if text.contains("BEGIN CERTIFICATE") {
        Some("it holds a certificate; give the key that belongs to it".into())
    } else {
        None
    }
}

/// A certificate for this machine, in memory alone.
fn self_signed(host: IpAddr, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let mut names: Vec<_> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !host.is_unspecified() && !host.is_loopback() {
        names.push(host.to_string());
    }
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| TlsError::SelfSigned(error.to_string()))?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let pair = CertifiedKey::from_der(vec![made.cert.der().clone()], key, provider);
    pair.map_err(|error| TlsError::SelfSigned(error.to_string()))
}

/// Shakes hands with what the certificate is at that moment.
pub(crate) fn acceptor(certificate: &Arc<Certificate>) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&certificate.provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has what TLS 1.2 and 1.3 need")
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(certificate) as Arc<dyn ResolvesServerCert>);
    config.alpn_protocols = vec![HTTP_1.into()];
    TlsAcceptor::from(Arc::new(config))
}
