//! A server's side: a room with its links, through a script of what clients may send and of what may happen to a server. Whatever they claim,
//! everybody who hears all that is sent can read it, and holds what the server thinks that it holds.

use std::sync::Arc;

use arbitrary::{Arbitrary, Unstructured};
use tickwire_arena::{Arena, ShipControls};
use tickwire_sync::{
    PlayerNumber,
    client::Session,
    interest::Viewpoint,
    protocol::{Ack, ClientMessage, Input, decode_client},
    server::{Arrival, Broadcast, Command, Link, Room},
};

use crate::fixture::{RULES, TICK_RATE, controls, settings, welcome};

/// How long a script is at most.
const DEEDS_MAX: usize = 96;
/// How many are connected at most.
const CLIENTS_MAX: usize = 5;
/// How many ticks go by in one deed at most.
const TICKS_MAX: u8 = 40;

/// What happens to a server. Clients go by their index, modulo how many there are.
#[derive(Arbitrary, Debug)]
enum Deed<'a> {
    Join {
        all: bool,
        max_kbps: Option<u8>,
    },
    Watch,
    Leave(u8),
    Tick(u8),
    /// The client's own session says what it has to say.
    Speak {
        client: u8,
        controls: u32,
    },
    /// A message, as it may come from anybody.
    Message {
        client: u8,
        bytes: &'a [u8],
    },
    /// An input whose tick and acknowledgement are near what they may be.
    Input {
        client: u8,
        tick: i8,
        ack: i8,
        behind: u32,
        controls: u32,
    },
    /// An input of any numbers.
    Claim {
        client: u8,
        tick: u32,
        ahead: i32,
        ack_age: u32,
        behind: u32,
    },
    Ack {
        client: u8,
        back: i8,
        age: u32,
    },
    Keyframe(u8),
    Away(u8),
    Back(u8),
    Turn {
        client: u8,
        player: Option<u8>,
    },
    /// The outbox of a client is full, or no more.
    Block(u8),
}

struct Client {
    link: Link<Arena>,
    /// What hears all that is sent.
    session: Session<Arena>,
    blocked: bool,
}

struct Server {
    room: Room<Arena>,
    broadcast: Broadcast<Arena>,
    clients: Vec<Client>,
    commands: Vec<Command<ShipControls>>,
}

/// A script.
pub fn link(bytes: &[u8]) {
    let mut script = Unstructured::new(bytes);
    let mut server = Server {
        room: Room::new(Arc::clone(&RULES), 11),
        broadcast: Broadcast::new(&**RULES),
        clients: Vec::new(),
        commands: Vec::new(),
    };
    server.commands.push(Command::Join { player: 0, bot: true });
    server.connect(true, Viewpoint::Own, None);
    for _ in 0..DEEDS_MAX {
        let Ok(deed) = Deed::arbitrary(&mut script) else { break };
        server.happen(&deed);
        if script.is_empty() {
            break;
        }
    }
    // Everybody gets what waited.
    for client in &mut server.clients {
        client.blocked = false;
        client.link.come_back();
    }
    (0..2 * TICK_RATE).for_each(|_| server.tick());
}

impl Server {
    fn now(&self) -> Arrival {
        Arrival(i64::from(self.room.tick) * 16)
    }

    fn seconds(&self) -> f64 {
        f64::from(self.room.tick) / f64::from(TICK_RATE)
    }

    fn connect(&mut self, plays: bool, viewpoint: Viewpoint, max_kbps: Option<u32>) {
        if self.clients.len() == CLIENTS_MAX {
            return;
        }
        let free = || self.room.players.free_numbers().find(|&number| !self.is_asked_for(number));
        let player = if plays { free() } else { None };
        self.commands.extend(player.map(|player| Command::Join { player, bot: false }));
        self.tick();
        let tick = self.room.tick;
        self.clients.push(Client {
            link: Link::new(player, tick, settings(viewpoint, max_kbps)),
            session: Session::welcome(&welcome(player, tick)).expect("a welcome"),
            blocked: false,
        });
    }

    fn is_asked_for(&self, number: PlayerNumber) -> bool {
        self.commands.iter().any(|command| matches!(command, Command::Join { player, .. } if *player == number))
    }

