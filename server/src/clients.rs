//! Who is shown a room: players and watchers with a connection each, and what is told among people.

use std::sync::Arc;

use tickwire_sync::{
    PlayerNumber,
    game::Game,
    protocol::{
        CloseCode, Notice, ServerMessage, encode_server,
        limits::{CHAT_WAITING_MAX, NOTICES_WAITING_MAX},
    },
    server::Link,
};

use crate::{outbox::Outbox, rooms::Who};

/// A [`Notice`] that owns its text, shared between those who have yet to get it.
#[derive(Debug)]
pub(crate) enum News {
    Named(PlayerNumber, Arc<str>),
    Left(PlayerNumber),
    Chat(PlayerNumber, String),
}

impl News {
    fn notice(&self) -> Notice<'_> {
        match self {
            Self::Named(player, name) => Notice::Named { player: *player, name },
            Self::Left(player) => Notice::Left { player: *player },
            Self::Chat(player, text) => Notice::Chat { player: *player, text },
        }
    }
}

/// Somebody with a connection.
#[derive(Debug)]
pub(crate) struct Client<G: Game> {
    pub(crate) who: Who,
    pub(crate) link: Link<G>,
    pub(crate) outbox: Arc<Outbox>,
    /// Not yet welcomed.
    pub(crate) new: bool,
    /// Closed by the room; it stays until its connection says that it is gone.
    pub(crate) closing: bool,
    news: Vec<Arc<News>>,
}

impl<G: Game> Client<G> {
    /// Closes the connection, after what already waits for it.
    pub(crate) fn close(&mut self, code: CloseCode) {
        self.closing = true;
        self.outbox.close(code);
    }

    /// The news that wait for this client as a message, if any do.
    pub(crate) fn take_news(&mut self) -> Option<Vec<u8>> {
        let message = (!self.news.is_empty())
            .then(|| encode_server(&ServerMessage::Notices(self.news.iter().map(|news| news.notice()).collect())));
        self.news.clear();
        message
    }
}

/// Everybody who is shown a room, and the names of all who play in it.
#[derive(Debug)]
pub(crate) struct Clients<G: Game> {
    /// In order of who it is, so that each of a tick's many inputs finds its own quickly.
    all: Vec<Client<G>>,
    names: Vec<Option<Arc<str>>>,
}

impl<G: Game> Default for Clients<G> {
    fn default() -> Self {
        Self { all: Vec::new(), names: Vec::new() }
    }
}

impl<G: Game> Clients<G> {
    /// Lets somebody in, and tells them who is here.
    pub(crate) fn enter(&mut self, who: Who, link: Link<G>, outbox: Arc<Outbox>) {
        let here = self.names.iter().enumerate().filter_map(|(player, name)| {
            let name = name.as_ref()?;
            Some(Arc::new(News::Named(player as PlayerNumber, Arc::clone(name))))
        });
        let news = here.collect();
        let at = self.all.partition_point(|client| client.who < who);
        self.all.insert(at, Client { who, link, outbox, new: true, closing: false, news });
    }

    /// Lets somebody go.
    pub(crate) fn leave(&mut self, who: Who) {
        self.all.retain(|client| client.who != who);
    }

    /// Tells everybody what happened, and gives how many were left out of it: much waits for them already, and it is a line of chat. Of other
    /// news nobody is left out; one for whom too much waits is closed.
    pub(crate) fn tell(&mut self, news: &Arc<News>) -> u64 {
        match &**news {
            News::Named(player, name) => {
                let seat = usize::from(*player);
                if seat >= self.names.len() {
                    self.names.resize(seat + 1, None);
                }
                self.names[seat] = Some(Arc::clone(name));
            }
            News::Left(player) => {
                if let Some(name) = self.names.get_mut(usize::from(*player)) {
                    *name = None;
                }
            }
            News::Chat(..) => {}
        }
        let is_chat = matches!(**news, News::Chat(..));
        let waiting_max = if is_chat { CHAT_WAITING_MAX } else { NOTICES_WAITING_MAX };
        let mut left_out = 0;
        for client in self.iter_mut() {
            if client.news.len() < waiting_max {
                client.news.push(Arc::clone(news));
            } else if is_chat {
                left_out += 1;
            } else {
                client.close(CloseCode::TooSlow);
            }
        }
        left_out
    }

    /// Somebody's client, unless it is being closed.
    pub(crate) fn get_mut(&mut self, who: Who) -> Option<&mut Client<G>> {
        let at = self.all.binary_search_by_key(&who, |client| client.who).ok()?;
        self.all.get_mut(at).filter(|client| !client.closing)
    }

    /// Everybody whose connection is not being closed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client<G>> {
        self.all.iter_mut().filter(|client| !client.closing)
    }

    /// How many players and how many watchers are here.
    pub(crate) fn count(&self) -> (usize, usize) {
        let players = self.all.iter().filter(|client| matches!(client.who, Who::Player(_))).count();
        (players, self.all.len() - players)
    }
}
