//! What a run is, drawn from its seed: the game and its rules, the clients with their networks and habits, and the server's troubles.

use tickwire_sync::{interest::Viewpoint, random::Random, server::LinkSettings};

use crate::{client::Habits, games::pond, network::Network};

/// Which game is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Pond,
    Line,
    Arena,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) which: Which,
    /// Whether rules lay hands on avatars; where they do not, every prediction must be right.
    pub(crate) rough: bool,
    pub(crate) tuning: String,
    pub(crate) map: String,
    pub(crate) tick_rate: u32,
    pub(crate) ticks: u32,
    pub(crate) clients: Vec<Habits>,
    /// How often in a second the server stutters: some ticks late, then caught up at once.
    pub(crate) stutter_chance: f32,
    /// How often in a second it stops, and goes on from its saved room.
    pub(crate) restart_chance: f32,
}

/// The purposes of random numbers here.
const SCENARIO: u32 = 1;
const CLIENT: u32 = 2;

impl Scenario {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut random = Random::keyed(seed, SCENARIO, 0, 0);
        let which =
            [Which::Pond, Which::Pond, Which::Pond, Which::Pond, Which::Arena, Which::Line][random.below(6) as usize];
        let rough = which != Which::Pond || random.below(3) > 0;
        let tick_rate = [10, 20, 30, 30, 30, 60, 128][random.below(7) as usize];
        let (tuning, map) = match which {
            Which::Pond => (pond::Rules::draw(&mut random, rough), String::new()),
            Which::Line => (String::new(), String::new()),
            Which::Arena => (tickwire_arena::DEFAULT_TUNING.to_owned(), arena_map(&mut random)),
        };
        let seconds = if random.below(12) == 0 { 100 } else { 8 + random.below(20) };
        let clients = 1 + random.below(6);
        let chance = |random: &mut Random, one_in, chance| if random.below(one_in) == 0 { chance } else { 0.0 };
        Self {
            which,
            rough,
            tuning,
            map,
            tick_rate,
            ticks: (seconds * tick_rate).min(3000),
            clients: (0..clients).map(|client| draw_client(seed, client, tick_rate)).collect(),
            stutter_chance: chance(&mut random, 4, 0.3),
            restart_chance: chance(&mut random, 5, 0.1),
        }
    }
}

fn draw_client(seed: u64, client: u32, tick_rate: u32) -> Habits {
    let mut random = Random::keyed(seed, CLIENT, client, 0);
    let mut pick = |values: &[f64]| values[random.below(values.len() as u32) as usize];
    let network = Network {
        latency: pick(&[0.0, 0.005, 0.03, 0.08, 0.15]),
        jitter: pick(&[0.0, 0.0, 0.01, 0.04]),
        stall_chance: pick(&[0.0, 0.0, 0.0, 0.005, 0.03]) as f32,
        stall_max: pick(&[0.1, 0.4, 1.5, 3.0]),
        bytes_per_second: Some(pick(&[0.0, 0.0, 0.0, 400.0, 1500.0, 6000.0])).filter(|rate| *rate > 0.0),
        buffer_bytes: pick(&[300.0, 2_000.0, 16_000.0, 120_000.0]) as usize,
    };
    let budget = pick(&[0.0, 0.0, 0.0, 2.0, 8.0, 40.0]) as u32;
    let (viewpoint, watches) = match pick(&[0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0]) as u32 {
        0 => (Viewpoint::Own, false),
        1 => (Viewpoint::All, false),
        2 => (Viewpoint::Follow(0), false),
        _ => (Viewpoint::All, true),
    };
    Habits {
        network,
        watches,
        turn_chance: pick(&[0.0, 0.3, 1.0, 20.0]) as f32,
        link: LinkSettings { tick_rate, viewpoint, max_kbps: Some(budget).filter(|kbps| *kbps > 0) },
        drift: pick(&[0.0, 0.0, 0.001, -0.001]),
        frame_seconds: pick(&[0.0, 1.0 / 60.0, 1.0 / 60.0, 1.0 / 60.0, 0.25]),
        hold_seconds: pick(&[0.01, 0.1, 0.3, 1.0]),
        sleep_chance: pick(&[0.0, 0.0, 0.1]) as f32,
        sleep_max: pick(&[1.0, 6.0, 15.0, 60.0]) as f32,
        says_away: pick(&[0.0, 1.0]) > 0.0,
        leave_chance: pick(&[0.0, 0.0, 0.05]) as f32,
        lies: pick(&[0.0; 15].iter().chain(&[1.0]).copied().collect::<Vec<_>>()) > 0.0,
    }
}

/// The shipped map, a small room in which everybody meets, or a wide one in which nobody sees all.
fn arena_map(random: &mut Random) -> String {
    match random.below(3) {
        0 => tickwire_arena::DEFAULT_MAP.to_owned(),
        1 => r#"
            name = "Small"
            width = 600
            height = 500
            walls = [[280, 200, 40, 100]]
            rocks = [{ x = 100, y = 300, radius = 30, vx = 20, vy = 10 }]
            spawns = [[60, 60], [540, 440], [540, 60]]
            pickups = [{ x = 300, y = 100, kind = "ammo" }, { x = 300, y = 400, kind = "hull" }]
        "#
        .to_owned(),
        _ => r#"
            name = "Wide"
            width = 9000
            height = 6000
            rocks = [{ x = 4000, y = 3000, radius = 60, vx = 90, vy = 10 }, { x = 500, y = 500, radius = 40 }]
            spawns = [[500, 500], [1500, 700], [8500, 5500], [4500, 3000], [3000, 2000]]
            pickups = [{ x = 4000, y = 2500, kind = "ammo" }]
        "#
        .to_owned(),
    }
}
