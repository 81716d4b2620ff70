//! Whatever a client sends, its ship flies, fires and hits as the rules permit, and no better.

use std::collections::BTreeMap;

use glam::Vec2;
use proptest::{collection::vec, prelude::*};
use tickwire_arena::{
    Arena, DEFAULT_MAP, DEFAULT_TUNING, Entity, Event, ShipControls,
    kinds::{Moving, Placed, Ship},
    settings::{BOOST_FULL, Glide, Rules, SUBTICKS},
};
use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Controls, Game, RulesSource},
    grid::Angle,
    interest::Viewpoint,
    protocol::Input,
    random::Random,
    server::{Arrival, Broadcast, Command, Link, LinkSettings, Room},
    world::EntityKey,
};

const TICK_RATE: u32 = 30;
/// Nothing but ships pushes a ship here, and ships do not.
const EMPTY: &str = "name = \"Empty\"\nwidth = 3000\nheight = 2800\nwraps = true\ncontacts = false\nrounds = false\nspawns = [[300, 300], [800, 300]]";
/// Thrust, fire, rail, mine and boost.
const TRIGGERS: u32 = 0x3_b000;
/// In units: what rounding to the grid may add to a place or a way, and to a velocity.
const PLACE_ROUNDING: f32 = 2.0 / 256.0;
const VELOCITY_ROUNDING: f32 = 2.0 / 4096.0;

/// A room and the links of its players, as a server has them; what their clients send is the test's.
struct Stage {
    room: Room<Arena>,
    broadcast: Broadcast<Arena>,
    links: Vec<Link<Arena>>,
}

impl Stage {
    fn new(map: &str, rewind_ticks: u32) -> Self {
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map }, TICK_RATE).expect("right rules");
        let broadcast = Broadcast::new(&rules);
        let mut room = Room::with_rewind(rules.into(), 3, rewind_ticks);
        room.tick(&[0, 1].map(|player| Command::Join { player, bot: false }));
        let settings = LinkSettings { tick_rate: TICK_RATE, viewpoint: Viewpoint::All, max_kbps: None };
        let links = (0..2).map(|player| Link::new(Some(player), room.tick, settings)).collect();
        Self { room, broadcast, links }
    }

    fn now(&self) -> Arrival {
        Arrival(i64::from(self.room.tick) * 16)
    }

    /// An input arrives, whatever it claims.
    fn receive(&mut self, player: usize, input: Input) {
        let (arrival, tick) = (self.now(), self.room.tick);
        // A server closes whose controls are out of range; here the next one gets its chance.
        let _ = self.links[player].receive(input, arrival, tick);
    }

    /// One tick. Gives how far behind each player's view is that changed its controls.
    fn tick(&mut self) -> Vec<(PlayerNumber, u32)> {
        let next = self.room.tick + 1;
        let mut commands = Vec::new();
        for (player, link) in (0..).zip(&mut self.links) {
            let taken = link.take_controls(next);
            commands.extend(taken.map(|(controls, behind)| Command::Controls { player, controls, behind }));
        }
        self.room.tick(&commands);
        self.broadcast.encode(&self.room);
        let now = self.now();
        for link in &mut self.links {
            // Who acknowledges nothing for too long would be closed; cheating could not go on.
            let _ = link.collect_events(&self.room, &self.broadcast, now);
            link.snapshot(&self.room, &mut self.broadcast, now, &mut Vec::new());
        }
        let views = commands.iter().filter_map(|command| match *command {
            Command::Controls { player, behind, .. } => Some((player, behind)),
            _ => None,
        });
        views.collect()
    }

    fn ship(&self, player: PlayerNumber) -> Option<(EntityKey, Ship)> {
        let key = self.room.players.get(player)?.avatar?;
        match self.room.world.get(key)? {
            Entity::Ship(ship) => Some((key, *ship)),
            _ => None,
        }
    }
}

/// What a client sends between two ticks, most of it lies.
#[derive(Clone, Debug)]
struct Lie {
    tick: i64,
    ack: i64,
    ack_age: u32,
    behind: u32,
    controls: u32,
}

impl Lie {
    fn input(&self, now: Tick, sent: Tick) -> Input {
        let tick = (i64::from(now) + self.tick).clamp(0, u32::MAX.into()) as Tick;
        let ahead = tick.wrapping_sub((i64::from(sent) + self.ack).clamp(0, u32::MAX.into()) as Tick) as i32;
        Input { tick, ahead, ack_age: self.ack_age, behind: self.behind, controls: self.controls }
    }
}

