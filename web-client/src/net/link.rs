//! The life of a connection, without any I/O: what happened goes in with its time, orders for the socket come out.

use std::collections::VecDeque;

use tickwire_sync::{
    client::{Session, SessionError},
    game::Game,
    protocol::{CloseCode, Role, Watched},
};

use super::{
    backoff::Backoff,
    farewell::{Farewell, LOST, Next, STILL_OTHER_VERSION, farewell},
};

/// A connection that is not welcomed within this time is given up.
const CONNECT_SECONDS: f64 = 8.0;
/// After this silence the player is told: a server says something every 100 ms.
const QUIET_SECONDS: f64 = 2.0;
/// After this silence the connection is taken for lost: an open socket may hang for minutes.
const LOST_SECONDS: f64 = 6.0;
/// A page that slept itself must not blame the server: no longer silence than this counts between two polls.
const POLL_SECONDS_MAX: f64 = 0.5;

/// What a connection is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Nobody asked for one.
    Idle,
    /// A socket opens, or waits for the welcome.
    Connecting,
    /// Welcomed.
    Playing,
    /// It broke, and another try is due.
    Lost {
        /// A sentence for the player.
        why: String,
        /// When the next try is due, in seconds.
        retry_at: f64,
    },
    /// It ended, and only the player can begin another.
    Refused {
        /// A sentence for the player.
        why: String,
    },
}

/// What the driver of a link has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open a socket.
    Open,
    /// Close the socket and forget it; nothing that it still says is of interest.
    Close,
    /// Load the page anew, or call [`Link::cannot_reload`] if that was tried already.
    Reload,
}

/// What a message brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A session began.
    Welcome,
    /// The session went on.
    Message,
    /// It came too late.
    Nothing,
    /// It was no good, and the session ended; why, for whoever looks into it.
    Broken(String),
}

/// A connection, over all its tries.
#[derive(Debug)]
pub struct Link<G: Game> {
    phase: Phase,
    name: String,
    room: String,
    role: Role,
    /// The running session; after a loss the last one, so that its world can be shown standing still.
    session: Option<Session<G>>,
    backoff: Backoff,
    orders: VecDeque<Order>,
    /// Nobody looks at the page.
    hidden: bool,
    /// The seat was given up since nobody looked.
    given_up: bool,
    connecting_since: f64,
    /// Seconds without a message, as counted from poll to poll.
    quiet: f64,
    polled: f64,
    /// When the session that is shown stopped.
    stopped: f64,
    /// Why it stopped, which tries that nobody answers do not tell.
    cause: Option<String>,
}

impl<G: Game> Default for Link<G> {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            name: String::new(),
            room: String::new(),
            role: Role::Player,
            session: None,
            backoff: Backoff::default(),
            orders: VecDeque::new(),
            hidden: false,
            given_up: false,
            connecting_since: 0.0,
            quiet: 0.0,
            polled: 0.0,
            stopped: 0.0,
            cause: None,
        }
    }
}

impl<G: Game> Link<G> {
    /// The player wants to play, or to watch.
    pub fn enter(&mut self, role: Role, name: &str, room: &str, now: f64) {
        name.clone_into(&mut self.name);
        room.clone_into(&mut self.room);
        self.role = role;
        self.backoff.reset();
        self.cause = None;
        self.connect(now);
    }

    /// The player does not want to wait for the next try.
    pub fn retry_now(&mut self, now: f64) {
        if matches!(self.phase, Phase::Lost { .. } | Phase::Refused { .. }) {
            self.connect(now);
        }
    }

    /// The page was hidden, or is seen again: the server sends nothing meanwhile, and holds the seat for a while.
    pub fn hide(&mut self, hidden: bool, now: f64) {
        if core::mem::replace(&mut self.hidden, hidden) == hidden {
            return;
        }
        self.quiet = 0.0;
        match (&self.phase, &mut self.session) {
            (Phase::Playing, Some(session)) if hidden => session.go_away(),
            (Phase::Playing, Some(session)) => session.come_back(),
            (Phase::Refused { .. }, Some(_)) if !hidden && self.given_up => self.connect(now),
            _ => {}
        }
    }

