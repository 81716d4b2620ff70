//! The room once more, some seconds late: what those are shown who only watch, so that a second tab is no spyglass.
//!
//! A room is deterministic, so the same commands some ticks later make the same ticks again. Why it always runs: `docs/decisions/007-*`.

use std::{collections::VecDeque, sync::Arc};

use tickwire_sync::{
    game::Game,
    server::{Arrival, Command, Room},
};

use crate::{
    clients::News,
    stage::{House, Stage},
};

/// So many lines of chat wait for the watchers; of more, the newest are left out for them, and counted.
const CHAT_TAPED_MAX: usize = 1024;

/// What came into the room in one tick, and what was told among people before it.
#[derive(Debug)]
struct Moment<C> {
    commands: Vec<Command<C>>,
    news: Vec<Arc<News>>,
}

/// A second room that is always the same number of ticks behind the first.
#[derive(Debug)]
pub(crate) struct Delayed<G: Game> {
    pub(crate) stage: Stage<G>,
    /// The moments of the ticks that the first room has had and this one has not: one for each tick of the delay, no more. A moment has at
    /// most what an inbox holds, and a command of each player.
    tape: VecDeque<Moment<G::Controls>>,
    /// What was told since the first room's last tick.
    news: Vec<Arc<News>>,
    chat_taped: usize,
}

impl<G: Game> Delayed<G> {
    /// A room that was opened like the first one. Neither has ticked; the first one is to have `ticks` ticks, each of them kept, before this one has its first.
    pub(crate) fn new(room: Room<G>, ticks: u32) -> Self {
        Self { stage: Stage::new(room, ticks), tape: VecDeque::new(), news: Vec::new(), chat_taped: 0 }
    }

    /// The first room has had a tick with `commands` that this one does not have yet.
    pub(crate) fn keep(&mut self, commands: &[Command<G::Controls>]) {
        self.tape.push_back(Moment { commands: commands.to_vec(), news: std::mem::take(&mut self.news) });
    }

    /// How many ticks it is behind.
    pub(crate) fn ticks(&self) -> u32 {
        self.tape.len() as u32
    }

    /// A moment on the first room's clock as one on this room's.
    pub(crate) fn arrival(&self, at: Arrival) -> Arrival {
        Arrival(at.0 - 16 * i64::from(self.ticks()))
    }

    /// Keeps what was told just now; says how much was left out.
    pub(crate) fn tape(&mut self, news: &Arc<News>) -> u64 {
        if matches!(**news, News::Chat(..)) {
            if self.chat_taped == CHAT_TAPED_MAX {
                return 1;
            }
            self.chat_taped += 1;
        }
        self.news.push(Arc::clone(news));
        0
    }

    /// The first room has had a tick with `commands`: this one has the tick that is due by now. Gives how many lines of chat were left out for
    /// watchers for whom much waits.
    pub(crate) fn tick(&mut self, commands: &[Command<G::Controls>]) -> u64 {
        let Some(mut moment) = self.tape.pop_front() else { return 0 };
        self.stage.room.tick(&moment.commands);
        let mut left_out = 0;
        for news in moment.news.drain(..) {
            self.chat_taped -= usize::from(matches!(*news, News::Chat(..)));
            left_out += self.stage.clients.tell(&news);
        }
        moment.commands.clear();
        moment.commands.extend_from_slice(commands);
        std::mem::swap(&mut moment.news, &mut self.news);
        self.tape.push_back(moment);
        left_out
    }

    /// Shows it to whoever watches.
    pub(crate) fn show(&mut self, house: &House, now: Arrival, silent: bool) {
        let now = self.arrival(now);
        self.stage.show(house, now, silent);
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls};
    use tickwire_sync::{
        game::{Controls, RulesSource},
        random::Random,
    };

    use super::*;

    const TICKS: u32 = 40;

    fn opened() -> (Room<Arena>, Delayed<Arena>) {
        let rules = Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30);
        let rules = Arc::new(rules.expect("right rules"));
        let open = || Room::new(Arc::clone(&rules), 5);
        let (mut room, mut delayed) = (open(), Delayed::new(open(), TICKS));
        for tick in 0..TICKS {
            room.tick(&commands(tick));
            delayed.keep(&commands(tick));
        }
        (room, delayed)
    }

    /// Four players, two of them bots, come and go, and do anything.
    fn commands(tick: u32) -> Vec<Command<ShipControls>> {
        let mut random = Random::keyed(1, 2, 3, tick);
        let mut commands = Vec::new();
        for player in 0..4 {
            match tick % 300 {
                begin if begin == u32::from(player) * 10 => commands.push(Command::Join { player, bot: player > 1 }),
                end if end == 299 - u32::from(player) => commands.push(Command::Leave { player }),
                _ => {
                    let drawn = (0..).find_map(|_| ShipControls::from_bits(random.below(1 << 18)));
                    let controls = drawn.expect("some are in range");
                    commands.push(Command::Controls { player, controls, behind: random.below(100) });
                }
            }
        }
        commands
    }

    #[test]
    fn it_is_the_first_room_to_the_bit_some_ticks_late() {
        let (mut room, mut delayed) = opened();
        let mut hashes = VecDeque::new();
        for tick in TICKS..900 {
            hashes.push_back(room.state_hash());
            room.tick(&commands(tick));
            delayed.tick(&commands(tick));
            assert_eq!(delayed.stage.room.tick, room.tick - TICKS);
            if tick >= 2 * TICKS - 1 {
                assert_eq!(hashes.pop_front(), Some(delayed.stage.room.state_hash()), "at tick {tick}");
            }
        }
    }

    #[test]
    fn of_too_much_chat_the_newest_is_left_out_and_names_never_are() {
        let (_, mut delayed) = opened();
        let line = Arc::new(News::Chat(0, "hello".into()));
        let left_out: u64 = (0..CHAT_TAPED_MAX + 3).map(|_| delayed.tape(&line)).sum();
        assert_eq!((left_out, delayed.tape(&Arc::new(News::Left(0)))), (3, 0));
        for _ in 0..=TICKS {
            assert_eq!(delayed.tape(&line), 1, "they still wait");
            delayed.tick(&[]);
        }
        assert_eq!(delayed.tape(&line), 0, "they were told");
    }
}
