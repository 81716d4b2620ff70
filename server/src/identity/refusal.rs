//! Why somebody is not let in: one sentence that a person can act on.

use jsonwebtoken::errors::{Error, ErrorKind};
use tickwire_sync::protocol::{Close, CloseCode};

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Missing,
    TooLong,
    Malformed,
    Algorithm,
    Signature,
    UnknownKey,
    Claims,
    Expired,
    NotYet,
    Issuer,
    Audience,
    Room,
    NoPlayer,
    NoWatcher,
}

impl Refusal {
    #[cfg(test)]
    const ALL: [Self; 14] = [
        Self::Missing,
        Self::TooLong,
        Self::Malformed,
        Self::Algorithm,
        Self::Signature,
        Self::UnknownKey,
        Self::Claims,
        Self::Expired,
        Self::NotYet,
        Self::Issuer,
        Self::Audience,
        Self::Room,
        Self::NoPlayer,
        Self::NoWatcher,
    ];

    /// What was wrong, and what to do.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "a token is needed here; come in from the site that this server belongs to",
            Self::TooLong => "the token is too long, more than 3072 bytes; tell the site that gave it",
            Self::Malformed => "the token is damaged; get a new one where you got it",
            Self::Algorithm => "the token is signed by a method that is not accepted here; tell the site that gave it",
            Self::Signature => "the token was not signed by the one whom this server trusts; get one from its own site",
            Self::UnknownKey => "the token is signed with a key that is not known here; get a new one where you got it",
            Self::Claims => {
                "the token lacks a claim (sub, iss, aud, exp), or one is of a wrong kind; tell the site that gave it"
            }
            Self::Expired => "the token has expired; get a new one where you got it",
            Self::NotYet => "the token does not hold yet; wait a minute, then try again",
            Self::Issuer => "the token is of another issuer than this server trusts; get one from its own site",
            Self::Audience => "the token is for another service; get one for this server",
            Self::Room => "the token does not hold for this room; choose a room that it holds for",
            Self::NoPlayer => "the token does not let you play; you may watch, if it says so",
            Self::NoWatcher => "the token lets you neither play nor watch; ask whoever gave it for a role",
        }
    }
}

impl From<Refusal> for Close {
    fn from(refusal: Refusal) -> Self {
        Self { code: CloseCode::TokenRefused, reason: refusal.reason().into() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::NotYet,
            ErrorKind::InvalidIssuer => Self::Issuer,
            ErrorKind::InvalidAudience => Self::Audience,
            ErrorKind::InvalidSignature => Self::Signature,
            ErrorKind::InvalidAlgorithm => Self::Algorithm,
            ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => Self::Claims,
            _ => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use tickwire_sync::protocol::close::REASON_BYTES_MAX;

    use super::*;

    #[test]
    fn every_refusal_is_a_sentence_of_its_own_that_fits_a_close_frame() {
        for (index, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert!(refusal.reason().len() <= REASON_BYTES_MAX, "{refusal:?}");
            assert!(Refusal::ALL[..index].iter().all(|other| other.reason() != refusal.reason()), "{refusal:?}");
        }
    }
}
