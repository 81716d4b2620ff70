//! What those are told who only read of a match.

use tickwire_sync::{
    PlayerNumber,
    headline::{Detail, Headline, Standing},
    server::Room,
};

use crate::{
    Arena,
    kinds::{Cause, CoreMoved, CoreNews, Entity, Event, Kill, NOBODY, RoundBegins, RoundOver, Side},
};

/// An event, as far as it is one to them.
pub(crate) fn headline(event: &Event) -> Option<Headline> {
    let (kind, details) = match *event {
        Event::Kill(Kill { by, target, .. }) if by == target => ("crash", vec![("player", Detail::Player(target))]),
        Event::Kill(Kill { by, target, with }) => {
            let with = Detail::Word(cause(with));
            ("kill", vec![("by", Detail::Player(by)), ("target", Detail::Player(target)), ("with", with)])
        }
        Event::RoundOver(RoundOver { winner, score, side }) => {
            let winner = PlayerNumber::try_from(winner).ok().filter(|_| winner != NOBODY);
            let winner = winner.map(|winner| ("winner", Detail::Player(winner)));
            let side = word(side).map(|side| ("side", Detail::Word(side)));
            let score = ("score", Detail::Number(score.into()));
            ("round_over", winner.into_iter().chain(side).chain([score]).collect())
        }
        Event::CoreMoved(CoreMoved { side, what, by }) => {
            let what = match what {
                CoreNews::Taken => "core_taken",
                CoreNews::Dropped => "core_dropped",
                CoreNews::Returned => "core_returned",
                CoreNews::Captured => "core_captured",
            };
            let by = PlayerNumber::try_from(by).ok().map(|by| ("by", Detail::Player(by)));
            (what, word(side).map(|side| ("side", Detail::Word(side))).into_iter().chain(by).collect())
        }
        Event::RoundBegins(RoundBegins { round }) => ("round_begins", vec![("round", Detail::Number(round.into()))]),
        _ => return None,
    };
    Some(Headline { kind, details })
}

fn cause(with: Cause) -> &'static str {
    match with {
        Cause::Crash => "crash",
        Cause::Gun => "gun",
        Cause::Rail => "rail",
        Cause::Mine => "mine",
    }
}

fn word(side: Side) -> Option<&'static str> {
    match side {
        Side::None => None,
        Side::Amber => Some("amber"),
        Side::Azure => Some("azure"),
    }
}

/// The score board.
pub(crate) fn standings(room: &Room<Arena>) -> Vec<Standing> {
    let pilots = room.world.iter().filter_map(|(_, entity)| match entity {
        Entity::Pilot(pilot) => Some(pilot),
        _ => None,
    });
    let standings = pilots.map(|pilot| Standing {
        player: pilot.player,
        score: pilot.score.into(),
        details: [
            ("kills", Detail::Number(pilot.kills.into())),
            ("deaths", Detail::Number(pilot.deaths.into())),
            ("bot", Detail::Flag(pilot.bot)),
        ]
        .into_iter()
        .chain(word(pilot.side).map(|side| ("side", Detail::Word(side))))
        .collect(),
    });
    standings.collect()
}
