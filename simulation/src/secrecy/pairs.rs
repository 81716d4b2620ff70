//! Two truths by script: what is in the viewer's sight is written once and put into both, what is hidden from it is drawn for each.

use tickwire_sync::{
    PlayerNumber,
    game::{Audience, Controls, Game, RulesSource},
    grid::{Position, Velocity},
    interest::Viewpoint,
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
};

use super::stage::Deed;
use crate::{
    games::pond::{Bang, Oars, Pond, Stone, Thing},
    report::Failure,
};

const TICKS: u32 = 150;
const TICK_RATE: u32 = 30;
/// The viewer sees some 300 units far and stays near the corner; what is out of its sight is more than 1,200 units away.
const RULES: &str = "4000 1 300 0 0 1";
/// Names from here on are of things that the viewer never sees.
const SECRETS: u32 = 1000;
/// The purposes of random numbers here.
const SHARED: u32 = 30;
const SECRET: u32 = 31;

/// What a pair showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct PairTotals {
    /// Whether the viewer was a watcher.
    pub watched: bool,
    /// Whether things that the viewer sees had other slots in the one truth than in the other.
    pub shifted: bool,
    /// Bytes that were equal.
    pub bytes: u64,
    /// Deeds that the viewer may not know of.
    pub secrets: u64,
}

/// What happens in sight, the same in both truths.
struct Shared {
    random: Random,
    /// Who is in sight or was, and how it looks there.
    living: Vec<(u32, Stone)>,
    /// Who is veiled at the moment: both truths do with it as they like.
    veiled: Vec<(u32, Stone)>,
    births: u32,
}

impl Shared {
    fn stone(&mut self) -> Stone {
        let mut near = || Position::from_units(self.random.between(100.0, 300.0));
        let (x, y) = (near(), near());
        let mut speed = || Velocity(self.random.below(400) as i32 - 200);
        Stone { x, y, vx: speed(), vy: speed(), tint: self.random.below(200) as u8, ..Stone::default() }
    }

    fn deeds(&mut self, deeds: &mut Vec<Deed>) {
        for _ in 0..self.random.below(5) {
            let stone = self.stone();
            let at = self.random.below(self.living.len().max(1) as u32) as usize;
            match self.random.below(8) {
                0 | 1 => {
                    let parent = (self.random.below(3) == 0).then_some(0);
                    deeds.push(Deed::Spawn { name: self.births, thing: stone.into(), parent });
                    self.living.push((self.births, stone));
                    self.births += 1;
                }
                2 => {
                    let number = self.random.below(1000) as i32;
                    let bang = Bang { number, x: stone.x, y: stone.y };
                    let near = Audience::Near { x: stone.x.units(), y: stone.y.units() };
                    deeds.push(Deed::Tell {
                        audience: [Audience::All, Audience::Only(0), near][number as usize % 3],
                        bang,
                    });
                }
                _ if self.living.is_empty() => {}
                3 => deeds.push(Deed::Kill { name: self.living.swap_remove(at).0 }),
                4 => {
                    let (name, stone) = self.living.swap_remove(at);
                    deeds.push(Deed::Change { name, thing: Stone { veiled: true, ..stone }.into() });
                    self.veiled.push((name, stone));
                }
                _ => deeds.push(self.change(at, stone)),
            }
        }
        if self.random.below(4) == 0
            && let Some((name, stone)) = self.veiled.pop()
        {
            deeds.push(Deed::Change { name, thing: stone.into() });
            self.living.push((name, stone));
        }
    }

    /// Changes some fields, so that there are several change masks.
    fn change(&mut self, at: usize, to: Stone) -> Deed {
        let (name, stone) = &mut self.living[at];
        match self.random.below(3) {
            0 => stone.tint = to.tint,
            1 => stone.shade += i32::from(to.tint) * 300,
            _ => (stone.vx, stone.tint) = (to.vx, to.tint),
        }
        Deed::Change { name: *name, thing: (*stone).into() }
    }
}

/// What happens out of sight in one of the truths.
struct Secret {
    random: Random,
    living: Vec<u32>,
    births: u32,
    /// Whether there are births and deaths, which shift the slots of everything that comes later.
    births_allowed: bool,
    /// Whether the viewer sees all but the veiled.
    all_in_view: bool,
    /// Whether it is a watcher, so that what only player 0 may know is secret too.
    from_watcher: bool,
}

