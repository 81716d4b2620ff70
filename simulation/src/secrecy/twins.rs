//! Two whole games of the arena with the same inputs for all that the viewer sees; in one of them there are more ships: far away,
//! where they fly and shoot, some of them by the server's own brains, and one under a cloak in the middle of it. They touch nothing.

use tickwire_arena::{Arena, DEFAULT_TUNING, Entity, MAPS, Own, ShipControls};
use tickwire_sync::{
    game::{Controls, Game, RulesSource},
    grid::Position,
    interest::Viewpoint,
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

use super::pairs::hex;
use crate::{report::Failure, view::Eye};

const TICKS: u32 = 200;
const TICK_RATE: u32 = 30;
/// Who flies under a cloak.
const CLOAKED: u16 = 2;
const VIEWER: u16 = 3;
const PLAYERS: u16 = 5;
/// Longer than any run.
const CLOAK_TICKS: u16 = 10_000;
const CORNERS: &str = r#"
    name = "Corners"
    width = 16000
    height = 16000
    rocks = [{ x = 1400, y = 600, radius = 40, vx = 10, vy = 5 }]
    spawns = [[1000, 1000], [1700, 1300], [15000, 1000], [1000, 15000], [15000, 15000]]
"#;
/// The purposes of random numbers here.
const PILOTS: u32 = 40;

/// Where a pair of games is played.
#[derive(Clone, Copy, Debug)]
struct Stage {
    map: &'static str,
    /// The last two, the viewer and another ship, begin near each other. Before them come two that are out of reach and one that is near under a
    /// cloak, so that whatever they do is done before what the viewer sees.
    places: [(f32, f32); 5],
    /// Whether those out of reach are the server's own bots.
    bots: bool,
    /// Whether ships fly. In the open they would meet: they turn where they are, and the one that is not quite so far does not shoot, either.
    fly: bool,
}

impl Stage {
    fn draw(seed: u64) -> Self {
        let far = [(15_000.0, 1000.0), (15_000.0, 15_000.0)];
        let near = [(700.0, 1500.0), (1000.0, 1000.0), (1700.0, 1300.0)];
        let corners =
            Self { map: CORNERS, places: [far[0], far[1], near[0], near[1], near[2]], bots: false, fly: true };
        match seed % 3 {
            0 => corners,
            1 => Self { bots: true, ..corners },
            _ => {
                let (_, open) = MAPS.iter().find(|(name, _)| *name == "open").expect("it ships");
                Self {
                    map: open,
                    places: [(3000.0, 3000.0), (1900.0, 3000.0), near[0], near[1], near[2]],
                    bots: false,
                    fly: false,
                }
            }
        }
    }
}

/// One of the games, with the viewer's link.
struct Twin {
    room: Room<Arena>,
    broadcast: Broadcast<Arena>,
    link: Link<Arena>,
    eye: Eye,
}

impl Twin {
    fn new(stage: Stage, seed: u64, crowded: bool) -> Self {
        // Nobody dies in sight: where the next ship begins depends on where all others are.
        let tuning = DEFAULT_TUNING.replace("damage = 14 ", "damage = 1 ").replace("damage = 70 ", "damage = 1 ");
        let rules =
            Arena::read_rules(RulesSource { tuning: &tuning, map: stage.map }, TICK_RATE).expect("the rules are right");
        let mut room = Room::<Arena>::new(rules.into(), seed);
        let joins: Vec<_> =
            (0..PLAYERS).map(|player| Command::Join { player, bot: stage.bots && player < CLOAKED }).collect();
        room.tick(&joins);
        for (player, (x, y)) in (0..).zip(stage.places) {
            let seat = room.players.get_mut(player).expect("it joined");
            if player < VIEWER && !crowded {
                let Own::Loadout(loadout) = &mut seat.own;
                loadout.respawn = u16::MAX;
                room.dismiss(player);
            } else if let Some(Entity::Ship(ship)) = seat.avatar.and_then(|key| room.world.get_mut(key)) {
                (ship.x, ship.y) = (Position::from_units(x), Position::from_units(y));
                ship.cloak = if player == CLOAKED { CLOAK_TICKS } else { 0 };
            }
        }
        room.tick(&[]);
        let mut broadcast = Broadcast::new(&*room.rules);
        broadcast.encode(&room);
        let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint: Viewpoint::Own, max_kbps: None };
        let eye = Eye::new::<Arena>(Some(VIEWER), Viewpoint::Own, TICK_RATE, &room.rules);
        Self { link: Link::new(Some(VIEWER), room.tick, settings), room, broadcast, eye }
    }

    /// Whether there is more to see by right: something touched the ship under its cloak, wherever that was, or others came near.
    fn is_revealed(&self) -> bool {
        let cloaked = self.room.players.get(CLOAKED).and_then(|player| self.room.world.get(player.avatar?));
        if !matches!(cloaked, Some(Entity::Ship(ship)) if ship.cloak > 0) {
            return true;
        }
        let seen = |entity: &Entity| match entity {
            Entity::Ship(ship) => ship.player < VIEWER && self.eye.may_and_must::<Arena>(entity).0,
            Entity::Shot(shot) => shot.player < VIEWER && self.eye.may_and_must::<Arena>(entity).0,
            _ => false,
        };
        self.room.world.iter().any(|(_, entity)| seen(entity))
    }

    fn tick(&mut self, commands: &[Command<ShipControls>], free: bool) -> Result<Option<Vec<u8>>, String> {
        self.room.tick(commands);
        self.eye.follow(&self.room);
        self.broadcast.encode(&self.room);
        let now = Arrival(i64::from(self.room.tick) * 16);
        self.link.acknowledge(self.link.sent(), 0, now);
        self.link.collect_events(&self.room, &self.broadcast, now).map_err(|error| error.to_string())?;
        let mut message = Vec::new();
        let said = free && self.link.snapshot(&self.room, &mut self.broadcast, now, &mut message);
        Ok(said.then_some(message))
    }
}

