//! The score board: a short list at all times, the full one on demand and between rounds.

use std::fmt::Display;

use tickwire_arena::kinds::{Match, Mode, NOBODY, Phase, RoundOver, Side};
use tickwire_sync::PlayerNumber;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use super::{
    livery::livery,
    palette,
    scores::{Row, short},
    sides,
};
use crate::shell::{
    page::{self, Panel, Text},
    words::{apart, decimal, fill, text},
};

/// How many rows the short list has.
const SHORT: usize = 5;

/// Which cell has the name.
const NAME: usize = 1;

/// A row of a list on the page, used again for whoever takes its place.
#[derive(Debug)]
struct Line {
    root: HtmlElement,
    cells: Vec<Text>,
    /// Whose row it is, of which side, whether the player's own, and whether it is shown.
    state: Option<(PlayerNumber, Side, bool)>,
}

/// A list on the page whose rows are made once.
#[derive(Debug)]
struct List {
    parent: Element,
    row: &'static str,
    cell: &'static str,
    lines: Vec<Line>,
}

impl List {
    fn line(&mut self, index: usize, cells: usize) -> Result<&mut Line, JsValue> {
        if index == self.lines.len() {
            let root = page::append(&self.parent, self.row, "")?;
            let cells: Result<Vec<Text>, JsValue> =
                (0..cells).map(|_| page::append(&root, self.cell, "").map(Text::inside)).collect();
            self.lines.push(Line { root, cells: cells?, state: None });
        }
        Ok(&mut self.lines[index])
    }

    fn show<const CELLS: usize>(
        &mut self,
        rows: impl Iterator<Item = (PlayerNumber, Side, [String; CELLS])>,
        own: Option<PlayerNumber>,
    ) -> Result<(), JsValue> {
        let mut shown = 0;
        for (player, side, cells) in rows {
            let line = self.line(shown, CELLS)?;
            let state = Some((player, side, Some(player) == own));
            if line.state != state {
                line.state = state;
                line.root.set_hidden(false);
                line.root.set_class_name(if Some(player) == own { "own" } else { "" });
                let tint = palette::css(livery(player, side, own).colour);
                sides::mark(line.cells[NAME].element(), side)?;
                line.root.style().set_property("--tint", &tint)?;
            }
            for (text, cell) in line.cells.iter_mut().zip(&cells) {
                text.set(cell);
            }
            shown += 1;
        }
        for line in &mut self.lines[shown..] {
            if line.state.take().is_some() {
                line.root.set_hidden(true);
            }
        }
        Ok(())
    }
}

/// The rows of a side.
#[derive(Debug)]
struct Group {
    side: Side,
    panel: Panel,
    title: Text,
    points: Text,
    rows: List,
}

impl Group {
    fn new(side: Side) -> Result<Self, JsValue> {
        let id = format!("scores-{}", sides::badge(side));
        let rows = List { parent: page::element(&id)?, row: "tr", cell: "td", lines: Vec::new() };
        let (title, points) = (Text::of(&format!("{id}-title"))?, Text::of(&format!("{id}-points"))?);
        Ok(Self { side, panel: Panel::of(&id)?, title, points, rows })
    }
}

/// The score board of the page.
#[derive(Debug)]
pub struct Board {
    leaders: List,
    full: List,
    /// The same for each side, with a heading.
    sides: [Group; 2],
    panel: Panel,
    title: Text,
    note: Text,
}

