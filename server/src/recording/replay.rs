//! Running a recording again: from its inputs alone, and compared with what it says came of them.

use std::{path::Path, sync::Arc};

use thiserror::Error;
use tickwire_sync::{
    Tick,
    game::Game,
    server::{Command, Room},
};

use super::{
    Header,
    format::{Ending, Kind},
    reader::{Contents, FileReader, Next, ReadError, Tail},
    ticks::TicksReader,
};

/// What ended a replay early: the file, or a room that came out otherwise.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file cannot be read, or not beyond some place.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What came of the inputs is not what was recorded.
    #[error(
        "the room that was run again differs from the recorded one at tick {at} (the last equal hash is {equal}); it was recorded by Tickwire \
         {program}, this is {ours}", ours = env!("CARGO_PKG_VERSION")
    )]
    Differs {
        /// The first tick whose state is known to differ.
        at: Tick,
        /// Where both were last equal, as words.
        equal: String,
        /// What recorded it.
        program: String,
    },
    /// A tick was asked for that it does not have.
    #[error("tick {tick} is not in it: it holds ticks {first} to {last}")]
    OutOfRange {
        /// What was asked for.
        tick: Tick,
        /// The first tick that it has.
        first: Tick,
        /// The last tick that it has.
        last: Tick,
    },
    /// There is nothing but a header.
    #[error("it holds no room yet: the server was stopped right after the start")]
    Empty,
}

/// What a step of a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A block went by, or a part of one up to the tick that was asked for.
    Done,
    /// Nothing follows.
    Over(Tail),
}

/// What was run and compared so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) ticks: u64,
    /// Hashes that were equal.
    pub(crate) hashes: u64,
    /// Keyframes that were equal in every byte.
    pub(crate) keyframes: u64,
    /// The last tick at which anything was compared.
    equal: Option<Tick>,
}

/// A recording that is being run again: from its inputs alone, and compared with what it says came of them.
#[derive(Debug)]
pub struct Rerun<G: Game> {
    reader: FileReader,
    pub(crate) header: Header,
    rules: Arc<G::Rules>,
    /// `None` before the first keyframe.
    pub(crate) room: Option<Room<G>>,
    pub(crate) tally: Tally,
    /// When the last block of ticks was written, in seconds since 1970; at first, when the recording began.
    pub(crate) moment: u64,
    commands: Vec<Command<G::Controls>>,
}