fn lie() -> impl Strategy<Value = Lie> {
    let near = || prop_oneof![6 => -3..4_i64, 2 => -300..300_i64, 1 => any::<i32>().prop_map(i64::from)];
    let behind = prop_oneof![3 => 0..300_u32, 1 => any::<u32>(), 1 => Just(u32::MAX)];
    // All that can be held most of the time; sometimes what no client of ours could send.
    let controls =
        prop_oneof![4 => (0..1_u32 << 18).prop_map(|bits| bits | TRIGGERS), 2 => 0..1_u32 << 18, 1 => any::<u32>()];
    (near(), near(), prop_oneof![0..40_u32, any::<u32>()], behind, controls)
        .prop_map(|(tick, ack, ack_age, behind, controls)| Lie { tick, ack, ack_age, behind, controls })
}

/// What two clients send before each tick.
fn lies() -> impl Strategy<Value = Vec<Vec<(bool, Lie)>>> {
    vec(vec((any::<bool>(), lie()), 0..6), 60..240)
}

/// Fails unless a ship moved within a tick as its engine and drag permit; walls only slow it down.
fn assert_flies_by_the_rules(before: &Ship, after: &Ship, rules: &Rules) {
    let (was, is) = (before.velocity(), after.velocity());
    let push = if before.controls.boost { rules.boost } else { rules.thrust };
    let permits = |glide: &Glide| is.length() <= was.length() * glide.keep + push * glide.reach + VELOCITY_ROUNDING;
    assert!(permits(&rules.coast) || permits(&rules.brake), "from {was} to {is} in a tick");
    let way = rules.map.terrain.way(before.position(), after.position()).length();
    let glide = &rules.coast;
    assert!(way <= was.length() * glide.reach + push * glide.push + PLACE_ROUNDING, "{way} units in a tick at {was}");
    let top = rules.boost * glide.reach / (1.0 - glide.keep) + VELOCITY_ROUNDING;
    assert!(is.length() <= top, "{is} is faster than {top}");
    let turned = (after.heading.steps() - before.heading.steps()).rem_euclid(1 << 16);
    assert!(turned.min((1 << 16) - turned) <= rules.turn_steps, "it turned by {turned}");
}

/// In the open, where nothing but engine and drag acts: to the grid.
fn assert_accelerates_by_the_rules(before: &Ship, after: &Ship, rules: &Rules) {
    let push = if before.controls.boost { rules.boost } else { rules.thrust };
    let engine = |glide: &Glide| {
        (after.velocity() - before.velocity() * glide.keep).length() <= push * glide.reach + VELOCITY_ROUNDING
    };
    assert!(engine(&rules.coast) || engine(&rules.brake), "from {} to {}", before.velocity(), after.velocity());
}

/// The ticks in which a ship fired, laid a mine, and boosted.
#[derive(Default)]
struct Fired {
    born: Tick,
    shots: Vec<Tick>,
    beams: Vec<Tick>,
    mines: Vec<Tick>,
    boosts: Vec<Tick>,
}

impl Fired {
    fn assert_fires_by_the_rules(&self, rules: &Rules) {
        let (period, subticks) = (u32::from(rules.fire_period), u32::from(SUBTICKS));
        for (first, tick) in self.shots.iter().enumerate() {
            for (between, later) in (1..).zip(&self.shots[first + 1..]) {
                assert!(between * period < (later - tick + 1) * subticks, "{:?}", self.shots);
            }
        }
        for (count, tick) in (1..).zip(&self.shots) {
            let grown = (tick - self.born + 1) * subticks / u32::from(rules.recharge_period);
            assert!(count <= u32::from(rules.ammo_max) + grown, "{count} shots by tick {tick}");
        }
        for two in self.beams.windows(2) {
            assert!(two[1] - two[0] >= u32::from(rules.rail_ticks), "{:?}", self.beams);
        }
        for two in self.mines.windows(2) {
            assert!(two[1] - two[0] >= u32::from(rules.mine_wait_ticks), "{:?}", self.mines);
        }
        // There are no pickups here: what a ship carries is all that it lays.
        assert!(self.mines.len() <= usize::from(rules.mines_max), "{:?}", self.mines);
        let (drain, growth) = (u32::from(rules.boost_drain), u32::from(rules.boost_growth));
        for (count, tick) in (1..).zip(&self.boosts) {
            let grown = (tick - self.born + 1 - count) * growth;
            assert!(count * drain <= u32::from(BOOST_FULL) + grown, "{count} ticks of boost by tick {tick}");
        }
    }
}

