//! An issuer's keys, out of a file. A key has one algorithm, which the file decides and never a token: so no public key is taken for a secret.

use std::{
    fmt::{self, Debug, Formatter},
    fs,
    path::PathBuf,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

use super::AuthError;

/// The largest key file, in bytes.
const FILE_BYTES_MAX: usize = 256 << 10;
/// How many keys an issuer may have at once.
const KEYS_MAX: usize = 32;
/// A shorter secret can be guessed (RFC 7518, 3.2).
const SECRET_BYTES_MIN: usize = 32;

/// A key, and the only algorithm for which it is used.
pub(super) struct Key {
    /// As tokens name it in their header; `None` where it has no name.
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) check: DecodingKey,
}

impl Debug for Key {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.debug_struct("Key").field("id", &self.id).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Where the keys are.
#[derive(Debug)]
pub(super) enum Source {
    /// One key: PEM, or a secret.
    Key(PathBuf),
    /// A JWKS.
    Jwks(PathBuf),
}

impl Source {
    /// Reads the keys, at least one.
    pub(super) fn read(&self) -> Result<Vec<Key>, AuthError> {
        let (path, flag, expected) = match self {
            // Without the path: whoever gave a secret in place of its file finds none of it in a log.
            Self::Key(path) => (path, "--auth-key".to_owned(), "a public key in PEM, or a secret"),
            Self::Jwks(path) => (path, format!("--auth-jwks {}", path.display()), "a JWKS"),
        };
        let wrong = |problem| AuthError::Issuer { flag: flag.clone(), problem };
        let bytes = fs::read(path).map_err(|error| wrong(format!("{error}; expected {expected}")))?;
        let keys = match self {
            _ if bytes.len() > FILE_BYTES_MAX => Err(format!("it has more than {FILE_BYTES_MAX} bytes")),
            Self::Key(_) => key(&bytes).map(|key| vec![key]),
            Self::Jwks(_) => jwks(&bytes),
        };
        keys.map_err(wrong)
    }
}

/// PEM if it says that it is, and then nothing else; otherwise a secret.
fn key(bytes: &[u8]) -> Result<Key, String> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("-----BEGIN") {
        let secret = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        if secret.len() < SECRET_BYTES_MIN {
            return Err(format!(
                "a secret of {} bytes can be guessed; it needs {SECRET_BYTES_MIN} or more, as of `openssl rand -hex 32`",
                secret.len()
            ));
        }
        return Ok(Key { id: None, algorithm: Algorithm::HS256, check: DecodingKey::from_secret(secret) });
    }
    if text.contains("PRIVATE KEY") {
        return Err("it holds a private key; give the public one, as of `openssl pkey -in FILE -pubout`".to_owned());
    }
    let ed = DecodingKey::from_ed_pem(bytes).map(|key| (Algorithm::EdDSA, key));
    let either = ed.or_else(|_| DecodingKey::from_rsa_pem(bytes).map(|key| (Algorithm::RS256, key)));
    let (algorithm, check) = either
        .map_err(|error| format!("it is no public key in PEM, neither RSA (RS256) nor Ed25519 (EdDSA): {error}"))?;
    Ok(Key { id: None, algorithm, check })
}

fn jwks(bytes: &[u8]) -> Result<Vec<Key>, String> {
    let set: JwkSet = serde_json::from_slice(bytes)
        .map_err(|error| format!("it is no JWKS, which is JSON, as in {{\"keys\": [...]}}: {error}"))?;
    if set.keys.len() > KEYS_MAX {
        return Err(format!("it has {} keys, more than {KEYS_MAX}", set.keys.len()));
    }
    let keys: Vec<_> = set.keys.iter().filter_map(of_jwk).collect();
    if keys.is_empty() {
        return Err(
            "no key in it is of use: RSA (RS256), OKP with Ed25519 (EdDSA) or oct (HS256), for signatures".into()
        );
    }
    Ok(keys)
}

/// The key of an entry that is for us; others' are left alone.
fn of_jwk(jwk: &Jwk) -> Option<Key> {
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::OctetKey(_) => (Algorithm::HS256, KeyAlgorithm::HS256),
        _ => return None,
    };
    let for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|what| *what == PublicKeyUse::Signature);
    let fits = jwk.common.key_algorithm.is_none_or(|given| given == named);
    let check = DecodingKey::from_jwk(jwk).ok().filter(|key| {
        algorithm != Algorithm::HS256 || key.try_get_as_bytes().is_ok_and(|secret| secret.len() >= SECRET_BYTES_MIN)
    })?;
    (for_signatures && fits).then(|| Key { id: jwk.common.key_id.clone(), algorithm, check })
}
