//! What a room remembers, as bytes. The dead are left out: nobody asks for them.
//!
//! ```text
//! ticks     how many before the present one are remembered, varint
//! count     of the ticks kept, the room's own last, varint
//! tick      births    u64
//!           count     varint
//!           entity    gap     serials left out since the one before, u64
//!                     state   kind, mask, numbers
//! ```

use super::{Past, REWIND_TICKS_MAX, Rewind};
use crate::{
    Tick,
    replicate::{Malformed, Reader, Replicate, read_whole, write_u32, write_whole},
    save::{self, Save},
    world::World,
};

/// A tick kept takes no fewer bytes than this.
const PAST_BYTES_MIN: usize = 3;
/// An entity's state in it takes no fewer bytes than this.
const STATE_BYTES_MIN: usize = 4;

impl<E: Replicate> Rewind<E> {
    /// Appends what is remembered of the living.
    pub(crate) fn save(&self, world: &World<E>, out: &mut Vec<u8>) {
        let Self { ticks, past } = self;
        ticks.save(out);
        write_u32(out, past.len() as u32);
        let mut living = Vec::new();
        for Past { tick: _, births, states } in past {
            births.save(out);
            living.clear();
            living.extend(states.iter().filter_map(|(key, state)| Some((world.entity(*key)?.serial, state))));
            living.sort_unstable_by_key(|(serial, _)| *serial);
            write_u32(out, living.len() as u32);
            let mut next = 0;
            for (serial, state) in &living {
                (serial - next).save(out);
                write_whole(*state, out);
                next = serial + 1;
            }
        }
    }

    /// Reads what [`save`](Self::save) wrote, for a room at `tick` whose world was just loaded.
    pub(crate) fn load(reader: &mut Reader, tick: Tick, world: &World<E>) -> Result<Self, Malformed> {
        let ticks = Some(reader.u32()?).filter(|&ticks| ticks <= REWIND_TICKS_MAX).ok_or(Malformed::Range)?;
        let count = save::count(reader, PAST_BYTES_MIN)? as u32;
        let first = (tick + 1).checked_sub(count).filter(|_| count <= ticks + 1).ok_or(Malformed::Range)?;
        let mut this = Self::new(ticks);
        for tick in first..=tick {
            let births = u64::load(reader)?;
            let mut states = Vec::new();
            let mut next = 0_u64;
            for _ in 0..save::count(reader, STATE_BYTES_MIN)? {
                let serial = next.checked_add(u64::load(reader)?).ok_or(Malformed::Id)?;
                let key = world.by_serial(serial).ok_or(Malformed::Id)?;
                states.push((key, read_whole(reader)?));
                next = serial + 1;
            }
            states.sort_unstable_by_key(|(key, _)| key.slot());
            this.past.push_back(Past { tick, births, states });
        }
        Ok(this)
    }
}
