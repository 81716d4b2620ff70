//! The residual of a state: what is left of it once its baseline is taken away.
//!
//! A residual is a change mask (bit n for field n) and one varint for each field that differs. The mask
//! travels apart from the numbers, so that entities that changed alike share it.

use super::{
    fields::{Coding, FIELDS_MAX, Replicate},
    varint::{Malformed, Reader, unzigzag, write_u32, zigzag},
};
use crate::grid::wrap;

fn encode(coding: Coding, base: i32, new: i32) -> u32 {
    let difference = new.wrapping_sub(base);
    match coding {
        Coding::Linear => zigzag(difference),
        Coding::Angle { bits } => zigzag(wrap(difference, bits)),
        Coding::Packed { low_bits } => {
            let high = (new ^ base) as u32 >> low_bits;
            high << low_bits | zigzag(wrap(difference, low_bits))
        }
    }
}

fn decode(coding: Coding, base: i32, residual: u32) -> i32 {
    match coding {
        Coding::Linear => base.wrapping_add(unzigzag(residual)),
        Coding::Angle { bits } => base.wrapping_add(unzigzag(residual)) & ((1 << bits) - 1),
        Coding::Packed { low_bits } => {
            let low_mask = (1 << low_bits) - 1;
            let low = base.wrapping_add(unzigzag(residual & low_mask as u32)) & low_mask;
            let high = (base as u32 ^ residual) & !(low_mask as u32);
            high as i32 | low
        }
    }
}

/// The wire integers of a state's fields, and 0 beyond.
#[inline]
fn values_of<R: Replicate>(state: &R) -> [i32; FIELDS_MAX] {
    let (mut values, mut count) = ([0; FIELDS_MAX], 0);
    state.each(|value| {
        values[count] = value;
        count += 1;
    });
    values
}

/// The largest number that half a byte holds in a narrow group; 0 never stands there.
pub(crate) const NARROW_MAX: u32 = 16;

/// A residual in numbers: one for each field that differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    mask: u32,
    count: usize,
    values: [u32; FIELDS_MAX],
}

impl Numbers {
    /// What is left of `new` once `base` is taken away. Both are of one kind.
    pub(crate) fn between<R: Replicate>(base: &R, new: &R) -> Self {
        debug_assert_eq!(base.kind(), new.kind(), "a state never changes its kind");
        let (old, new_values) = (values_of(base), values_of(new));
        let differs = |index: usize| u32::from(old[index] != new_values[index]) << index;
        let mask = (0..FIELDS_MAX).map(differs).sum();
        let mut all = Self { mask, count: 0, values: [0; FIELDS_MAX] };
        let mut left = mask;
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            left &= left - 1;
            all.values[all.count] = encode(new.fields()[index].coding, old[index], new_values[index]);
            all.count += 1;
        }
        all
    }

    /// Bit n for field n.
    pub(crate) fn mask(&self) -> u32 {
        self.mask
    }

    fn values(&self) -> &[u32] {
        &self.values[..self.count]
    }

    /// Whether half a byte holds each number.
    pub(crate) fn are_narrow(&self) -> bool {
        self.values().iter().all(|number| (1..=NARROW_MAX).contains(number))
    }

    /// Appends the numbers as varints.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.values().iter().for_each(|&number| write_u32(out, number));
    }

    /// Appends the half byte of each number, in a byte of its own.
    pub(crate) fn write_narrow(&self, out: &mut Vec<u8>) {
        out.extend(self.values().iter().map(|&number| (number - 1) as u8));
    }
}

/// Appends the numbers of `new` against `base` and gives the change mask; 0 if they are equal. Both are of one kind.
pub fn diff<R: Replicate>(base: &R, new: &R, out: &mut Vec<u8>) -> u32 {
    let numbers = Numbers::between(base, new);
    numbers.write(out);
    numbers.mask()
}

/// Changes `state` by the numbers of the fields in `mask`.
///
/// # Errors
/// The bytes end early, or hold a number, kind, field or value that cannot be.
pub fn apply<R: Replicate>(state: &mut R, mask: u32, reader: &mut Reader) -> Result<(), Malformed> {
    apply_numbers(state, mask, || reader.u32())
}

/// The same for numbers from anywhere.
pub(crate) fn apply_numbers<R: Replicate>(
    state: &mut R,
    mask: u32,
    mut next: impl FnMut() -> Result<u32, Malformed>,
) -> Result<(), Malformed> {
    let fields = state.fields();
    if mask >> fields.len() != 0 {
        return Err(Malformed::Unknown);
    }
    let mut left = mask;
    while left != 0 {
        let index = left.trailing_zeros() as usize;
        left &= left - 1;
        let value = decode(fields[index].coding, state.get(index), next()?);
        state.set(index, value).ok_or(Malformed::Range)?;
    }
    Ok(())
}

/// Appends kind, mask and numbers of a whole state, for a reader that has no baseline.
pub fn write_whole<R: Replicate>(state: &R, out: &mut Vec<u8>) {
    let zero = R::zero(state.kind()).expect("a state's own kind exists");
    out.push(state.kind());
    write_masked(&zero, state, out);
}

/// Reads what [`write_whole`] wrote.
///
/// # Errors
/// The bytes end early, or hold a number, kind, field or value that cannot be.
pub fn read_whole<R: Replicate>(reader: &mut Reader) -> Result<R, Malformed> {
    let mut state = R::zero(reader.u8()?).ok_or(Malformed::Unknown)?;
    read_masked(&mut state, reader)?;
    Ok(state)
}

/// Appends the mask and then the numbers of `new` against `base`.
pub fn write_masked<R: Replicate>(base: &R, new: &R, out: &mut Vec<u8>) {
    let numbers = Numbers::between(base, new);
    write_u32(out, numbers.mask());
    numbers.write(out);
}

/// Reads what [`write_masked`] wrote, onto the baseline.
///
/// # Errors
/// The bytes end early, or hold a number, kind, field or value that cannot be.
pub fn read_masked<R: Replicate>(base: &mut R, reader: &mut Reader) -> Result<(), Malformed> {
    let mask = reader.u32()?;
    apply(base, mask, reader)
}
