//! A link, and the socket that it orders about.

use tickwire_sync::{game::Game, lag::LagSettings, protocol::CloseCode};

use super::page;
use crate::net::{lagged::LaggedSocket, link::Link, socket::Happened};

/// A link with its socket.
#[derive(Debug)]
pub struct Connection<G: Game> {
    /// What the connection is doing.
    pub link: Link<G>,
    socket: Option<LaggedSocket>,
    /// A socket may be given up in the middle of its own report, so its end waits for the next poll.
    retired: Option<LaggedSocket>,
}

impl<G: Game> Default for Connection<G> {
    fn default() -> Self {
        Self { link: Link::default(), socket: None, retired: None }
    }
}

impl<G: Game> Connection<G> {
    /// Begins to open a socket to `url` behind a simulated network; `report` hears all that happens to it.
    pub fn open(&mut self, url: &str, lag: LagSettings, report: impl Fn(Happened) + Clone + 'static) {
        self.close(CloseCode::ComingBack);
        match LaggedSocket::open(url, lag, report) {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => page::complain(&error),
        }
    }

    /// Closes the socket, if there is one, and hears no more of it.
    pub fn close(&mut self, code: CloseCode) {
        if let Some(socket) = self.socket.take() {
            socket.close(code);
            self.retired = Some(socket);
        }
    }

    /// Says who this is.
    pub fn say_hello(&self) {
        if let Some(socket) = &self.socket {
            socket.send(&self.link.opened());
        }
    }

    /// Sends what the session wants to say.
    pub fn send(&mut self) {
        if let (Some(session), Some(socket)) = (self.link.running(), &self.socket) {
            for message in session.take_outgoing() {
                socket.send(&message);
            }
        }
    }

    /// The simulated network is another one now.
    pub fn change_lag(&self, settings: LagSettings) {
        if let Some(socket) = &self.socket {
            socket.change(settings);
        }
    }

    /// To be called a few times a second: silence, tries that are due, and the end of old sockets. `chance` is random, from 0 to 1.
    pub fn poll(&mut self, now: f64, chance: f64) {
        self.retired = None;
        self.link.poll(now, chance);
    }
}

/// Which of a page's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The player's own, or the watcher's.
    Own,
    /// That of the match behind the start screen, which the page watches by itself.
    Preview,
}

impl Whose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Own, Self::Preview];
}

/// The connections of a page.
#[derive(Debug)]
pub struct Connections<G: Game> {
    /// The player's own, or the watcher's.
    pub own: Connection<G>,
    /// That of the match behind the start screen.
    pub preview: Connection<G>,
}

impl<G: Game> Default for Connections<G> {
    fn default() -> Self {
        Self { own: Connection::default(), preview: Connection::default() }
    }
}

impl<G: Game> Connections<G> {
    /// One of them.
    pub fn of(&mut self, whose: Whose) -> &mut Connection<G> {
        match whose {
            Whose::Own => &mut self.own,
            Whose::Preview => &mut self.preview,
        }
    }

    /// One of them, to look at.
    pub fn get(&self, whose: Whose) -> &Connection<G> {
        match whose {
            Whose::Own => &self.own,
            Whose::Preview => &self.preview,
        }
    }

    /// Whose world is to be seen: the own one, once there is one.
    pub fn shown(&self) -> Whose {
        if self.own.link.shown(0.0).is_some() { Whose::Own } else { Whose::Preview }
    }
}
