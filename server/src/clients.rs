//! Who is shown a room: players and watchers with a connection each, and what is told among people.

use std::sync::Arc;

use tickwire_sync::{
    PlayerNumber,
    game::Game,
    protocol::{
        Close, CloseCode, Notice, OwnedToken, Pass, Rank, ResumeToken, ServerMessage, encode_server,
        limits::{CHAT_WAITING_MAX, NOTICES_WAITING_MAX, WHISPERS_WAITING_MAX},
    },
    server::Link,
};

use crate::{
    outbox::Outbox,
    rooms::{Known, Who},
};

/// A [`Notice`] that owns its text, shared between those who have yet to get it.
#[derive(Debug)]
pub(crate) enum News {
    Named(PlayerNumber, Arc<str>),
    Left(PlayerNumber),
    Chat(PlayerNumber, String),
    Away(PlayerNumber),
    Back(PlayerNumber),
    TeamChat(PlayerNumber, String),
    Whisper { from: PlayerNumber, to: PlayerNumber, text: String },
    Announcement(String),
    Answer(String),
}

impl News {
    /// With how many news waiting for a reader this is left out for it; `None` if it never is.
    fn waiting_max(&self) -> Option<usize> {
        match self {
            Self::Named(..) | Self::Left(_) | Self::Away(_) | Self::Back(_) | Self::Announcement(_) => None,
            Self::Chat(..) | Self::TeamChat(..) => Some(CHAT_WAITING_MAX),
            Self::Whisper { .. } | Self::Answer(_) => Some(WHISPERS_WAITING_MAX),
        }
    }

    fn notice(&self) -> Notice<'_> {
        match self {
            Self::Named(player, name) => Notice::Named { player: *player, name },
            Self::Left(player) => Notice::Left { player: *player },
            Self::Chat(player, text) => Notice::Chat { player: *player, text },
            Self::Away(player) => Notice::Away { player: *player },
            Self::Back(player) => Notice::Back { player: *player },
            Self::TeamChat(player, text) => Notice::TeamChat { player: *player, text },
            Self::Whisper { from, to, text } => Notice::Whisper { from: *from, to: *to, text },
            Self::Announcement(text) => Notice::Announcement { text },
            Self::Answer(text) => Notice::Answer { text },
        }
    }
}

/// A [`Pass`] until it is sent.
#[derive(Debug, Default)]
pub(crate) struct Greeting {
    pub(crate) token: OwnedToken,
    pub(crate) resume: Option<ResumeToken>,
    pub(crate) hold_seconds: u32,
    pub(crate) resumed: bool,
    pub(crate) rank: Rank,
}

impl Greeting {
    pub(crate) fn pass(&self) -> Pass<'_> {
        let Self { token, resume, hold_seconds, resumed, rank } = self;
        let (resume, hold_seconds, resumed, rank) = (*resume, *hold_seconds, *resumed, *rank);
        Pass { token: token.borrowed(), resume, hold_seconds, resumed, rank }
    }
}

/// Somebody with a connection.
#[derive(Debug)]
pub(crate) struct Client<G: Game> {
    pub(crate) who: Who,
    pub(crate) link: Link<G>,
    pub(crate) outbox: Arc<Outbox>,
    /// Who it is.
    pub(crate) known: Known,
    /// What it is to be welcomed with, while it is not.
    pub(crate) new: Option<Greeting>,
    /// Whether it has yet to be told that the room goes by other rules.
    pub(crate) rules_due: bool,
    /// Closed by the room; it stays until its connection says that it is gone.
    pub(crate) closing: bool,
    news: Vec<Arc<News>>,
}

impl<G: Game> Client<G> {
    /// Closes the connection, after what already waits for it.
    pub(crate) fn close(&mut self, close: impl Into<Close>) {
        self.closing = true;
        self.outbox.close(close);
    }

    /// Has news wait for this client; gives 1 if much waits already, and they are left out. Where they may not be, the client is closed.
    fn tell(&mut self, news: &Arc<News>) -> u64 {
        let waiting_max = news.waiting_max();
        if self.news.len() < waiting_max.unwrap_or(NOTICES_WAITING_MAX) {
            self.news.push(Arc::clone(news));
            return 0;
        }
        if waiting_max.is_none() {
            self.close(CloseCode::TooSlow);
        }
        waiting_max.is_some().into()
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
    /// Who of them is away, in no order.
    away: Vec<PlayerNumber>,
}

impl<G: Game> Default for Clients<G> {
    fn default() -> Self {
        Self { all: Vec::new(), names: Vec::new(), away: Vec::new() }
    }
}

impl<G: Game> Clients<G> {
    /// Lets somebody in, and tells them who is here.
    pub(crate) fn enter(&mut self, who: Who, link: Link<G>, (outbox, known): (Arc<Outbox>, Known), greeting: Greeting) {
        let here = self.names.iter().enumerate().filter_map(|(player, name)| {
            let name = name.as_ref()?;
            Some(Arc::new(News::Named(player as PlayerNumber, Arc::clone(name))))
        });
        let news = here.chain(self.away.iter().map(|player| Arc::new(News::Away(*player)))).collect();
        let at = self.all.partition_point(|client| client.who < who);
        self.all.insert(
            at,
            Client { who, link, outbox, known, new: Some(greeting), rules_due: false, closing: false, news },
        );
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
                self.away.retain(|away| away != player);
                if let Some(name) = self.names.get_mut(usize::from(*player)) {
                    *name = None;
                }
            }
            News::Away(player) => self.away.push(*player),
            News::Back(player) => self.away.retain(|away| away != player),
            News::Chat(..) | News::TeamChat(..) | News::Whisper { .. } | News::Announcement(_) | News::Answer(_) => {}
        }
        self.iter_mut().map(|client| client.tell(news)).sum()
    }

    /// Tells those players whom `hears` names, and nobody else; gives how many heard it, and how many were left out.
    pub(crate) fn tell_players(&mut self, news: &Arc<News>, hears: impl Fn(PlayerNumber) -> bool) -> (u64, u64) {
        let is_meant = |client: &&mut Client<G>| matches!(client.who, Who::Player(player, _) if hears(player));
        let (mut meant, mut left_out) = (0, 0);
        for client in self.iter_mut().filter(is_meant) {
            meant += 1;
            left_out += client.tell(news);
        }
        (meant - left_out, left_out)
    }

    /// What a player is called here.
    pub(crate) fn name(&self, player: PlayerNumber) -> Option<&str> {
        self.names.get(usize::from(player))?.as_deref()
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
        // Players come before watchers.
        let players = self.all.partition_point(|client| matches!(client.who, Who::Player(..)));
        (players, self.all.len() - players)
    }
}
