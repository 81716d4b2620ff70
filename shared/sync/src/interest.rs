//! What a client can see: a uniform grid over everything that has a place, sorted anew each tick.
//!
//! A view covers whole cells, so it is a little larger than it must be. An entity comes into view within [`ENTER_MARGIN`] of its edge and
//! leaves it beyond [`LEAVE_MARGIN`], so that one on the border does not come and go.

use core::ops::RangeInclusive;

use crate::{
    PlayerNumber,
    bitset::Bitset,
    game::{Game, Place, Sight},
    protocol::Watched,
    server::Room,
    world::EntityKey,
};

/// Beyond a view's edge, an entity this near comes into view, in units: before it can be seen.
pub const ENTER_MARGIN: f32 = 100.0;
/// Beyond a view's edge, an entity that was in view stays there up to here, in units.
pub const LEAVE_MARGIN: f32 = 220.0;
/// A view's reach is so many cells: few ranges to look at, and not much beyond the view.
const CELLS_PER_REACH: f32 = 6.0;
/// The most cells in a row or in a column.
const CELLS_MAX: f32 = 256.0;

const _: () = assert!(LEAVE_MARGIN > ENTER_MARGIN);

/// Of a slot that has no place.
const NOWHERE: u32 = u32::MAX;
/// Of a slot whose entity is known everywhere.
const EVERYWHERE: u32 = u32::MAX - 1;

/// What a client looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Viewpoint {
    /// Its own avatar, or where that was last.
    Own,
    /// Another player's avatar, as far as it may see it; else, what it saw before.
    Follow(PlayerNumber),
    /// Everything, wherever it is.
    All,
}

impl From<Watched> for Viewpoint {
    fn from(watched: Watched) -> Self {
        match watched {
            Watched::Everything => Self::All,
            Watched::Player(player) => Self::Follow(player),
        }
    }
}

/// Everything that has a place, by cell; kept from tick to tick for its memory.
#[derive(Debug)]
pub(crate) struct Interest {
    sight: Sight,
    cell: (f32, f32),
    columns: i32,
    rows: i32,
    /// For each slot its cell, [`NOWHERE`] or [`EVERYWHERE`].
    cell_of: Vec<u32>,
    everywhere: Bitset,
    /// Slots of what the game hides from somebody.
    hidden: Bitset,
    /// Where each cell's slots begin in `slots`; one more than there are cells.
    starts: Vec<u32>,
    slots: Vec<u32>,
    /// Whether `starts` and `slots` are of this tick: ticks in which nothing is sent need none.
    sorted: bool,
    /// Whether it has gone through the whole world once: what was there before the first tick, and rests, never stirs.
    surveyed: bool,
}

impl Interest {
    /// An empty grid for a room's rules.
    pub(crate) fn new<G: Game>(rules: &G::Rules) -> Self {
        Self::with_sight(G::sight(rules))
    }

    fn with_sight(sight: Sight) -> Self {
        let cells = |size: f32, reach: f32| {
            let wanted = if reach > 0.0 { size * CELLS_PER_REACH / reach } else { 1.0 };
            wanted.clamp(1.0, CELLS_MAX).floor()
        };
        let (columns, rows) = (cells(sight.size.0, sight.reach.0), cells(sight.size.1, sight.reach.1));
        Self {
            sight,
            cell: (sight.size.0.max(1.0) / columns, sight.size.1.max(1.0) / rows),
            columns: columns as i32,
            rows: rows as i32,
            cell_of: Vec::new(),
            everywhere: Bitset::default(),
            hidden: Bitset::default(),
            starts: Vec::new(),
            slots: Vec::new(),
            sorted: false,
            surveyed: false,
        }
    }

