//! Who is muted or banned, for how long and why: without clock, file or lock.

use std::{collections::HashMap, net::IpAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use tickwire_sync::protocol::{Close, CloseCode};

use crate::{authorization::Roles, identity::PlayerId, rooms::Known};

/// How many mutes and bans there may be; further ones are refused.
pub(crate) const SANCTIONS_MAX: usize = 4096;
/// Of an IPv6 address, so many bits name whoever has it.
const IPV6_BITS: u8 = 64;
/// What stands in place of no reason.
const NO_REASON: &str = "no reason given";

/// What is done against somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Measure {
    /// What it says reaches nobody.
    Mute,
    /// It is not let in.
    Ban,
}

/// Against whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Subject {
    /// A player, wherever it comes from.
    Player(PlayerId),
    /// Whoever comes from there.
    Address(IpNet),
}

impl Subject {
    /// Whoever comes from where this address is.
    pub(crate) fn at(address: IpAddr) -> Self {
        let bits = if address.is_ipv4() { 32 } else { IPV6_BITS };
        Self::Address(IpNet::new(address, bits).expect("so many bits an address has").trunc())
    }

    /// Whether somebody is meant. What is done against an address spares moderators and admins there: those are taken by themselves.
    pub(crate) fn is(&self, whom: &Whom) -> bool {
        match self {
            Self::Player(id) => whom.player == Some(id),
            Self::Address(network) => network.contains(&whom.address) && !whom.roles.outrank(Roles::PLAYER),
        }
    }
}

/// Somebody who may be meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whom<'a> {
    /// `None` of somebody whom the server does not know.
    pub(crate) player: Option<&'a PlayerId>,
    pub(crate) roles: Roles,
    pub(crate) address: IpAddr,
}

impl<'a> From<&'a Known> for Whom<'a> {
    fn from(Known { id, roles, address, .. }: &'a Known) -> Self {
        Self { player: Some(id), roles: *roles, address: *address }
    }
}

/// A mute or a ban. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Sanction {
    /// By which it is lifted; never given again.
    pub(crate) number: u32,
    pub(crate) measure: Measure,
    pub(crate) subject: Subject,
    /// What the player was called.
    pub(crate) name: String,
    /// Who did it.
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) since: u64,
    /// `None`: for good.
    pub(crate) until: Option<u64>,
}

impl Sanction {
    fn holds(&self, now: u64) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// For how long it holds yet.
    pub(crate) fn time(&self, now: u64) -> String {
        self.until.map_or_else(|| "for good".to_owned(), |until| format!("for {}", span(until.saturating_sub(now))))
    }

    /// Why, in the words of who did it.
    pub(crate) fn reason(&self) -> &str {
        why(&self.reason)
    }

    /// What a banned player is told.
    pub(crate) fn close(&self, now: u64) -> Close {
        let reason = format!("you are banned here {}: {}", self.time(now), self.reason());
        Close { code: CloseCode::Banned, reason: reason.into() }
    }
}

/// What a player is told who is removed for this once.
pub(crate) fn kicked(reason: &str) -> Close {
    Close { code: CloseCode::Kicked, reason: format!("{}: {}", CloseCode::Kicked.reason(), why(reason)).into() }
}

fn why(reason: &str) -> &str {
    if reason.is_empty() { NO_REASON } else { reason }
}

/// A time in words, rounded up: nobody comes back too early.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        7200..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// All mutes and bans. Those whose time is over count for nothing, and go when room is needed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    /// The number that was given last.
    last: u32,
    all: HashMap<(Measure, Subject), Sanction>,
}

/// [`Book`] as it is kept.
#[derive(Deserialize, Serialize)]
struct Kept {
    last: u32,
    sanctions: Vec<Sanction>,
}

