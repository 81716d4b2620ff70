//! A tick's commands as bytes: all that a recording needs to have of a tick.
//!
//! ```text
//! command   varint: player * 4 + what it is
//!             0  a person joins
//!             1  a bot of the room's joins
//!             2  leaves
//!             3  controls, followed by their bits and by how far the view lay behind, two varints
//!           or PLAYERS_MAX * 4: rules, followed by their length, a varint, and their bytes
//! ```

use super::Command;
use crate::{
    game::Controls,
    protocol::limits::{PLAYERS_MAX, RULES_BYTES_MAX},
    replicate::{Malformed, Reader, write_u32},
    save::Save,
};

const JOIN: u32 = 0;
const JOIN_BOT: u32 = 1;
const LEAVE: u32 = 2;
const CONTROLS: u32 = 3;
const RULES: u32 = 0;

impl<C: Controls> Save for Command<C> {
    fn save(&self, out: &mut Vec<u8>) {
        let mut head = |player: u16, what: u32| write_u32(out, u32::from(player) << 2 | what);
        match *self {
            Self::Rules(ref packed) => {
                head(PLAYERS_MAX, RULES);
                packed.to_vec().save(out);
            }
            Self::Join { player, bot: false } => head(player, JOIN),
            Self::Join { player, bot: true } => head(player, JOIN_BOT),
            Self::Leave { player } => head(player, LEAVE),
            Self::Controls { player, controls, behind } => {
                head(player, CONTROLS);
                write_u32(out, controls.to_bits());
                write_u32(out, behind);
            }
        }
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        let head = reader.u32()?;
        if head == u32::from(PLAYERS_MAX) << 2 | RULES {
            let packed = Vec::<u8>::load(reader)?;
            return if packed.len() <= RULES_BYTES_MAX {
                Ok(Self::Rules(packed.into()))
            } else {
                Err(Malformed::Range)
            };
        }
        let player = u16::try_from(head >> 2).ok().filter(|&player| player < PLAYERS_MAX).ok_or(Malformed::Id)?;
        Ok(match head & 3 {
            JOIN => Self::Join { player, bot: false },
            JOIN_BOT => Self::Join { player, bot: true },
            LEAVE => Self::Leave { player },
            _ => {
                let controls = C::from_bits(reader.u32()?).ok_or(Malformed::Range)?;
                Self::Controls { player, controls, behind: reader.u32()? }
            }
        })
    }
}
