//! A uniform grid over walls: which of them may touch a box, in their order, without asking each.

use glam::Vec2;

use crate::{map::WALLS_MAX, sweep::Rect};

/// Side of a cell in units, at least: some ships wide, so that a tick's way looks at a few cells.
const CELL: f32 = 128.0;
/// The most cells in a row or a column; on large maps they are larger.
const CELLS_MAX: f32 = 64.0;
const WORDS: usize = WALLS_MAX / 64;

/// Walls by number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct WallSet([u64; WORDS]);

impl WallSet {
    fn insert(&mut self, wall: usize) {
        self.0[wall / 64] |= 1 << (wall % 64);
    }

    fn insert_all(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// The numbers, lowest first.
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            core::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

/// The walls of each cell of an arena.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WallGrid {
    cell: f32,
    columns: usize,
    rows: usize,
    cells: Vec<WallSet>,
}

impl WallGrid {
    /// Of the first [`WALLS_MAX`] walls in an arena from (0, 0) to `size`.
    pub(crate) fn new(size: Vec2, walls: &[Rect]) -> Self {
        let cell = CELL.max(size.max_element() / CELLS_MAX);
        let (columns, rows) = ((size.x / cell) as usize + 1, (size.y / cell) as usize + 1);
        let mut grid = Self { cell, columns, rows, cells: vec![WallSet::default(); columns * rows] };
        for (number, wall) in walls.iter().enumerate().take(WALLS_MAX) {
            let (left, right) = grid.columns(wall.min.x, wall.max.x);
            let (top, bottom) = grid.rows(wall.min.y, wall.max.y);
            for row in top..=bottom {
                for column in left..=right {
                    grid.cells[row * columns + column].insert(number);
                }
            }
        }
        grid
    }

    fn columns(&self, low: f32, high: f32) -> (usize, usize) {
        let column = |x: f32| ((x / self.cell) as usize).min(self.columns - 1);
        (column(low), column(high))
    }

    fn rows(&self, low: f32, high: f32) -> (usize, usize) {
        let row = |y: f32| ((y / self.cell) as usize).min(self.rows - 1);
        (row(low), row(high))
    }

    /// All walls that touch the box from `low` to `high`, and some of their neighbours.
    pub(crate) fn near(&self, low: Vec2, high: Vec2) -> WallSet {
        let mut found = WallSet::default();
        if self.cells.is_empty() {
            return found;
        }
        let ((left, right), (top, bottom)) = (self.columns(low.x, high.x), self.rows(low.y, high.y));
        for row in top..=bottom {
            for cell in &self.cells[row * self.columns + left..=row * self.columns + right] {
                found.insert_all(cell);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn touches(wall: &Rect, low: Vec2, high: Vec2) -> bool {
        low.x <= wall.max.x && low.y <= wall.max.y && high.x >= wall.min.x && high.y >= wall.min.y
    }

    proptest! {
        #[test]
        fn no_wall_in_the_box_is_missed_and_they_come_in_order(
            (width, height) in (400.0f32..9000.0, 400.0f32..9000.0),
            walls in prop::collection::vec((0.0f32..1.0, 0.0f32..1.0, 0.0f32..1.0, 0.0f32..1.0), 0..80),
            (x, y, across, down) in (-0.2f32..1.2, -0.2f32..1.2, 0.0f32..0.3, 0.0f32..0.3),
        ) {
            let size = Vec2::new(width, height);
            let rects: Vec<Rect> = walls.iter().map(|&(x, y, across, down)| {
                let min = Vec2::new(x, y) * size;
                Rect { min, max: min + (size - min) * Vec2::new(across, down) }
            }).collect();
            let grid = WallGrid::new(size, &rects);
            let low = Vec2::new(x, y) * size;
            let high = low + Vec2::new(across, down) * size;
            let found: Vec<usize> = grid.near(low, high).iter().collect();
            prop_assert!(found.is_sorted());
            for (number, wall) in rects.iter().enumerate() {
                prop_assert!(!touches(wall, low, high) || found.contains(&number), "wall {number}");
            }
        }
    }
}