impl Secret {
    fn thing(&mut self) -> Thing {
        let veiled = self.all_in_view || self.random.below(2) == 0;
        let (low, high) = if veiled && self.random.below(2) == 0 { (100.0, 300.0) } else { (1700.0, 2600.0) };
        let mut at = || Position::from_units(self.random.between(low, high));
        let (x, y) = (at(), at());
        let mut number = |end| self.random.below(end);
        Stone {
            x,
            y,
            vx: Velocity(number(200) as i32),
            vy: Velocity(number(2) as i32),
            fuse: number(3) as u16 * 20,
            tint: number(200) as u8,
            shade: number(9) as i32,
            veiled,
        }
        .into()
    }

    fn deed(&mut self, veiled: &[(u32, Stone)]) -> Deed {
        let thing = self.thing();
        let number = self.random.below(1000) as i32;
        let bang = Bang { number, ..Bang::default() };
        match self.random.below(7) {
            0..=2 if self.births_allowed => {
                self.births += 1;
                self.living.push(self.births);
                let parent = (number % 3 == 0).then_some(1);
                Deed::Spawn { name: self.births, thing, parent }
            }
            3 if !self.living.is_empty() && self.births_allowed => {
                let at = self.random.below(self.living.len() as u32) as usize;
                Deed::Kill { name: self.living.swap_remove(at) }
            }
            0..=4 if !self.living.is_empty() => {
                let at = self.random.below(self.living.len() as u32) as usize;
                Deed::Change { name: self.living[at], thing }
            }
            0..=4 if !veiled.is_empty() => {
                let (name, stone) = veiled[number as usize % veiled.len()];
                Deed::Change { name, thing: Stone { veiled: true, tint: number as u8, ..stone }.into() }
            }
            5 if !self.all_in_view => Deed::Tell { audience: Audience::Near { x: 2000.0, y: 2000.0 }, bang },
            6 => Deed::Tell { audience: Audience::Only(self.owner()), bang },
            _ => Deed::Whisper { player: self.owner(), secret: number },
        }
    }

    /// A player whose own affairs the viewer may not know.
    fn owner(&mut self) -> PlayerNumber {
        if self.from_watcher { self.random.below(2) as u16 } else { 1 }
    }

    /// What the veiled boat does.
    fn oars(&mut self) -> Oars {
        const VEIL: u32 = 16;
        let way = if self.random.below(3) == 0 { self.random.below(5) } else { 1 + self.births % 2 * 2 };
        Oars::from_bits(VEIL | way).expect("right controls")
    }

    /// Puts some secret deeds among those that are shared.
    fn mix(&mut self, shared: &[Deed], veiled: &[(u32, Stone)]) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for deed in shared.iter().map(Some).chain([None]) {
            // What both truths veil is theirs once the shared deeds are done.
            let veiled = if deed.is_some() { &[] } else { veiled };
            deeds.extend((0..self.random.below(3)).map(|_| self.deed(veiled)));
            deeds.extend(deed);
        }
        deeds
    }
}

/// One of the truths, with the viewer's link.
struct Truth {
    room: Room<Pond>,
    broadcast: Broadcast<Pond>,
    link: Link<Pond>,
    secret: Secret,
}

impl Truth {
    fn new(seed: u64, which: u32, viewer: Option<PlayerNumber>, settings: LinkSettings, start: Vec<Deed>) -> Self {
        let rules = Pond::read_rules(RulesSource { tuning: RULES, map: "" }, TICK_RATE).expect("the rules are right");
        let mut broadcast = Broadcast::new(&rules);
        let mut room = Room::<Pond>::new(rules.into(), 1);
        let secret = Secret {
            random: Random::keyed(seed, SECRET, which, 0),
            living: Vec::new(),
            births: SECRETS,
            births_allowed: !seed.is_multiple_of(4),
            all_in_view: settings.viewpoint == Viewpoint::All,
            from_watcher: viewer.is_none(),
        };
        room.state_mut().script.deeds = start;
        let veil = Oars::from_bits(16).expect("a veil");
        let other = Command::Controls { player: 1, controls: veil, behind: 0 };
        room.tick(&[Command::Join { player: 0, bot: false }, Command::Join { player: 1, bot: false }, other]);
        broadcast.encode(&room);
        Self { link: Link::new(viewer, room.tick, settings), room, broadcast, secret }
    }

