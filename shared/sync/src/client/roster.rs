//! Who is in the room besides, by what they are called, and what was said.

use std::collections::VecDeque;

use crate::{
    PlayerNumber,
    protocol::{
        Notice,
        limits::{PLAYERS_MAX, TALK_KEPT_MAX},
    },
};

/// Who said a line, or to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A player, to everybody.
    Room(PlayerNumber),
    /// A player of the own team, to the team.
    Team(PlayerNumber),
    /// A player, to this one alone.
    From(PlayerNumber),
    /// This player, to another one alone.
    To(PlayerNumber),
    /// An admin, for everybody to notice.
    Announcement,
    /// The server, to this client alone.
    Server,
}

/// Everybody in the room, and what they said.
#[derive(Debug, Default)]
pub(super) struct Roster {
    names: Vec<Option<String>>,
    /// Whose connection is lost, in no order.
    away: Vec<PlayerNumber>,
    /// What was said and not taken yet, at most [`TALK_KEPT_MAX`].
    talk: VecDeque<(Voice, String)>,
}

impl Roster {
    /// Takes in what the server says, to `own` or to a watcher.
    pub(super) fn hear(&mut self, notice: Notice, own: Option<PlayerNumber>) {
        match notice {
            Notice::Named { player, name } if player < PLAYERS_MAX => {
                let seat = usize::from(player);
                if seat >= self.names.len() {
                    self.names.resize(seat + 1, None);
                }
                self.names[seat] = Some(name.to_owned());
            }
            Notice::Left { player } => {
                self.away.retain(|away| *away != player);
                if let Some(name) = self.names.get_mut(usize::from(player)) {
                    *name = None;
                }
            }
            Notice::Chat { player, text } => self.said(Voice::Room(player), text),
            Notice::TeamChat { player, text } => self.said(Voice::Team(player), text),
            Notice::Whisper { from, to, text } if own == Some(from) => self.said(Voice::To(to), text),
            Notice::Whisper { from, text, .. } => self.said(Voice::From(from), text),
            Notice::Announcement { text } => self.said(Voice::Announcement, text),
            Notice::Answer { text } => self.said(Voice::Server, text),
            Notice::Away { player } if player < PLAYERS_MAX && !self.is_away(player) => self.away.push(player),
            Notice::Named { .. } | Notice::Away { .. } => {}
            Notice::Back { player } => self.away.retain(|away| *away != player),
        }
    }

    fn said(&mut self, voice: Voice, text: &str) {
        if self.talk.len() == TALK_KEPT_MAX {
            self.talk.pop_front();
        }
        self.talk.push_back((voice, text.to_owned()));
    }

    /// What was said since the last call, in order.
    pub(super) fn take_talk(&mut self) -> impl Iterator<Item = (Voice, String)> {
        self.talk.drain(..)
    }

    pub(super) fn name(&self, player: PlayerNumber) -> Option<&str> {
        self.names.get(usize::from(player))?.as_deref()
    }

    pub(super) fn is_away(&self, player: PlayerNumber) -> bool {
        self.away.contains(&player)
    }

    /// Everybody who is here, by number.
    pub(super) fn players(&self) -> impl Iterator<Item = (PlayerNumber, &str)> {
        (0..).zip(&self.names).filter_map(|(player, name)| Some((player, name.as_deref()?)))
    }
}