impl Board {
    /// The score board of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        let list =
            |id: &str, row, cell| Ok::<_, JsValue>(List { parent: page::element(id)?, row, cell, lines: Vec::new() });
        Ok(Self {
            leaders: list("leaders", "li", "span")?,
            full: list("scores-rows", "tr", "td")?,
            sides: [Group::new(Side::Amber)?, Group::new(Side::Azure)?],
            panel: Panel::of("scores")?,
            title: Text::of("scores-title")?,
            note: Text::of("scores-note")?,
        })
    }

    /// Shows the rows: the short list always, the full one if `wanted` or while results are shown, `seconds` before the next round. Before the results it says
    /// what is played for, the `goal`.
    ///
    /// # Errors
    /// The browser refuses a new element.
    pub fn show(
        &mut self,
        rows: &[Row],
        own: Option<PlayerNumber>,
        clock: Option<&Match>,
        seconds: f64,
        wanted: bool,
        goal: &str,
    ) -> Result<(), JsValue> {
        let leaders = short(rows, own, SHORT)
            .map(|(rank, row)| (row.player, row.side, [rank.to_string(), apart(&row.name), row.score.to_string()]));
        self.leaders.show(leaders, own)?;
        let results = clock.filter(|clock| clock.phase == Phase::Results);
        self.panel.show(wanted || results.is_some());
        if !self.panel.is_open() {
            return Ok(());
        }
        let (title, note) =
            results.map_or_else(|| (during(clock), goal.to_owned()), |clock| after(clock, rows, own, seconds));
        self.title.set(&title);
        self.note.set(&note);
        let sided = clock.filter(|clock| sides::play(Some(clock)));
        let mine = rows.iter().find(|row| Some(row.player) == own).map_or(Side::None, |row| row.side);
        for (group, points) in self.sides.iter_mut().zip(sided.map_or([0; 2], |clock| [clock.amber, clock.azure])) {
            group.panel.show(sided.is_some());
            group.title.set(&sides::call(group.side, mine));
            group.points.set(&points.to_string());
            group.rows.show(numbered(rows, |row| sided.is_some() && row.side == group.side), own)?;
        }
        self.full.show(numbered(rows, |row| sided.is_none() || row.side == Side::None), own)
    }

    /// Hides the full list.
    pub fn hide(&mut self) {
        self.panel.show(false);
    }

    /// Whether the full list is shown.
    pub fn is_open(&self) -> bool {
        self.panel.is_open()
    }
}

/// Some rows as the full list has them, each with its place among them.
fn numbered(rows: &[Row], which: impl Fn(&Row) -> bool) -> impl Iterator<Item = (PlayerNumber, Side, [String; 5])> {
    rows.iter().filter(move |row| which(row)).enumerate().map(|(at, row)| {
        let name = if row.bot { fill("scores.bot", &[("name", &row.name)]) } else { apart(&row.name) };
        let [score, kills, deaths] = [row.score.to_string(), row.kills.to_string(), row.deaths.to_string()];
        (row.player, row.side, [(at + 1).to_string(), name, score, kills, deaths])
    })
}

fn during(clock: Option<&Match>) -> String {
    let round = clock.map(|clock| fill("hud.round", &[("number", &clock.round)]));
    round.unwrap_or_else(|| text("scores.title").to_string())
}

/// Who won, by how much, as news.
pub fn result(clock: &Match, over: RoundOver, rows: &[Row], own: Option<PlayerNumber>) -> String {
    let (title, by) = won(&Match { winner: over.winner, side: over.side, ..*clock }, rows, own);
    fill("results.news", &[("title", &title), ("by", &by)])
}

fn won(clock: &Match, rows: &[Row], own: Option<PlayerNumber>) -> (String, String) {
    if sides::play(Some(clock)) { won_by_side(clock) } else { won_by_pilot(clock, rows, own) }
}

fn after(clock: &Match, rows: &[Row], own: Option<PlayerNumber>, seconds: f64) -> (String, String) {
    let (title, by) = won(clock, rows, own);
    (title, fill("results.note", &[("by", &by), ("seconds", &decimal(seconds.ceil(), 0))]))
}

/// Which side won, and by how much.
fn won_by_side(clock: &Match) -> (String, String) {
    let (most, least) = (clock.amber.max(clock.azure), clock.amber.min(clock.azure));
    let title = match clock.side {
        Side::None => fill("results.draw", &[("number", &clock.round)]),
        side => fill("results.wins", &[("name", &sides::title(side)), ("number", &clock.round)]),
    };
    let by = if clock.mode == Mode::Core { "results.cores" } else { "results.ships" };
    (title, fill(by, &[("most", &most), ("least", &least)]))
}

