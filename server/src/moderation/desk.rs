//! What moderators and admins want done: whether they may, and the doing of it.

use std::net::{Ipv4Addr, Ipv6Addr};

use tickwire_sync::{
    PlayerNumber,
    protocol::{Close, Order, Sanction as Wanted},
};
use tracing::{info, warn};

use super::{
    Moderation, Subject,
    book::{Measure, SANCTIONS_MAX, Sanction, kicked},
    now,
};
use crate::{
    authorization::Action,
    counters::Counters,
    rooms::{Found, Inbound, Known, Person, RoomHandle},
    text,
};

/// So many mutes and bans are listed at once.
const LISTED_MAX: usize = 20;

/// Where one of them comes with orders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) moderation: &'a Moderation,
    /// The room in which the orders are given.
    pub(crate) room: &'a RoomHandle,
    /// All rooms.
    pub(crate) rooms: &'a [RoomHandle],
    pub(crate) counters: &'a Counters,
    /// Who gives them: as the room knows it now.
    pub(crate) by: &'a Person,
}

impl Desk<'_> {
    /// Does what is wanted, if that may be; gives the answers, a line each.
    pub(crate) async fn obey(self, order: Order<'_>) -> Vec<String> {
        let done = match order {
            Order::Announce { everywhere, text } => self.announce(everywhere, text).await,
            Order::Kick { player, reason } => self.kick(player, reason).await,
            Order::Mute(wanted) => self.sanction(Measure::Mute, wanted).await,
            Order::Ban(wanted) => self.sanction(Measure::Ban, wanted).await,
            Order::Lift { number } => self.lift(number).await,
            Order::List => self.list(),
        };
        done.unwrap_or_else(|refusal| {
            self.counters.orders_refused.add(1);
            vec![refusal]
        })
    }

    fn permit(self, action: Action) -> Result<(), String> {
        let Known { roles, until, .. } = self.by.known;
        if until.is_some_and(|until| until < now()) {
            return Err("Your token has expired; come in again with a new one.".to_owned());
        }
        if roles.permit(action) { Ok(()) } else { Err("Your role does not permit that.".to_owned()) }
    }

    /// A person in this room, or one who left it lately, who may be acted against.
    async fn find(self, player: PlayerNumber) -> Result<Found, String> {
        let found = self.room.ask(|reply| Inbound::WhoIs(player, reply)).await;
        let found = found.ok_or_else(|| "Nobody of that number is here.".to_owned())?;
        if self.by.known.roles.outrank(found.person.known.roles) {
            Ok(found)
        } else {
            Err(format!("{} has no lower role than you.", found.person.name))
        }
    }

    async fn announce(self, everywhere: bool, text: &str) -> Result<Vec<String>, String> {
        self.permit(if everywhere { Action::AnnounceEverywhere } else { Action::Announce })?;
        let text = text::chat(text).ok_or_else(|| "There is nothing to announce.".to_owned())?;
        if self.moderation.announcements.check().is_err() {
            return Err("Too many announcements; wait a little.".to_owned());
        }
        info!(by = %self.by.known.id, name = %self.by.name, everywhere, "announced: {text}");
        self.counters.announcements.add(1);
        for room in if everywhere { self.rooms } else { std::slice::from_ref(self.room) } {
            let _ = room.inbox.send(Inbound::Announce(text.clone())).await;
        }
        Ok(Vec::new())
    }

    async fn kick(self, player: PlayerNumber, reason: &str) -> Result<Vec<String>, String> {
        self.permit(Action::Kick)?;
        let Found { person: Person { known: Known { id, .. }, name, .. }, is_here } = self.find(player).await?;
        if !is_here {
            return Err(format!("{name} has left."));
        }
        let reason = text::reason(reason);
        info!(by = %self.by.known.id, whom = %id, "{} kicked {name}: {reason}", self.by.name);
        self.counters.kicks.add(1);
        self.remove(std::slice::from_ref(self.room), &Subject::Player(id), &kicked(&reason)).await;
        Ok(vec![format!("{name} is removed.")])
    }

    async fn sanction(self, measure: Measure, wanted: Wanted<'_>) -> Result<Vec<String>, String> {
        self.permit(if measure == Measure::Ban { Action::Ban } else { Action::Mute })?;
        let Person { known: Known { id, address, .. }, name, .. } = self.find(wanted.player).await?.person;
        let subject = if wanted.by_address {
            self.permit(Action::ByAddress)?;
            if Subject::at(address) == Subject::at(self.by.known.address) {
                return Err(format!("{name} comes from the same address as you; take the player alone."));
            }
            if address == Ipv4Addr::LOCALHOST || address == Ipv6Addr::LOCALHOST {
                return Err(format!(
                    "{name} comes from the server's own machine, and with it maybe everybody; take the player alone."
                ));
            }
            Subject::at(address)
        } else {
            Subject::Player(id.clone())
        };
        let since = now();
        let until = wanted.seconds.map(|seconds| since + u64::from(seconds));
        let (by, reason) = (self.by.name.to_string(), text::reason(wanted.reason));
        let sanction = Sanction { number: 0, measure, subject, name: name.to_string(), by, reason, since, until };
        let full = || format!("There are {SANCTIONS_MAX} mutes and bans already; lift some first.");
        let sanction = self.moderation.write().add(sanction, since).cloned().ok_or_else(full)?;
        info!(by = %self.by.known.id, whom = %id, "{}", line(&sanction, since));
        match measure {
            Measure::Mute => self.counters.mutes.add(1),
            Measure::Ban => {
                self.counters.bans.add(1);
                self.remove(self.rooms, &sanction.subject, &sanction.close(since)).await;
            }
        }
        let saved = self.save().await;
        Ok(vec![format!("{}{saved}", line(&sanction, since))])
    }

    async fn lift(self, number: u32) -> Result<Vec<String>, String> {
        self.permit(Action::Lift)?;
        let lifted = self.moderation.write().lift(number, now());
        let Sanction { name, .. } = lifted.ok_or_else(|| format!("There is no number {number}."))?;
        info!(by = %self.by.known.id, number, "{} lifted what was against {name}", self.by.name);
        self.counters.sanctions_lifted.add(1);
        let saved = self.save().await;
        Ok(vec![format!("Number {number}, against {name}, is lifted.{saved}")])
    }

    fn list(self) -> Result<Vec<String>, String> {
        self.permit(Action::List)?;
        let (now, book) = (now(), self.moderation.read());
        let mut lines: Vec<_> = book.newest(now).take(LISTED_MAX).map(|sanction| line(sanction, now)).collect();
        match book.newest(now).count() {
            0 => lines.push("Nobody is muted or banned.".to_owned()),
            count if count > LISTED_MAX => lines.push(format!("And {} older ones.", count - LISTED_MAX)),
            _ => {}
        }
        Ok(lines)
    }

    async fn remove(self, rooms: &[RoomHandle], subject: &Subject, close: &Close) {
        for room in rooms {
            let _ = room.inbox.send(Inbound::Remove(subject.clone(), close.clone())).await;
        }
    }

    /// What is to be added to an answer.
    async fn save(self) -> &'static str {
        match self.moderation.save().await {
            Ok(()) => "",
            Err(error) => {
                warn!("the mutes and bans could not be saved: {error}");
                self.counters.sanctions_unsaved.add(1);
                " It could not be saved, and holds until the server ends."
            }
        }
    }
}

/// A mute or a ban in a line. The address stays on the server.
fn line(sanction: &Sanction, now: u64) -> String {
    let Sanction { number, measure, subject, name, by, .. } = sanction;
    let done = if *measure == Measure::Ban { "banned" } else { "muted" };
    let whom = if matches!(subject, Subject::Address(_)) { "'s address" } else { "" };
    format!("{number}: {name}{whom} is {done} {}: {} (by {by})", sanction.time(now), sanction.reason())
}
