//! A room's ticker: what happens in it, line by line as JSON, for those who only read. It tells what watchers see, when they see it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde::{Serialize, Serializer, ser::SerializeMap};
use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Audience, Game},
    headline::{Detail, Details, Standing},
};
use tokio::sync::broadcast;

use crate::{clients::Clients, stage::Stage};

/// So many lines wait for a listener; whoever is slower misses the oldest, and is told how many.
const LINES_WAITING_MAX: usize = 256;
/// So many lines of the score board are told, from the leader on.
const STANDINGS_MAX: usize = 100;

/// Between a room and those who listen to it.
#[derive(Debug)]
pub(crate) struct Lines {
    sender: broadcast::Sender<Arc<str>>,
    /// How many have come so far.
    arrivals: AtomicU32,
}

impl Default for Lines {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(LINES_WAITING_MAX), arrivals: AtomicU32::new(0) }
    }
}

impl Lines {
    /// Whoever listens gets each line from now on, the score board first.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        let lines = self.sender.subscribe();
        self.arrivals.fetch_add(1, Ordering::Relaxed);
        lines
    }
}

/// The room's end.
#[derive(Debug)]
pub(crate) struct Ticker {
    lines: Arc<Lines>,
    told: Told,
}

/// What the listeners know.
#[derive(Debug, Default)]
struct Told {
    arrivals: u32,
    /// The score board, and from when on it may be told again.
    standings: Vec<Standing>,
    standings_due: Tick,
    leader: Option<PlayerNumber>,
}

impl Ticker {
    pub(crate) fn new(lines: Arc<Lines>) -> Self {
        Self { lines, told: Told::default() }
    }

    /// Tells what the stage's last tick brought, if anybody listens.
    pub(crate) fn tell<G: Game>(&mut self, stage: &Stage<G>, tick_rate: u32) {
        if self.lines.sender.receiver_count() == 0 {
            self.told = Told::default();
            return;
        }
        let (room, clients) = (&stage.room, &stage.clients);
        let arrivals = self.lines.arrivals.load(Ordering::Relaxed);
        let somebody_came = arrivals != std::mem::replace(&mut self.told.arrivals, arrivals);
        let events = room.events().iter().filter(|(audience, _)| *audience == Audience::All);
        for headline in events.filter_map(|(_, event)| G::headline(event)) {
            self.send(clients, (headline.kind, room.tick), &Rest::Details(headline.details));
        }
        if !somebody_came && room.tick < self.told.standings_due {
            return;
        }
        let mut standings = G::standings(room);
        standings.sort_by_key(|standing| (std::cmp::Reverse(standing.score), standing.player));
        if let [first, rest @ ..] = &*standings
            && rest.first().is_none_or(|second| second.score < first.score)
            && first.score > 0
            && self.told.leader != Some(first.player)
        {
            // Whoever led already when the first listener came is no news.
            if !self.told.standings.is_empty() {
                let details = vec![("player", Detail::Player(first.player)), ("score", Detail::Number(first.score))];
                self.send(clients, ("lead", room.tick), &Rest::Details(details));
            }
            self.told.leader = Some(first.player);
        }
        standings.truncate(STANDINGS_MAX);
        if somebody_came || standings != self.told.standings {
            self.send(clients, ("scores", room.tick), &Rest::Standings(&standings));
            self.told.standings = standings;
        }
        self.told.standings_due = room.tick + tick_rate;
    }

    fn send<G: Game>(&self, clients: &Clients<G>, (kind, tick): (&'static str, Tick), rest: &Rest) {
        let line = Line { kind, tick, rest, name: &|player| clients.name(player) };
        let text = serde_json::to_string(&line).expect("plain data becomes JSON");
        // Nobody may be left to hear it.
        let _ = self.lines.sender.send(text.into());
    }
}

/// What a line says beside what it is and when.
enum Rest<'a> {
    Details(Details),
    Standings(&'a [Standing]),
}

struct Line<'a> {
    kind: &'static str,
    tick: Tick,
    rest: &'a Rest<'a>,
    name: &'a dyn Fn(PlayerNumber) -> Option<&'a str>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("tick", &self.tick)?;
        match self.rest {
            Rest::Details(details) => put(&mut map, details, self.name)?,
            Rest::Standings(standings) => {
                let rows: Vec<_> = standings.iter().map(|standing| Row { standing, name: self.name }).collect();
                map.serialize_entry("players", &rows)?;
            }
        }
        map.end()
    }
}