    /// Follows what the room's last tick moved. To be called once after every tick.
    pub(crate) fn follow<G: Game>(&mut self, room: &Room<G>) {
        self.sorted = false;
        for death in room.world.deaths() {
            self.forget(death.slot);
        }
        if core::mem::replace(&mut self.surveyed, true) {
            room.world.stirring().for_each(|(key, state)| self.settle::<G>(key, state));
        } else {
            room.world.iter().for_each(|(key, state)| self.settle::<G>(key, state));
        }
    }

    fn forget(&mut self, slot: u32) {
        if let Some(cell) = self.cell_of.get_mut(slot as usize) {
            *cell = NOWHERE;
        }
        self.everywhere.remove(slot);
        self.hidden.remove(slot);
    }

    fn settle<G: Game>(&mut self, key: EntityKey, state: &G::Entity) {
        let slot = key.slot();
        if slot as usize >= self.cell_of.len() {
            self.cell_of.resize(slot as usize + 1, NOWHERE);
        }
        let cell = match G::place(state) {
            Some(place) => self.cell_at(place.x, place.y),
            None => EVERYWHERE,
        };
        self.cell_of[slot as usize] = cell;
        if cell == EVERYWHERE {
            self.everywhere.insert(slot);
        }
        if G::hides(state, None) {
            self.hidden.insert(slot);
        } else {
            self.hidden.remove(slot);
        }
    }

    fn cell_at(&self, x: f32, y: f32) -> u32 {
        let column = ((x / self.cell.0) as i32).clamp(0, self.columns - 1);
        let row = ((y / self.cell.1) as i32).clamp(0, self.rows - 1);
        (row * self.columns + column) as u32
    }

    /// Counting sort of all slots by cell.
    fn sort(&mut self) {
        let cells = (self.columns * self.rows) as usize;
        self.starts.clear();
        self.starts.resize(cells + 1, 0);
        let mut placed = 0;
        for &cell in &self.cell_of {
            if let Some(start) = self.starts.get_mut(cell as usize) {
                *start += 1;
                placed += 1;
            }
        }
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        self.slots.resize(placed, 0);
        for (slot, &cell) in self.cell_of.iter().enumerate() {
            if let Some(start) = self.starts.get_mut(cell as usize) {
                *start -= 1;
                self.slots[*start as usize] = slot as u32;
            }
        }
        self.sorted = true;
    }

    /// Puts into `visible` what a client sees that holds `known` and looks at `centre`; all that lives where there is no centre. Hidden
    /// entities of others are left out.
    pub(crate) fn see<G: Game>(
        &mut self,
        room: &Room<G>,
        (centre, player): (Option<Place>, Option<PlayerNumber>),
        known: &Bitset,
        visible: &mut Bitset,
    ) {
        visible.clear();
        match centre {
            None => visible.insert_all(room.world.alive()),
            Some(centre) => {
                if !self.sorted {
                    self.sort();
                }
                self.cover(centre, LEAVE_MARGIN, visible);
                visible.retain(known);
                self.cover(centre, ENTER_MARGIN, visible);
                visible.insert_all(&self.everywhere);
            }
        }
        for slot in self.hidden.iter() {
            if visible.contains(slot) {
                let state = room.world.key_of(slot).and_then(|key| room.world.get(key));
                if state.is_none_or(|state| G::hides(state, player)) {
                    visible.remove(slot);
                }
            }
        }
    }

    /// Whether a view around `centre` covers a place.
    pub(crate) fn covers(&self, centre: Place, x: f32, y: f32) -> bool {
        let cell = self.cell_at(x, y) as i32;
        let (columns, rows) = self.cells_around(centre, ENTER_MARGIN);
        columns.contains(cell % self.columns) && rows.contains(cell / self.columns)
    }

    /// How far a place lies from where somebody looks: 1 at the edge of the view.
    pub(crate) fn remoteness(&self, from: Place, to: Place) -> f32 {
        self.sight.remoteness(from, to)
    }

