//! Who has which seat in a room: whose it is, what takes it back, and how long it is held while its connection is lost.

use std::{collections::VecDeque, net::IpAddr, sync::Arc};

use tickwire_sync::{PlayerNumber, Tick, protocol::ResumeToken};

use crate::{
    authorization::{Action, Roles},
    identity::random_bytes,
    limits::Place,
    rooms::{Found, Known, Person, Who},
    speech,
};

/// So many of those who left are kept in mind.
const DEPARTED_MAX: usize = 32;

/// A person's seat.
#[derive(Debug)]
struct Seat {
    player: PlayerNumber,
    /// Which of the connections that had it has it now.
    visit: u64,
    person: Person,
    resume: ResumeToken,
    /// While its connection is lost.
    held: Option<Held>,
}

/// How a seat is held.
#[derive(Debug)]
struct Held {
    /// The tick up to which it is.
    until: Tick,
    /// What its address has less meanwhile.
    _place: Place,
}

/// Somebody who has just sat down.
#[derive(Debug)]
pub(crate) struct Seated {
    pub(crate) who: Who,
    pub(crate) person: Person,
    pub(crate) resume: ResumeToken,
    /// The connection that had the seat before, and may still be there.
    pub(crate) before: Option<Who>,
    /// Whether that one was lost.
    pub(crate) was_away: bool,
}

/// All people's seats in a room. There are never more than people may be in it.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    /// In order of player numbers.
    all: Vec<Seat>,
    /// For how many ticks a seat is held; 0 for not at all.
    hold_ticks: u32,
    /// The number of the visit that began last.
    visits: u64,
    held: usize,
    /// Who left last, and under which number, the latest at the end; never more than [`DEPARTED_MAX`].
    departed: VecDeque<(PlayerNumber, Person)>,
}

impl Seats {
    /// No seats yet; each is going to be held for so many ticks.
    pub(crate) fn new(hold_ticks: u32) -> Self {
        Self { hold_ticks, ..Self::default() }
    }

    /// How many there are, the held ones included.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// A seat for somebody new, under a number that nobody has.
    pub(crate) fn sit(&mut self, player: PlayerNumber, known: Known, name: Arc<str>) -> Seated {
        let (address, pace) = (known.address, Arc::new(speech::pace()));
        let seat = Seat { player, visit: 0, person: Person { known, name, pace }, resume: fresh(), held: None };
        let at = self.all.partition_point(|seat| seat.player < player);
        self.all.insert(at, seat);
        let seated = self.visit(at, address);
        Seated { before: None, ..seated }
    }

    /// The seat that a resume token takes back, which is used up by that. Roles come from another token: whoever does not show that again plays on
    /// without them.
    pub(crate) fn resume(&mut self, token: ResumeToken, known: Option<&Known>, address: IpAddr) -> Option<Seated> {
        // As numbers they are compared at once, not byte by byte.
        let number = |token: ResumeToken| u128::from_le_bytes(token.0);
        let at = self.all.iter().position(|seat| number(seat.resume) == number(token))?;
        let seat = &mut self.all[at].person.known;
        match known.filter(|known| known.id == seat.id) {
            Some(known) => (seat.roles, seat.until) = (known.roles, known.until),
            None => seat.roles = Roles::PLAYER,
        }
        Some(self.visit(at, address))
    }

    /// The seat that somebody has here already, by whatever connection; its name and its roles are as they are now.
    pub(crate) fn take_over(&mut self, known: &Known, name: &Arc<str>) -> Option<Seated> {
        let at = self.all.iter().position(|seat| seat.person.known.id == known.id)?;
        let person = &mut self.all[at].person;
        (person.known, person.name) = (known.clone(), Arc::clone(name));
        Some(self.visit(at, known.address))
    }

    /// Another connection has the seat from now on, and another token takes it back.
    fn visit(&mut self, at: usize, address: IpAddr) -> Seated {
        let seat = &mut self.all[at];
        let before = Who::Player(seat.player, seat.visit);
        self.visits += 1;
        (seat.visit, seat.resume, seat.person.known.address) = (self.visits, fresh(), address);
        let was_away = seat.held.take().is_some();
        self.held -= usize::from(was_away);
        Seated {
            who: Who::Player(seat.player, seat.visit),
            person: seat.person.clone(),
            resume: seat.resume,
            before: Some(before),
            was_away,
        }
    }