/// Who won, and by how much.
fn won_by_pilot(clock: &Match, rows: &[Row], own: Option<PlayerNumber>) -> (String, String) {
    let round: (&str, &dyn Display) = ("number", &clock.round);
    let winner = rows.iter().find(|row| i32::from(row.player) == clock.winner);
    let title = match winner {
        Some(row) if Some(row.player) == own => fill("results.you-win", &[round]),
        Some(row) => fill("results.wins", &[("name", &row.name), round]),
        None if clock.winner == NOBODY => fill("results.draw", &[round]),
        None => return (fill("results.over", &[round]), text("results.winner-left").to_string()),
    };
    let next = winner.and_then(|winner| rows.iter().find(|row| row.player != winner.player));
    let by = match (winner, next) {
        (Some(winner), Some(next)) => {
            let ahead = winner.score - next.score;
            let key = if Some(next.player) == own { "results.ahead-of-you" } else { "results.ahead" };
            fill(key, &[("points", &winner.score), ("ahead", &ahead), ("name", &next.name)])
        }
        (Some(winner), None) => fill("results.points", &[("points", &winner.score)]),
        (None, _) if rows.iter().all(|row| row.score <= 0) => text("results.nobody").to_string(),
        (None, _) => text("results.shared").to_string(),
    };
    (title, by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(player: PlayerNumber, score: i32) -> Row {
        Row { player, name: format!("P{player}"), score, kills: 1, deaths: 0, bot: true, side: Side::None }
    }

    #[test]
    fn results_name_the_winner_by_how_much_and_when_it_goes_on() {
        let over = |winner| Match { phase: Phase::Results, winner, round: 4, ..Match::default() };
        let rows = [row(2, 9), row(1, 3)];
        let (title, note) = after(&over(2), &rows, Some(1), 6.2);
        assert_eq!(title, "P2 wins round 4");
        assert_eq!(note, "Points: 9, 6 more than you. Next round in 7 s");
        assert_eq!(after(&over(2), &rows, Some(2), 0.0).0, "You win round 4");
        let (title, note) = after(&over(NOBODY), &[row(1, 3), row(2, 3), row(3, 1)], None, 1.0);
        assert_eq!((&*title, &*note), ("Round 4 is a draw", "The lead is shared. Next round in 1 s"));
        assert_eq!(after(&over(NOBODY), &[], None, 1.0).1, "Nobody has a point. Next round in 1 s");
        assert_eq!(after(&over(9), &rows, None, 1.0).0, "Round 4 is over");
        assert_eq!(after(&over(2), &rows[..1], None, 1.0).1, "Points: 9. Next round in 1 s");
    }

    #[test]
    fn where_sides_play_a_side_wins() {
        let over = Match { phase: Phase::Results, winner: NOBODY, round: 2, mode: Mode::Teams, ..Match::default() };
        let won = Match { side: Side::Azure, amber: 7, azure: 12, ..over };
        let (title, note) = after(&won, &[row(1, 5)], Some(1), 3.0);
        assert_eq!((&*title, &*note), ("Azure wins round 2", "12 to 7 ships destroyed. Next round in 3 s"));
        assert_eq!(after(&over, &[], None, 3.0).0, "Round 2 is a draw");
    }

    #[test]
    fn the_news_of_a_result_goes_by_what_happened_even_where_the_clock_still_runs() {
        let clock = Match { winner: NOBODY, round: 2, ..Match::default() };
        let rows = [row(2, 9), row(1, 3)];
        let told = |clock, winner, side| result(&clock, RoundOver { winner, score: 9, side }, &rows, Some(1));
        assert_eq!(told(clock, 2, Side::None), "P2 wins round 2 · Points: 9, 6 more than you");
        assert_eq!(told(clock, NOBODY, Side::None), "Round 2 is a draw · The lead is shared");
        let clock = Match { mode: Mode::Core, amber: 3, azure: 1, ..clock };
        assert_eq!(told(clock, NOBODY, Side::Amber), "Amber wins round 2 · 3 to 1 cores brought home");
        let clock = Match { amber: 1, ..clock };
        assert_eq!(told(clock, NOBODY, Side::None), "Round 2 is a draw · 1 to 1 cores brought home");
    }
}
