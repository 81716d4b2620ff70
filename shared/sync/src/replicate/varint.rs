//! The numbers of the entity sections: LEB128, signed ones folded by zigzag.
//!
//! Every number has exactly one encoding; the reader refuses the longer ones.

use thiserror::Error;

/// Bytes that are not what they should be. The peer that sent them is closed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Malformed {
    /// The bytes ended inside a value.
    #[error("the bytes ended inside a value")]
    Truncated,
    /// A number was longer than it need be, or did not fit 32 bits.
    #[error("a number is not in its shortest form, or over 32 bits")]
    Varint,
    /// Bytes were left over behind the last section.
    #[error("bytes are left over behind the last section")]
    Trailing,
    /// A kind, mask or flag that does not exist.
    #[error("there is no kind, field or flag of that number")]
    Unknown,
    /// A field's value was out of its range.
    #[error("a field's value is out of its range")]
    Range,
    /// An id beyond the limit, or a change for an id that is not known.
    #[error("an id is out of range or not known")]
    Id,
    /// Saved bytes that mean something, but that nothing is saved as.
    #[error("saved bytes are not in their only form")]
    Form,
    /// A saved room that the game's rules cannot go on with.
    #[error("the room does not fit the game's rules")]
    Unsound,
}

/// The most bytes that a number takes.
pub const VARINT_BYTES_MAX: usize = 5;

/// Appends `value`: 7 bits a byte, lowest first, the top bit set on all but the last.
pub fn write_u32(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Folds the sign into the lowest bit: 0, -1, 1, -2 become 0, 1, 2, 3.
pub fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

/// The inverse of [`zigzag`].
pub fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Reads from the front of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next byte.
    ///
    /// # Errors
    /// No byte is left.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    /// The next four bytes, lowest first.
    ///
    /// # Errors
    /// Fewer bytes are left.
    pub fn u32_fixed(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// The next varint.
    ///
    /// # Errors
    /// The bytes end early, or the number is not in its shortest form or too large.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.u8()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                return Err(Malformed::Varint);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let padded = byte == 0 && shift > 0;
                return if padded { Err(Malformed::Varint) } else { Ok(value) };
            }
        }
        Err(Malformed::Varint)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// Fewer bytes are left.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Fails unless everything was read.
    ///
    /// # Errors
    /// Bytes are left over.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_comes_back(value: u32, signed: i32) {
            let mut bytes = Vec::new();
            write_u32(&mut bytes, value);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.u32(), Ok(value));
            prop_assert_eq!(reader.finish(), Ok(()));
            prop_assert_eq!(unzigzag(zigzag(signed)), signed);
        }

        #[test]
        fn what_is_read_from_any_bytes_is_written_as_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..8)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.u32() {
                let mut again = Vec::new();
                write_u32(&mut again, value);
                prop_assert!(bytes.starts_with(&again));
            }
        }
    }

    #[test]
    fn long_forms_are_refused() {
        assert_eq!(Reader::new(&[0x80, 0x00]).u32(), Err(Malformed::Varint));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).u32(), Err(Malformed::Varint));
        assert_eq!(Reader::new(&[0x80]).u32(), Err(Malformed::Truncated));
    }
}
