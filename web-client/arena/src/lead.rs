//! The lead: who took it, and so is news. The rule is that of the server's ticker, `/events`, but during results nothing is told.

use tickwire_arena::kinds::{Match, Phase, Side};
use tickwire_sync::PlayerNumber;

use super::{scores::Row, sides};
use crate::shell::words::fill;

/// It is looked at so often, in seconds: every hit is a point, and a lead that went to and fro within that time is none.
const LOOK_SECONDS: f64 = 1.0;

/// Who may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leader {
    Pilot(PlayerNumber),
    Side(Side),
}

/// Who leads, as far as it was told.
#[derive(Debug, Default)]
pub struct Lead {
    /// Whether scores were seen: whoever led before is no news.
    has_begun: bool,
    told: Option<Leader>,
    /// When it is looked at next, in seconds.
    due: f64,
}

impl Lead {
    /// Forgets all: another session begins.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    /// What there is to tell by these scores, the leader's row first, at a time in seconds: somebody else leads, alone.
    pub fn news(&mut self, rows: &[Row], clock: Option<&Match>, own: Option<PlayerNumber>, now: f64) -> Option<String> {
        // After the end, the result says it.
        if now < self.due || clock.is_some_and(|clock| clock.phase != Phase::Playing) {
            return None;
        }
        self.due = now + LOOK_SECONDS;
        self.changed(rows, clock, own)
    }

    fn changed(&mut self, rows: &[Row], clock: Option<&Match>, own: Option<PlayerNumber>) -> Option<String> {
        let sides = clock.filter(|clock| sides::play(Some(clock)));
        let (leader, score) = match (sides, rows) {
            (Some(clock), _) if clock.amber == clock.azure => return self.nobody(rows),
            (Some(clock), _) if clock.amber > clock.azure => (Leader::Side(Side::Amber), clock.amber),
            (Some(clock), _) => (Leader::Side(Side::Azure), clock.azure),
            (None, [first, second, ..]) if first.score == second.score => return self.nobody(rows),
            (None, [first, ..]) => (Leader::Pilot(first.player), first.score),
            (None, []) => return None,
        };
        if score <= 0 || self.told.replace(leader) == Some(leader) || !std::mem::replace(&mut self.has_begun, true) {
            return self.nobody(rows);
        }
        Some(match leader {
            Leader::Pilot(player) if Some(player) == own => fill("lead.own", &[("score", &score)]),
            Leader::Pilot(_) => fill("lead.taken", &[("name", &rows[0].name), ("score", &score)]),
            Leader::Side(side) if rows.iter().any(|row| Some(row.player) == own && row.side == side) => {
                fill("lead.own-side", &[("score", &score)])
            }
            Leader::Side(side) => fill("lead.taken", &[("name", &sides::title(side)), ("score", &score)]),
        })
    }

    fn nobody(&mut self, rows: &[Row]) -> Option<String> {
        self.has_begun |= !rows.is_empty();
        None
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::Mode;

    use super::*;

    fn rows(scores: &[(PlayerNumber, i32)]) -> Vec<Row> {
        let row = |&(player, score): &(PlayerNumber, i32)| Row {
            player,
            name: format!("P{player}"),
            score,
            kills: 0,
            deaths: 0,
            bot: true,
            side: Side::Azure,
        };
        scores.iter().map(row).collect()
    }

    #[test]
    fn somebody_else_who_leads_alone_is_news_once_and_whoever_led_before_is_none() {
        let mut lead = Lead::default();
        let mut look = |scores: &[_]| lead.changed(&rows(scores), None, Some(9));
        assert_eq!(look(&[]), None);
        assert_eq!(look(&[(1, 5), (2, 3)]), None, "1 led when this page came");
        assert_eq!(look(&[(2, 5), (1, 5)]), None, "nobody leads alone");
        assert_eq!(look(&[(1, 6), (2, 5)]), None, "1 leads again");
        assert_eq!(look(&[(2, 7), (1, 6)]).unwrap(), "P2 takes the lead with 7");
        assert_eq!(look(&[(2, 8), (1, 6)]), None);
        assert_eq!(look(&[(9, 9), (2, 8)]).unwrap(), "You lead with 9");
        assert_eq!(look(&[(2, 0), (9, 0)]), None, "another round");
        assert_eq!(look(&[(2, 1), (9, 0)]).unwrap(), "P2 takes the lead with 1");
    }

    #[test]
    fn a_lead_that_goes_to_and_fro_within_a_second_is_no_news() {
        let mut lead = Lead::default();
        let mut look = |scores: &[_], now| lead.news(&rows(scores), None, None, now);
        assert_eq!(look(&[(1, 0), (2, 0)], 5.0), None);
        assert_eq!(look(&[(1, 1), (2, 0)], 5.5), None);
        assert_eq!(look(&[(2, 2), (1, 1)], 6.0).unwrap(), "P2 takes the lead with 2");
        assert_eq!((look(&[(1, 3), (2, 2)], 6.4), look(&[(2, 4), (1, 3)], 7.1)), (None, None));
    }

    #[test]
    fn a_lead_that_was_taken_with_the_last_shot_is_told_by_the_result() {
        let mut lead = Lead::default();
        let mut look =
            |scores: &[_], phase, now| lead.news(&rows(scores), Some(&Match { phase, ..Match::default() }), None, now);
        assert_eq!(look(&[(1, 3), (2, 0)], Phase::Playing, 5.0), None);
        assert_eq!(look(&[(2, 4), (1, 3)], Phase::Results, 7.0), None);
        assert_eq!(look(&[(2, 5), (1, 3)], Phase::Playing, 9.0).unwrap(), "P2 takes the lead with 5");
    }

    #[test]
    fn the_first_lead_of_a_round_that_was_seen_to_begin_is_news() {
        let mut lead = Lead::default();
        assert_eq!(lead.changed(&rows(&[(1, 0), (2, 0)]), None, None), None);
        assert_eq!(lead.changed(&rows(&[(2, 1), (1, 0)]), None, None).unwrap(), "P2 takes the lead with 1");
    }

    #[test]
    fn where_sides_play_a_side_takes_the_lead() {
        let mut lead = Lead::default();
        let mut look = |amber, azure, own| {
            let clock = Match { mode: Mode::Teams, amber, azure, ..Match::default() };
            lead.changed(&rows(&[(1, 4), (2, 3)]), Some(&clock), own)
        };
        assert_eq!(look(0, 0, None), None);
        assert_eq!(look(1, 0, None).unwrap(), "Amber takes the lead with 1");
        assert_eq!((look(1, 1, None), look(2, 1, None)), (None, None));
        assert_eq!(look(2, 3, Some(2)).unwrap(), "Your side takes the lead with 3");
    }
}
