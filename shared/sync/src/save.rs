//! State as bytes and back: how a room is saved, moved and replayed.
//!
//! Saved bytes have one form only: what is equal is saved as equal bytes, so two rooms are equal exactly if their bytes are. Whoever reads
//! them trusts nothing: a length is checked against the bytes that are left before anything is taken by it.

use crate::replicate::{Malformed, Reader, Wire, unzigzag, write_u32, zigzag};

/// What can be saved. Implementations take a value apart with every field named (`let Self { a, b } = self`) and put it together in one
/// expression, so that a field that is forgotten does not compile.
///
/// ```
/// use tickwire_sync::{
///     replicate::{Malformed, Reader},
///     save::{Save, load, save},
/// };
///
/// #[derive(Debug, PartialEq)]
/// struct Fuse {
///     burning: bool,
///     left: u32,
/// }
///
/// impl Save for Fuse {
///     fn save(&self, out: &mut Vec<u8>) {
///         let Self { burning, left } = self;
///         burning.save(out);
///         left.save(out);
///     }
///
///     fn load(reader: &mut Reader) -> Result<Self, Malformed> {
///         Ok(Self { burning: Save::load(reader)?, left: Save::load(reader)? })
///     }
/// }
///
/// let fuse = Fuse { burning: true, left: 300 };
/// assert_eq!(load::<Fuse>(&save(&fuse)), Ok(fuse));
/// ```
pub trait Save: Sized {
    /// Appends the bytes. Equal values give equal bytes.
    fn save(&self, out: &mut Vec<u8>);
    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// The bytes end early or could not have been written by `save`.
    fn load(reader: &mut Reader) -> Result<Self, Malformed>;
}

/// Implements [`Save`] for structs, by their fields in the order in which they are named here. A field that is forgotten does not compile.
#[macro_export]
macro_rules! saved {
    ($($struct:ident { $($field:ident),+ $(,)? })+) => { $(
        impl $crate::save::Save for $struct {
            fn save(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($crate::save::Save::save($field, out);)+
            }

            fn load(reader: &mut $crate::replicate::Reader) -> Result<Self, $crate::replicate::Malformed> {
                Ok(Self { $($field: $crate::save::Save::load(reader)?),+ })
            }
        }
    )+ };
}

/// A value as bytes.
pub fn save<S: Save>(value: &S) -> Vec<u8> {
    let mut out = Vec::new();
    value.save(&mut out);
    out
}

/// The value that `bytes`, all of them, are of.
///
/// # Errors
/// The bytes are not of such a value, or more follow.
pub fn load<S: Save>(bytes: &[u8]) -> Result<S, Malformed> {
    let mut reader = Reader::new(bytes);
    let value = S::load(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The 64-bit FNV-1a hash of saved bytes: equal states have equal ones. Not against malice, only against mistakes.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Everything that a replicated field can hold, as its wire integer.
impl<W: Wire> Save for W {
    fn save(&self, out: &mut Vec<u8>) {
        write_u32(out, zigzag(self.to_wire()));
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Self::from_wire(unzigzag(reader.u32()?)).ok_or(Malformed::Range)
    }
}

impl Save for () {
    fn save(&self, _: &mut Vec<u8>) {}

    fn load(_: &mut Reader) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl Save for u32 {
    fn save(&self, out: &mut Vec<u8>) {
        write_u32(out, *self);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        reader.u32()
    }
}

/// As its upper and its lower half, each a varint: counters are small for a long time.
impl Save for u64 {
    fn save(&self, out: &mut Vec<u8>) {
        write_u32(out, (*self >> 32) as u32);
        write_u32(out, *self as u32);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(u64::from(reader.u32()?) << 32 | u64::from(reader.u32()?))
    }
}

/// Its bits, four bytes, lowest first.
impl Save for f32 {
    fn save(&self, out: &mut Vec<u8>) {
        out.extend(self.to_bits().to_le_bytes());
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        reader.u32_fixed().map(f32::from_bits)
    }
}

impl Save for glam::Vec2 {
    fn save(&self, out: &mut Vec<u8>) {
        let [x, y] = self.to_array();
        x.save(out);
        y.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self::new(f32::load(reader)?, f32::load(reader)?))
    }
}

impl<S: Save + Copy + Default, const N: usize> Save for [S; N] {
    fn save(&self, out: &mut Vec<u8>) {
        for element in self {
            element.save(out);
        }
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        let mut all = [S::default(); N];
        for element in &mut all {
            *element = S::load(reader)?;
        }
        Ok(all)
    }
}

impl<A: Save, B: Save> Save for (A, B) {
    fn save(&self, out: &mut Vec<u8>) {
        let (a, b) = self;
        a.save(out);
        b.save(out);
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        Ok((A::load(reader)?, B::load(reader)?))
    }
}

/// One byte, 0 or 1, and the value if there is one.
impl<S: Save> Save for Option<S> {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(self.is_some().into());
        if let Some(value) = self {
            value.save(out);
        }
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(None),
            1 => S::load(reader).map(Some),
            _ => Err(Malformed::Unknown),
        }
    }
}

/// The number of elements, and the elements. They may not be of a type that takes no bytes.
impl<S: Save> Save for Vec<S> {
    fn save(&self, out: &mut Vec<u8>) {
        write_u32(out, self.len() as u32);
        for element in self {
            element.save(out);
        }
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        let count = count(reader, 1)?;
        (0..count).map(|_| S::load(reader)).collect()
    }
}

/// Its length in bytes, and its UTF-8.
impl Save for String {
    fn save(&self, out: &mut Vec<u8>) {
        write_u32(out, self.len() as u32);
        out.extend_from_slice(self.as_bytes());
    }

    fn load(reader: &mut Reader) -> Result<Self, Malformed> {
        let length = count(reader, 1)?;
        let text = core::str::from_utf8(reader.bytes(length)?).map_err(|_| Malformed::Range)?;
        Ok(text.to_owned())
    }
}

/// Reads how many of something follow, of which each takes at least `bytes_min` bytes: more than can follow are refused here.
///
/// # Errors
/// No number, or one too large.
pub fn count(reader: &mut Reader, bytes_min: usize) -> Result<usize, Malformed> {
    let count = reader.u32()? as usize;
    if count <= reader.left() / bytes_min { Ok(count) } else { Err(Malformed::Truncated) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Everything = ((u32, u64), (Vec<(i32, bool)>, Option<(u16, String)>));

    proptest! {
        #[test]
        fn what_was_saved_comes_back(value: Everything, float: f32) {
            prop_assert_eq!(load::<Everything>(&save(&value)), Ok(value.clone()));
            let vector = glam::Vec2::new(float, -float);
            prop_assert_eq!(load::<[u32; 3]>(&save(&[value.0.0, 7, 300])), Ok([value.0.0, 7, 300]));
            prop_assert_eq!(save(&load::<glam::Vec2>(&save(&vector)).unwrap()), save(&vector));
        }

        #[test]
        fn what_is_read_from_any_bytes_is_saved_as_the_same_bytes(bytes in prop::collection::vec(0u8..8, 0..12)) {
            if let Ok(value) = load::<Everything>(&bytes) {
                prop_assert_eq!(save(&value), bytes);
            }
        }
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused_before_anything_is_taken() {
        assert_eq!(load::<Vec<u32>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]), Err(Malformed::Truncated));
        assert_eq!(load::<Vec<u32>>(&[2, 1, 2, 3]), Err(Malformed::Trailing));
    }
}