impl Book {
    /// From what [`write`](Self::write) wrote.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let Kept { last, sanctions } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if sanctions.len() > SANCTIONS_MAX {
            return Err(format!("it has {} mutes and bans, more than {SANCTIONS_MAX}", sanctions.len()));
        }
        let last = sanctions.iter().map(|sanction| sanction.number).fold(last, u32::max);
        let keyed = |sanction: Sanction| ((sanction.measure, sanction.subject.clone()), sanction);
        Ok(Self { last, all: sanctions.into_iter().map(keyed).collect() })
    }

    /// What holds, as text.
    pub(crate) fn write(&self, now: u64) -> String {
        let mut sanctions: Vec<_> = self.newest(now).cloned().collect();
        sanctions.reverse();
        serde_json::to_string_pretty(&Kept { last: self.last, sanctions }).expect("plain data becomes JSON")
    }

    /// What is done against a player or its address now. All of them are gone through: whoever keeps the file may have written wider networks
    /// into it than ours.
    pub(crate) fn find(&self, measure: Measure, whom: &Whom, now: u64) -> Option<&Sanction> {
        let mut of_kind = self.all.values().filter(|sanction| sanction.measure == measure && sanction.holds(now));
        of_kind.find(|sanction| sanction.subject.is(whom))
    }

    /// Writes one in, in place of an older one of the same kind against the same; its number is given here. `None` where there are too many.
    pub(crate) fn add(&mut self, sanction: Sanction, now: u64) -> Option<&Sanction> {
        if self.all.len() >= SANCTIONS_MAX {
            self.all.retain(|_, sanction| sanction.holds(now));
        }
        let key = (sanction.measure, sanction.subject.clone());
        if self.all.len() >= SANCTIONS_MAX && !self.all.contains_key(&key) {
            return None;
        }
        self.last += 1;
        let numbered = Sanction { number: self.last, ..sanction };
        Some(self.all.entry(key).insert_entry(numbered).into_mut())
    }

    /// Ends one before its time.
    pub(crate) fn lift(&mut self, number: u32, now: u64) -> Option<Sanction> {
        let found = self.all.iter().find(|(_, sanction)| sanction.number == number && sanction.holds(now));
        let key = found?.0.clone();
        self.all.remove(&key)
    }

    /// What holds, the newest first.
    pub(crate) fn newest(&self, now: u64) -> impl Iterator<Item = &Sanction> {
        let mut all: Vec<_> = self.all.values().filter(|sanction| sanction.holds(now)).collect();
        all.sort_by_key(|sanction| std::cmp::Reverse(sanction.number));
        all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use tickwire_sync::protocol::{close::REASON_BYTES_MAX, limits::SANCTION_REASON_BYTES_MAX};

    use super::*;
    use crate::identity::somebody;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn against(subject: Subject, measure: Measure, until: Option<u64>) -> Sanction {
        let (name, by, reason) = ("Mallory".into(), "Ada".into(), "spam".into());
        Sanction { number: 0, measure, subject, name, by, reason, since: 100, until }
    }

    fn player(id: &str) -> Subject {
        Subject::Player(somebody(id).id)
    }

    fn is_banned(book: &Book, id: &str, address: IpAddr, now: u64) -> bool {
        is_banned_as(Roles::PLAYER, book, id, address, now)
    }

    fn is_banned_as(roles: Roles, book: &Book, id: &str, address: IpAddr, now: u64) -> bool {
        let whom = Whom { player: Some(&somebody(id).id), roles, address };
        book.find(Measure::Ban, &whom, now).is_some()
    }

    #[test]
    fn a_ban_holds_for_its_time_and_one_for_good_for_good() {
        let mut book = Book::default();
        book.add(against(player("mallory"), Measure::Ban, Some(200)), 100).expect("room");
        assert!(is_banned(&book, "mallory", HOME, 199) && !is_banned(&book, "mallory", HOME, 200));
        assert!(!is_banned(&book, "ada", HOME, 199));
        let mallory = somebody("mallory").id;
        let whom = Whom { player: Some(&mallory), roles: Roles::PLAYER, address: HOME };
        assert!(book.find(Measure::Mute, &whom, 150).is_none(), "it may speak elsewhere");
        book.add(against(player("mallory"), Measure::Ban, None), 150).expect("room");
        assert!(is_banned(&book, "mallory", HOME, u64::MAX));
        assert_eq!(book.newest(150).count(), 1, "the newer one took the place of the older");
    }

    #[test]
    fn an_address_is_banned_for_whoever_comes_from_there_and_nobody_else() {
        let mut book = Book::default();
        book.add(against(Subject::at(HOME), Measure::Ban, None), 0).expect("room");
        let next_door = "192.0.2.8".parse().expect("an address");
        assert!(is_banned(&book, "anybody", HOME, 9) && !is_banned(&book, "anybody", next_door, 9));
        let [one, other, outside] = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
            .map(|text| text.parse().expect("an address"));
        book.add(against(Subject::at(one), Measure::Ban, None), 0).expect("room");
        assert!(is_banned(&book, "anybody", other, 9) && !is_banned(&book, "anybody", outside, 9));
    }

    #[test]
    fn a_ban_of_an_address_spares_the_moderators_there_and_one_of_themselves_does_not() {
        let mut book = Book::default();
        book.add(against(Subject::at(HOME), Measure::Ban, None), 0).expect("room");
        let moderator = Roles::named(["moderator"]);
        assert!(!is_banned_as(moderator, &book, "grace", HOME, 9) && is_banned(&book, "grace", HOME, 9));
        book.add(against(player("grace"), Measure::Ban, None), 0).expect("room");
        assert!(is_banned_as(moderator, &book, "grace", HOME, 9));
    }

    #[test]
    fn a_network_that_was_written_into_the_file_by_hand_is_banned_as_it_stands_there() {
        let subject = Subject::Address("192.0.2.0/24".parse().expect("a network"));
        let text = serde_json::to_string(&Kept { last: 0, sanctions: vec![against(subject, Measure::Ban, None)] });
        let book = Book::read(&text.expect("JSON")).expect("it can be read");
        assert!(is_banned(&book, "anybody", HOME, 9));
        assert!(!is_banned(&book, "anybody", "192.0.3.7".parse().expect("an address"), 9));
    }

    #[test]
    fn what_is_lifted_holds_no_more_and_its_number_is_never_given_again() {
        let mut book = Book::default();
        let number = book.add(against(player("mallory"), Measure::Ban, None), 0).expect("room").number;
        assert!(book.lift(number, 1).is_some() && book.lift(number, 1).is_none());
        assert!(!is_banned(&book, "mallory", HOME, 1));
        assert_eq!(book.add(against(player("eve"), Measure::Mute, None), 1).expect("room").number, number + 1);
        let again = Book::read(&Book::default().write(0)).expect("it was written");
        assert_eq!(again, Book::default());
    }

    #[test]
    fn a_book_is_read_as_it_was_written_without_what_is_over() {
        let mut book = Book::default();
        book.add(against(player("mallory"), Measure::Ban, Some(50)), 0).expect("room");
        book.add(against(Subject::at(HOME), Measure::Mute, Some(500)), 0).expect("room");
        book.add(against(player("eve"), Measure::Ban, None), 0).expect("room");
        let again = Book::read(&book.write(100)).expect("it was written");
        assert!(again.newest(100).eq(book.newest(100)) && again.last == 3);
        assert_eq!(again.newest(0).count(), 2);
        assert!(Book::read("{}").is_err() && Book::read("").is_err());
    }

    #[test]
    fn a_full_book_takes_no_more_until_something_is_over() {
        let mut book = Book::default();
        for number in 0..SANCTIONS_MAX {
            book.add(against(player(&number.to_string()), Measure::Ban, Some(200)), 100).expect("room");
        }
        assert!(book.add(against(player("one more"), Measure::Ban, None), 100).is_none());
        assert!(book.add(against(player("7"), Measure::Ban, None), 100).is_some(), "in place of an older one");
        assert!(book.add(against(player("one more"), Measure::Ban, None), 200).is_some());
    }

    #[test]
    fn what_somebody_is_told_says_why_and_for_how_long_and_fits_a_close_frame() {
        let ban = against(player("mallory"), Measure::Ban, Some(3700));
        assert_eq!(ban.close(100).reason, "you are banned here for 60 min: spam");
        assert_eq!(
            against(player("mallory"), Measure::Ban, None).close(0).reason,
            "you are banned here for good: spam"
        );
        assert_eq!(kicked("").reason, "a moderator removed you: no reason given");
        let longest = Sanction { reason: "a".repeat(SANCTION_REASON_BYTES_MAX), until: Some(u32::MAX.into()), ..ban };
        for close in [longest.close(0), kicked(&longest.reason)] {
            assert!(close.reason.len() <= REASON_BYTES_MAX, "{}", close.reason);
        }
        let spans: Vec<_> = [59, 119, 121, 7199, 7201, 172_801].map(span).into();
        assert_eq!(spans, ["59 s", "119 s", "3 min", "120 min", "3 h", "3 days"]);
    }
}
