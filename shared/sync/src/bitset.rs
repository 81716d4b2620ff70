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

    /// Makes room for all numbers below `length`.
    #[inline]
    pub fn widen(&mut self, length: usize) {
        let words = length.div_ceil(WORD_BITS as usize);
        if words > self.words.len() {
            self.grow(words);
        }
    }

    /// Puts in a number that there is room for: a loop over this need not look whether to grow.
    #[inline]
    pub fn insert_within(&mut self, index: u32) {
        let (word, bit) = place(index);
        self.words[word] |= bit;
    }

    /// Puts in several numbers.
    #[inline]
    pub fn insert_each(&mut self, indices: &[u32]) {
        for &index in indices {
            let (word, bit) = place(index);
            match self.words.get_mut(word) {
                Some(word) => *word |= bit,
                None => _ = self.insert(index),
            }
        }
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

    /// All numbers that were ever put in are below.
    pub fn capacity(&self) -> usize {
        self.words.len() * WORD_BITS as usize
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
        full as u32 * WORD_BITS + bit
    }

    /// Puts in everything that is in both `left` and `right`, and calls `fresh` with what was not there.
    #[inline]
    pub fn insert_common(&mut self, left: &Self, right: &Self, mut fresh: impl FnMut(u32)) {
        self.widen(left.capacity().min(right.capacity()));
        for (((word, left), right), at) in self.words.iter_mut().zip(&left.words).zip(&right.words).zip(0..) {
            let new = left & right & !*word;
            if new != 0 {
                *word |= new;
                bits([new].into_iter()).for_each(|bit| fresh(at * WORD_BITS + bit));
            }
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
        Some(at as u32 * WORD_BITS + self.words[at].ilog2())
    }

    /// Appends the first `count` bytes of the set as a bitmap: bit 0 of the first byte is for 0. Numbers beyond what was put in are absent.
    pub fn write_bytes(&self, out: &mut Vec<u8>, count: usize) {
        let end = out.len() + count;
        self.words.iter().take(count.div_ceil(8)).for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        out.resize(end, 0);
    }

    /// Takes out everything that is not in `other`.
    #[inline]
    pub fn retain(&mut self, other: &Self) {
        let common = self.words.len().min(other.words.len());
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
        self.words[common..].fill(0);
    }

    /// Puts in those of `others` that are not in yet and that `belongs` holds for.
    #[inline]
    pub fn insert_where(&mut self, others: &Self, mut belongs: impl FnMut(u32) -> bool) {
        if self.words.len() < others.words.len() {
            self.grow(others.words.len());
        }
        for ((word, others), at) in self.words.iter_mut().zip(&others.words).zip(0..) {
            let mut left = others & !*word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                if belongs(at * WORD_BITS + bit) {
                    *word |= 1 << bit;
                }
            }
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
        let others = |at: usize| other.words.get(at).copied().unwrap_or(0);
        bits(self.words.iter().enumerate().map(move |(at, word)| word & !others(at)))
    }
}

/// Bits of a word.
const WORD_BITS: u32 = u64::BITS;

#[inline]
fn place(index: u32) -> (usize, u64) {
    ((index / WORD_BITS) as usize, 1 << (index % WORD_BITS))
}

/// The numbers of the bits of words.
struct Bits<W> {
    words: W,
    /// What is left of the word that is gone through.
    word: u64,
    /// The number of its lowest bit.
    first: u32,
}

#[inline]
fn bits<W: Iterator<Item = u64>>(words: W) -> Bits<W> {
    Bits { words, word: 0, first: 0_u32.wrapping_sub(WORD_BITS) }
}

impl<W: Iterator<Item = u64>> Iterator for Bits<W> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.word == 0 {
            self.word = self.words.next()?;
            self.first = self.first.wrapping_add(WORD_BITS);
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(self.first + bit)
    }

    #[inline]
    fn fold<A, F: FnMut(A, u32) -> A>(self, start: A, mut take: F) -> A {
        let (mut folded, mut left, mut first) = (start, self.word, self.first);
        let mut words = self.words;
        loop {
            while left != 0 {
                folded = take(folded, first.wrapping_add(left.trailing_zeros()));
                left &= left - 1;
            }
            let Some(word) = words.next() else { return folded };
            left = word;
            first = first.wrapping_add(WORD_BITS);
        }
    }
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
            let (mut fresh, third) = (Vec::new(), |number: &u32| number.is_multiple_of(3));
            both.insert_where(&a, |number| third(&number));
            both.insert_common(&a, &b, |number| fresh.push(number));
            prop_assert!(both.iter().eq(left.iter().copied().filter(|number| third(number) || right.contains(number))));
            prop_assert!(fresh.into_iter().eq(left.intersection(&right).copied().filter(|number| !third(number))));
            let mut all = b.clone();
            all.assign(&a);
            all.insert_all(&b);
            prop_assert!(all.iter().eq(left.union(&right).copied()));
            all.remove_all(&b);
            prop_assert!(all.iter().eq(left.difference(&right).copied()));
            prop_assert_eq!(a.last(), left.last().copied());
            let mut bitmap = Vec::new();
            a.write_bytes(&mut bitmap, 37);
            a.write_bytes(&mut bitmap, 38);
            prop_assert_eq!(&bitmap[..37], &bitmap[37..74]);
            let bitmap = bitmap.split_off(37);
            prop_assert!((0..304).all(|at| (bitmap[at / 8] >> (at % 8) & 1 == 1) == left.contains(&(at as u32))));
            let mut kept = a.clone();
            kept.retain(&b);
            prop_assert!(kept.iter().eq(left.intersection(&right).copied()));
            kept.insert_where(&b, |number| number.is_multiple_of(3));
            prop_assert!(kept.iter().eq(right.iter().copied().filter(|number| number.is_multiple_of(3) || left.contains(number))));
            prop_assert_eq!(a.remove(removed), left.contains(&removed));
            prop_assert!(!a.contains(removed));
        }
    }
}