    /// The player leaves.
    pub fn leave(&mut self) {
        self.orders.push_back(Order::Close);
        self.phase = Phase::Idle;
        self.session = None;
    }

    fn connect(&mut self, now: f64) {
        self.phase = Phase::Connecting;
        self.connecting_since = now;
        self.orders.push_back(Order::Open);
    }

    /// The socket is open: the message to begin with.
    pub fn opened(&self) -> Vec<u8> {
        Session::<G>::hello(&self.name, &self.room, self.role)
    }

    /// A message came.
    pub fn received(&mut self, bytes: &[u8], now: f64) -> Received {
        self.quiet = 0.0;
        let result = match (&self.phase, &mut self.session) {
            (Phase::Connecting, _) => Session::welcome(bytes).map(|mut session| {
                // Who watched before the connection was lost goes on watching the same.
                let watched = self.session.as_ref().map_or(Watched::Everything, Session::watched);
                if session.player().is_none() {
                    session.watch(watched);
                }
                self.session = Some(session);
                self.phase = Phase::Playing;
                self.cause = None;
                self.backoff.reset();
                if let Some(session) = self.session.as_mut().filter(|_| self.hidden) {
                    session.go_away();
                }
                Received::Welcome
            }),
            (Phase::Playing, Some(session)) => session.receive(bytes, now).map(|()| Received::Message),
            _ => return Received::Nothing,
        };
        result.unwrap_or_else(|error| {
            let next = if matches!(error, SessionError::RulesDiffer { .. }) { Next::Reload } else { Next::Stop };
            let why = "The server sent what this page does not understand.".to_owned();
            self.orders.push_back(Order::Close);
            self.end(Farewell { next, why }, now, 0.0);
            Received::Broken(error.to_string())
        })
    }

    /// The socket closed by itself; `chance` is random, from 0 to 1.
    pub fn closed(&mut self, code: u16, reason: &str, now: f64, chance: f64) {
        if matches!(self.phase, Phase::Connecting | Phase::Playing) {
            self.given_up = code == CloseCode::Away.number();
            self.end(farewell(code, reason), now, chance);
        }
    }

    fn end(&mut self, Farewell { next, why }: Farewell, now: f64, chance: f64) {
        if self.phase == Phase::Playing {
            self.stopped = now;
            self.cause = Some(why.clone());
        }
        let why = if why == LOST { self.cause.clone().unwrap_or(why) } else { why };
        self.phase = match next {
            Next::Retry => Phase::Lost { why, retry_at: now + self.backoff.wait(chance) },
            Next::Stop => Phase::Refused { why },
            Next::Reload => {
                self.orders.push_back(Order::Reload);
                Phase::Refused { why }
            }
        };
    }

    /// The page was reloaded already, and still does not fit.
    pub fn cannot_reload(&mut self) {
        self.phase = Phase::Refused { why: STILL_OTHER_VERSION.to_owned() };
    }

    /// To be called a few times a second: notices silence, and begins the next try when it is due. `chance` is random, from 0 to 1.
    pub fn poll(&mut self, now: f64, chance: f64) {
        let passed = (now - self.polled).clamp(0.0, POLL_SECONDS_MAX);
        self.polled = now;
        match &self.phase {
            Phase::Connecting if now - self.connecting_since > CONNECT_SECONDS => {
                self.orders.push_back(Order::Close);
                self.end(lost("The server does not answer."), now, chance);
            }
            Phase::Playing => {
                self.quiet += if self.hidden { 0.0 } else { passed };
                if self.quiet > LOST_SECONDS {
                    self.orders.push_back(Order::Close);
                    self.end(lost(LOST), now, chance);
                }
            }
            Phase::Lost { retry_at, .. } if now >= *retry_at => self.connect(now),
            _ => {}
        }
    }

