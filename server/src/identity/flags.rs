//! The flags that say who is let in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tickwire_flags::whole;

/// Who is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// Everybody; the server gives each browser a token of its own, to know it again.
    #[default]
    Guest,
    /// Who brings a token (JWT) of the operator's issuer.
    Issuer,
}

/// Who is let in, and whose tokens are trusted.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Who is let in")]
pub struct AuthFlags {
    /// Who is let in: everybody as a guest, or only who brings a token (JWT) of your own issuer
    #[arg(
        long,
        env = "TICKWIRE_AUTH",
        default_value = "guest",
        value_name = "guest|issuer",
        hide_possible_values = true
    )]
    pub auth: Auth,

    /// The issuer's key: a public key in PEM (RSA: RS256, or Ed25519), or a secret of 32 bytes or more (HS256), as it stands in the file but for its last line break; SIGHUP rereads it
    #[arg(long, env = "TICKWIRE_AUTH_KEY", value_name = "FILE", conflicts_with = "auth_jwks")]
    pub auth_key: Option<PathBuf>,

    /// The issuer's keys as a JWKS file, instead of --auth-key; SIGHUP rereads it
    #[arg(long, env = "TICKWIRE_AUTH_JWKS", value_name = "FILE")]
    pub auth_jwks: Option<PathBuf>,

    /// The claim iss that tokens must have
    #[arg(long, env = "TICKWIRE_AUTH_ISSUER", value_name = "ISS")]
    pub auth_issuer: Option<String>,

    /// The claim aud that tokens must have, or have among others
    #[arg(long, env = "TICKWIRE_AUTH_AUDIENCE", value_name = "AUD")]
    pub auth_audience: Option<String>,

    /// How far the issuer's clock may be off, in seconds, 0 to 300: for exp and nbf
    #[arg(long, env = "TICKWIRE_AUTH_LEEWAY_SECONDS", default_value_t = 30, value_name = "S",
          value_parser = whole(0..=300_u32, "seconds"))]
    pub auth_leeway_seconds: u32,
}

impl AuthFlags {
    /// A flag that is given and says something of an issuer.
    pub(super) fn of_an_issuer(&self) -> Option<&'static str> {
        [
            (self.auth_key.is_some(), "--auth-key"),
            (self.auth_jwks.is_some(), "--auth-jwks"),
            (self.auth_issuer.is_some(), "--auth-issuer"),
            (self.auth_audience.is_some(), "--auth-audience"),
        ]
        .into_iter()
        .find_map(|(is_given, flag)| is_given.then_some(flag))
    }
}

impl Default for AuthFlags {
    fn default() -> Self {
        Self {
            auth: Auth::Guest,
            auth_key: None,
            auth_jwks: None,
            auth_issuer: None,
            auth_audience: None,
            auth_leeway_seconds: 30,
        }
    }
}
