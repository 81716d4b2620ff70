//! Who leads: the rows of the score board, out of what the client knows.

use tickwire_arena::{
    Arena,
    kinds::{Entity, Match, Side},
};
use tickwire_sync::{PlayerNumber, client::Session};

use crate::shell::words::fill;

/// A player's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub player: PlayerNumber,
    /// Its name.
    pub name: String,
    /// Points in this round.
    pub score: i32,
    /// Ships destroyed.
    pub kills: u16,
    /// Ships lost.
    pub deaths: u16,
    /// Whether the room plays it.
    pub bot: bool,
    /// Who it plays with.
    pub side: Side,
}

/// The name of a player; of one that is unknown, its number.
pub fn name(session: &Session<Arena>, player: PlayerNumber) -> String {
    session.name(player).map_or_else(|| fill("scores.unknown", &[("number", &player)]), str::to_owned)
}

/// The name of a player, and whether it is away.
pub fn described(session: &Session<Arena>, player: PlayerNumber) -> String {
    let name = name(session, player);
    if session.is_away(player) { fill("scores.away", &[("name", &name)]) } else { name }
}

/// Every player's line, the leader first.
pub fn rows(session: &Session<Arena>) -> Vec<Row> {
    let pilots = session.mirror().iter().filter_map(|(_, held)| match held.state {
        Entity::Pilot(pilot) => Some(pilot),
        _ => None,
    });
    let mut rows: Vec<Row> = pilots
        .map(|pilot| Row {
            player: pilot.player,
            name: described(session, pilot.player),
            score: pilot.score,
            kills: pilot.kills,
            deaths: pilot.deaths,
            bot: pilot.bot,
            side: pilot.side,
        })
        .collect();
    sort(&mut rows);
    rows
}

/// The match clock, once it is known.
pub fn clock(session: &Session<Arena>) -> Option<Match> {
    session.mirror().iter().find_map(|(_, held)| match held.state {
        Entity::Match(clock) => Some(clock),
        _ => None,
    })
}

/// More points first; of equals, who destroyed more, then who lost less, then who came first.
fn sort(rows: &mut [Row]) {
    rows.sort_by_key(|row| (-i64::from(row.score), -i32::from(row.kills), row.deaths, row.player));
}

/// Which rows a short list of `length` shows: the leaders, and the own one in any case. As (rank, row).
pub fn short(rows: &[Row], own: Option<PlayerNumber>, length: usize) -> impl Iterator<Item = (usize, &Row)> {
    let own_at = rows.iter().position(|row| Some(row.player) == own).filter(|at| *at >= length);
    let leaders = if own_at.is_some() { length.saturating_sub(1) } else { length };
    let ranked = move |at: usize| (at + 1, &rows[at]);
    (0..leaders.min(rows.len())).chain(own_at).map(ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(player: PlayerNumber, score: i32, kills: u16) -> Row {
        Row { player, name: format!("P{player}"), score, kills, deaths: 0, bot: false, side: Side::None }
    }

    #[test]
    fn points_decide_then_kills_then_who_was_there_first() {
        let mut rows = vec![row(4, 5, 0), row(3, 9, 1), row(2, 9, 2), row(1, 5, 0)];
        sort(&mut rows);
        assert_eq!(rows.iter().map(|row| row.player).collect::<Vec<_>>(), [2, 3, 1, 4]);
    }

    #[test]
    fn a_short_list_always_has_the_own_row_with_its_rank() {
        let rows: Vec<Row> = (0..10).map(|player| row(player, 100 - i32::from(player), 0)).collect();
        let ranks =
            |own: PlayerNumber| short(&rows, Some(own), 5).map(|(rank, row)| (rank, row.player)).collect::<Vec<_>>();
        assert_eq!(ranks(2), [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]);
        assert_eq!(ranks(8), [(1, 0), (2, 1), (3, 2), (4, 3), (9, 8)]);
        assert_eq!(short(&rows[..2], None, 5).count(), 2);
        assert_eq!(short(&[], Some(1), 5).count(), 0);
    }
}