    /// A connection is lost: its seat is held. Gives its number; `None` where it has no seat any more, or is to [`leave`](Self::leave) since
    /// none is held here.
    pub(crate) fn lose(&mut self, who: Who, now: Tick, place: Place) -> Option<PlayerNumber> {
        if self.hold_ticks == 0 {
            return None;
        }
        let at = self.find(who)?;
        self.all[at].held = Some(Held { until: now + self.hold_ticks, _place: place });
        self.held += 1;
        Some(self.all[at].player)
    }

    /// A connection ended for good: its seat is free. Gives its number; `None` where it has no seat any more.
    pub(crate) fn leave(&mut self, who: Who) -> Option<PlayerNumber> {
        let at = self.find(who)?;
        Some(self.remove(at))
    }

    /// Frees a seat that is held no longer at a tick, and gives its number.
    pub(crate) fn expire(&mut self, now: Tick) -> Option<PlayerNumber> {
        if self.held == 0 {
            return None;
        }
        let at = self.all.iter().position(|seat| seat.held.as_ref().is_some_and(|held| held.until <= now))?;
        Some(self.remove(at))
    }

    /// Frees a seat whose player is meant, be it held or not; gives who has it, or had it before it was lost.
    pub(crate) fn banish(&mut self, is_meant: impl Fn(&Known) -> bool) -> Option<Who> {
        let at = self.all.iter().position(|seat| is_meant(&seat.person.known))?;
        let Seat { player, visit, .. } = self.all[at];
        self.remove(at);
        Some(Who::Player(player, visit))
    }

    /// Frees a seat, and gives its number. Who had it can still be named by that for a while.
    fn remove(&mut self, at: usize) -> PlayerNumber {
        let Seat { player, person, held, .. } = self.all.remove(at);
        self.held -= usize::from(held.is_some());
        if self.departed.len() == DEPARTED_MAX {
            self.departed.pop_front();
        }
        self.departed.push_back((player, person));
        player
    }

    /// Who has that number, also one who is away; or had it until it left lately.
    pub(crate) fn find_person(&self, player: PlayerNumber) -> Option<Found> {
        if let Ok(at) = self.all.binary_search_by_key(&player, |seat| seat.player) {
            return Some(Found { person: self.all[at].person.clone(), is_here: true });
        }
        let (_, person) = self.departed.iter().rfind(|(number, _)| *number == player)?;
        Some(Found { person: person.clone(), is_here: false })
    }

    /// Whether somebody had that number who left lately. While there are others, it is not given again: somebody may still be naming that one by it.
    pub(crate) fn was_taken(&self, player: PlayerNumber) -> bool {
        self.departed.iter().any(|(number, _)| *number == player)
    }

    /// The person at the other end of a connection, as long as that has its seat.
    pub(crate) fn person(&self, who: Who) -> Option<Person> {
        self.find(who).map(|at| self.all[at].person.clone())
    }

    /// Whether somebody here may do that.
    pub(crate) fn permit(&self, who: Who, action: Action) -> bool {
        self.find(who).is_some_and(|at| self.all[at].person.known.roles.permit(action))
    }

    /// The seat of a connection that is not lost.
    fn find(&self, who: Who) -> Option<usize> {
        let Who::Player(player, visit) = who else { return None };
        let at = self.all.binary_search_by_key(&player, |seat| seat.player).ok()?;
        let seat = &self.all[at];
        (seat.visit == visit && seat.held.is_none()).then_some(at)
    }
}

