//! What those are told who only read of a match.

use tickwire_sync::{
    PlayerNumber,
    headline::{Detail, Headline, Standing},
    server::Room,
};

use crate::{
    Arena,
    kinds::{Entity, Event, Kill, NOBODY, RoundBegins, RoundOver},
};

/// An event, as far as it is one to them.
pub(crate) fn headline(event: &Event) -> Option<Headline> {
    let (kind, details) = match *event {
        Event::Kill(Kill { by, target }) if by == target => ("crash", vec![("player", Detail::Player(target))]),
        Event::Kill(Kill { by, target }) => {
            ("kill", vec![("by", Detail::Player(by)), ("target", Detail::Player(target))])
        }
        Event::RoundOver(RoundOver { winner, score }) => {
            let winner = PlayerNumber::try_from(winner).ok().filter(|_| winner != NOBODY);
            let winner = winner.map(|winner| ("winner", Detail::Player(winner)));
            ("round_over", winner.into_iter().chain([("score", Detail::Number(score.into()))]).collect())
        }
        Event::RoundBegins(RoundBegins { round }) => ("round_begins", vec![("round", Detail::Number(round.into()))]),
        _ => return None,
    };
    Some(Headline { kind, details })
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
        details: vec![
            ("kills", Detail::Number(pilot.kills.into())),
            ("deaths", Detail::Number(pilot.deaths.into())),
            ("bot", Detail::Flag(pilot.bot)),
        ],
    });
    standings.collect()
}
