//! What a recording begins with: all that running it again needs, apart from the program.

use std::sync::Arc;

use thiserror::Error;
use tickwire_sync::{
    game::{Game, RulesError, RulesSource, rules_hash, tables_hash},
    replicate::{Malformed, Reader},
    save::Save,
};

use super::{format::FORMAT_VERSION, when};

/// The header of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The version of the program that wrote it.
    pub(crate) program: String,
    /// [`Game::NAME`].
    pub(crate) game: String,
    pub(crate) tables_hash: u64,
    pub(crate) rules_hash: u64,
    /// The seed that the room was opened with.
    pub(crate) seed: u64,
    /// Ticks a second.
    pub(crate) tick_rate: u32,
    /// How many ticks back the room remembers.
    pub(crate) rewind_ticks: u32,
    /// The room's name.
    pub(crate) room: String,
    /// Seconds since 1970 when the recording began; the same in each of its parts.
    pub(crate) started: u64,
    /// Counts the files of a recording, from 1.
    pub(crate) part: u32,
    /// The tuning file.
    pub(crate) tuning: String,
    /// The map file.
    pub(crate) map: String,
}

/// Why a recording cannot be run by this program.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// Another format.
    #[error("it is in format {0}, and this program reads format {FORMAT_VERSION}: use the program that recorded it")]
    Version(u32),
    /// Bytes that are no header.
    #[error("its header makes no sense: {0}")]
    Malformed(#[from] Malformed),
    /// Another game.
    #[error("it is of the game {theirs}, and this program plays {ours}")]
    OtherGame {
        /// The recorded game.
        theirs: String,
        /// This program's.
        ours: &'static str,
    },
    /// The same game, otherwise.
    #[error(
        "it was recorded by Tickwire {program} with another revision of the game: use the program that recorded it"
    )]
    OtherRevision {
        /// The version of the program that recorded it.
        program: String,
    },
    /// Tuning, map or tick rate do not go with their hash.
    #[error("its tuning, map and tick rate are not those that it was recorded with: the header was changed")]
    OtherRules,
    /// Tuning or map cannot be read.
    #[error("its rules cannot be read: {0}")]
    Rules(#[from] RulesError),
}

impl Header {
    /// The header of the first part of a recording that begins now, of a room that is made of `seed` and `rewind_ticks`.
    ///
    /// # Errors
    /// What is wrong with the rules.
    pub(crate) fn new<G: Game>(
        room: &str,
        source: RulesSource,
        tick_rate: u32,
        (seed, rewind_ticks): (u64, u32),
    ) -> Result<Self, RulesError> {
        Ok(Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            game: G::NAME.to_owned(),
            tables_hash: tables_hash::<G>(),
            rules_hash: rules_hash::<G>(&G::pack_rules(source)?, tick_rate),
            seed,
            tick_rate,
            rewind_ticks,
            room: room.to_owned(),
            started: when::now(),
            part: 1,
            tuning: source.tuning.to_owned(),
            map: source.map.to_owned(),
        })
    }

    /// The payload of the header's block.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self {
            program,
            game,
            tables_hash,
            rules_hash,
            seed,
            tick_rate,
            rewind_ticks,
            room,
            started,
            part,
            tuning,
            map,
        } = self;
        let mut out = Vec::new();
        FORMAT_VERSION.save(&mut out);
        program.save(&mut out);
        game.save(&mut out);
        tables_hash.save(&mut out);
        rules_hash.save(&mut out);
        seed.save(&mut out);
        tick_rate.save(&mut out);
        rewind_ticks.save(&mut out);
        room.save(&mut out);
        started.save(&mut out);
        part.save(&mut out);
        tuning.save(&mut out);
        map.save(&mut out);
        out
    }

    /// The header of its block's payload.
    pub(crate) fn of(payload: &[u8]) -> Result<Self, HeaderError> {
        let mut reader = Reader::new(payload);
        let version = u32::load(&mut reader)?;
        if version != FORMAT_VERSION {
            return Err(HeaderError::Version(version));
        }
        let reader = &mut reader;
        let header = Self {
            program: Save::load(reader)?,
            game: Save::load(reader)?,
            tables_hash: Save::load(reader)?,
            rules_hash: Save::load(reader)?,
            seed: Save::load(reader)?,
            tick_rate: Save::load(reader)?,
            rewind_ticks: Save::load(reader)?,
            room: Save::load(reader)?,
            started: Save::load(reader)?,
            part: Save::load(reader)?,
            tuning: Save::load(reader)?,
            map: Save::load(reader)?,
        };
        reader.finish()?;
        Ok(header)
    }

    /// The rules that the room played by, if this program plays that game as the recording program did.
    pub(crate) fn rules<G: Game>(&self) -> Result<Arc<G::Rules>, HeaderError> {
        if self.game != G::NAME {
            return Err(HeaderError::OtherGame { theirs: self.game.clone(), ours: G::NAME });
        }
        if self.tables_hash != tables_hash::<G>() {
            return Err(HeaderError::OtherRevision { program: self.program.clone() });
        }
        let source = RulesSource { tuning: &self.tuning, map: &self.map };
        let packed = G::pack_rules(source)?;
        if self.rules_hash != rules_hash::<G>(&packed, self.tick_rate) {
            return Err(HeaderError::OtherRules);
        }
        Ok(Arc::new(G::unpack_rules(&packed, self.tick_rate)?))
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};

    use super::*;

    fn header() -> Header {
        let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
        Header::new::<Arena>("main", source, 30, (u64::MAX, 12)).expect("right rules")
    }

    fn refusal(change: impl FnOnce(&mut Header)) -> String {
        let mut header = header();
        change(&mut header);
        let read = Header::of(&header.to_bytes()).expect("a header");
        assert_eq!(read, header);
        read.rules::<Arena>().expect_err("it was changed").to_string()
    }

    #[test]
    fn it_says_in_a_sentence_why_it_cannot_be_run() {
        assert!(header().rules::<Arena>().is_ok());
        assert!(refusal(|header| header.game = "chess".into()).contains("of the game chess"));
        assert!(refusal(|header| header.tables_hash += 1).contains("another revision"));
        assert!(refusal(|header| header.tick_rate = 60).contains("not those that it was recorded with"));
        assert!(
            refusal(|header| header.tuning = header.tuning.replace("hull = 100", "hull = 99"))
                .contains("not those that it was recorded with")
        );
    }

    #[test]
    fn a_later_format_is_refused_by_its_number_whatever_follows() {
        assert!(Header::of(&[9]).expect_err("a later format").to_string().contains("format 9"));
    }

    #[test]
    fn a_header_that_ends_early_is_refused() {
        let bytes = header().to_bytes();
        assert!((0..bytes.len()).all(|length| Header::of(&bytes[..length]).is_err()));
    }
}
