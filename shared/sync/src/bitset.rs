//! Sets of small numbers (slots of the world, ids of a client), one bit each.

/// A set has memory for numbers below 64 times this from the start, so that a world at its usual size is no reason to grow.
const USUAL_WORDS: usize = 32;

/// A set of small numbers. It grows to the largest number that was ever put in, and never shrinks.
#[derive(Clone, Debug)]
pub struct Bitset {
    words: Vec<u64>,
}

impl Default for Bitset {
    fn default() -> Self {
        Self { words: Vec::with_capacity(USUAL_WORDS) }
    }
}

impl Bitset {
    /// Puts `index` in; true if it was not there.
    #[inline]
    pub fn insert(&mut self, index: u32) -> bool {
        let (word, bit) = place(index);
        if word >= self.words.len() {
            self.grow(word + 1);
        }
        let fresh = self.words[word] & bit == 0;
        self.words[word] |= bit;
        fresh
    }

    #[cold]
    fn grow(&mut self, words: usize) {
        self.words.resize(words, 0);
    }

    /// Takes `index` out; true if it was there.
    #[inline]
    pub fn remove(&mut self, index: u32) -> bool {
        let (word, bit) = place(index);
        let Some(word) = self.words.get_mut(word) else { return false };
        let present = *word & bit != 0;
        *word &= !bit;
        present
    }

    /// Whether `index` is in.
    #[inline]
    pub fn contains(&self, index: u32) -> bool {
        let (word, bit) = place(index);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Takes everything out and keeps the memory.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Whether nothing is in.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many numbers are in.
    pub fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The smallest number that is not in.
    pub fn first_absent(&self) -> u32 {
        let full = self.words.iter().take_while(|&&word| word == u64::MAX).count();
        let bit = self.words.get(full).map_or(0, |word| word.trailing_ones());
        full as u32 * 64 + bit
    }

    /// Puts in everything that is in both `left` and `right`.
    pub fn insert_common(&mut self, left: &Self, right: &Self) {
        let words = left.words.len().min(right.words.len());
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
        for ((word, left), right) in self.words.iter_mut().zip(&left.words).zip(&right.words) {
            *word |= left & right;
        }
    }

    /// Becomes the same as `other`, and keeps its memory.
    pub fn assign(&mut self, other: &Self) {
        self.words.clone_from(&other.words);
    }

    /// Puts in everything that is in `other`.
    #[inline]
    pub fn insert_all(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Takes out everything that is in `other`.
    #[inline]
    pub fn remove_all(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// The largest number that is in.
    pub fn last(&self) -> Option<u32> {
        let at = self.words.iter().rposition(|&word| word != 0)?;
        Some(at as u32 * 64 + self.words[at].ilog2())
    }

    /// The first `count` bytes of the set as a bitmap: bit 0 of the first byte is for 0. Numbers beyond what was put in are absent.
    pub fn bytes(&self, count: usize) -> impl Iterator<Item = u8> + '_ {
        let words = self.words.iter().copied().chain(core::iter::repeat(0));
        words.flat_map(u64::to_le_bytes).take(count)
    }

    /// Takes out everything that is not in `other`.
    #[inline]
    pub fn retain(&mut self, other: &Self) {
        let others = other.words.iter().copied().chain(core::iter::repeat(0));
        for (word, other) in self.words.iter_mut().zip(others) {
            *word &= other;
        }
    }

    /// The numbers that are in, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        bits(self.words.iter().copied())
    }

    /// The numbers that are in here and in `other`, smallest first.
    pub fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        bits(self.words.iter().zip(&other.words).map(|(left, right)| left & right))
    }

    /// The numbers that are in here and not in `other`, smallest first.
    pub fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        let others = other.words.iter().copied().chain(core::iter::repeat(0));
        bits(self.words.iter().zip(others).map(|(left, right)| left & !right))
    }
}

#[inline]
fn place(index: u32) -> (usize, u64) {
    (index as usize / 64, 1 << (index % 64))
}

fn bits(words: impl Iterator<Item = u64>) -> impl Iterator<Item = u32> {
    words.enumerate().flat_map(|(at, mut word)| {
        core::iter::from_fn(move || {
            let bit = (word != 0).then(|| word.trailing_zeros())?;
            word &= word - 1;
            Some(at as u32 * 64 + bit)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set_of(numbers: &BTreeSet<u32>) -> Bitset {
        let mut set = Bitset::default();
        for &number in numbers {
            set.insert(number);
        }
        set
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set(
            left in prop::collection::btree_set(0u32..300, 0..80),
            right in prop::collection::btree_set(0u32..300, 0..80),
            removed in 0u32..300,
        ) {
            let (mut a, b) = (set_of(&left), set_of(&right));
            prop_assert!(a.iter().eq(left.iter().copied()));
            prop_assert!(a.common(&b).eq(left.intersection(&right).copied()));
            prop_assert!(a.without(&b).eq(left.difference(&right).copied()));
            prop_assert_eq!(a.len() as usize, left.len());
            prop_assert_eq!(a.first_absent(), (0..301).find(|number| !left.contains(number)).unwrap());
            let mut both = Bitset::default();
            both.insert_common(&a, &b);
            prop_assert!(both.iter().eq(left.intersection(&right).copied()));
            let mut all = b.clone();
            all.assign(&a);
            all.insert_all(&b);
            prop_assert!(all.iter().eq(left.union(&right).copied()));
            all.remove_all(&b);
            prop_assert!(all.iter().eq(left.difference(&right).copied()));
            prop_assert_eq!(a.last(), left.last().copied());
            let bitmap: Vec<u8> = a.bytes(38).collect();
            prop_assert!((0..304).all(|at| (bitmap[at / 8] >> (at % 8) & 1 == 1) == left.contains(&(at as u32))));
            let mut kept = a.clone();
            kept.retain(&b);
            prop_assert!(kept.iter().eq(left.intersection(&right).copied()));
            prop_assert_eq!(a.remove(removed), left.contains(&removed));
            prop_assert!(!a.contains(removed));
        }
    }
}