struct Row<'a> {
    standing: &'a Standing,
    name: &'a dyn Fn(PlayerNumber) -> Option<&'a str>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Standing { player, score, details } = self.standing;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("number", player)?;
        map.serialize_entry("name", &(self.name)(*player))?;
        map.serialize_entry("score", score)?;
        put(&mut map, details, self.name)?;
        map.end()
    }
}

/// A player as a line names it; without a name where it left before it was told.
#[derive(Serialize)]
struct Named<'a> {
    number: PlayerNumber,
    name: Option<&'a str>,
}

fn put<'a, M: SerializeMap>(
    map: &mut M,
    details: &Details,
    name: &dyn Fn(PlayerNumber) -> Option<&'a str>,
) -> Result<(), M::Error> {
    for (key, detail) in details {
        match *detail {
            Detail::Player(number) => map.serialize_entry(key, &Named { number, name: name(number) })?,
            Detail::Number(number) => map.serialize_entry(key, &number)?,
            Detail::Flag(flag) => map.serialize_entry(key, &flag)?,
            Detail::Word(word) => map.serialize_entry(key, word)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::{
        game::RulesSource,
        server::{Command, Room},
    };

    use super::*;
    use crate::clients::News;

    fn fight() -> Stage<Arena> {
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30);
        let mut stage = Stage::new(Room::new(Arc::new(rules.expect("right rules")), 7), 0);
        let commands: Vec<_> = (0..6).map(|player| Command::Join { player, bot: true }).collect();
        stage.room.tick(&commands);
        for player in 0..6 {
            stage.clients.tell(&Arc::new(News::Named(player, format!("Bot {player}").into())));
        }
        stage
    }

    fn lines(from: &mut broadcast::Receiver<Arc<str>>) -> Vec<serde_json::Value> {
        std::iter::from_fn(|| from.try_recv().ok()).map(|line| serde_json::from_str(&line).expect("JSON")).collect()
    }

    #[test]
    fn who_comes_is_told_the_scores_and_then_what_happens_and_who_leads() {
        let (mut stage, shared) = (fight(), Arc::new(Lines::default()));
        let mut ticker = Ticker::new(Arc::clone(&shared));
        let mut listener = shared.listen();
        ticker.tell(&stage, 30);
        let first = lines(&mut listener);
        assert!(first.len() == 1 && first[0]["type"] == "scores" && first[0]["players"][5]["name"] == "Bot 5");
        let (mut heard, mut points) = (Vec::new(), [0_i64; 6]);
        for _ in 0..30 * 100 {
            stage.room.tick(&[]);
            ticker.tell(&stage, 30);
            for line in lines(&mut listener) {
                if line["type"] == "kill" {
                    points[line["by"]["number"].as_u64().expect("a number") as usize] += 1;
                    assert!(line["target"]["name"].as_str().is_some_and(|name| name.starts_with("Bot ")), "{line}");
                }
                heard.push(line);
            }
        }
        let kinds: std::collections::BTreeSet<_> = heard.iter().filter_map(|line| line["type"].as_str()).collect();
        assert!(["kill", "lead", "scores"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        let last = heard.iter().rfind(|line| line["type"] == "scores").expect("they changed");
        for row in last["players"].as_array().expect("rows") {
            let number = row["number"].as_u64().expect("a number") as usize;
            assert!((points[number] - row["kills"].as_i64().expect("a number")).abs() <= 1, "of {number}: {row}");
        }
        let leads: Vec<_> = heard.iter().filter(|line| line["type"] == "lead").map(|line| &line["player"]).collect();
        assert!(leads.windows(2).all(|two| two[0] != two[1]), "{leads:?}");
    }

    #[test]
    fn while_nobody_listens_nothing_is_kept_and_who_is_slow_misses_the_oldest() {
        let (mut stage, shared) = (fight(), Arc::new(Lines::default()));
        let mut ticker = Ticker::new(Arc::clone(&shared));
        ticker.tell(&stage, 30);
        assert!(ticker.told.standings.is_empty());
        let mut slow = shared.listen();
        for _ in 0..LINES_WAITING_MAX + 3 {
            drop(shared.listen());
            stage.room.tick(&[]);
            ticker.tell(&stage, 30);
        }
        assert!(matches!(slow.try_recv(), Err(broadcast::error::TryRecvError::Lagged(missed)) if missed >= 3));
    }
}
