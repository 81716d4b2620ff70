//! The match clock: rounds, winners, results. It runs as ticks run, so a room without people stands still. A map may do without.

use tickwire_sync::{game::Audience, server::Room};

use super::{pickups, scene::Scene};
use crate::{
    Arena,
    kinds::{Loadout, Match, NOBODY, Own, Phase, Pilot, RoundBegins, RoundOver},
    settings::Rules,
};

pub(super) fn open(room: &mut Room<Arena>, rules: &Rules) {
    if !rules.map.rounds {
        return;
    }
    let ends_at = (room.tick + rules.play_ticks) as i32;
    room.world.spawn(Match { ends_at, winner: NOBODY, round: 1, ..Match::default() }.into(), None);
}

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let Some(&clock) = scene.clock().filter(|clock| clock.ends_at <= room.tick as i32) else { return };
    let next = match clock.phase {
        Phase::Playing => show_results(room, scene, clock, rules),
        Phase::Results => begin(room, scene, clock, rules),
    };
    if let Some(clock) = scene.clock_mut() {
        *clock = next;
    }
}

fn show_results(room: &mut Room<Arena>, scene: &Scene, clock: Match, rules: &Rules) -> Match {
    let (winner, score) = winner(scene);
    room.emit(Audience::All, RoundOver { winner, score, ..RoundOver::default() });
    Match { phase: Phase::Results, ends_at: (room.tick + rules.results_ticks) as i32, winner, ..clock }
}

/// Who has the most points, if it is one alone and it has any; and how many that is.
fn winner(scene: &Scene) -> (i32, i32) {
    let best = scene.pilots.iter().map(|pilot| pilot.now.score).max().unwrap_or(0).max(0);
    let mut leaders = scene.pilots.iter().filter(|pilot| pilot.now.score == best);
    match (leaders.next(), leaders.next()) {
        (Some(winner), None) if best > 0 => (i32::from(winner.now.player), best),
        _ => (NOBODY, best),
    }
}

/// Everything is as at the start, except for who is there.
fn begin(room: &mut Room<Arena>, scene: &mut Scene, clock: Match, rules: &Rules) -> Match {
    let round = clock.round.wrapping_add(1);
    for pilot in &mut scene.pilots {
        pilot.now = Pilot { score: 0, kills: 0, deaths: 0, ..pilot.now };
    }
    scene.shots.iter_mut().for_each(|shot| shot.gone = true);
    scene.mines.iter_mut().for_each(|mine| mine.gone = true);
    scene.ships.iter_mut().for_each(|ship| ship.gone = true);
    for (rock, start) in scene.rocks.iter_mut().zip(&rules.map.rocks) {
        rock.now = *start;
    }
    for player in room.players.iter_mut() {
        player.own = Own::Loadout(Loadout::default());
    }
    pickups::reset(room, rules);
    room.emit(Audience::All, RoundBegins { round });
    Match { ends_at: (room.tick + rules.play_ticks) as i32, winner: NOBODY, round, ..Match::default() }
}
