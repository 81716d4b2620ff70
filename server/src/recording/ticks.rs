//! The payload of a block of ticks: what came in, tick by tick, with empty ticks as run lengths.

use tickwire_sync::{
    game::Controls,
    replicate::{Malformed, Reader, write_u32},
    save::{self, Save},
    server::Command,
};

/// The most ticks of a block: more than a second of the fastest room.
pub(crate) const TICKS_MAX: u32 = 256;

/// Ticks that are being collected.
#[derive(Debug, Default)]
pub(crate) struct TicksWriter {
    count: u32,
    /// Empty ticks since the last that was not.
    empty: u32,
    rows: Vec<u8>,
}

impl TicksWriter {
    /// Adds a tick and what came into it.
    pub(crate) fn push<C: Controls>(&mut self, commands: &[Command<C>]) {
        self.count += 1;
        if commands.is_empty() {
            self.empty += 1;
            return;
        }
        write_u32(&mut self.rows, self.empty);
        write_u32(&mut self.rows, commands.len() as u32);
        for command in commands {
            command.save(&mut self.rows);
        }
        self.empty = 0;
    }

    /// How many ticks are collected.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// How many bytes they take so far.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.len()
    }

    /// The payload of what is collected, closed at `moment` (seconds since the recording began) with the hash of the state; nothing is
    /// collected after it.
    pub(crate) fn take(&mut self, moment: u32, hash: u64) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.rows.len() + 20);
        write_u32(&mut payload, self.count);
        write_u32(&mut payload, moment);
        payload.extend(hash.to_le_bytes());
        payload.append(&mut self.rows);
        (self.count, self.empty) = (0, 0);
        payload
    }
}

/// A block of ticks, to be read tick by tick.
#[derive(Debug)]
pub(crate) struct TicksReader<'a> {
    /// How many ticks it has.
    pub(crate) count: u32,
    /// When it was closed, in seconds since the recording began.
    pub(crate) moment: u32,
    /// The hash of the state after its last tick.
    pub(crate) hash: u64,
    rows: Reader<'a>,
    left: u32,
    /// Empty ticks before the next row, once they are known.
    empty: Option<u32>,
}

impl<'a> TicksReader<'a> {
    /// A block at its start.
    pub(crate) fn new(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut rows = Reader::new(payload);
        let count = Some(rows.u32()?).filter(|count| (1..=TICKS_MAX).contains(count)).ok_or(Malformed::Range)?;
        let moment = rows.u32()?;
        let hash = u64::from(rows.u32_fixed()?) | u64::from(rows.u32_fixed()?) << 32;
        Ok(Self { count, moment, hash, rows, left: count, empty: None })
    }

    /// Puts the commands of the next tick into `commands`; false if there is no further tick.
    pub(crate) fn next<C: Controls>(&mut self, commands: &mut Vec<Command<C>>) -> Result<bool, Malformed> {
        commands.clear();
        if self.left == 0 {
            return if self.rows.left() == 0 { Ok(false) } else { Err(Malformed::Trailing) };
        }
        self.left -= 1;
        let empty = match self.empty.take() {
            Some(empty) => empty,
            None if self.rows.left() == 0 => return Ok(true),
            None => self.rows.u32()?,
        };
        if let Some(fewer) = empty.checked_sub(1) {
            self.empty = Some(fewer);
            return Ok(true);
        }
        for _ in 0..save::count(&mut self.rows, 1)? {
            commands.push(Save::load(&mut self.rows)?);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::ShipControls;

    use super::*;

    type Commands = Vec<Command<ShipControls>>;

    fn read(payload: &[u8]) -> Result<Vec<Commands>, Malformed> {
        let mut reader = TicksReader::new(payload)?;
        let (mut ticks, mut commands) = (Vec::new(), Vec::new());
        while reader.next(&mut commands)? {
            ticks.push(commands.clone());
        }
        assert_eq!((ticks.len() as u32, reader.moment, reader.hash), (reader.count, 7, u64::MAX - 1));
        Ok(ticks)
    }

    fn write(ticks: &[Commands]) -> Vec<u8> {
        let mut writer = TicksWriter::default();
        for commands in ticks {
            writer.push(commands);
        }
        assert_eq!(writer.count() as usize, ticks.len());
        writer.take(7, u64::MAX - 1)
    }

    fn some() -> Commands {
        let controls = ShipControls { fire: true, turn: -1, ..ShipControls::default() };
        vec![
            Command::Join { player: 3, bot: true },
            Command::Controls { player: 1, controls, behind: 200 },
            Command::Leave { player: 0 },
        ]
    }

    #[test]
    fn ticks_come_back_the_empty_ones_too() {
        for pattern in 0..128_u32 {
            let tick = |at: u32| if pattern >> at & 1 == 1 { some() } else { Commands::new() };
            let ticks: Vec<_> = (0..7).map(tick).collect();
            assert_eq!(read(&write(&ticks)), Ok(ticks), "{pattern:#b}");
        }
    }

    #[test]
    fn a_second_in_which_nothing_comes_in_takes_few_bytes() {
        assert_eq!(write(&vec![Commands::new(); 30]).len(), 10);
    }

    #[test]
    fn bytes_that_are_no_ticks_end_in_an_error() {
        let payload = write(&[some(), Commands::new(), some()]);
        // Where a row ends, the ticks behind it are empty ones.
        let rows_end = [write(&[Commands::new()]).len(), write(&[some()]).len()];
        for length in 0..payload.len() {
            assert_eq!(read(&payload[..length]).is_ok(), rows_end.contains(&length), "{length} bytes");
        }
        assert_eq!(read(&[payload.as_slice(), &[0, 0]].concat()), Err(Malformed::Trailing));
        assert_eq!(TicksReader::new(&[0x80, 2]).err(), Some(Malformed::Truncated));
        assert_eq!(TicksReader::new(&[0x81, 2]).err(), Some(Malformed::Range), "too many ticks");
    }
}
