//! A game made to try the core: boats, sparks, stones and marks on a square pond, and rules that do all that rules may do, at random.

use tickwire_sync::{
    PlayerNumber,
    game::{Audience, Controls, Game, Life, Place, Pose, RulesError, RulesSource, Sight, View},
    grid::{Position, Velocity},
    kinds,
    random::Random,
    replicate::{Malformed, Reader},
    replicated,
    save::{Save, load, save},
    server::Room,
    world::EntityKey,
};

use crate::secrecy::stage::{self, Script};

replicated! {
    /// A player's avatar.
    pub struct Boat {
        pub x: Position, pub y: Position, pub vx: Velocity, pub vy: Velocity,
        pub way: u8, pub drop: bool, pub veiled: bool, pub player: PlayerNumber, pub hull: u8,
    }
}
replicated! {
    /// Left behind by a boat; ends by itself when its fuse has burnt.
    pub struct Spark { pub x: Position, pub y: Position, pub vx: Velocity, pub vy: Velocity, pub fuse: u8, pub player: PlayerNumber }
}
replicated! {
    /// Drifts, or rests for ever; with a fuse it ends by itself.
    pub struct Stone {
        pub x: Position, pub y: Position, pub vx: Velocity, pub vy: Velocity,
        pub fuse: u16, pub tint: u8, pub shade: i32, pub veiled: bool,
    }
}
replicated! {
    /// A line that everybody reads.
    pub struct Mark { pub player: PlayerNumber, pub score: i32 }
}
kinds! { pub enum Thing { Boat, Spark, Stone, Mark } }
replicated! {
    /// What only a player itself knows.
    pub struct Hold { pub sparks: u16, pub wait: u8, pub secret: i32 }
}
kinds! { pub enum Own { Hold } }
replicated! {
    /// Something that happened, told apart by its number.
    pub struct Bang { pub number: i32, pub x: Position, pub y: Position }
}
kinds! { pub enum Event { Bang } }

const SPARK: u8 = 1;
const STONE: u8 = 2;
const SPARKS: u16 = 40;
const SPARK_TICKS: u8 = 45;
/// Ticks from one spark that grows back to the next.
const WAIT: u8 = 20;

/// Where to row, and what else to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Oars {
    way: u8,
    drop: bool,
    veil: bool,
}

impl Controls for Oars {
    fn to_bits(self) -> u32 {
        u32::from(self.way) | u32::from(self.drop) << 3 | u32::from(self.veil) << 4
    }
    fn from_bits(bits: u32) -> Option<Self> {
        (bits < 32 && bits & 7 < 5).then_some(Self { way: bits as u8 & 7, drop: bits & 8 != 0, veil: bits & 16 != 0 })
    }
    fn fold(self, later: Self) -> Self {
        Self { drop: self.drop || later.drop, ..later }
    }
}

/// A pond.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    size: f32,
    wraps: bool,
    reach: f32,
    stones: usize,
    /// Whether the rules lay hands on boats.
    rough: bool,
    /// Whether the rules do what is written and nothing else.
    scripted: bool,
}

impl Rules {
    /// Rules as text, drawn at random.
    pub(crate) fn draw(random: &mut Random, rough: bool) -> String {
        let size = 400 + random.below(4000);
        let reach = 150 + random.below(900);
        format!("{size} {} {reach} {} {} 0", random.below(2), random.below(60), u8::from(rough))
    }
}

/// Counts events, and keeps the script, if there is one. A script is not saved: nobody stops such a room.
#[derive(Debug, Default)]
pub struct State {
    events: i32,
    pub(crate) script: Script,
}

impl Save for State {
    fn save(&self, out: &mut Vec<u8>) {
        self.events.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self { events: i32::load(reader)?, script: Script::default() })
    }
}

/// The game.
#[derive(Debug)]
pub struct Pond;

impl Game for Pond {
    const NAME: &'static str = "pond";
    const REVISION: u32 = 1;
    type Entity = Thing;
    type Own = Own;
    type Event = Event;
    type Controls = Oars;
    type Rules = Rules;
    type State = State;
    type Brain = ();

    fn pack_rules(source: RulesSource) -> Result<Vec<u8>, RulesError> {
        let numbers: Vec<u32> = source.tuning.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let six: Result<[u32; 6], _> = numbers.try_into();
        six.map(|six| save(&six))
            .map_err(|numbers| RulesError(format!("the pond's rules are {numbers:?}, but must be six numbers")))
    }