/// Runs the twins of a seed; gives how many bytes were equal, and how many ships and shots the viewer never saw, over all ticks.
///
/// # Errors
/// At which tick the bytes differ, and how.
pub fn twins(seed: u64) -> Result<(u64, u64), Failure> {
    run(seed).map_err(|what| Failure { seed, suite: "twins", what })
}

fn run(seed: u64) -> Result<(u64, u64), String> {
    let stage = Stage::draw(seed);
    let [mut alone, mut crowded] = [false, true].map(|crowded| Twin::new(stage, seed, crowded));
    let (mut bytes, mut unseen) = (0, 0);
    for tick in 0..TICKS {
        let fly = |player: u16| {
            let mut random = Random::keyed(seed, PILOTS, player.into(), tick / (3 + u32::from(player)));
            let drawn = (0..).find_map(|_| ShipControls::from_bits(random.below(1 << 18))).expect("some are in range");
            let quiet = player == CLOAKED || player == 1 && !stage.fly;
            let fire = !quiet && (drawn.fire || player == VIEWER);
            let thrust = stage.fly && drawn.thrust && player != CLOAKED;
            let controls = ShipControls { fire, thrust, mine: !quiet && drawn.mine, rail: false, ..drawn };
            Command::Controls { player, controls, behind: 0 }
        };
        let commands: Vec<_> = (0..PLAYERS).filter(|player| !(stage.bots && *player < CLOAKED)).map(fly).collect();
        let free = Random::keyed(seed, PILOTS, 99, tick / 8).below(5) > 0;
        let (left, right) = (alone.tick(&commands, free)?, crowded.tick(&commands, free)?);
        if crowded.is_revealed() {
            break;
        }
        if left != right {
            return Err(format!(
                "at tick {} ships that touch nothing change what the viewer gets:\n    {}\n  without them, and with them\n    {}",
                alone.room.tick,
                hex(left.as_deref()),
                hex(right.as_deref())
            ));
        }
        bytes += left.map_or(0, |message| message.len() as u64);
        unseen += (crowded.room.world.len() - alone.room.world.len()) as u64;
    }
    Ok((bytes, unseen))
}
