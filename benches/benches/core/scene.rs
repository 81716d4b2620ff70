//! What the benches share: a room full of ships on the mouse trace, on a map with walls, and its clients.

use std::{fmt::Write, sync::Arc};

use tickwire_arena::{
    Arena, DEFAULT_TUNING, ShipControls,
    kinds::{Placed, Rock},
};
use tickwire_benches::trace::{Trace, Tracer};
use tickwire_sync::{
    PlayerNumber,
    game::{Game, RulesSource, rules_hash},
    interest::Viewpoint,
    protocol::{Pass, ServerMessage, Welcome, encode_server},
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

pub const TICK_RATE: u32 = 30;
/// Walls stand so far from each other, in units.
const WALL_GAP: u32 = 600;
/// In units.
const RESTING_RADIUS: u8 = 4;
/// From where they begin, ships have spread after so many ticks.
const SPREAD_TICKS: u32 = 600;

/// What stands on the map.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Walls {
    /// A wall every [`WALL_GAP`].
    Many,
    /// Nothing.
    None,
    /// Nothing, and bodies pass through each other: what is at rest stays there.
    NoneNorContacts,
}

/// A room and what drives it.
pub struct Scene {
    pub room: Room<Arena>,
    broadcast: Broadcast<Arena>,
    map: String,
    tracers: Vec<Tracer>,
    commands: Vec<Command<ShipControls>>,
}

impl Scene {
    /// A room of `ships` ships that have spread over a map of `side` by `side` units.
    pub fn new(ships: PlayerNumber, side: u32, walls: Walls) -> Self {
        let map = map(side, walls);
        let rules =
            Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: &map }, TICK_RATE).expect("a right map");
        let tracers = (0..ships).map(|player| Tracer::new(Trace::Mouse, 1, player.into())).collect();
        let commands = (0..ships).map(|player| Command::Join { player, bot: false }).collect();
        let broadcast = Broadcast::new(&rules);
        let room = Room::new(Arc::new(rules), 1);
        let mut scene = Self { room, broadcast, map, tracers, commands };
        for _ in 0..SPREAD_TICKS {
            scene.tick();
            scene.draw_controls();
        }
        scene
    }

    /// Puts `count` rocks at rest all over the map.
    pub fn add_resting(&mut self, count: u32, side: u32) {
        let columns = f64::from(count).sqrt().ceil() as u32;
        let gap = side as f32 / columns as f32;
        for number in 0..count {
            let mut rock = Rock { radius: RESTING_RADIUS, ..Rock::default() };
            let place = |number: u32| (number as f32 + 0.5) * gap;
            rock.set_position((place(number % columns), place(number / columns)).into());
            self.room.world.spawn(rock.into(), None);
        }
    }

    /// Ticks the room, with the controls that were drawn.
    pub fn tick(&mut self) {
        self.room.tick(&self.commands);
    }

    /// Encodes the tick, once for everybody.
    pub fn encode(&mut self) {
        self.broadcast.encode(&self.room);
    }

    /// Draws everybody's controls for the next tick.
    pub fn draw_controls(&mut self) {
        let tick = self.room.tick + 1;
        self.commands.clear();
        self.commands.extend(self.tracers.iter_mut().zip(0..).map(|(tracer, player)| Command::Controls {
            player,
            controls: tracer.controls(tick, TICK_RATE),
            behind: 0,
        }));
    }

    /// The welcome of a player.
    pub fn welcome(&self, player: PlayerNumber) -> Vec<u8> {
        let source = RulesSource { tuning: DEFAULT_TUNING, map: &self.map };
        let rules = Arena::pack_rules(source).expect("a right map");
        encode_server(&ServerMessage::Welcome(Welcome {
            player: Some(player),
            room: "main",
            tick: self.room.tick,
            tick_rate: TICK_RATE,
            delay: 0,
            rules: &rules,
            rules_hash: rules_hash::<Arena>(&rules, TICK_RATE),
            pass: Pass::default(),
        }))
    }

    /// The link of a player that was just welcomed.
    pub fn link(&self, player: PlayerNumber, viewpoint: Viewpoint) -> Link<Arena> {
        Link::new(Some(player), self.room.tick, LinkSettings { tick_rate: TICK_RATE, viewpoint, max_kbps: None })
    }

    /// The one place where benches make a client's snapshot; false where there is nothing to say. The client has the last one already.
    pub fn snapshot(&mut self, link: &mut Link<Arena>, message: &mut Vec<u8>) -> bool {
        let now = self.now();
        link.acknowledge(link.sent(), 0, now);
        self.skip(link);
        link.snapshot(&self.room, &mut self.broadcast, now, message)
    }

    /// What a tick costs of a client that gets no snapshot in it.
    pub fn skip(&self, link: &mut Link<Arena>) {
        link.collect_events(&self.room, &self.broadcast, self.now()).expect("few events wait");
    }

    fn now(&self) -> Arrival {
        const STEPS_PER_TICK: i64 = 16;
        Arrival(i64::from(self.room.tick) * STEPS_PER_TICK)
    }
}

fn map(side: u32, walls: Walls) -> String {
    let mut map = format!(
        "name = \"Bench\"\nwidth = {side}\nheight = {side}\ncontacts = {}\nwalls = [",
        walls != Walls::NoneNorContacts
    );
    let places = || (1..side / WALL_GAP).map(|number| number * WALL_GAP);
    let everywhere = || places().flat_map(|x| places().map(move |y| (x, y)));
    for (x, y) in everywhere().filter(|_| walls == Walls::Many) {
        write!(map, "[{x}, {y}, 120, 60], ").expect("memory");
    }
    map.push_str("]\nspawns = [");
    for (x, y) in everywhere().step_by(2).take(64) {
        write!(map, "[{}, {}], ", x - WALL_GAP / 2, y - WALL_GAP / 2).expect("memory");
    }
    map.push(']');
    map
}
