//! The rooms of a server, as the I/O side knows them: a name and a bounded inbox each.

use std::{
    fmt::{self, Display, Formatter},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use governor::DefaultDirectRateLimiter;
use serde::Serialize;
use tickwire_sync::{
    PlayerNumber,
    interest::Viewpoint,
    protocol::{Ack, Close, CloseCode, Input, ResumeToken, Role, close::REASON_BYTES_MAX},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    authorization::Roles,
    identity::{Admission, Identity, PlayerId, Refusal},
    limits::Place,
    metrics::Measured,
    moderation::Subject,
    outbox::Outbox,
    speech::Channel,
    ticker::Lines,
};

/// How many messages may wait for a room; readers wait beyond that, and with them their clients' sockets.
pub(crate) const INBOX_MAX: usize = 16_384;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// The player of this number, and which of the connections it has had: the room's own business, and never given again.
    Player(PlayerNumber, u64),
    /// Somebody who looks on. The number is the room's own business, and never given again.
    Watcher(u64),
}

/// As logs have it: the number is the one by which people are called in the chat.
impl Display for Who {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Player(number, _) => write!(f, "player#{number}"),
            Self::Watcher(number) => write!(f, "watcher#{number}"),
        }
    }
}

/// What comes from the I/O side into a room.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// Somebody wants to come in.
    Join(Box<Join>),
    /// A player's input, and when it arrived.
    Input(Who, Input, Instant),
    /// A player's line, cleaned, and for whom it is.
    Chat(Who, Channel, String),
    /// What the server answers somebody, line by line.
    Answer(Who, Vec<String>),
    /// The room goes by other rules, packed; they have been read.
    Rules(Arc<[u8]>),
    /// What everybody is to notice, cleaned.
    Announce(String),
    /// Who has that number is asked for, or had it before.
    WhoIs(PlayerNumber, oneshot::Sender<Option<Found>>),
    /// Who somebody is now is asked for; nobody, if it is being closed.
    WhoAmI(Who, oneshot::Sender<Option<Person>>),
    /// Whoever is meant is closed, and has no seat any more.
    Remove(Subject, Close),
    /// A watcher, of that number, looks at something else.
    Watch(u64, Viewpoint),
    /// What a watcher has received, and when it said so.
    Ack(u64, Ack, Instant),
    /// Somebody's state disagrees with the room's hash.
    Keyframe(Who),
    /// Nobody looks at somebody's screen.
    Away(Who),
    /// Somebody looks again.
    Back(Who),
    /// A connection ended for good; a player's number means nothing from here on.
    Leave(Who),
    /// A connection is lost; a player may come back to its seat, which takes this place until then.
    Lost(Who, Place),
    /// The server stops; returns are to be spread over this time.
    Stop(Duration),
}

/// Somebody who wants to come in.
#[derive(Debug)]
pub(crate) struct Join {
    /// What for.
    pub(crate) role: Role,
    /// Where from.
    pub(crate) address: IpAddr,
    /// What it says to have had a seat by.
    pub(crate) resume: Option<ResumeToken>,
    /// Who it is otherwise, under its cleaned name; or why it is nobody.
    pub(crate) admission: Result<(Admission, String), Refusal>,
    /// Where its messages go.
    pub(crate) outbox: Arc<Outbox>,
    /// Who it is now, or why not.
    pub(crate) reply: oneshot::Sender<Result<Entered, Close>>,
}

/// Who is at the other end of a connection, as far as the server knows.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Which one it is everywhere.
    pub(crate) id: PlayerId,
    pub(crate) roles: Roles,
    /// The second since 1970 at which its token ends; `None` for a guest, who is nothing by its token but itself.
    pub(crate) until: Option<u64>,
    /// Where it came from last.
    pub(crate) address: IpAddr,
}

impl Known {
    pub(crate) fn new(identity: &Identity, address: IpAddr) -> Self {
        Self { id: identity.id.clone(), roles: identity.roles, until: identity.until, address }
    }
}

/// A player, apart from its number.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) known: Known,
    /// What it is called here.
    pub(crate) name: Arc<str>,
    /// How fast it speaks and orders, over all of its connections to this seat.
    pub(crate) pace: Arc<DefaultDirectRateLimiter>,
}