fn fresh() -> ResumeToken {
    ResumeToken(random_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::somebody;

    const HOLD_TICKS: u32 = 30;
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn seats() -> Seats {
        Seats::new(HOLD_TICKS)
    }

    fn sit(seats: &mut Seats, player: PlayerNumber, id: &str) -> Seated {
        seats.sit(player, known(id), id.into())
    }

    fn known(id: &str) -> Known {
        Known::new(&somebody(id), HOME)
    }

    #[test]
    fn a_resume_token_takes_its_own_seat_back_once() {
        let mut seats = seats();
        sit(&mut seats, 0, "grace");
        let ada = sit(&mut seats, 1, "ada");
        assert_eq!(seats.lose(ada.who, 100, Place::of_a_test()), Some(1));
        let back = seats.resume(ada.resume, None, HOME).expect("it is held");
        assert!(back.was_away && back.before == Some(ada.who) && back.who != ada.who && back.resume != ada.resume);
        assert!(seats.resume(ada.resume, None, HOME).is_none(), "it is used up");
        assert!(seats.resume(ResumeToken([0; 16]), None, HOME).is_none());
        assert_eq!(seats.count(), 2);
    }

    #[test]
    fn a_seat_is_held_for_its_time_and_then_free() {
        let mut seats = seats();
        let ada = sit(&mut seats, 4, "ada");
        seats.lose(ada.who, 100, Place::of_a_test());
        assert_eq!((seats.count(), seats.expire(100 + HOLD_TICKS - 1)), (1, None));
        assert_eq!((seats.expire(100 + HOLD_TICKS), seats.expire(u32::MAX)), (Some(4), None));
        assert!(seats.resume(ada.resume, None, HOME).is_none() && seats.count() == 0);
    }

    #[test]
    fn what_is_left_of_a_connection_that_was_taken_over_moves_nothing() {
        let mut seats = seats();
        let first = sit(&mut seats, 1, "ada");
        let second = seats.take_over(&known("ada"), &"Ada".into()).expect("the same player");
        assert!(!second.was_away && second.before == Some(first.who) && &*second.person.name == "Ada");
        assert_eq!((seats.lose(first.who, 9, Place::of_a_test()), seats.leave(first.who)), (None, None));
        assert!(seats.permit(second.who, Action::Play) && !seats.permit(first.who, Action::Play));
        assert!(seats.take_over(&known("grace"), &"Ada".into()).is_none(), "a name is nobody's");
        assert_eq!((seats.leave(second.who), seats.count()), (Some(1), 0));
    }

    #[test]
    fn who_is_banished_has_no_seat_to_come_back_to_held_or_not() {
        let mut seats = seats();
        let (ada, grace) = (sit(&mut seats, 1, "ada"), sit(&mut seats, 2, "grace"));
        seats.lose(ada.who, 100, Place::of_a_test());
        assert_eq!(seats.banish(|known| known.id == ada.person.known.id && known.address == HOME), Some(ada.who));
        assert!(seats.resume(ada.resume, None, HOME).is_none() && seats.person(ada.who).is_none());
        assert_eq!((seats.expire(u32::MAX), seats.count()), (None, 1));
        assert_eq!(seats.banish(|known| known.address == HOME), Some(grace.who));
        assert_eq!((seats.banish(|_| true), seats.leave(grace.who)), (None, None));
    }

    #[test]
    fn a_resume_token_takes_no_roles_back_but_the_token_that_they_came_from_does() {
        let mut seats = seats();
        let admin = |until| Known { roles: Roles::named(["admin"]), until: Some(until), ..known("root") };
        let mut root = seats.sit(1, admin(500), "root".into());
        for other in [None, Some(known("a guest"))] {
            assert!(seats.permit(root.who, Action::Ban));
            let back = seats.resume(root.resume, other.as_ref(), HOME).expect("its seat");
            assert!(seats.permit(back.who, Action::Play) && !seats.permit(back.who, Action::Ban));
            root = seats.resume(back.resume, Some(&admin(900)), HOME).expect("its seat");
        }
        assert!(root.person.known.until == Some(900) && seats.permit(root.who, Action::Ban));
    }

    #[test]
    fn who_left_can_still_be_named_and_its_pace_is_its_own_for_as_long_as_it_has_the_seat() {
        let mut seats = seats();
        let ada = sit(&mut seats, 1, "ada");
        let back = seats.take_over(&known("ada"), &"ada".into()).expect("the same player");
        assert!(Arc::ptr_eq(&ada.person.pace, &back.person.pace));
        assert!(seats.find_person(1).expect("it is here").is_here && !seats.was_taken(1));
        seats.leave(back.who);
        let found = seats.find_person(1).expect("it was here");
        assert!(!found.is_here && &*found.person.name == "ada" && seats.was_taken(1));
        sit(&mut seats, 1, "grace");
        assert_eq!(&*seats.find_person(1).expect("she is here").person.name, "grace");
        for number in 2..2 + DEPARTED_MAX as PlayerNumber {
            let passer = sit(&mut seats, number, "passer");
            seats.leave(passer.who);
        }
        assert!(seats.departed.len() == DEPARTED_MAX && !seats.was_taken(1) && seats.was_taken(2));
    }

    #[test]
    fn where_no_seat_is_held_a_lost_connection_leaves() {
        let mut seats = Seats::new(0);
        let ada = sit(&mut seats, 1, "ada");
        assert_eq!((seats.lose(ada.who, 9, Place::of_a_test()), seats.leave(ada.who)), (None, Some(1)));
    }
}