    fn unpack_rules(packed: &[u8], _: u32) -> Result<Rules, RulesError> {
        let [size, wraps, reach, stones, rough, scripted]: [u32; 6] = load(packed)?;
        let (size, reach) = (size as f32, reach as f32);
        let [wraps, rough, scripted] = [wraps, rough, scripted].map(|flag| flag == 1);
        Ok(Rules { size, wraps, reach, stones: stones as usize, rough, scripted })
    }

    fn step(thing: &mut Thing, rules: &Rules) -> Life {
        match thing {
            Thing::Boat(Boat { x, y, vx, vy, way, .. }) => {
                let (dx, dy) = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)][usize::from(*way)];
                vx.0 = (vx.0 + dx * 1200) * 31 / 32;
                vy.0 = (vy.0 + dy * 1200) * 31 / 32;
                drift(x, *vx, rules);
                drift(y, *vy, rules);
            }
            Thing::Spark(Spark { x, y, vx, vy, fuse, .. }) => {
                drift(x, *vx, rules);
                drift(y, *vy, rules);
                *fuse = fuse.saturating_sub(1);
                if *fuse == 0 {
                    return Life::Ends;
                }
            }
            Thing::Stone(Stone { x, y, vx, vy, fuse, .. }) => {
                drift(x, *vx, rules);
                drift(y, *vy, rules);
                if *fuse == 1 {
                    return Life::Ends;
                }
                *fuse = fuse.saturating_sub(1);
            }
            Thing::Mark(_) => {}
        }
        Life::Lives
    }

    fn at_rest(thing: &Thing) -> bool {
        match thing {
            Thing::Boat(boat) => boat.vx.0 == 0 && boat.vy.0 == 0 && boat.way == 0,
            Thing::Spark(_) => false,
            Thing::Stone(stone) => stone.vx.0 == 0 && stone.vy.0 == 0 && stone.fuse == 0,
            Thing::Mark(_) => true,
        }
    }

    fn step_own(Own::Hold(hold): &mut Own, avatar: Option<&Thing>, _: &Rules) {
        if let Some(Thing::Boat(Boat { drop: true, .. })) = avatar {
            hold.sparks = hold.sparks.saturating_sub(1);
        }
        hold.wait = (hold.wait + 1) % WAIT;
        if hold.wait == 0 && hold.sparks < SPARKS {
            hold.sparks += 1;
        }
    }

    fn drive(avatar: &mut Thing, Own::Hold(hold): &Own, oars: Oars, _: &Rules) {
        if let Thing::Boat(boat) = avatar {
            (boat.way, boat.drop, boat.veiled) = (oars.way, oars.drop && hold.sparks > 0, oars.veil);
        }
    }

    fn avatar_of(thing: &Thing) -> Option<PlayerNumber> {
        if let Thing::Boat(boat) = thing { Some(boat.player) } else { None }
    }

    fn spawned_by(parent: &Thing, kind: u8, _: &Rules) -> Option<Thing> {
        let Thing::Boat(Boat { x, y, vx, vy, player, .. }) = *parent else { return None };
        match kind {
            SPARK => Some(Spark { x, y, vx: vy, vy: vx, fuse: SPARK_TICKS, player }.into()),
            STONE => Some(Stone { x, y, fuse: 200, ..Stone::default() }.into()),
            _ => None,
        }
    }

    fn pose(thing: &Thing) -> Pose {
        let (x, y) = position(thing).unwrap_or_default();
        Pose { x, y, ..Pose::default() }
    }

    fn spawns(avatar: &Thing, _: &Own, rules: &Rules) -> Option<Thing> {
        let Thing::Boat(Boat { drop: true, .. }) = avatar else { return None };
        Self::spawned_by(avatar, SPARK, rules)
    }

    fn spawner_of(thing: &Thing) -> Option<PlayerNumber> {
        if let Thing::Spark(spark) = thing { Some(spark.player) } else { None }
    }

    fn place(thing: &Thing) -> Option<Place> {
        let speed = match thing {
            Thing::Boat(Boat { vx, vy, .. })
            | Thing::Spark(Spark { vx, vy, .. })
            | Thing::Stone(Stone { vx, vy, .. }) => vx.units().hypot(vy.units()),
            Thing::Mark(_) => return None,
        };
        let (x, y) = position(thing)?;
        Some(Place { x, y, speed })
    }

    fn sight(rules: &Rules) -> Sight {
        Sight { size: (rules.size, rules.size), wraps: rules.wraps, reach: (rules.reach, rules.reach * 0.7) }
    }

    fn hides(thing: &Thing, from: Option<PlayerNumber>) -> bool {
        match thing {
            Thing::Boat(boat) => boat.veiled && from != Some(boat.player),
            Thing::Stone(stone) => stone.veiled,
            _ => false,
        }
    }

    fn rewinds(thing: &Thing) -> bool {
        matches!(thing, Thing::Boat(_))
    }

    fn open(_: &mut Room<Self>) -> State {
        State::default()
    }

    fn join(room: &mut Room<Self>, player: PlayerNumber) {
        embody(room, player);
        let seat = room.players.get_mut(player).expect("it joined");
        seat.own = Hold { sparks: SPARKS, ..Hold::default() }.into();
        room.world.spawn(Mark { player, score: 0 }.into(), None);
    }

    fn leave(room: &mut Room<Self>, player: PlayerNumber) {
        let line = |thing: &Thing| matches!(thing, Thing::Mark(mark) if mark.player == player);
        let mark = room.world.iter().find(|(_, thing)| line(thing)).map(|(key, _)| key);
        room.world.kill(mark.expect("who is here has a mark"));
    }

    fn act(room: &mut Room<Self>) {
        if room.rules.scripted {
            return stage::act(room);
        }
        drop_sparks(room);
        let mut random = room.random(1, 0);
        let things: Vec<(EntityKey, Thing)> = room.world.iter().map(|(key, thing)| (key, *thing)).collect();
        let stones = things.iter().filter(|(_, thing)| matches!(thing, Thing::Stone(_))).count();
        if stones < room.rules.stones && random.below(2) == 0 {
            spawn_stone(room, &mut random, &things);
        }
        if things.is_empty() {
            return;
        }
        let deeds = if random.below(20) == 0 { 20 } else { random.below(6) };
        for _ in 0..deeds {
            let (key, _) = things[random.below(things.len() as u32) as usize];
            meddle(room, &mut random, key);
        }
        revive(room, &mut random);
        shout(room, &mut random, &things);
    }

    fn think((): &mut (), _: &View<Self>) -> Oars {
        Oars::default()
    }
}