    /// What is to be done next with the socket.
    pub fn take_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// What the connection is doing.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// How many tries there were since the last welcome.
    pub fn tries(&self) -> u32 {
        self.backoff.tries()
    }

    /// Whether the server is silent for longer than it should be.
    pub fn no_signal(&self) -> bool {
        self.phase == Phase::Playing && self.quiet > QUIET_SECONDS
    }

    /// Whether somebody plays or watches.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The session that runs.
    pub fn running(&mut self) -> Option<&mut Session<G>> {
        if self.phase == Phase::Playing { self.session.as_mut() } else { None }
    }

    /// The session to draw, running or stopped, and the time at which to look at it.
    pub fn shown(&self, now: f64) -> Option<(&Session<G>, f64)> {
        let time = if self.phase == Phase::Playing { now } else { self.stopped };
        self.session.as_ref().map(|session| (session, time))
    }
}

fn lost(why: &str) -> Farewell {
    Farewell { next: Next::Retry, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::{
        game::{RulesSource, rules_hash},
        protocol::{ClientMessage, ServerMessage, Welcome, decode_client, encode_server},
    };

    use super::*;

    fn welcome(wrong: u64) -> Vec<u8> {
        let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
        let rules_hash = rules_hash::<Arena>(source, 30) ^ wrong;
        let (tuning, map) = (DEFAULT_TUNING, DEFAULT_MAP);
        encode_server(&ServerMessage::Welcome(Welcome {
            player: Some(3),
            room: "main",
            tick: 9,
            tick_rate: 30,
            delay: 0,
            tuning,
            map,
            rules_hash,
        }))
    }

    fn orders(link: &mut Link<Arena>) -> Vec<Order> {
        std::iter::from_fn(|| link.take_order()).collect()
    }

    fn playing() -> Link<Arena> {
        let mut link = Link::default();
        link.enter(Role::Player, "Ada", "", 0.0);
        assert_eq!(link.received(&welcome(0), 0.1), Received::Welcome);
        assert_eq!(orders(&mut link), [Order::Open]);
        link
    }

    #[test]
    fn a_lost_connection_is_retried_by_itself_with_its_last_world_standing_still() {
        let mut link = playing();
        link.closed(1006, "", 5.0, 0.5);
        assert_eq!(link.phase(), &Phase::Lost { why: "Connection lost.".to_owned(), retry_at: 5.5 });
        assert_eq!(link.shown(9.0).map(|(_, time)| time), Some(5.0));
        link.poll(5.4, 0.5);
        assert_eq!(orders(&mut link), []);
        link.poll(5.6, 0.5);
        assert_eq!((orders(&mut link), link.phase()), (vec![Order::Open], &Phase::Connecting));
        assert_eq!(link.shown(9.0).map(|(_, time)| time), Some(5.0));
        link.closed(1006, "", 5.7, 0.5);
        assert!(matches!(link.phase(), Phase::Lost { retry_at, .. } if *retry_at > 6.6), "the second wait is longer");
    }

    #[test]
    fn tries_that_nobody_answers_keep_the_first_reason() {
        let mut link = playing();
        link.closed(CloseCode::GoingAway.number(), "", 5.0, 0.5);
        link.poll(5.6, 0.5);
        link.closed(1006, "", 5.7, 0.5);
        assert!(matches!(link.phase(), Phase::Lost { why, .. } if why == "The server is restarting."));
    }

    #[test]
    fn silence_is_shown_after_two_seconds_and_lost_after_six() {
        let mut link = playing();
        let mut now = 0.1;
        let mut pass = |link: &mut Link<Arena>, quarters: u32| {
            for _ in 0..quarters {
                now += 0.25;
                link.poll(now, 0.5);
            }
        };
        pass(&mut link, 7);
        assert!(!link.no_signal());
        pass(&mut link, 2);
        assert!(link.no_signal());
        pass(&mut link, 14);
        assert_eq!(link.phase(), &Phase::Playing);
        pass(&mut link, 1);
        assert!(matches!(link.phase(), Phase::Lost { .. }));
        assert_eq!(orders(&mut link), [Order::Close]);
    }

    #[test]
    fn a_page_that_slept_itself_does_not_blame_the_server() {
        let mut link = playing();
        link.poll(1.0, 0.5);
        link.poll(100.0, 0.5);
        assert_eq!(link.phase(), &Phase::Playing);
    }

    #[test]
    fn a_server_that_does_not_answer_is_given_up_and_tried_again() {
        let mut link: Link<Arena> = Link::default();
        link.enter(Role::Player, "Ada", "", 0.0);
        link.poll(CONNECT_SECONDS + 0.1, 0.5);
        assert_eq!(orders(&mut link), [Order::Open, Order::Close]);
        assert!(matches!(link.phase(), Phase::Lost { .. }));
    }

    #[test]
    fn other_rules_reload_the_page_and_a_second_time_say_so() {
        let mut link: Link<Arena> = Link::default();
        link.enter(Role::Player, "Ada", "", 0.0);
        assert!(matches!(link.received(&welcome(1), 0.1), Received::Broken(_)));
        assert_eq!(orders(&mut link), [Order::Open, Order::Close, Order::Reload]);
        link.cannot_reload();
        assert!(matches!(link.phase(), Phase::Refused { why } if why == STILL_OTHER_VERSION));
    }

    #[test]
    fn a_refusal_waits_for_the_player_and_a_full_room_does_not() {
        let mut link = playing();
        link.closed(CloseCode::NoSuchRoom.number(), "", 1.0, 0.5);
        link.poll(99.0, 0.5);
        assert!(matches!(link.phase(), Phase::Refused { .. }) && orders(&mut link).is_empty());
        link.retry_now(100.0);
        assert_eq!(orders(&mut link), [Order::Open]);
        link.closed(CloseCode::RoomFull.number(), "", 101.0, 0.5);
        assert!(matches!(link.phase(), Phase::Lost { .. }));
    }

    #[test]
    fn bytes_that_are_no_message_end_the_connection_with_a_sentence() {
        let mut link = playing();
        let Received::Broken(detail) = link.received(&[255, 255, 255], 1.0) else { panic!("it was taken in") };
        assert!(detail.starts_with("the server sent not a message"), "{detail}");
        assert_eq!(orders(&mut link), [Order::Close]);
        assert!(matches!(link.phase(), Phase::Refused { .. }));
        assert_eq!(link.received(&welcome(0), 1.1), Received::Nothing);
    }

    fn said(link: &mut Link<Arena>) -> Vec<Vec<u8>> {
        link.running().expect("it plays").take_outgoing().collect()
    }

    #[test]
    fn a_hidden_page_says_so_and_is_not_taken_for_lost() {
        let mut link = playing();
        link.hide(true, 1.0);
        assert_eq!(decode_client(&said(&mut link)[0]).expect("a message"), ClientMessage::Away);
        (0..200).for_each(|step| link.poll(1.0 + f64::from(step) * 0.2, 0.5));
        assert!(link.running().is_some() && !link.no_signal());
        link.hide(false, 41.0);
        assert_eq!(decode_client(&said(&mut link)[0]).expect("a message"), ClientMessage::Back);
    }

    #[test]
    fn a_seat_that_was_given_up_while_the_page_was_hidden_is_asked_for_again_when_it_is_seen() {
        let mut link = playing();
        link.hide(true, 1.0);
        link.closed(CloseCode::Away.number(), "", 130.0, 0.5);
        link.poll(140.0, 0.5);
        assert_eq!(orders(&mut link), []);
        link.hide(false, 150.0);
        assert_eq!(orders(&mut link), [Order::Open]);
    }
}
