//! What bots say: a line after some kills, some captures and some rounds.

use tickwire_sync::{PlayerNumber, game::Audience, server::Room};

use crate::{
    Arena,
    kinds::{Cause, CoreNews, Entity, Event, Kill, Side},
};

/// The purpose of the random numbers that choose a line.
const REMARK: u32 = 204;
/// One of so many kills is worth a line.
const KILLS: u32 = 6;

const BY_GUN: &[&str] = &["Got you.", "Scratch one.", "Nothing personal.", "Fly safe next time."];
const BY_RAIL: &[&str] = &["Straight through.", "One line, one hole.", "Hold still… thank you."];
const BY_MINE: &[&str] = &["Mind the gap.", "I left that there for you.", "Watch where you fly."];
const STRUCK: &[&str] = &["Good shot.", "Well aimed.", "I saw that coming. Nearly."];
const CRASHED: &[&str] = &["Who put that rock there?", "The rock had right of way.", "I meant to do that."];
const CAPTURED: &[&str] = &["Core delivered.", "That one is ours now.", "Straight home!"];
const WON: &[&str] = &["Good round.", "Well flown, all.", "Again?"];

/// What one of the room's own bots says about this tick, if one does.
pub(crate) fn remark(room: &Room<Arena>) -> Option<(PlayerNumber, &'static str)> {
    let is_bot = |player: PlayerNumber| room.players.get(player).is_some_and(tickwire_sync::server::Player::is_bot);
    let heard = |(audience, _): &&(Audience, Event)| *audience == Audience::All;
    room.events().iter().filter(heard).find_map(|(_, event)| {
        let (player, lines, one_in) = match *event {
            Event::Kill(kill) => about(room, kill),
            Event::CoreMoved(moved) if moved.what == CoreNews::Captured => {
                (PlayerNumber::try_from(moved.by).ok()?, CAPTURED, 2)
            }
            Event::RoundOver(over) => (winner(room, over.winner, over.side)?, WON, 1),
            _ => return None,
        };
        let mut random = room.random(REMARK, u32::from(player));
        let says = is_bot(player) && random.below(one_in) == 0;
        says.then(|| (player, lines[random.below(lines.len() as u32) as usize]))
    })
}

/// Who may say what about a kill: mostly who did it.
fn about(room: &Room<Arena>, kill: Kill) -> (PlayerNumber, &'static [&'static str], u32) {
    if kill.by == kill.target {
        return (kill.target, CRASHED, KILLS / 2);
    }
    if room.random(REMARK, u32::from(kill.target) << 16).below(4) == 0 {
        return (kill.target, STRUCK, KILLS);
    }
    let lines = match kill.with {
        Cause::Rail => BY_RAIL,
        Cause::Mine => BY_MINE,
        Cause::Gun | Cause::Crash => BY_GUN,
    };
    (kill.by, lines, KILLS)
}

/// Who speaks for the winner of a round: of a side, its best.
fn winner(room: &Room<Arena>, player: i32, side: Side) -> Option<PlayerNumber> {
    if side == Side::None {
        return PlayerNumber::try_from(player).ok();
    }
    let pilots = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Pilot(pilot) if pilot.side == side => Some(pilot),
        _ => None,
    });
    pilots.max_by_key(|pilot| (pilot.score, core::cmp::Reverse(pilot.player))).map(|pilot| pilot.player)
}
