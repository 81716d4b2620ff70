//! The residual of a state: what is left of it once its baseline is taken away.
//!
//! A residual is a change mask (bit n for field n) and one varint for each field that differs. The mask
//! travels apart from the numbers, so that entities that changed alike share it.

use super::{
    fields::{Coding, Replicate},
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

/// Appends the numbers of `new` against `base` and gives the change mask; 0 if they are equal. Both are of one kind.
pub fn diff<R: Replicate>(base: &R, new: &R, out: &mut Vec<u8>) -> u32 {
    debug_assert_eq!(base.kind(), new.kind(), "a state never changes its kind");
    let mut mask = 0;
    for (index, field) in new.fields().iter().enumerate() {
        let (old_value, new_value) = (base.get(index), new.get(index));
        if old_value != new_value {
            mask |= 1 << index;
            write_u32(out, encode(field.coding, old_value, new_value));
        }
    }
    mask
}

/// Changes `state` by the numbers of the fields in `mask`.
///
/// # Errors
/// The bytes end early, or hold a number, kind, field or value that cannot be.
pub fn apply<R: Replicate>(state: &mut R, mask: u32, reader: &mut Reader) -> Result<(), Malformed> {
    let fields = state.fields();
    if mask >> fields.len() != 0 {
        return Err(Malformed::Unknown);
    }
    for (index, field) in fields.iter().enumerate() {
        if mask & 1 << index != 0 {
            let value = decode(field.coding, state.get(index), reader.u32()?);
            state.set(index, value).ok_or(Malformed::Range)?;
        }
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
    let mut numbers = Vec::new();
    let mask = diff(base, new, &mut numbers);
    write_u32(out, mask);
    out.extend_from_slice(&numbers);
}

/// Reads what [`write_masked`] wrote, onto the baseline.
///
/// # Errors
/// The bytes end early, or hold a number, kind, field or value that cannot be.
pub fn read_masked<R: Replicate>(base: &mut R, reader: &mut Reader) -> Result<(), Malformed> {
    let mask = reader.u32()?;
    apply(base, mask, reader)
}
