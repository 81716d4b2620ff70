//! The life of a connection, without any I/O: what happened goes in with its time, orders for the socket come out.

use std::collections::VecDeque;

use tickwire_sync::{
    client::{Session, SessionError},
    game::Game,
    protocol::{Close, CloseCode, Credentials, OwnedToken, ResumeToken, Role, Watched},
};

use super::{
    backoff::Backoff,
    farewell::{Farewell, GONE, LOST, NO_ROOM, Next, STILL_OTHER_VERSION, UNREACHED, Why, farewell},
};

/// A connection that is not welcomed within this time is given up.
const CONNECT_SECONDS: f64 = 8.0;
/// After this silence the player is told: a server says something every 100 ms. With a tenth of a second from one look to the next, that is
/// within half a second.
const QUIET_SECONDS: f64 = 0.4;
/// After this silence the connection is taken for lost: an open socket may hang for minutes.
const LOST_SECONDS: f64 = 6.0;
/// While a seat is held, tries follow each other so closely, in seconds: whoever is back on the network is back in the game within a second.
const HELD_WAIT_SECONDS_MAX: f64 = 0.5;
/// Where there was no place, the next try comes after about this, in seconds: places become free slowly, and many may be waiting.
const FULL_WAIT_SECONDS: f64 = 8.0;
/// After a silence of this length, a browser that says that it is back on the network has another connection than before.
const CUT_OFF_SECONDS: f64 = 1.0;
/// A server that has been away for longer than this, in seconds, is said to be gone: no restart takes so long.
const GONE_SECONDS: f64 = 30.0;
/// A page that slept itself must not blame the server: no longer silence than this counts between two polls.
const POLL_SECONDS_MAX: f64 = 0.3;

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
        why: Why,
        /// When the next try is due, in seconds.
        retry_at: f64,
    },
    /// It ended, and only the player can begin another.
    Refused {
        /// A sentence for the player.
        why: Why,
    },
}

/// What the driver of a link has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open a socket.
    Open,
    /// Close the socket and forget it; nothing that it still says is of interest. The seat is given up.
    Close,
    /// The same, but for the seat: should the server still hear of it, it is to hold it.
    GiveUp,
    /// Remember the token for the next visit; where there is none, forget the one that was remembered.
    Remember,
    /// Forget the token that the site around this page gave, and show the remembered one again, if there is one.
    ForgetGiven,
    /// Load the page anew, or call [`Link::cannot_reload`] if that was tried already.
    Reload,
}

/// How somebody came in who had been in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// To its own seat: same player, same avatar, same score.
    ToSeat,
    /// To a new one: the old one is held no longer.
    Anew,
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
    /// What shows who the player is.
    token: Option<OwnedToken>,
    /// Whether the token is from the site around this page, which alone can give another.
    token_is_given: bool,
    /// What takes the seat back, and until when it is held, in seconds; known since the connection is lost.
    resume: Option<ResumeToken>,
    held_until: Option<f64>,
    /// How the running session began, if there was one before.
    came_back: Option<Return>,
    /// The running session; after a loss the last one, so that its world can be shown standing still.
    session: Option<Session<G>>,
    backoff: Backoff,
    orders: VecDeque<Order>,
    /// Nobody looks at the page.
    hidden: bool,
    /// The seat was given up since nobody looked, or did anything.
    given_up: bool,
    connecting_since: f64,
    /// Seconds without a message, as counted from poll to poll.
    quiet: f64,
    polled: f64,
    /// When the session that is shown stopped.
    stopped: f64,
    /// Why it stopped, which tries that nobody answers do not tell.
    cause: Option<Why>,
}