    fn happen(&mut self, deed: &Deed) {
        match *deed {
            Deed::Join { all, max_kbps } => {
                let viewpoint = if all { Viewpoint::All } else { Viewpoint::Own };
                self.connect(true, viewpoint, max_kbps.map(|kbps| u32::from(kbps) + 8));
            }
            Deed::Watch => self.connect(false, Viewpoint::All, None),
            Deed::Leave(client) => self.leave(client),
            Deed::Tick(ticks) => (0..=ticks % TICKS_MAX).for_each(|_| self.tick()),
            Deed::Speak { client, controls: bits } => {
                let seconds = self.seconds();
                let Some(speaker) = self.client(client) else { return };
                speaker.session.advance(seconds, controls(bits));
                for message in speaker.session.take_outgoing().collect::<Vec<_>>() {
                    self.receive(client, decode_client(&message).expect("what a client sends is a message"));
                }
            }
            Deed::Message { client, bytes } => {
                if let Ok(message) = decode_client(bytes) {
                    self.receive(client, message);
                }
            }
            Deed::Input { client, tick, ack, behind, controls: bits } => {
                let now = self.room.tick;
                let Some(sent) = self.client(client).map(|client| client.link.sent()) else { return };
                let tick = now.saturating_add_signed(tick.into());
                let ahead = tick.wrapping_sub(sent.saturating_add_signed(ack.into())) as i32;
                let input = Input { tick, ahead, ack_age: 3, behind, controls: bits };
                self.receive(client, ClientMessage::Input(input));
            }
            Deed::Claim { client, tick, ahead, ack_age, behind } => {
                self.receive(client, ClientMessage::Input(Input { tick, ahead, ack_age, behind, controls: 0 }));
            }
            Deed::Ack { client, back, age } => {
                let Some(sent) = self.client(client).map(|client| client.link.sent()) else { return };
                let tick = sent.saturating_add_signed(back.into());
                self.receive(client, ClientMessage::Ack(Ack { tick, age }));
            }
            Deed::Keyframe(client) => self.receive(client, ClientMessage::Keyframe),
            Deed::Away(client) => self.receive(client, ClientMessage::Away),
            Deed::Back(client) => self.receive(client, ClientMessage::Back),
            Deed::Turn { client, player } => {
                let watcher = self.client(client).filter(|client| client.link.player().is_none());
                if let Some(watcher) = watcher {
                    watcher.link.watch(player.map_or(Viewpoint::All, |player| Viewpoint::Follow(player.into())));
                }
            }
            Deed::Block(client) => {
                if let Some(client) = self.client(client) {
                    client.blocked = !client.blocked;
                }
            }
        }
    }

    fn index(&self, client: u8) -> Option<usize> {
        usize::from(client).checked_rem(self.clients.len())
    }

    fn client(&mut self, client: u8) -> Option<&mut Client> {
        let index = self.index(client)?;
        self.clients.get_mut(index)
    }

    fn leave(&mut self, client: u8) {
        if let Some(index) = self.index(client) {
            self.part(index);
        }
    }

    fn part(&mut self, index: usize) {
        let player = self.clients.remove(index).link.player();
        self.commands.extend(player.map(|player| Command::Leave { player }));
    }

    /// As the room's thread and a connection do it: what belongs to the other role is refused before.
    fn receive(&mut self, client: u8, message: ClientMessage) {
        let (now, arrival) = (self.room.tick, self.now());
        let Some(index) = self.index(client) else { return };
        let link = &mut self.clients[index].link;
        let accepted = match (message, link.player()) {
            (ClientMessage::Input(input), Some(_)) => link.receive(input, arrival, now).is_ok(),
            (ClientMessage::Ack(ack), None) => {
                link.acknowledge(ack.tick, ack.age, arrival);
                true
            }
            (ClientMessage::Watch(watched), None) => {
                link.watch(watched.into());
                true
            }
            (ClientMessage::Keyframe, _) => {
                link.ask_keyframe();
                true
            }
            (ClientMessage::Away, _) => {
                link.go_away(now);
                true
            }
            (ClientMessage::Back, _) => {
                link.come_back();
                true
            }
            (
                ClientMessage::Chat(_)
                | ClientMessage::TeamChat(_)
                | ClientMessage::Whisper { .. }
                | ClientMessage::Order(_),
                Some(_),
            ) => true,
            _ => false,
        };
        if !accepted {
            self.part(index);
        }
    }

    fn tick(&mut self) {
        let next = self.room.tick + 1;
        for client in &mut self.clients {
            let Some(player) = client.link.player() else { continue };
            let taken = client.link.take_controls(next);
            self.commands.extend(taken.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.room.tick(&self.commands);
        self.commands.clear();
        self.broadcast.encode(&self.room);
        let (now, seconds) = (self.now(), self.seconds());
        let mut slow = Vec::new();
        for (index, client) in self.clients.iter_mut().enumerate() {
            if client.link.collect_events(&self.room, &self.broadcast, now).is_err() {
                slow.push(index);
                continue;
            }
            let mut bytes = Vec::new();
            if client.blocked || !client.link.snapshot(&self.room, &mut self.broadcast, now, &mut bytes) {
                continue;
            }
            client.session.receive(&bytes, seconds).expect("what the server sends can be read");
            assert_eq!(client.session.mirror().tick, self.room.tick);
            assert_eq!(client.session.stats().desyncs, 0, "client {index} holds something else at tick {next}");
            client.session.take_events().for_each(drop);
        }
        slow.into_iter().rev().for_each(|index| self.part(index));
    }
}
