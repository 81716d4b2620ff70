//! The match clock: rounds, winners, results. It runs as ticks run, so a room without people stands still. A map may do without.

use core::cmp::Ordering;

use tickwire_sync::{game::Audience, server::Room};

use super::{cores, pickups, scene::Scene};
use crate::{
    Arena,
    kinds::{Loadout, Match, Mode, NOBODY, Own, Phase, Pilot, RoundBegins, RoundOver, Side},
    settings::Rules,
};

pub(super) fn open(room: &mut Room<Arena>, rules: &Rules) {
    if !rules.map.rounds {
        return;
    }
    let ends_at = (room.tick + rules.play_ticks) as i32;
    room.world
        .spawn(Match { ends_at, winner: NOBODY, round: 1, mode: rules.map.mode, ..Match::default() }.into(), None);
}

pub(super) fn act(room: &mut Room<Arena>, scene: &mut Scene, rules: &Rules) {
    let over = |clock: &&Match| clock.ends_at <= room.tick as i32 || is_decided(clock, rules);
    let Some(&clock) = scene.clock().filter(over) else { return };
    let next = match clock.phase {
        Phase::Playing => show_results(room, scene, clock, rules),
        Phase::Results => begin(room, scene, clock, rules),
    };
    if let Some(clock) = scene.clock_mut() {
        *clock = next;
    }
}

/// Whether a side has all that it takes to win before the time is over.
fn is_decided(clock: &Match, rules: &Rules) -> bool {
    let to_win = match clock.mode {
        Mode::Ffa => 0,
        Mode::Teams => rules.tuning.team.kills_to_win,
        Mode::Core => rules.tuning.core.captures_to_win,
    };
    to_win > 0 && clock.phase == Phase::Playing && clock.amber.max(clock.azure) >= to_win as i32
}

fn show_results(room: &mut Room<Arena>, scene: &Scene, clock: Match, rules: &Rules) -> Match {
    let over = if clock.mode == Mode::Ffa { winner(scene) } else { winning_side(&clock) };
    room.emit(Audience::All, over);
    let ends_at = (room.tick + rules.results_ticks) as i32;
    Match { phase: Phase::Results, ends_at, winner: over.winner, side: over.side, ..clock }
}

/// The side with more points, and how many.
fn winning_side(clock: &Match) -> RoundOver {
    let side = match clock.amber.cmp(&clock.azure) {
        Ordering::Greater => Side::Amber,
        Ordering::Equal => Side::None,
        Ordering::Less => Side::Azure,
    };
    RoundOver { winner: NOBODY, score: clock.amber.max(clock.azure), side }
}

/// Who has the most points, if it is one alone and it has any; and how many that is.
fn winner(scene: &Scene) -> RoundOver {
    let best = scene.pilots.iter().map(|pilot| pilot.now.score).max().unwrap_or(0).max(0);
    let mut leaders = scene.pilots.iter().filter(|pilot| pilot.now.score == best);
    let winner = match (leaders.next(), leaders.next()) {
        (Some(winner), None) if best > 0 => i32::from(winner.now.player),
        _ => NOBODY,
    };
    RoundOver { winner, score: best, side: Side::None }
}

/// Everything is as at the start, except for who is there.
fn begin(room: &mut Room<Arena>, scene: &mut Scene, clock: Match, rules: &Rules) -> Match {
    let round = clock.round.wrapping_add(1);
    for pilot in &mut scene.pilots {
        pilot.now = Pilot { score: 0, kills: 0, deaths: 0, captures: 0, ..pilot.now };
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
    cores::reset(scene, rules);
    room.emit(Audience::All, RoundBegins { round });
    Match {
        ends_at: (room.tick + rules.play_ticks) as i32,
        winner: NOBODY,
        round,
        mode: clock.mode,
        ..Match::default()
    }
}
