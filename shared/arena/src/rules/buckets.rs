//! A coarse uniform grid over circles, filled anew each tick: who may be near a place, without asking everybody.

use glam::Vec2;

/// Side of a cell in units: some ships wide, so that a query looks at a few cells.
const CELL: f32 = 128.0;

/// Indices of points by cell. Its memory is kept from tick to tick.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    columns: usize,
    rows: usize,
    /// Where each cell's items begin; one more than there are cells.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Buckets {
    /// Sorts `points` into cells of an arena from (0, 0) to `size`; outside points count to the nearest cell.
    pub(crate) fn fill(&mut self, size: Vec2, points: impl Iterator<Item = Vec2> + Clone) {
        self.columns = (size.x / CELL) as usize + 1;
        self.rows = (size.y / CELL) as usize + 1;
        self.starts.clear();
        self.starts.resize(self.columns * self.rows + 1, 0);
        let mut number = 0;
        for point in points.clone() {
            let cell = self.cell(point);
            self.starts[cell] += 1;
            number += 1;
        }
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        self.items.clear();
        self.items.resize(number, 0);
        for (index, point) in points.enumerate() {
            let cell = self.cell(point);
            self.starts[cell] -= 1;
            self.items[self.starts[cell] as usize] = index as u32;
        }
    }

    fn column(&self, x: f32) -> usize {
        ((x / CELL) as usize).min(self.columns - 1)
    }

    fn row(&self, y: f32) -> usize {
        ((y / CELL) as usize).min(self.rows - 1)
    }

    fn cell(&self, point: Vec2) -> usize {
        self.row(point.y) * self.columns + self.column(point.x)
    }

    /// Adds to `found` whoever may lie between `low` and `high`.
    pub(crate) fn add_near(&self, low: Vec2, high: Vec2, found: &mut Vec<u32>) {
        let (left, right) = (self.column(low.x), self.column(high.x));
        for row in self.row(low.y)..=self.row(high.y) {
            let cells = row * self.columns;
            let (start, end) = (self.starts[cells + left], self.starts[cells + right + 1]);
            found.extend_from_slice(&self.items[start as usize..end as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nobody_in_the_box_is_missed(
            points in prop::collection::vec((-50.0f32..1050.0, -50.0f32..850.0), 0..60),
            x in -100.0f32..1000.0, y in -100.0f32..800.0, width in 0.0f32..400.0, height in 0.0f32..400.0,
        ) {
            let points: Vec<Vec2> = points.into_iter().map(Vec2::from).collect();
            let (low, high) = (Vec2::new(x, y), Vec2::new(x + width, y + height));
            let mut buckets = Buckets::default();
            buckets.fill(Vec2::new(1000.0, 800.0), points.iter().copied());
            let mut found = Vec::new();
            buckets.add_near(low, high, &mut found);
            for (index, point) in points.iter().enumerate() {
                let inside = point.clamp(low, high) == *point;
                prop_assert!(!inside || found.contains(&(index as u32)));
            }
        }
    }
}
