//! Things for the eye alone: at most so many; beyond, the oldest give way. The memory is taken once.

/// At most `MAX` things.
#[derive(Debug)]
pub struct Pool<T, const MAX: usize> {
    things: Vec<T>,
    /// The next one to give way.
    next: usize,
}

impl<T, const MAX: usize> Default for Pool<T, MAX> {
    fn default() -> Self {
        Self { things: Vec::with_capacity(MAX), next: 0 }
    }
}

impl<T, const MAX: usize> Pool<T, MAX> {
    /// Adds one.
    pub fn add(&mut self, thing: T) {
        if self.things.len() < MAX {
            self.things.push(thing);
        } else {
            self.things[self.next % MAX] = thing;
            self.next += 1;
        }
    }

    /// Lets time pass for each; those for which `lives` is false end.
    pub fn advance(&mut self, lives: impl FnMut(&mut T) -> bool) {
        self.things.retain_mut(lives);
    }

    /// All that are there.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.things.iter()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.things.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a Pool<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_never_grows_and_the_oldest_give_way() {
        let mut pool = Pool::<usize, 8>::default();
        let memory = pool.things.capacity();
        (0..13).for_each(|number| pool.add(number));
        assert_eq!((pool.len(), pool.things.capacity()), (8, memory));
        assert!(pool.iter().all(|&number| number >= 5));
        pool.advance(|number| *number % 2 == 0);
        assert_eq!(pool.len(), 4);
    }
}