impl<G: Game> Rerun<G> {
    /// Opens a recording of this game.
    ///
    /// # Errors
    /// It is none, or one of another game, format or revision.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let (reader, header) = FileReader::open(path)?;
        let rules = header.rules::<G>().map_err(ReadError::Header)?;
        let moment = header.started;
        Ok(Self { reader, header, rules, room: None, tally: Tally::default(), moment, commands: Vec::new() })
    }

    /// The share of the file that lies behind, 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        self.reader.at() as f64 / self.reader.length() as f64
    }

    /// Runs all of it. `see` gets the room as the recording begins, and after every tick. Gives how many ticks there were.
    ///
    /// # Errors
    /// The file is damaged, or what came of the inputs is not what was recorded.
    pub fn run(mut self, mut see: impl FnMut(&Room<G>)) -> Result<u64, ReplayError> {
        while self.step_seeing(Tick::MAX, &mut see)? == Step::Done {}
        Ok(self.tally.ticks)
    }

    /// Runs the next block, but no further than to `until`.
    pub(crate) fn step(&mut self, until: Tick) -> Result<Step, ReplayError> {
        self.step_seeing(until, &mut |_| {})
    }

    fn step_seeing(&mut self, until: Tick, see: &mut dyn FnMut(&Room<G>)) -> Result<Step, ReplayError> {
        let prefix = match self.reader.next()? {
            Next::Block(prefix) => prefix,
            Next::Over(tail) => return Ok(Step::Over(tail)),
        };
        let payload = self.reader.payload(&prefix)?;
        match prefix.kind {
            Kind::Keyframe => {
                let begins = self.room.is_none();
                let step = self.keyframe(prefix.tick, &payload)?;
                self.room.iter().filter(|_| begins).for_each(see);
                Ok(step)
            }
            Kind::Ticks => self.ticks(prefix.tick, &payload, until, see),
            Kind::End => match Ending::of(&payload) {
                Some(ending) => Ok(Step::Over(Tail::Closed(ending))),
                None => Err(self.damaged("the closing block makes no sense")),
            },
            Kind::Header => Err(self.damaged("a second header")),
        }
    }

    fn keyframe(&mut self, tick: Tick, payload: &[u8]) -> Result<Step, ReplayError> {
        let room = match self.room.take() {
            Some(room) => room,
            // A room that was recorded from its beginning is what its seed makes of the rules.
            None if tick == 0 => Room::with_rewind(Arc::clone(&self.rules), self.header.seed, self.header.rewind_ticks),
            None => {
                let restored = Room::restore(Arc::clone(&self.rules), payload).ok().filter(|room| room.tick == tick);
                restored.ok_or_else(|| self.damaged("the keyframe is no room of this game"))?
            }
        };
        if room.tick != tick {
            return Err(self.damaged("ticks are missing before the keyframe"));
        }
        let mut saved = Vec::with_capacity(payload.len());
        room.save(&mut saved);
        let equal = saved == payload;
        self.room = Some(room);
        self.compared(tick, equal)?;
        self.tally.keyframes += 1;
        Ok(Step::Done)
    }

    fn ticks(
        &mut self,
        last: Tick,
        payload: &[u8],
        until: Tick,
        see: &mut dyn FnMut(&Room<G>),
    ) -> Result<Step, ReplayError> {
        let mut ticks = TicksReader::new(payload).map_err(|_| self.damaged("a block of ticks makes no sense"))?;
        let Some(room) = &mut self.room else { return Err(self.damaged("ticks stand before the first keyframe")) };
        if u64::from(room.tick) + u64::from(ticks.count) != u64::from(last) {
            return Err(self.damaged("ticks are missing"));
        }
        self.moment = self.header.started.saturating_add(ticks.moment.into());
        while room.tick < until {
            match ticks.next(&mut self.commands) {
                Ok(true) if are_possible(&self.commands, room) => room.tick(&self.commands),
                Ok(false) => break,
                Ok(true) | Err(_) => return Err(self.damaged("the commands of a tick make no sense")),
            }
            see(room);
            self.tally.ticks += 1;
        }
        if room.tick == last {
            let equal = room.state_hash() == ticks.hash;
            self.compared(last, equal)?;
            self.tally.hashes += 1;
        }
        Ok(Step::Done)
    }

    fn compared(&mut self, tick: Tick, equal: bool) -> Result<(), ReplayError> {
        if equal {
            self.tally.equal = Some(tick);
            return Ok(());
        }
        let equal = self.tally.equal.map_or_else(|| "none".to_owned(), |tick| format!("of tick {tick}"));
        Err(ReplayError::Differs { at: tick, equal, program: self.header.program.clone() })
    }

    fn damaged(&self, what: &'static str) -> ReplayError {
        self.reader.damaged(what).into()
    }

    /// Runs up to a tick from the nearest keyframe before it, so that the room has that tick's events; from that of the tick itself if
    /// the file begins with it.
    pub(crate) fn run_to(&mut self, tick: Tick) -> Result<&Room<G>, ReplayError> {
        let contents = Contents::read(&mut self.reader, tick)?;
        let (Some(first), last) = (contents.first, contents.last) else { return Err(ReplayError::Empty) };
        let out_of_range = ReplayError::OutOfRange { tick, first, last };
        let Some(start) = contents.nearest.filter(|_| tick <= last) else { return Err(out_of_range) };
        self.reader.seek(start)?;
        while self.room.as_ref().is_none_or(|room| room.tick < tick) {
            if let Step::Over(_) = self.step(tick)? {
                return Err(out_of_range);
            }
        }
        Ok(self.room.as_ref().expect("it has reached the tick"))
    }
}

/// Whether nobody joins under a number that is taken: what a room takes for granted.
fn are_possible<G: Game>(commands: &[Command<G::Controls>], room: &Room<G>) -> bool {
    commands.iter().enumerate().all(|(at, command)| {
        let Command::Join { player, .. } = command else { return true };
        let earlier = commands[..at].iter().rev().find_map(|command| match command {
            Command::Join { player: other, .. } if other == player => Some(true),
            Command::Leave { player: other } if other == player => Some(false),
            _ => None,
        });
        !earlier.unwrap_or_else(|| room.players.get(*player).is_some())
    })
}
