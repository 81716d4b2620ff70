//! What a player says and orders: its pace, its cleaning, and whether anybody hears it. A line of chat is text, whatever it begins with; an order is a
//! message of its own.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tickwire_sync::{
    PlayerNumber,
    protocol::{
        ClientMessage, Order,
        limits::{CHAT_LINES_BURST_MAX, CHAT_LINES_PER_SECOND_MAX},
    },
};

use crate::{
    connection::Shared,
    moderation::Desk,
    pace::limit,
    rooms::{Inbound, Person, RoomHandle, Who},
    text,
};

/// To whom something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Everybody in the room.
    Room,
    /// The speaker's team.
    Team,
    /// One player.
    Whisper(PlayerNumber),
}

/// What a player says or orders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speech<'a> {
    Line(Channel, &'a str),
    Order(Order<'a>),
}

impl<'a> Speech<'a> {
    /// What of a message is speech.
    pub(crate) fn of(message: &ClientMessage<'a>) -> Option<Self> {
        match *message {
            ClientMessage::Chat(line) => Some(Self::Line(Channel::Room, line)),
            ClientMessage::TeamChat(line) => Some(Self::Line(Channel::Team, line)),
            ClientMessage::Whisper { to, text } => Some(Self::Line(Channel::Whisper(to), text)),
            ClientMessage::Order(order) => Some(Self::Order(order)),
            _ => None,
        }
    }
}

/// A player who speaks.
#[derive(Debug)]
pub(crate) struct Speaker<'a> {
    who: Who,
    /// Who it was when it came in.
    person: Person,
    room: &'a RoomHandle,
    shared: &'a Shared,
}

/// How fast one may speak and order.
pub(crate) fn pace() -> DefaultDirectRateLimiter {
    RateLimiter::direct(Quota::per_second(limit(CHAT_LINES_PER_SECOND_MAX)).allow_burst(limit(CHAT_LINES_BURST_MAX)))
}

impl<'a> Speaker<'a> {
    pub(crate) fn new(who: Who, person: Person, room: &'a RoomHandle, shared: &'a Shared) -> Self {
        Self { who, person, room, shared }
    }

    /// What the room is to be told of it, if anything.
    pub(crate) async fn says(&self, speech: Speech<'_>) -> Option<Inbound> {
        let Shared { counters, moderation, .. } = self.shared;
        let line = match speech {
            Speech::Line(_, line) => text::chat(line),
            Speech::Order(_) => None,
        };
        if line.is_none() && matches!(speech, Speech::Line(..)) {
            return None;
        }
        if self.person.pace.check().is_err() {
            counters.chat_dropped.add(1);
            return None;
        }
        match (speech, line) {
            (Speech::Order(order), _) => {
                let Self { who, room, shared, .. } = *self;
                // It may have been removed since, or be less than it was.
                let by = &room.ask(|reply| Inbound::WhoAmI(who, reply)).await?;
                let answers = Desk { moderation, room, rooms: &shared.rooms, counters, by }.obey(order).await;
                Some(Inbound::Answer(self.who, answers))
            }
            (Speech::Line(channel, _), Some(line)) => {
                if let Some(muted) = moderation.mute(&self.person.known) {
                    counters.chat_muted.add(1);
                    return Some(Inbound::Answer(self.who, vec![muted]));
                }
                let masked = self.shared.chat_filter.mask(&line);
                counters.chat_masked.add(masked.is_some().into());
                Some(Inbound::Chat(self.who, channel, masked.unwrap_or(line)))
            }
            (Speech::Line(..), None) => None,
        }
    }
}
