//! Who somebody is: a guest whom the server itself knows again, or whom the operator's own issuer vouches for.
//!
//! Read in this order: [`flags`] (what an operator chooses), [`refusal`] (what somebody is told who is not let in), [`guests`] (tokens that
//! the server signs), [`appoint`](self::appoint()) (those for moderators and admins), [`keys`] and [`issuer`] (tokens that others sign). What who may do stands in `authorization`.

mod appoint;
mod flags;
mod guests;
mod issuer;
mod keys;
mod refusal;
#[cfg(test)]
mod tests;

use std::{
    fmt::{self, Display, Formatter},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tickwire_sync::protocol::{OwnedToken, Role, Token, limits::TOKEN_BYTES_MAX};

pub use self::{
    appoint::{Appoint, AppointError, appoint},
    flags::{Auth, AuthFlags},
};
use self::{guests::Guests, issuer::Issuer};
pub(crate) use self::{guests::random_bytes, refusal::Refusal};
use crate::authorization::{Action, Roles};

/// Which player this is, today and tomorrow. It is no secret, and shows nothing of a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct PlayerId(Arc<str>);

impl From<String> for PlayerId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<PlayerId> for String {
    fn from(id: PlayerId) -> Self {
        (*id.0).into()
    }
}

impl Display for PlayerId {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Somebody whom the server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: PlayerId,
    /// What it is called, where its token says so; otherwise it calls itself what it likes.
    pub(crate) name: Option<String>,
    pub(crate) roles: Roles,
    /// The rooms that it may enter; `None` for all.
    rooms: Option<Vec<String>>,
    /// The second since 1970 at which the token ends that its roles and rooms come from; `None` for a guest.
    pub(crate) until: Option<u64>,
}

/// Somebody who is let in.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) identity: Identity,
    /// The token that it is to show from now on; empty where it keeps its own.
    pub(crate) token: OwnedToken,
}

/// Why nobody's tokens could be checked: a sentence for the operator.
#[derive(Debug, Error)]
pub enum AuthError {
    /// A flag is missing.
    #[error("--auth issuer also needs {0}")]
    Missing(&'static str),
    /// A flag is there that means nothing here.
    #[error(
        "{0} is for --auth issuer, and without that everybody is let in, as a guest; add --auth issuer, or take {0} away"
    )]
    Useless(&'static str),
    /// The server's own key file cannot be read or written.
    #[error("the key file {path} cannot be used: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The issuer's file cannot be read, or holds no key.
    #[error("the file of {flag} cannot be used: {problem}")]
    Issuer {
        /// Of which flag, and where that cannot be a secret, which.
        flag: String,
        /// What is wrong with it, and what it should be.
        problem: String,
    },
    /// The server's own key file holds no key.
    #[error("the key file {path} cannot be used: {problem}")]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and what it should be.
        problem: String,
    },
}

/// Decides who is let in.
#[derive(Debug)]
pub(crate) enum Authenticator {
    Guests(Guests),
    Issuer(Issuer),
}

impl Authenticator {
    /// As the flags say. What the server keeps lies in `data_dir`.
    pub(crate) fn open(flags: &AuthFlags, data_dir: &Path) -> Result<Self, AuthError> {
        Ok(match flags.auth {
            Auth::Guest => match flags.of_an_issuer() {
                Some(flag) => return Err(AuthError::Useless(flag)),
                None => Self::Guests(Guests::open(data_dir)?),
            },
            Auth::Issuer => Self::Issuer(Issuer::open(flags)?),
        })
    }

    /// Reads the issuer's keys anew. Where that fails, the old ones stay.
    pub(crate) fn reload(&self) -> Result<(), AuthError> {
        match self {
            Self::Guests(_) => Ok(()),
            Self::Issuer(issuer) => issuer.reload(),
        }
    }

    /// Whether nobody is let in without a token.
    pub(crate) fn wants_token(&self) -> bool {
        matches!(self, Self::Issuer(_))
    }

    /// Lets somebody in who comes to `room` to play or to watch, or says why not.
    pub(crate) fn admit(&self, token: Token, role: Role, room: &str) -> Result<Admission, Refusal> {
        if token.0.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::TooLong);
        }
        let mut admission = match self {
            Self::Guests(guests) => guests.admit(token, role)?,
            Self::Issuer(issuer) => issuer.admit(token)?,
        };
        let Identity { roles, rooms, .. } = &mut admission.identity;
        if rooms.as_ref().is_some_and(|rooms| rooms.iter().all(|known| known != room)) {
            return Err(Refusal::Room);
        }
        *roles = roles.limited(rooms.is_some());
        match role {
            Role::Player if !roles.permit(Action::Play) => Err(Refusal::NoPlayer),
            Role::Watcher if !roles.permit(Action::Watch) => Err(Refusal::NoWatcher),
            Role::Player | Role::Watcher => Ok(admission),
        }
    }
}

/// A player, for the tests of what comes after.
#[cfg(test)]
pub(crate) fn somebody(id: &str) -> Identity {
    Identity { id: PlayerId(id.into()), name: None, roles: Roles::PLAYER, rooms: None, until: None }
}