    /// One tick; gives the viewer's message, if its outbox is free and there is one.
    fn tick(&mut self, deeds: Vec<Deed>, oars: Oars, free: bool, acks: bool) -> Result<Option<Vec<u8>>, String> {
        self.room.state_mut().script.deeds = deeds;
        let controls = |(player, controls)| Command::Controls { player, controls, behind: 0 };
        let veiled = self.secret.oars();
        self.room.tick(&[(0, oars), (1, veiled)].map(controls));
        self.broadcast.encode(&self.room);
        let now = Arrival(i64::from(self.room.tick) * 16);
        if acks {
            self.link.acknowledge(self.link.sent(), 0, now);
        }
        self.link.collect_events(&self.room, &self.broadcast, now).map_err(|error| error.to_string())?;
        let mut message = Vec::new();
        let said = free && self.link.snapshot(&self.room, &mut self.broadcast, now, &mut message);
        Ok(said.then_some(message))
    }
}

/// Runs the pair of a seed.
///
/// # Errors
/// At which tick the bytes differ, and how.
pub fn pair(seed: u64) -> Result<PairTotals, Failure> {
    run(seed).map_err(|what| Failure { seed, suite: "pairs", what })
}

fn run(seed: u64) -> Result<PairTotals, String> {
    let mut random = Random::keyed(seed, SHARED, 1, 0);
    let max_kbps = (random.below(3) == 0).then(|| 2 + random.below(20));
    let viewer = (random.below(3) > 0).then_some(0);
    let all = viewer.is_none() || random.below(4) == 0;
    let viewpoint = if all { Viewpoint::All } else { Viewpoint::Own };
    let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint, max_kbps };
    let mut shared =
        Shared { random: Random::keyed(seed, SHARED, 0, 0), living: Vec::new(), veiled: Vec::new(), births: 0 };
    let mut start = Vec::new();
    (0..4).for_each(|_| shared.deeds(&mut start));
    let mut truths = [0, 1].map(|which| Truth::new(seed, which, viewer, settings, start.clone()));
    let mut totals = PairTotals { watched: viewer.is_none(), ..PairTotals::default() };
    let mut blocked = 0;
    for tick in 0..TICKS {
        let veiled = shared.veiled.clone();
        let mut deeds = Vec::new();
        shared.deeds(&mut deeds);
        // Only what is veiled before and after the shared deeds is the truths' own.
        let own: Vec<_> =
            veiled.into_iter().filter(|(name, _)| shared.veiled.iter().any(|(other, _)| other == name)).collect();
        blocked = if random.below(25) == 0 { random.below(20) } else { u32::saturating_sub(blocked, 1) };
        let way = if tick % 10 < 5 { 1 } else { 2 };
        let oars = Oars::from_bits(way | random.below(2) << 3).expect("right controls");
        // Everything, the boat that all may see, the veiled one, or nobody.
        let turn = [Viewpoint::All, Viewpoint::Follow(0), Viewpoint::Follow(1), Viewpoint::Follow(7)];
        let turn = turn[random.below(4) as usize];
        let turns = viewer.is_none() && random.below(12) == 0;
        let mut messages = Vec::new();
        for truth in &mut truths {
            if turns {
                truth.link.watch(turn);
            }
            let mixed = truth.secret.mix(&deeds, &own);
            totals.secrets += (mixed.len() - deeds.len()) as u64;
            messages.push(truth.tick(mixed, oars, blocked == 0, tick % 4 == 0)?);
        }
        let [left, right] = &truths;
        let slot = |truth: &Truth, name| truth.room.state().script.cast[&name].slot();
        totals.shifted |= shared.living.iter().any(|&(name, _)| slot(left, name) != slot(right, name));
        if messages[0] != messages[1] {
            return Err(format!(
                "the truths differ at tick {} in nothing that the viewer may see, but it gets\n    {}\n  and\n    {}",
                left.room.tick,
                hex(messages[0].as_deref()),
                hex(messages[1].as_deref())
            ));
        }
        totals.bytes += messages[0].as_ref().map_or(0, |message| message.len() as u64);
    }
    Ok(totals)
}

/// Bytes for people.
pub(super) fn hex(message: Option<&[u8]>) -> String {
    message
        .map_or("nothing".into(), |bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
}
