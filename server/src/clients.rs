//! Who is in a room: people with a connection each, and bots that keep them company.

use std::sync::Arc;

use tickwire_sync::{
    PlayerNumber, Tick,
    game::Game,
    protocol::{
        CloseCode, Notice, ServerMessage, encode_server,
        limits::{CHAT_WAITING_MAX, NOTICES_WAITING_MAX},
    },
    server::{Link, LinkSettings},
};

use crate::outbox::Outbox;

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

/// Everybody in a room.
#[derive(Debug)]
pub(crate) struct Clients<G: Game> {
    /// By player number, so that each of a tick's many inputs finds its own quickly.
    people: Vec<Client<G>>,
    names: Vec<Option<Arc<str>>>,
    bots: Vec<PlayerNumber>,
}

impl<G: Game> Default for Clients<G> {
    fn default() -> Self {
        Self { people: Vec::new(), names: Vec::new(), bots: Vec::new() }
    }
}

impl<G: Game> Clients<G> {
    /// Lets somebody in who will be a player from `tick` on, and tells them who is here.
    pub(crate) fn join(
        &mut self,
        player: PlayerNumber,
        name: String,
        outbox: Arc<Outbox>,
        (tick, settings): (Tick, LinkSettings),
    ) {
        let here = self.names.iter().enumerate().filter_map(|(player, name)| {
            let name = name.as_ref()?;
            Some(Arc::new(News::Named(player as PlayerNumber, Arc::clone(name))))
        });
        let news = here.collect();
        let link = Link::new(player, tick, settings);
        let at = self.people.partition_point(|client| client.link.player() < player);
        self.people.insert(at, Client { link, outbox, new: true, closing: false, news });
        self.name(player, name);
    }

    /// Lets somebody go.
    pub(crate) fn leave(&mut self, player: PlayerNumber) {
        self.people.retain(|client| client.link.player() != player);
        self.unname(player);
    }

    /// Lets a bot in.
    pub(crate) fn join_bot(&mut self, player: PlayerNumber, name: String) {
        self.bots.push(player);
        self.name(player, name);
    }

    /// Lets the bot go that came last.
    pub(crate) fn leave_bot(&mut self) -> Option<PlayerNumber> {
        let player = self.bots.pop()?;
        self.unname(player);
        Some(player)
    }

    fn name(&mut self, player: PlayerNumber, name: String) {
        let seat = usize::from(player);
        if seat >= self.names.len() {
            self.names.resize(seat + 1, None);
        }
        let name: Arc<str> = name.into();
        self.names[seat] = Some(Arc::clone(&name));
        self.tell(News::Named(player, name));
    }

    fn unname(&mut self, player: PlayerNumber) {
        if let Some(name) = self.names.get_mut(usize::from(player)) {
            *name = None;
        }
        self.tell(News::Left(player));
    }

    /// Tells everybody who comes and who goes; one for whom too much waits is closed.
    fn tell(&mut self, news: News) {
        let news = Arc::new(news);
        for client in self.people.iter_mut().filter(|client| !client.closing) {
            if client.news.len() < NOTICES_WAITING_MAX {
                client.news.push(Arc::clone(&news));
            } else {
                client.close(CloseCode::TooSlow);
            }
        }
    }

    /// Tells everybody what somebody said, except those for whom much waits already; gives how many were left out.
    pub(crate) fn say(&mut self, player: PlayerNumber, line: String) -> u64 {
        let news = Arc::new(News::Chat(player, line));
        let mut left_out = 0;
        for client in self.people.iter_mut().filter(|client| !client.closing) {
            if client.news.len() < CHAT_WAITING_MAX {
                client.news.push(Arc::clone(&news));
            } else {
                left_out += 1;
            }
        }
        left_out
    }

    /// The client of a player, if it is a person and not being closed.
    pub(crate) fn get_mut(&mut self, player: PlayerNumber) -> Option<&mut Client<G>> {
        let at = self.people.binary_search_by_key(&player, |client| client.link.player()).ok()?;
        self.people.get_mut(at).filter(|client| !client.closing)
    }

    /// Everybody with a connection that is not being closed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client<G>> {
        self.people.iter_mut().filter(|client| !client.closing)
    }

    /// How many people are here.
    pub(crate) fn people(&self) -> usize {
        self.people.len()
    }

    /// How many bots are here.
    pub(crate) fn bots(&self) -> usize {
        self.bots.len()
    }
}