impl<G: Game> Default for Link<G> {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            name: String::new(),
            room: String::new(),
            role: Role::Player,
            token: None,
            token_is_given: false,
            resume: None,
            held_until: None,
            came_back: None,
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
        self.forget_seat();
        self.backoff.reset();
        self.cause = None;
        self.connect(now);
    }

    /// What shows who the player is from the next try on: as the site around this page gave it, or as it was remembered.
    pub fn show_token(&mut self, token: OwnedToken, is_given: bool) {
        (self.token, self.token_is_given) = (Some(token), is_given);
    }

    /// The token to remember, which is not one that was given.
    pub fn token(&self) -> Option<&OwnedToken> {
        self.token.as_ref().filter(|_| !self.token_is_given)
    }

    fn forget_seat(&mut self) {
        (self.resume, self.held_until, self.came_back) = (None, None, None);
    }

    /// The browser is back on the network: whatever was under way is not any more.
    pub fn online(&mut self, now: f64, chance: f64) {
        match self.phase {
            Phase::Playing if self.quiet > CUT_OFF_SECONDS => {
                self.orders.push_back(Order::GiveUp);
                self.end(lost(LOST), now, chance);
                self.connect(now);
            }
            Phase::Connecting => {
                self.orders.push_back(Order::GiveUp);
                self.connect(now);
            }
            Phase::Lost { .. } => self.connect(now),
            Phase::Idle | Phase::Playing | Phase::Refused { .. } => {}
        }
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
        self.forget_seat();
    }

    /// The line is given up, and what was seen last stays to be looked at.
    pub fn stop(&mut self, now: f64) {
        if self.phase == Phase::Playing {
            self.stopped = now;
        }
        self.orders.push_back(Order::Close);
        self.phase = Phase::Idle;
    }

    fn connect(&mut self, now: f64) {
        self.phase = Phase::Connecting;
        self.connecting_since = now;
        self.orders.push_back(Order::Open);
    }

    /// The socket is open: the message to begin with.
    pub fn opened(&self) -> Vec<u8> {
        let token = self.token.as_ref().map(OwnedToken::borrowed).unwrap_or_default();
        let resume = self.resume.filter(|_| self.role == Role::Player);
        Session::<G>::hello_again(&self.name, &self.room, self.role, Credentials { token, resume })
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
                if let Some(token) = session.token() {
                    (self.token, self.token_is_given) = (Some(token.clone()), false);
                    self.orders.push_back(Order::Remember);
                }
                let back = if session.is_resumed() { Return::ToSeat } else { Return::Anew };
                self.came_back = self.resume.is_some().then_some(back);
                (self.resume, self.held_until) = (session.resume_token(), None);
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
            // A welcome that cannot be read is most likely that of a newer server.
            let is_other = self.phase == Phase::Connecting || matches!(error, SessionError::RulesDiffer { .. });
            let next = if is_other { Next::Reload } else { Next::Stop };
            self.orders.push_back(Order::Close);
            self.end(Farewell { next, why: "closed.nonsense".into() }, now, 0.0);
            Received::Broken(error.to_string())
        })
    }

    /// The socket closed by itself; `chance` is random, from 0 to 1.
    pub fn closed(&mut self, code: u16, reason: &str, now: f64, chance: f64) {
        if matches!(self.phase, Phase::Connecting | Phase::Playing) {
            let known = CloseCode::from_number(code);
            self.given_up = matches!(known, Some(CloseCode::Away | CloseCode::Idle));
            if code == CloseCode::TokenRefused.number() && self.token().is_some() {
                // Remembered from another server, or from long ago: this one gives a new one.
                self.token = None;
                self.orders.push_back(Order::Remember);
                self.connect(now);
                return;
            }
            if code == CloseCode::TokenRefused.number() && self.token_is_given {
                // Only the site can give another. Whoever tries again without is told whether that will do.
                (self.token, self.token_is_given) = (None, false);
                self.orders.push_back(Order::ForgetGiven);
            }
            self.end(farewell(code, reason), now, chance);
            if let (Phase::Lost { retry_at, .. }, true) = (&mut self.phase, known.is_some_and(CloseCode::is_full)) {
                *retry_at = now + FULL_WAIT_SECONDS * (0.75 + 0.5 * chance.clamp(0.0, 1.0));
            }
            if let (Phase::Lost { retry_at, .. }, Some(spread)) = (&mut self.phase, Close::spread(reason)) {
                // The server goes, and the seat with it. It said over what time all are to come back.
                *retry_at = now + chance * spread.as_secs_f64();
                self.held_until = None;
            }
        }
    }

    fn end(&mut self, Farewell { next, why }: Farewell, now: f64, chance: f64) {
        if self.phase == Phase::Playing {
            self.stopped = now;
            self.cause = Some(why.clone());
            let hold_seconds = self.session.as_ref().filter(|_| self.resume.is_some()).map(Session::hold_seconds);
            self.held_until = hold_seconds.filter(|seconds| *seconds > 0).map(|seconds| now + f64::from(seconds));
        }
        let says_nothing = why == LOST;
        let why = match &self.cause {
            Some(_) if says_nothing && now - self.stopped > GONE_SECONDS => GONE.into(),
            Some(cause) if says_nothing => cause.clone(),
            None if says_nothing && self.session.is_none() => UNREACHED.into(),
            _ => why,
        };
        self.phase = match next {
            Next::Retry => {
                let wait = self.backoff.wait(chance);
                let held_wait = HELD_WAIT_SECONDS_MAX * (0.5 + 0.5 * chance.clamp(0.0, 1.0));
                let held = self.held_seconds(now).is_some();
                Phase::Lost { why, retry_at: now + if held { wait.min(held_wait) } else { wait } }
            }
            Next::Stop => Phase::Refused { why },
            Next::Reload => {
                self.orders.push_back(Order::Reload);
                Phase::Refused { why }
            }
        };
    }

    /// The page was reloaded already, and still does not fit.
    pub fn cannot_reload(&mut self) {
        self.phase = Phase::Refused { why: STILL_OTHER_VERSION.into() };
    }

    /// Another connection was told that there is no such room: this one need not ask.
    pub fn refuse_room(&mut self, room: &str) {
        room.clone_into(&mut self.room);
        self.phase = Phase::Refused { why: NO_ROOM.into() };
    }

    /// Whether it ended since there is no such room.
    pub fn has_no_room(&self) -> bool {
        matches!(&self.phase, Phase::Refused { why } if why == NO_ROOM)
    }

    /// The room's name; empty for the default one.
    pub fn room(&self) -> &str {
        &self.room
    }

    /// To be called a few times a second: notices silence, and begins the next try when it is due. `chance` is random, from 0 to 1.
    pub fn poll(&mut self, now: f64, chance: f64) {
        let passed = (now - self.polled).clamp(0.0, POLL_SECONDS_MAX);
        self.polled = now;
        match &self.phase {
            Phase::Connecting if now - self.connecting_since > CONNECT_SECONDS => {
                self.orders.push_back(Order::GiveUp);
                self.end(lost("closed.no-answer"), now, chance);
            }
            Phase::Playing => {
                self.quiet += if self.hidden { 0.0 } else { passed };
                if self.quiet > LOST_SECONDS {
                    self.orders.push_back(Order::GiveUp);
                    self.end(lost(LOST), now, chance);
                }
            }
            Phase::Lost { retry_at, .. } if now >= *retry_at => self.connect(now),
            _ => {}
        }
    }

    /// For how long the seat is still held, in seconds; `None` if it is not, or nothing was lost.
    pub fn held_seconds(&self, now: f64) -> Option<f64> {
        self.held_until.map(|until| until - now).filter(|left| *left > 0.0)
    }

    /// How the running session began, where another one was lost before.
    pub fn came_back(&self) -> Option<Return> {
        self.came_back
    }

    /// What is to be done next with the socket.
    pub fn take_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// What the connection is doing.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Whether the seat was given up since nobody looked, or did anything: whoever does now, only has to come back.
    pub fn was_given_up(&self) -> bool {
        self.given_up && matches!(self.phase, Phase::Refused { .. })
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

fn lost(why: &'static str) -> Farewell {
    Farewell { next: Next::Retry, why: why.into() }
}

#[cfg(test)]
mod tests;
