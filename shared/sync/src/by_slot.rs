//! A value for each slot of the world, or for each id of a client: a list that grows to what is put in.

/// A value for each small number; [`Default`] where none was put in. It never shrinks.
#[derive(Clone, Debug, Default)]
pub(crate) struct BySlot<T> {
    values: Vec<T>,
}

impl<T: Copy + Default> BySlot<T> {
    /// With memory for numbers below `usual` from the start, so that a world at its usual size is no reason to grow.
    pub(crate) fn with_usual(usual: usize) -> Self {
        Self { values: vec![T::default(); usual] }
    }

    /// Puts in a value in place of what was there.
    #[inline]
    pub(crate) fn put(&mut self, slot: u32, value: T) {
        let index = slot as usize;
        if index >= self.values.len() {
            self.grow(index + 1);
        }
        self.values[index] = value;
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        self.values.resize(length, T::default());
    }

    /// The values of all numbers below `length` at least: a loop over it need not look whether to grow.
    #[inline]
    pub(crate) fn below(&mut self, length: usize) -> &mut [T] {
        if length > self.values.len() {
            self.grow(length);
        }
        &mut self.values
    }

    /// The value that was put in last.
    #[inline]
    pub(crate) fn get(&self, slot: u32) -> T {
        self.values.get(slot as usize).copied().unwrap_or_default()
    }

    /// The values from 0 on, up to the largest number that was ever put in at least.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.values.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_put_in_has_the_default() {
        let mut list = BySlot::<u16>::with_usual(2);
        list.put(5, 7);
        list.put(1, 3);
        list.put(1, 4);
        list.below(4)[1] += 0;
        assert_eq!([list.get(0), list.get(1), list.get(5), list.get(600)], [0, 4, 7, 0]);
        assert!(list.iter().eq([0, 4, 0, 0, 0, 7]));
    }
}
