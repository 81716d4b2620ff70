//! The match clock: rounds, winners, results. It runs as ticks run, so a room without people stands still.

use tickwire_sync::{game::Audience, server::Room};

use super::{pickups, scene::Scene};
use crate::{
    Arena,
    kinds::{Loadout, Match, NOBODY, Own, Phase, Pilot, RoundBegins, RoundOver},
    settings::Rules,
};

pub(super) fn open(room: &mut Room<Arena>, rules: &Rules) {
    let ends_at = (room.tick + rules.play_ticks) as i32;
    room.world.spawn(Match { phase: Phase::Playing, ends_at, winner: NOBODY, round: 1 }.into(), None);
}

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    if (room.tick as i32) < scene.clock().ends_at {
        return;
    }
    match scene.clock().phase {
        Phase::Playing => show_results(room, scene, rules),
        Phase::Results => begin(room, scene, rules),
    }
}

fn show_results(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let (winner, score) = winner(scene);
    let ends_at = (room.tick + rules.results_ticks) as i32;
    let clock = scene.clock_mut();
    *clock = Match { phase: Phase::Results, ends_at, winner, ..*clock };
    room.emit(Audience::All, RoundOver { winner, score });
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
fn begin(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let ends_at = (room.tick + rules.play_ticks) as i32;
    let clock = scene.clock_mut();
    let round = clock.round.wrapping_add(1);
    *clock = Match { phase: Phase::Playing, ends_at, winner: NOBODY, round };
    for pilot in &mut scene.pilots {
        pilot.now = Pilot { score: 0, kills: 0, deaths: 0, ..pilot.now };
    }
    scene.shots.iter_mut().for_each(|shot| shot.gone = true);
    scene.ships.iter_mut().for_each(|ship| ship.gone = true);
    for (rock, start) in scene.rocks.iter_mut().zip(&rules.map.rocks) {
        rock.now = *start;
    }
    for player in room.players.iter_mut() {
        player.own = Own::Loadout(Loadout::default());
    }
    pickups::reset(room, rules);
    room.emit(Audience::All, RoundBegins { round });
}