/// Moves one coordinate by one tick: round the pond, or up to its edge.
fn drift(at: &mut Position, speed: Velocity, rules: &Rules) {
    let size = Position::from_units(rules.size).0;
    let to = at.0 + speed.0 / 16;
    at.0 = if rules.wraps { to.rem_euclid(size) } else { to.clamp(0, size - 1) };
}

fn position(thing: &Thing) -> Option<(f32, f32)> {
    match thing {
        Thing::Boat(Boat { x, y, .. }) | Thing::Spark(Spark { x, y, .. }) | Thing::Stone(Stone { x, y, .. }) => {
            Some((x.units(), y.units()))
        }
        Thing::Mark(_) => None,
    }
}

fn anywhere(random: &mut Random, rules: &Rules) -> (Position, Position) {
    let mut at = || Position::from_units(random.between(0.0, rules.size - 1.0));
    (at(), at())
}

fn embody(room: &mut Room<Pond>, player: PlayerNumber) {
    let (x, y) = if room.rules.scripted {
        Default::default()
    } else {
        anywhere(&mut room.random(2, player.into()), &room.rules)
    };
    room.embody(player, Boat { x, y, player, hull: 9, ..Boat::default() }.into());
}

/// What boats spawn, as their clients foresee it.
fn drop_sparks(room: &mut Room<Pond>) {
    let drops = |thing: &&Thing| matches!(thing, Thing::Boat(Boat { drop: true, .. }));
    let boats: Vec<_> = room.world.iter().filter(|(_, thing)| drops(thing)).map(|(key, boat)| (key, *boat)).collect();
    for (key, boat) in boats {
        let spark = Pond::spawned_by(&boat, SPARK, &room.rules).expect("boats drop sparks");
        room.world.spawn(spark, Some(key));
    }
}

