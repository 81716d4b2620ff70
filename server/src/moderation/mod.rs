//! Mutes, bans and announcements. Read in this order: [`book`] (who is muted or banned), this file (the book on disk), [`desk`] (what moderators want
//! done). Who may do what stands in `authorization`.

mod book;
mod desk;

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use thiserror::Error;
use tickwire_sync::protocol::{Close, limits::ANNOUNCEMENTS_PER_MINUTE_MAX};

use self::book::{Book, Measure};
pub(crate) use self::{
    book::{Subject, Whom},
    desk::Desk,
};
use crate::{data_dir, rooms::Known};

/// The file in the data folder that holds the book.
const FILE: &str = "sanctions.json";
/// The largest such file that is read, in bytes: a full book has less.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Why the book cannot be read: a sentence for the operator.
#[derive(Debug, Error)]
#[error(
    "the mutes and bans in {path} cannot be read: {problem}; mend the file, or move it away: then nobody is muted or banned"
)]
pub struct ModerationError {
    /// The file.
    path: PathBuf,
    /// What is wrong.
    problem: String,
}

/// The mutes and bans of a server, and the pace of its announcements.
#[derive(Debug)]
pub(crate) struct Moderation {
    /// Nobody holds this lock while waiting for anything.
    book: RwLock<Book>,
    path: PathBuf,
    /// One writes the file at a time.
    saving: tokio::sync::Mutex<()>,
    announcements: DefaultDirectRateLimiter,
}

impl Moderation {
    /// As that data folder has it.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, ModerationError> {
        let path = data_dir.join(FILE);
        let book = read(&path).map_err(|problem| ModerationError { path: path.clone(), problem })?;
        let a_minute = NonZeroU32::new(ANNOUNCEMENTS_PER_MINUTE_MAX).expect("some announcements");
        let announcements = RateLimiter::direct(Quota::per_minute(a_minute));
        Ok(Self { book: book.into(), path, saving: tokio::sync::Mutex::default(), announcements })
    }

    /// Why somebody is not let in; `None` where it is.
    pub(crate) fn ban(&self, whom: &Whom) -> Option<Close> {
        let now = now();
        self.read().find(Measure::Ban, whom, now).map(|sanction| sanction.close(now))
    }

    /// What a player is told whose lines reach nobody; `None` where they do.
    pub(crate) fn mute(&self, player: &Known) -> Option<String> {
        let (now, book) = (now(), self.read());
        let sanction = book.find(Measure::Mute, &player.into(), now)?;
        Some(format!("You are muted {}: {}", sanction.time(now), sanction.reason()))
    }

    // A holder that panicked has changed one entry whole or not at all.
    fn read(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the book as it is now. What it returns of is on the disk.
    async fn save(&self) -> io::Result<()> {
        let _turn = self.saving.lock().await;
        let (path, text) = (self.path.clone(), self.read().write(now()));
        let written = tokio::task::spawn_blocking(move || data_dir::replace(&path, text.as_bytes()));
        written.await.map_err(io::Error::other)?
    }
}

fn read(path: &Path) -> Result<Book, String> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Book::default()),
        opened => opened.map_err(|error| error.to_string())?,
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Book::read(&text)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
