//! Tokens of the operator's own issuer: JWTs, checked against its keys.

use std::sync::{Arc, RwLock};

use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use serde::Deserialize;
use tickwire_sync::protocol::{OwnedToken, Token};

use super::{
    Admission, AuthError, AuthFlags, Identity, PlayerId, Refusal,
    keys::{Key, Source},
};
use crate::{authorization::Roles, text};

/// The longest `sub`, in bytes.
const SUBJECT_BYTES_MAX: usize = 128;

/// What a token says, apart from what is checked before.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    name: Option<String>,
    roles: Option<Vec<String>>,
    rooms: Option<Vec<String>>,
}

/// Knows whom an issuer vouches for.
#[derive(Debug)]
pub(crate) struct Issuer {
    source: Source,
    keys: RwLock<Arc<Vec<Key>>>,
    trusted: String,
    audience: String,
    leeway_seconds: u64,
}

impl Issuer {
    pub(crate) fn open(flags: &AuthFlags) -> Result<Self, AuthError> {
        let source = match (&flags.auth_key, &flags.auth_jwks) {
            (Some(path), _) => Source::Key(path.clone()),
            (None, Some(path)) => Source::Jwks(path.clone()),
            (None, None) => {
                return Err(AuthError::Missing("--auth-key or --auth-jwks: the key that tokens are checked with"));
            }
        };
        let trusted = flags.auth_issuer.clone().ok_or(AuthError::Missing("--auth-issuer: the iss of its tokens"))?;
        let audience = flags.auth_audience.clone();
        let audience = audience.ok_or(AuthError::Missing("--auth-audience: the aud of tokens for this server"))?;
        let keys = RwLock::new(Arc::new(source.read()?));
        Ok(Self { source, keys, trusted, audience, leeway_seconds: flags.auth_leeway_seconds.into() })
    }

    /// Reads the keys anew; where that fails, the old ones stay.
    pub(crate) fn reload(&self) -> Result<(), AuthError> {
        let keys = Arc::new(self.source.read()?);
        *self.keys.write().expect("no holder panics") = keys;
        Ok(())
    }

    pub(crate) fn admit(&self, token: Token) -> Result<Admission, Refusal> {
        if token.0.is_empty() {
            return Err(Refusal::Missing);
        }
        let Claims { sub, exp, name, roles, rooms } = self.claims(token)?;
        // It stands in logs.
        if sub.is_empty() || sub.len() > SUBJECT_BYTES_MAX || sub.contains(char::is_control) {
            return Err(Refusal::Claims);
        }
        let roles = roles.map_or(Roles::PLAYER, |names| Roles::named(names.iter().map(String::as_str)));
        let name = name.as_deref().map(text::name);
        let until = Some(exp.saturating_add(self.leeway_seconds));
        let identity = Identity { id: PlayerId(format!("issuer:{sub}").into()), name, roles, rooms, until };
        Ok(Admission { identity, token: OwnedToken::default() })
    }

    /// What the token says, if one of the keys that it may be signed with signed it, for this server, for now.
    fn claims(&self, token: Token) -> Result<Claims, Refusal> {
        let header = decode_header(token.0)?;
        let keys = Arc::clone(&self.keys.read().expect("no holder panics"));
        if keys.iter().all(|key| key.algorithm != header.alg) {
            return Err(Refusal::Algorithm);
        }
        let named = |key: &&Key| header.kid.is_none() || key.id.is_none() || key.id == header.kid;
        let mut refusal = Refusal::UnknownKey;
        for key in keys.iter().filter(|key| key.algorithm == header.alg).filter(named) {
            match decode(token.0, &key.check, &self.validation(key)) {
                Ok(token) => return Ok(token.claims),
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => refusal = Refusal::Signature,
                Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => return Err(Refusal::Claims),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refusal)
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = self.leeway_seconds;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.trusted]);
        validation.set_audience(&[&self.audience]);
        validation
    }
}