    fn cover(&self, centre: Place, margin: f32, visible: &mut Bitset) {
        let (columns, rows) = self.cells_around(centre, margin);
        for row in rows.parts().into_iter().flatten() {
            for row in row {
                for part in columns.parts().into_iter().flatten() {
                    let cells = row * self.columns;
                    let (first, last) = ((cells + part.start()) as usize, (cells + part.end()) as usize);
                    let (start, end) = (self.starts[first], self.starts[last + 1]);
                    for &slot in &self.slots[start as usize..end as usize] {
                        visible.insert(slot);
                    }
                }
            }
        }
    }

    fn cells_around(&self, centre: Place, margin: f32) -> (Span, Span) {
        let span = |at: f32, reach: f32, cell: f32, total: i32| {
            let (low, high) = ((at - reach - margin) / cell, (at + reach + margin) / cell);
            Span::new(low.floor() as i32, high.floor() as i32, total, self.sight.wraps)
        };
        let (reach_x, reach_y) = self.sight.reach;
        (span(centre.x, reach_x, self.cell.0, self.columns), span(centre.y, reach_y, self.cell.1, self.rows))
    }
}

/// Neighbouring rows or columns, perhaps over the edge of a world that wraps.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: i32,
    count: i32,
    total: i32,
}

impl Span {
    fn new(low: i32, high: i32, total: i32, wraps: bool) -> Self {
        if wraps {
            let count = (high - low + 1).min(total);
            return Self { first: low.rem_euclid(total), count, total };
        }
        let (low, high) = (low.clamp(0, total - 1), high.clamp(0, total - 1));
        Self { first: low, count: high - low + 1, total }
    }

    fn contains(self, at: i32) -> bool {
        (at - self.first).rem_euclid(self.total) < self.count
    }

    /// Up to the edge, and what goes on behind it.
    fn parts(self) -> [Option<RangeInclusive<i32>>; 2] {
        let end = self.first + self.count - 1;
        let over = end - self.total;
        [Some(self.first..=end.min(self.total - 1)), (over >= 0).then_some(0..=over)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(from: f32, to: f32, size: f32, wraps: bool) -> f32 {
        let way = (from - to).abs();
        if wraps { way.min(size - way) } else { way }
    }

    proptest! {
        #[test]
        fn a_view_covers_all_that_is_near_and_nothing_that_is_far(
            wraps in any::<bool>(),
            (width, height) in (400.0f32..9000.0, 400.0f32..9000.0),
            (reach_x, reach_y) in (50.0f32..1500.0, 50.0f32..1500.0),
            places in prop::collection::vec((0.0f32..1.0, 0.0f32..1.0), 1..40),
            (x, y) in (0.0f32..1.0, 0.0f32..1.0),
        ) {
            let sight = Sight { size: (width, height), wraps, reach: (reach_x, reach_y) };
            let mut interest = Interest::with_sight(sight);
            interest.cell_of = places.iter().map(|&(x, y)| interest.cell_at(x * width, y * height)).collect();
            interest.sort();
            let centre = Place { x: x * width, y: y * height, speed: 0.0 };
            let mut visible = Bitset::default();
            interest.cover(centre, ENTER_MARGIN, &mut visible);
            for (slot, &(x, y)) in places.iter().enumerate() {
                let (x, y) = (x * width, y * height);
                let (off_x, off_y) = (near(x, centre.x, width, wraps), near(y, centre.y, height, wraps));
                let (edge_x, edge_y) = (reach_x + ENTER_MARGIN, reach_y + ENTER_MARGIN);
                let seen = visible.contains(slot as u32);
                let slack = 0.01;
                prop_assert!(seen || off_x > edge_x - slack || off_y > edge_y - slack, "({x}, {y}) is near");
                let (cell_x, cell_y) = interest.cell;
                prop_assert!(!seen || (off_x < edge_x + cell_x + slack && off_y < edge_y + cell_y + slack), "({x}, {y}) is far");
                prop_assert_eq!(seen, interest.covers(centre, x, y));
            }
        }
    }
}
