//! A room as bytes, between two ticks: `restore(save(room))` goes on as the room itself does, to the bit.
//!
//! ```text
//! tick      varint
//! seed      u64
//! world     see `world/save.rs`
//! players   count, and for each, by number:
//!             number    varint
//!             controls  bits, varint
//!             behind    in 1/16 tick, varint
//!             own       kind, mask, numbers
//!             avatar    0 for none, 1 for one that lives no more, else its serial + 2, u64
//!             brain     0, or 1 and the brain as the game saves it
//! rewind    see `rewind/save.rs`
//! state     as the game saves it
//! rules     0, or 1, their length and their bytes: those that the room was given since it was opened
//! ```
//!
//! What the last tick changed and its events are not part of it: no later tick reads them.

use std::sync::Arc;

use super::Room;
use crate::{
    game::{Controls, Game},
    protocol::limits::{PLAYERS_MAX, TICK_MAX},
    replicate::{Malformed, Reader, read_whole, write_u32, write_whole},
    save::{self, Save},
    server::{
        player::{Player, Players},
        rewind::Rewind,
    },
    world::{EntityKey, World},
};

const NO_AVATAR: u64 = 0;
const GONE: u64 = 1;
const FIRST_SERIAL: u64 = 2;
/// A player takes no fewer bytes than this.
const PLAYER_BYTES_MIN: usize = 8;

impl<G: Game> Room<G> {
    /// Appends the room's state: everything that its next ticks depend on, apart from the rules that it was opened with.
    pub fn save(&self, out: &mut Vec<u8>) {
        let Self { tick, rules: _, world, players, seed, state: _, events: _, rewind, renewed, visible: _ } = self;
        tick.save(out);
        seed.save(out);
        world.save(G::at_rest, out);
        write_u32(out, players.iter().count() as u32);
        players.iter().for_each(|player| self.save_player(player, out));
        rewind.save(world, out);
        self.state().save(out);
        renewed.as_ref().map(|packed| packed.to_vec()).save(out);
    }

    fn save_player(&self, player: &Player<G>, out: &mut Vec<u8>) {
        let Player { number, controls, behind, own, avatar, brain, own_baseline: _ } = player;
        write_u32(out, u32::from(*number));
        controls.to_bits().save(out);
        behind.save(out);
        write_whole(own, out);
        let serial = |key| self.world.entity(key).map_or(GONE, |entity| entity.serial + FIRST_SERIAL);
        avatar.map_or(NO_AVATAR, serial).save(out);
        brain.save(out);
    }

    /// The room of saved bytes, which goes on as the saved one would have done: `rules` are those that it was opened with.
    ///
    /// # Errors
    /// The bytes are not a room of this game as [`save`](Self::save) writes them, or it does not fit the rules.
    pub fn restore(rules: Arc<G::Rules>, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let reader = &mut reader;
        let tick = Some(u32::load(reader)?).filter(|&tick| tick <= TICK_MAX).ok_or(Malformed::Range)?;
        let seed = u64::load(reader)?;
        let world = World::load(reader)?;
        let players = load_players(reader, &world)?;
        let rewind = Rewind::load(reader, tick, &world)?;
        let state = Some(G::State::load(reader)?);
        let renewed: Option<Arc<[u8]>> = Option::<Vec<u8>>::load(reader)?.map(Into::into);
        reader.finish()?;
        let rules = match &renewed {
            None => rules,
            Some(packed) => Arc::new(G::renew_rules(&rules, packed).map_err(|_| Malformed::Unsound)?),
        };
        let (events, visible) = (Vec::new(), Vec::new());
        let room = Self { tick, rules, world, players, seed, state, events, rewind, renewed, visible };
        let mut again = Vec::with_capacity(bytes.len());
        room.save(&mut again);
        match (again == bytes, G::is_sound(&room)) {
            (true, true) => Ok(room),
            (false, _) => Err(Malformed::Form),
            (true, false) => Err(Malformed::Unsound),
        }
    }

    /// A hash of the room's state, the same for a restored room.
    pub fn state_hash(&self) -> u64 {
        let mut bytes = Vec::new();
        self.save(&mut bytes);
        save::hash(&bytes)
    }
}

fn load_players<G: Game>(reader: &mut Reader, world: &World<G::Entity>) -> Result<Players<G>, Malformed> {
    let mut players = Players::default();
    let count = save::count(reader, PLAYER_BYTES_MIN)?;
    let mut next = 0;
    for _ in 0..count {
        let number = u16::try_from(reader.u32()?).ok().filter(|number| (next..PLAYERS_MAX).contains(number));
        let number = number.ok_or(Malformed::Id)?;
        let controls = G::Controls::from_bits(reader.u32()?).ok_or(Malformed::Range)?;
        let behind = u32::load(reader)?;
        let own = read_whole(reader)?;
        let avatar = match u64::load(reader)? {
            NO_AVATAR => None,
            GONE => Some(EntityKey::default()),
            serial => Some(world.by_serial(serial - FIRST_SERIAL).ok_or(Malformed::Id)?),
        };
        let brain = Option::load(reader)?;
        players.admit(Player { number, controls, behind, own, avatar, brain, own_baseline: own });
        next = number + 1;
    }
    Ok(players)
}