/// A person who has a number in a room, or had it before.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) person: Person,
    /// Whether it has a seat; otherwise it has left.
    pub(crate) is_here: bool,
}

/// Somebody who came in.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) who: Who,
    /// Who it is, of a player.
    pub(crate) player: Option<Person>,
    /// Whether it has the seat that it had before.
    pub(crate) resumed: bool,
}

/// What a room says about itself.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tick: AtomicU32,
    pub(crate) people: AtomicU32,
    pub(crate) bots: AtomicU32,
    pub(crate) watchers: AtomicU32,
    pub(crate) entities: AtomicU32,
    /// Time that the last tick took, in microseconds.
    pub(crate) tick_micros: AtomicU32,
    /// What all ticks so far took, and the like.
    pub(crate) measured: Measured,
}

/// A room, as the I/O side knows it.
#[derive(Clone, Debug)]
pub(crate) struct RoomHandle {
    pub(crate) name: Arc<str>,
    pub(crate) inbox: mpsc::Sender<Inbound>,
    pub(crate) report: Arc<Report>,
    /// What those hear who only read.
    pub(crate) lines: Arc<Lines>,
    /// How many milliseconds later than players they hear it.
    pub(crate) delay_ms: u32,
    pub(crate) tick_rate: u32,
}

/// [`RoomHandle`] for `/healthz` and `/metrics`.
#[derive(Debug, Serialize)]
pub(crate) struct RoomHealth {
    name: String,
    pub(crate) tick: u32,
    pub(crate) people: u32,
    pub(crate) bots: u32,
    pub(crate) watchers: u32,
    pub(crate) entities: u32,
    tick_micros: u32,
}

impl RoomHandle {
    /// Asks the room something; `None` where it has no answer, or stops.
    pub(crate) async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<Option<T>>) -> Inbound) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(question(reply)).await.ok()?;
        answer.await.ok().flatten()
    }

    /// How many people and watchers are in it, about.
    pub(crate) fn connections(&self) -> u32 {
        self.report.people.load(Ordering::Relaxed) + self.report.watchers.load(Ordering::Relaxed)
    }

    /// What the room says about itself now.
    pub(crate) fn health(&self) -> RoomHealth {
        let read = |number: &AtomicU32| number.load(Ordering::Relaxed);
        RoomHealth {
            name: self.name.to_string(),
            tick: read(&self.report.tick),
            people: read(&self.report.people),
            bots: read(&self.report.bots),
            watchers: read(&self.report.watchers),
            entities: read(&self.report.entities),
            tick_micros: read(&self.report.tick_micros),
        }
    }
}

/// The room of a name; the first for the empty one.
pub(crate) fn find<'a>(rooms: &'a [RoomHandle], name: &str) -> Option<&'a RoomHandle> {
    if name.is_empty() { rooms.first() } else { rooms.iter().find(|room| &*room.name == name) }
}

/// What somebody is told who names a room that is none of these: which there are, as far as that fits.
pub(crate) fn no_such_room(rooms: &[RoomHandle]) -> Close {
    let names: Vec<_> = rooms.iter().map(|room| &*room.name).collect();
    let code = CloseCode::NoSuchRoom;
    Close { code, reason: shortened(format!("{}; there are: {}", code.reason(), names.join(", "))).into() }
}

/// A list in ASCII that fits a close frame: without the last ones, where they are too many.
fn shortened(mut list: String) -> String {
    const MORE: &str = ", ...";
    if list.len() > REASON_BYTES_MAX {
        let fits = REASON_BYTES_MAX - MORE.len();
        list.truncate(list[..fits + 2].rfind(", ").unwrap_or(fits));
        list.push_str(MORE);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_rooms_ends_behind_the_last_name_that_fits() {
        let of = |count: usize| (0..count).map(|number| format!("{number:0>8}")).collect::<Vec<_>>().join(", ");
        assert_eq!(shortened(of(12)), of(12));
        let long = shortened(of(13));
        assert_eq!(long, format!("{}, ...", of(12)));
        assert!(long.len() <= REASON_BYTES_MAX);
        assert!(shortened(format!("{}, {}", "a".repeat(118), "b")).len() <= REASON_BYTES_MAX);
    }
}