/// A stone from nowhere, or from a boat and then not always as foreseen.
fn spawn_stone(room: &mut Room<Pond>, random: &mut Random, things: &[(EntityKey, Thing)]) {
    let boat = things.iter().find(|(_, thing)| matches!(thing, Thing::Boat(_))).filter(|_| random.below(3) == 0);
    let foreseen = boat.and_then(|(_, boat)| Pond::spawned_by(boat, STONE, &room.rules));
    let Some(Thing::Stone(mut stone)) = foreseen else {
        let (x, y) = anywhere(random, &room.rules);
        let moves = random.below(2) as i32;
        let mut speed = || Velocity(moves * (random.below(1 << 16) as i32 - (1 << 15)));
        let (vx, vy) = (speed(), speed());
        let fuse = if random.below(2) == 0 { 0 } else { random.below(300) as u16 };
        let veiled = random.below(4) == 0;
        room.world.spawn(Stone { x, y, vx, vy, fuse, veiled, ..Stone::default() }.into(), None);
        return;
    };
    if random.below(2) == 0 {
        stone.tint = random.below(9) as u8;
    }
    let key = room.world.spawn(stone.into(), boat.map(|(key, _)| *key));
    if random.below(8) == 0 {
        room.world.kill(key);
    }
}

/// Does something to a thing that a client cannot foresee.
fn meddle(room: &mut Room<Pond>, random: &mut Random, key: EntityKey) {
    let rough = room.rules.rough;
    let Some(&before) = room.world.get(key) else { return };
    match before {
        Thing::Boat(_) if !rough => {}
        Thing::Boat(boat) if random.below(8) == 0 => room.dismiss(boat.player),
        Thing::Boat(_) => {
            let Some(Thing::Boat(boat)) = room.world.get_mut(key) else { return };
            boat.vx.0 += random.below(20_000) as i32 - 10_000;
            boat.hull = random.below(10) as u8;
            let player = boat.player;
            if random.below(3) == 0 {
                let Own::Hold(hold) = &mut room.players.get_mut(player).expect("boats have players").own;
                hold.secret = random.bits() as i32;
            }
        }
        Thing::Spark(_) | Thing::Stone(_) if random.below(12) == 0 => room.world.kill(key),
        Thing::Spark(_) => {
            let Some(Thing::Spark(spark)) = room.world.get_mut(key) else { return };
            spark.fuse = 1 + random.below(40) as u8;
        }
        Thing::Stone(_) => {
            let Some(Thing::Stone(stone)) = room.world.get_mut(key) else { return };
            change(stone, random);
        }
        Thing::Mark(_) => {
            let Some(Thing::Mark(mark)) = room.world.get_mut(key) else { return };
            mark.score += random.below(300) as i32 - 100;
        }
    }
}

/// Some fields of a stone, so that there are many change masks.
fn change(stone: &mut Stone, random: &mut Random) {
    let what = random.below(256);
    let mut small = || random.below(20) as i32 - 9;
    if what & 0b11 == 1 {
        stone.vx.0 += small() * if what & 0x80 == 0 { 1 } else { 700 };
    }
    if what & 0b1100 == 0b100 {
        stone.vy.0 += small() * 700;
    }
    if what & 0x10 != 0 {
        stone.tint = (small() + 9) as u8;
    }
    if what & 0x20 != 0 {
        stone.shade += small() * 1000;
    }
    if what & 0xc0 == 0xc0 {
        stone.veiled = !stone.veiled;
    }
    if what & 0xf == 0xf {
        stone.fuse = (small() + 10) as u16;
    }
}

/// Who lost its boat gets another, some time.
fn revive(room: &mut Room<Pond>, random: &mut Random) {
    let waiting = room.players.iter().filter(|player| player.avatar.is_none()).map(|player| player.number);
    for player in waiting.collect::<Vec<_>>() {
        if random.below(40) == 0 {
            embody(room, player);
        }
    }
}

/// Events for all, for one, and for who is near.
fn shout(room: &mut Room<Pond>, random: &mut Random, things: &[(EntityKey, Thing)]) {
    let bangs = if random.below(10) == 0 { random.below(8) } else { 0 };
    for _ in 0..bangs {
        room.state_mut().events += 1;
        let number = room.state().events;
        let (mut x, mut y) = anywhere(random, &room.rules);
        if let Some((x_near, y_near)) = position(&things[random.below(things.len() as u32) as usize].1) {
            (x, y) = (Position::from_units(x_near), Position::from_units(y_near));
        }
        let audience = match random.below(4) {
            0 => Audience::All,
            1 => Audience::Only(random.below(6) as PlayerNumber),
            2 => Audience::Either { x: y.units(), y: x.units(), to_x: x.units(), to_y: y.units() },
            _ => Audience::Near { x: x.units(), y: y.units() },
        };
        room.emit(audience, Bang { number, x, y });
    }
}