/// Plays what two clients send, and looks at every tick. Gives how many shots, beams and mines there were, and ticks of boost.
fn play(map: &str, lies: &[Vec<(bool, Lie)>], open: bool) -> [usize; 4] {
    let mut stage = Stage::new(map, 12);
    let rules = stage.room.rules.clone();
    let mut fired = BTreeMap::<EntityKey, Fired>::new();
    for sent in lies {
        for (second, lie) in sent {
            let player = usize::from(*second);
            let input = lie.input(stage.room.tick, stage.links[player].sent());
            stage.receive(player, input);
        }
        let before = [0, 1].map(|player| stage.ship(player));
        stage.tick();
        let tick = stage.room.tick;
        for (player, before) in (0..).zip(before) {
            let (Some((key, before)), Some((same, after))) = (before, stage.ship(player)) else { continue };
            if key == same {
                assert_flies_by_the_rules(&before, &after, &rules);
                if open {
                    assert_accelerates_by_the_rules(&before, &after, &rules);
                }
            }
            let spawned = stage.room.world.iter().filter_map(|(_, state)| match state {
                Entity::Shot(shot) if shot.player == player && shot.left == rules.shot_ticks => Some(*shot),
                _ => None,
            });
            let fired = fired.entry(key).or_insert_with(|| Fired { born: tick, ..Fired::default() });
            for shot in spawned {
                fired.shots.push(tick);
                let fastest = rules.shot_speed + before.velocity().length().max(after.velocity().length());
                assert!(shot.velocity().length() <= fastest, "a shot of {}", shot.velocity());
            }
            let beams =
                stage.room.events().iter().filter(|(_, event)| matches!(event, Event::Beam(beam) if beam.by == player));
            fired.beams.extend(beams.map(|_| tick));
            let laid = |state: &Entity| matches!(state, Entity::Mine(mine) if mine.player == player && mine.left == rules.mine_ticks);
            fired.mines.extend(stage.room.world.iter().filter(|(_, state)| laid(state)).map(|_| tick));
            fired.boosts.extend(before.controls.boost.then_some(tick));
            let lying = |state: &Entity| matches!(state, Entity::Mine(mine) if mine.player == player);
            let lying = stage.room.world.iter().filter(|(_, state)| lying(state)).count();
            assert!(lying <= rules.tuning.mine.laid_max as usize, "{lying} mines");
        }
    }
    for fired in fired.values() {
        fired.assert_fires_by_the_rules(&rules);
    }
    let sum = |of: fn(&Fired) -> &Vec<Tick>| fired.values().map(|fired| of(fired).len()).sum();
    [sum(|fired| &fired.shots), sum(|fired| &fired.beams), sum(|fired| &fired.mines), sum(|fired| &fired.boosts)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_inputs_move_a_ship_faster_fire_sooner_boost_longer_or_lay_more_mines_than_the_rules_permit(lies in lies()) {
        play(EMPTY, &lies, true);
    }

    #[test]
    fn nor_do_they_between_walls(lies in lies()) {
        let map = DEFAULT_MAP.split("rocks =").next().expect("a text");
        play(&format!("contacts = false\n{map}"), &lies, false);
    }

    #[test]
    fn no_inputs_make_a_view_run_backwards_or_ahead_of_what_was_acknowledged(lies in lies()) {
        let mut stage = Stage::new(EMPTY, 12);
        let joined = stage.room.tick;
        // What each may have acknowledged by now, and the latest that it saw.
        let (mut acknowledged, mut seen) = ([joined; 2], [0_i64; 2]);
        for sent in &lies {
            for (second, lie) in sent {
                let player = usize::from(*second);
                let sent = stage.links[player].sent();
                let input = lie.input(stage.room.tick, sent);
                let claimed = i64::from(input.tick) - i64::from(input.ahead);
                if ShipControls::from_bits(input.controls).is_some() && (0..=i64::from(sent)).contains(&claimed) {
                    acknowledged[player] = acknowledged[player].max(claimed as Tick);
                }
                stage.receive(player, input);
            }
            for (player, behind) in stage.tick() {
                let tick = i64::from(stage.room.tick);
                let view = tick * 16 - i64::from(behind);
                let player = usize::from(player);
                prop_assert!(view >= seen[player], "from {} back to {view}", seen[player]);
                prop_assert!(view <= i64::from(acknowledged[player]) * 16, "{view} was not acknowledged");
                seen[player] = view;
                let judged = stage.room.then(player as PlayerNumber).tick();
                prop_assert!(judged >= tick as f64 - 12.0 && judged <= tick as f64 - 1.0, "{judged} at {tick}");
            }
        }
    }
}

/// Honest, for once: most of them are right, so that the tests above look at something.
#[test]
fn holding_every_trigger_fires_as_fast_as_the_rules_permit() {
    let trigger = Lie { tick: 1, ack: 0, ack_age: 0, behind: 0, controls: TRIGGERS };
    let [shots, beams, mines, boosts] = play(EMPTY, &vec![vec![(false, trigger)]; 300], true);
    // 300 ticks are 10 s: 6 shots a second until the magazine is empty, a beam each 1.5 s.
    assert!((45..=62).contains(&shots) && (6..=7).contains(&beams), "{shots} shots, {beams} beams");
    // 10 s of boost, after the first 1.6 s what grows back.
    assert!(mines == 3 && (70..=110).contains(&boosts), "{mines} mines, {boosts} ticks of boost");
}

/// An attacker that always aims right at where its target was some ticks ago, and claims to see it there. Gives how often it struck, and how
/// far back, in ticks, the target was last where it was struck.
fn struck(back: u32, behind: u32, rewind_ticks: u32) -> (u32, f32) {
    let mut stage = Stage::new(EMPTY, rewind_ticks);
    let rules = stage.room.rules.clone();
    let radius = rules.tuning.ship.radius;
    let mut past = Vec::<(Tick, EntityKey, Vec2)>::new();
    let (mut hits, mut oldest) = (0, 0.0_f32);
    for round in 0..1500_u32 {
        let (tick, acked) = (stage.room.tick, stage.links[0].sent());
        let target_controls = ShipControls {
            thrust: true,
            turn: (Random::keyed(1, 1, 1, round / 12).below(3) as i8) - 1,
            ..ShipControls::default()
        };
        let honest = |controls: ShipControls, ack: Tick, behind| Input {
            tick: tick + 1,
            ahead: (tick + 1 - ack) as i32,
            ack_age: 0,
            behind,
            controls: controls.to_bits(),
        };
        let target_acked = stage.links[1].sent();
        stage.receive(1, honest(target_controls, target_acked, 0));
        let was = past.iter().rev().find(|(then, ..)| *then + back <= tick + 1);
        if let (Some((_, _, was)), Some((_, own))) = (was, stage.ship(0)) {
            let way = rules.map.terrain.way(own.position(), *was);
            let aim = Angle::from_radians(way.to_angle());
            let rail = way.length() < rules.tuning.rail.range && way.length() > 3.0 * radius;
            // It stands still, or it would be hard to say what it may hit.
            let controls = ShipControls { aim, rail, ..ShipControls::default() };
            stage.receive(0, honest(controls, acked, behind));
        }
        stage.tick();
        let tick = stage.room.tick;
        // Nobody can say where exactly one was struck that is gone.
        let Some((key, ship)) = stage.ship(1) else { continue };
        past.push((tick, key, ship.position()));
        let beam = stage.room.events().iter().find_map(|(_, event)| match event {
            Event::Beam(beam) if beam.by == 0 => Some(Vec2::new(beam.to_x.units(), beam.to_y.units())),
            _ => None,
        });
        let hit = stage.room.events().iter().any(|(_, event)| matches!(event, Event::Hit(hit) if hit.by == 0));
        if let (Some(end), true) = (beam, hit) {
            hits += 1;
            // The newest moment, between two ticks or at their ends, at which its hull was where the beam ended.
            let moments = past.windows(2).rev().filter(|two| two[0].1 == key && two[1].1 == key).flat_map(|two| {
                let step = rules.map.terrain.way(two[0].2, two[1].2);
                (0..=16_u8).rev().map(move |part| {
                    let part = f32::from(part) / 16.0;
                    (two[0].0 as f32 + part, two[0].2 + step * part)
                })
            });
            let is_there = |place: Vec2| (rules.map.terrain.way(place, end).length() - radius).abs() < 0.5;
            let moment = moments.into_iter().find(|(_, place)| is_there(*place)).expect("it was there once").0;
            oldest = oldest.max(tick as f32 - moment);
        }
    }
    (hits, oldest)
}

#[test]
fn no_claim_makes_a_beam_strike_further_back_than_the_room_remembers() {
    for rewind_ticks in [0, 3, 12] {
        for (back, behind) in [
            (2, 2 * 16),
            (6, 6 * 16),
            (12, 12 * 16),
            (13, 13 * 16),
            (20, 20 * 16),
            (60, 60 * 16),
            (60, u32::MAX),
            (200, 1 << 31),
        ] {
            let (hits, oldest) = struck(back, behind, rewind_ticks);
            println!(
                "{rewind_ticks} ticks kept, aimed {back} back, {behind}/16 claimed: {hits} hits, {oldest} back at most"
            );
            assert!(oldest <= rewind_ticks as f32 + 0.1, "a hit {oldest} ticks back");
            assert!(back > rewind_ticks || hits > 5, "within the window they hit: {hits}");
        }
    }
}
