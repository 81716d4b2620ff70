//! What a recording is made of: a magic number, then blocks, each with a prefix that says what it is, and checksums.

use miniz_oxide::{deflate, inflate};
use tickwire_sync::{Tick, replicate::Reader};

/// The first bytes of every recording.
pub(crate) const MAGIC: [u8; 8] = *b"tickwire";
/// Counts up whenever the bytes of recordings, or of saved rooms, change their meaning.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// The bytes before a block's payload.
pub(crate) const PREFIX_BYTES: usize = 17;
/// The largest payload, as it stands in the file and unpacked. A room of 100,000 entities fits.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// The bit of a kind's byte that says that the payload is deflated.
const DEFLATED: u8 = 0x80;
/// Deflate's own measure of effort, 0 to 10.
const DEFLATE_LEVEL: u8 = 6;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is recorded: the first block, and only the first.
    Header = 1,
    /// Some ticks, and a hash of the state after the last of them.
    Ticks = 2,
    /// The whole room after a tick.
    Keyframe = 3,
    /// Why nothing follows.
    End = 4,
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        [Self::Header, Self::Ticks, Self::Keyframe, Self::End].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// Why a recording ends with a closing block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server stopped.
    Stopped = 0,
    /// The file was full: the next part goes on.
    Continued = 1,
    /// The disk could not keep up, and recording was given up.
    GivenUp = 2,
}

impl Ending {
    /// The ending of an end block's payload.
    pub(crate) fn of(payload: &[u8]) -> Option<Self> {
        let &[number] = payload else { return None };
        [Self::Stopped, Self::Continued, Self::GivenUp].into_iter().find(|ending| *ending as u8 == number)
    }
}

/// A block on its way to the file, its payload not yet deflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// The room's tick at the end of the block.
    pub(crate) tick: Tick,
    pub(crate) payload: Vec<u8>,
}

/// The prefix of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) kind: Kind,
    deflated: bool,
    /// The room's tick at the end of the block.
    pub(crate) tick: Tick,
    /// Bytes of the payload as it stands in the file.
    pub(crate) length: usize,
    checksum: u32,
}

impl Block {
    /// The bytes of the block in the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let packed = deflate::compress_to_vec_zlib(&self.payload, DEFLATE_LEVEL);
        let deflated = packed.len() < self.payload.len();
        let payload = if deflated { &packed } else { &self.payload };
        let mut bytes = Vec::with_capacity(PREFIX_BYTES + payload.len());
        bytes.extend((payload.len() as u32).to_le_bytes());
        bytes.push(self.kind as u8 | if deflated { DEFLATED } else { 0 });
        bytes.extend(self.tick.to_le_bytes());
        bytes.extend(crc32fast::hash(payload).to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }
}

impl Prefix {
    /// Reads a prefix; `None` if its checksum or anything in it is wrong.
    pub(crate) fn read(bytes: &[u8; PREFIX_BYTES]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let length = reader.u32_fixed().ok()? as usize;
        let kind = reader.u8().ok()?;
        let tick = reader.u32_fixed().ok()?;
        let checksum = reader.u32_fixed().ok()?;
        let sound = reader.u32_fixed().ok()? == crc32fast::hash(&bytes[..PREFIX_BYTES - 4]);
        let (deflated, kind) = (kind & DEFLATED != 0, Kind::of(kind & !DEFLATED)?);
        (sound && length <= PAYLOAD_BYTES_MAX).then_some(Self { kind, deflated, tick, length, checksum })
    }

    /// The payload of what stands in the file behind this prefix; `None` if it is not what was written.
    pub(crate) fn unpack(&self, stored: Vec<u8>) -> Option<Vec<u8>> {
        if crc32fast::hash(&stored) != self.checksum {
            return None;
        }
        if !self.deflated {
            return Some(stored);
        }
        inflate::decompress_to_vec_zlib_with_limit(&stored, PAYLOAD_BYTES_MAX).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(Prefix, Vec<u8>)> {
        let (prefix, stored) = bytes.split_first_chunk()?;
        let prefix = Prefix::read(prefix)?;
        let payload = (stored.len() == prefix.length).then(|| prefix.unpack(stored.to_vec()))??;
        Some((prefix, payload))
    }

    #[test]
    fn a_block_comes_back_deflated_where_that_is_shorter() {
        for (payload, shorter) in [(vec![7; 5000], true), (vec![1, 2, 3], false), (Vec::new(), false)] {
            let block = Block { kind: Kind::Keyframe, tick: 77, payload };
            let bytes = block.to_bytes();
            assert_eq!(bytes.len() < PREFIX_BYTES + block.payload.len(), shorter);
            let (prefix, payload) = read(&bytes).expect("a whole block");
            assert_eq!((prefix.kind, prefix.tick, payload), (block.kind, block.tick, block.payload));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let payload = b"what happened, happened, happened, happened".to_vec();
        let bytes = Block { kind: Kind::Ticks, tick: 5, payload }.to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut spoiled = bytes.clone();
            spoiled[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&spoiled), None, "bit {bit}");
        }
    }

    #[test]
    fn a_payload_that_would_unpack_to_more_than_the_limit_is_refused() {
        let bytes = Block { kind: Kind::Keyframe, tick: 0, payload: vec![0; PAYLOAD_BYTES_MAX + 1] }.to_bytes();
        assert_eq!(read(&bytes), None);
    }
}
