//! How an operator whose players are guests names moderators and admins: by a token that says so, signed with the guests' key.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use thiserror::Error;
use tickwire_flags::whole;
use tickwire_sync::protocol::OwnedToken;

use super::{
    AuthError,
    guests::{self, Guests},
};
use crate::text;

/// What somebody is appointed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Office {
    Moderator,
    Admin,
}

/// `tickwire token`: who is appointed what.
#[derive(Args, Clone, Debug)]
pub struct Appoint {
    /// What the token makes of its bearer
    #[arg(long, value_name = "moderator|admin")]
    role: Office,

    /// What its bearer is called, on the page and in the list of mutes and bans
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Folder of the server; its guest.key signs the token
    #[arg(long, env = "TICKWIRE_DATA_DIR", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,

    /// For how long the token holds, in days, 1 to 400
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = whole(1..=400_u16, "days"))]
    days: u16,
}

/// Why nobody could be appointed.
#[derive(Debug, Error)]
pub enum AppointError {
    /// No server has run there yet, or it is another folder than the server's.
    #[error(
        "there is no guest.key in {0}: name the folder of the server by --data-dir, and start the server once before its first token"
    )]
    NoServer(PathBuf),
    /// Its key.
    #[error(transparent)]
    Key(#[from] AuthError),
}

/// A token for a moderator or an admin of a server whose players are guests. The server may run meanwhile.
///
/// # Errors
/// The folder has no key, or one that cannot be used.
pub fn appoint(who: &Appoint) -> Result<OwnedToken, AppointError> {
    if !guests::has_key(&who.data_dir) {
        return Err(AppointError::NoServer(who.data_dir.clone()));
    }
    let role = match who.role {
        Office::Moderator => "moderator",
        Office::Admin => "admin",
    };
    let life = Duration::from_hours(24 * u64::from(who.days));
    Ok(Guests::open(&who.data_dir)?.appoint(role, text::name(&who.name), life))
}
