//! A world as bytes. Entities are named by their serials, never by slots, which a restored slotmap hands out otherwise.
//!
//! ```text
//! births    u64 (upper half, lower half)
//! count     varint
//! entity    gap       serials left out since the one before, u64
//!           parent    0 for none, else how much smaller the living parent's serial is, u64
//!           awake     whether the next tick steps it: 0 or 1
//!           state     kind, mask, numbers
//! ```

use slotmap::SlotMap;

use super::{Entity, EntityKey, World};
use crate::{
    bitset::Bitset,
    replicate::{Malformed, Reader, Replicate, read_whole, write_u32, write_whole},
    save::{self, Save},
};

/// An entity takes no fewer bytes than this.
const ENTITY_BYTES_MIN: usize = 7;
/// More births than this are no world of ours: it would take millions of years.
const BIRTHS_MAX: u64 = 1 << 62;

impl<E: Replicate> World<E> {
    /// Appends the world as it is between two ticks. What changed in the last one is not part of it.
    pub(crate) fn save(&self, at_rest: impl Fn(&E) -> bool, out: &mut Vec<u8>) {
        let Self {
            entities,
            order: _,
            alive: _,
            keys: _,
            awake: _,
            settled: _,
            born: _,
            touched: _,
            deaths: _,
            births,
        } = self;
        births.save(out);
        write_u32(out, entities.len() as u32);
        let wakes = self.wakes(at_rest);
        let mut next = 0;
        for (key, state) in self.iter() {
            let Entity { serial, parent, state: _, touched: _, newborn: _ } = &entities[key];
            let parent = parent.and_then(|parent| self.entity(parent)).map_or(0, |parent| serial - parent.serial);
            (serial - next).save(out);
            parent.save(out);
            out.push(wakes.contains(key.slot()).into());
            write_whole(state, out);
            next = serial + 1;
        }
    }

    /// Slots of those that the next tick steps.
    fn wakes(&self, at_rest: impl Fn(&E) -> bool) -> Bitset {
        let mut slots = Bitset::default();
        let roused = self.touched().filter(|(touched, state)| at_rest(&touched.baseline) && !at_rest(state));
        let born = self.born().filter(|&key| !at_rest(&self.entities[key].state));
        let awake = self.awake.iter().copied().filter(|&key| self.entities.contains_key(key));
        for key in awake.chain(roused.map(|(touched, _)| touched.key)).chain(born) {
            slots.insert(key.slot());
        }
        slots
    }

    /// Reads what [`save`](Self::save) wrote.
    pub(crate) fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        let births = Some(u64::load(reader)?).filter(|&births| births < BIRTHS_MAX).ok_or(Malformed::Range)?;
        let count = save::count(reader, ENTITY_BYTES_MIN)?;
        let mut world = Self { births, entities: SlotMap::with_key(), ..Self::default() };
        let mut next = 0_u64;
        for _ in 0..count {
            let serial = next.checked_add(u64::load(reader)?).filter(|&serial| serial < births).ok_or(Malformed::Id)?;
            let parent = match u64::load(reader)? {
                0 => None,
                back => Some(serial.checked_sub(back).and_then(|parent| world.by_serial(parent)).ok_or(Malformed::Id)?),
            };
            let awake = match reader.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed::Unknown),
            };
            let key = world.admit(Entity { serial, parent, state: read_whole(reader)?, touched: None, newborn: false });
            if awake {
                world.awake.push(key);
            }
            next = serial + 1;
        }
        Ok(world)
    }

    /// The entity of a serial, in a world that was just loaded: all in its order live.
    pub(crate) fn by_serial(&self, serial: u64) -> Option<EntityKey> {
        let serial_of = |key: &EntityKey| self.entities.get(*key).map(|entity| entity.serial);
        let at = self.order.binary_search_by_key(&Some(serial), serial_of).ok()?;
        Some(self.order[at])
    }
}
