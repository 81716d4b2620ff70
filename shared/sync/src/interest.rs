//! What a client can see: a uniform grid over everything that has a place. What moves is sorted anew each tick; what rests, only after some of it
//! has woken, come to rest or ended. A client whose view covers the same cells as a tick before takes over what rested there.
//!
//! A view covers whole cells, so it is a little larger than it must be. An entity comes into view within [`ENTER_MARGIN`] of its edge and
//! leaves it beyond [`LEAVE_MARGIN`], so that one on the border does not come and go.

use core::ops::RangeInclusive;

use crate::{
    PlayerNumber,
    bitset::Bitset,
    by_slot::BySlot,
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
const _: () = assert!((CELLS_MAX as u32) < u16::MAX as u32, "a cell's column and row fit 16 bits");

/// Which cell a slot's entity is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    column: u16,
    row: u16,
}

impl Cell {
    /// The slot is free.
    const NOWHERE: Self = Self { column: u16::MAX, row: u16::MAX };
    /// The slot's entity has no place, so that everybody knows it.
    const EVERYWHERE: Self = Self { column: u16::MAX, row: 0 };

    /// Where it stands among all cells, row by row; `None` if it is none.
    #[inline]
    fn index(self, columns: i32) -> Option<usize> {
        (self.column != u16::MAX).then(|| usize::from(self.row) * columns as usize + usize::from(self.column))
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::NOWHERE
    }
}

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
    cell_of: BySlot<Cell>,
    everywhere: Bitset,
    /// Slots of what the game hides from somebody.
    hidden: Bitset,
    /// Slots of what did not sleep through this tick, and through the one before.
    awake: Bitset,
    awake_before: Bitset,
    /// Slots of what woke, came to rest or ended in this tick, some of them twice.
    turned: Vec<u32>,
    /// Counts the ticks that were followed.
    version: u64,
    /// What moves and what rests, sorted when the first client needs it: ticks in which nothing is sent need neither.
    moving: Sorted,
    resting: Sorted,
    /// Whether it has gone through the whole world once: what was there before the first tick, and rests, never stirs.
    surveyed: bool,
}

/// Slots by cell.
#[derive(Debug, Default)]
struct Sorted {
    /// Where each cell's slots begin in `slots`; one more than there are cells.
    starts: Vec<u32>,
    slots: Vec<u32>,
    /// Whether they are of this tick.
    current: bool,
}

impl Sorted {
    /// Counting sort of slots with the index of each one's cell.
    fn sort<I: Iterator<Item = (u32, usize)>>(&mut self, cells: usize, placed: impl Fn() -> I) {
        self.starts.clear();
        self.starts.resize(cells + 1, 0);
        placed().for_each(|(_, index)| self.starts[index] += 1);
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        self.slots.resize(end as usize, 0);
        for (slot, index) in placed() {
            let start = &mut self.starts[index];
            *start -= 1;
            self.slots[*start as usize] = slot;
        }
        self.current = true;
    }

    /// Puts into `visible` what is in the cells of some columns and rows, where a row has `width` cells.
    fn cover(&self, width: i32, (columns, rows): (Span, Span), visible: &mut Bitset) {
        for row in rows.parts().into_iter().flatten() {
            for row in row {
                for part in columns.parts().into_iter().flatten() {
                    let (first, last) = ((row * width + part.start()) as usize, (row * width + part.end()) as usize);
                    let (start, end) = (self.starts[first], self.starts[last + 1]);
                    visible.insert_each(&self.slots[start as usize..end as usize]);
                }
            }
        }
    }
}

/// What rests in a client's view; kept from tick to tick, since mostly it is the same.
#[derive(Debug, Default)]
pub(crate) struct Resting {
    slots: Bitset,
    /// The tick that it is of, as [`Interest::version`]; 0 if it is of none.
    version: u64,
    /// The columns and rows that the view covers.
    view: Option<(Span, Span)>,
}

/// Room for so many that wake, come to rest or end in a tick is there from the start.
const USUAL_TURNED: usize = 2048;

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
            cell_of: BySlot::default(),
            everywhere: Bitset::default(),
            hidden: Bitset::default(),
            awake: Bitset::default(),
            awake_before: Bitset::default(),
            turned: Vec::with_capacity(USUAL_TURNED),
            version: 1,
            moving: Sorted::default(),
            resting: Sorted::default(),
            surveyed: false,
        }
    }

    /// Follows what the room's last tick moved. To be called once after every tick.
    pub(crate) fn follow<G: Game>(&mut self, room: &Room<G>) {
        self.begin();
        for death in room.world.deaths() {
            self.forget(death.slot);
        }
        if !core::mem::replace(&mut self.surveyed, true) {
            room.world.iter().for_each(|(key, state)| self.settle::<G>(key, state));
        }
        for (key, state) in room.world.stirring() {
            self.settle::<G>(key, state);
            self.awake.insert(key.slot());
        }
        self.finish();
    }

    fn begin(&mut self) {
        self.version += 1;
        self.turned.clear();
        core::mem::swap(&mut self.awake, &mut self.awake_before);
        self.awake.clear();
    }

    /// Notes who turned, once it is known who is awake.
    fn finish(&mut self) {
        let (awake, before) = (&self.awake, &self.awake_before);
        self.turned.extend(before.without(awake).chain(awake.without(before)));
        self.moving.current = false;
        self.resting.current &= self.turned.is_empty();
    }

    fn forget(&mut self, slot: u32) {
        self.turned.push(slot);
        self.cell_of.put(slot, Cell::NOWHERE);
        self.everywhere.remove(slot);
        self.hidden.remove(slot);
    }

    fn settle<G: Game>(&mut self, key: EntityKey, state: &G::Entity) {
        let slot = key.slot();
        let cell = match G::place(state) {
            Some(place) => self.cell_at(place.x, place.y),
            None => Cell::EVERYWHERE,
        };
        self.cell_of.put(slot, cell);
        if cell == Cell::EVERYWHERE {
            self.everywhere.insert(slot);
        }
        if G::hides(state, None) {
            self.hidden.insert(slot);
        } else {
            self.hidden.remove(slot);
        }
    }

    fn cell_at(&self, x: f32, y: f32) -> Cell {
        let column = ((x / self.cell.0) as i32).clamp(0, self.columns - 1);
        let row = ((y / self.cell.1) as i32).clamp(0, self.rows - 1);
        Cell { column: column as u16, row: row as u16 }
    }

    fn sort_moving(&mut self) {
        if self.moving.current {
            return;
        }
        let Self { moving, awake, cell_of, columns, rows, .. } = self;
        let cells = (*columns * *rows) as usize;
        moving.sort(cells, || awake.iter().filter_map(|slot| Some((slot, cell_of.get(slot).index(*columns)?))));
    }

    fn sort_resting(&mut self) {
        if self.resting.current {
            return;
        }
        let Self { resting, awake, cell_of, columns, rows, .. } = self;
        let cells = (*columns * *rows) as usize;
        let rests = |(slot, cell): (u32, Cell)| Some((slot, cell.index(*columns).filter(|_| !awake.contains(slot))?));
        resting.sort(cells, || (0..).zip(cell_of.iter()).filter_map(rests));
    }

    /// Brings what rests in a view up to this tick.
    fn bring_up(&mut self, resting: &mut Resting, view: (Span, Span)) {
        let (version, same) = (core::mem::replace(&mut resting.version, self.version), resting.view == Some(view));
        if same && version + 1 == self.version {
            for &slot in &self.turned {
                let cell = self.cell_of.get(slot);
                if view.0.contains(cell.column) && view.1.contains(cell.row) && !self.awake.contains(slot) {
                    resting.slots.insert(slot);
                } else {
                    resting.slots.remove(slot);
                }
            }
        } else if !same || version != self.version {
            resting.view = Some(view);
            resting.slots.clear();
            self.sort_resting();
            self.resting.cover(self.columns, view, &mut resting.slots);
        }
    }

    /// Puts into `visible` what has a place in a view.
    fn cover(&mut self, view: (Span, Span), resting: &mut Resting, visible: &mut Bitset) {
        self.bring_up(resting, view);
        visible.assign(&resting.slots);
        self.sort_moving();
        self.moving.cover(self.columns, view, visible);
    }

    /// Makes `visible` what a client sees that holds `known` and looks at `centre`; all that lives where there is no centre. Hidden entities of
    /// others are left out. `resting` is the client's own.
    pub(crate) fn see<G: Game>(
        &mut self,
        room: &Room<G>,
        (centre, player): (Option<Place>, Option<PlayerNumber>),
        known: &Bitset,
        (resting, visible): (&mut Resting, &mut Bitset),
    ) {
        match centre {
            None => visible.assign(room.world.alive()),
            Some(centre) => {
                self.cover(self.cells_around(centre, ENTER_MARGIN), resting, visible);
                visible.insert_all(&self.everywhere);
                self.keep_near(centre, known, visible);
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
        let (columns, rows) = self.cells_around(centre, ENTER_MARGIN);
        let Cell { column, row } = self.cell_at(x, y);
        columns.contains(column) && rows.contains(row)
    }

    /// How far a place lies from where somebody looks: 1 at the edge of the view.
    pub(crate) fn remoteness(&self, from: Place, to: Place) -> f32 {
        self.sight.remoteness(from, to)
    }

    /// Keeps in view what is known and not beyond [`LEAVE_MARGIN`]: few are, of those that did not come into view anyway.
    fn keep_near(&self, centre: Place, known: &Bitset, visible: &mut Bitset) {
        let (columns, rows) = self.cells_around(centre, LEAVE_MARGIN);
        visible.insert_where(known, |slot| {
            let cell = self.cell_of.get(slot);
            columns.contains(cell.column) && rows.contains(cell.row)
        });
    }

    fn cells_around(&self, centre: Place, margin: f32) -> (Span, Span) {
        let span = |at: f32, reach: f32, cell: f32, total: i32| {
            let (low, high) = ((at - reach - margin) / cell, (at + reach + margin) / cell);
            Span::new(floor(low), floor(high), total, self.sight.wraps)
        };
        let (reach_x, reach_y) = self.sight.reach;
        (span(centre.x, reach_x, self.cell.0, self.columns), span(centre.y, reach_y, self.cell.1, self.rows))
    }
}

/// The largest integer that is not above; `f32::floor` is a call where the processor is not known to have it.
fn floor(value: f32) -> i32 {
    let towards_zero = value as i32;
    towards_zero - i32::from(towards_zero as f32 > value)
}

/// Neighbouring rows or columns, perhaps over the edge of a world that wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    #[inline]
    fn contains(self, at: u16) -> bool {
        let offset = i32::from(at) - self.first;
        let offset = if offset < 0 { offset + self.total } else { offset };
        offset < self.count
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
            for (slot, &(x, y)) in (0..).zip(&places) {
                let cell = interest.cell_at(x * width, y * height);
                interest.cell_of.put(slot, cell);
            }
            let centre = Place { x: x * width, y: y * height, speed: 0.0 };
            let mut visible = Bitset::default();
            interest.cover(interest.cells_around(centre, ENTER_MARGIN), &mut Resting::default(), &mut visible);
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

        /// Each tick, some slots are said to stir at a place, some to end, and the client looks on, looks elsewhere, or is left out.
        #[test]
        fn what_rests_is_seen_as_if_it_were_looked_for_anew(
            wraps in any::<bool>(),
            ticks in prop::collection::vec(
                (
                    prop::collection::vec((0u32..24, 0.0f32..1.0, 0.0f32..1.0), 0..6),
                    prop::collection::vec(0u32..24, 0..3),
                    prop::option::of(prop::option::weighted(0.3, (0.0f32..1.0, 0.0f32..1.0))),
                ),
                1..40,
            ),
        ) {
            const SIDE: f32 = 3000.0;
            let mut interest = Interest::with_sight(Sight { size: (SIDE, SIDE), wraps, reach: (500.0, 300.0) });
            let (mut resting, mut visible) = (Resting::default(), Bitset::default());
            let mut centre = Place::default();
            for (stirring, ending, look) in ticks {
                interest.begin();
                for slot in ending {
                    interest.forget(slot);
                }
                for (slot, x, y) in stirring {
                    interest.cell_of.put(slot, interest.cell_at(x * SIDE, y * SIDE));
                    interest.awake.insert(slot);
                }
                interest.finish();
                let Some(moved) = look else { continue };
                if let Some((x, y)) = moved {
                    centre = Place { x: x * SIDE, y: y * SIDE, speed: 0.0 };
                }
                let view = interest.cells_around(centre, ENTER_MARGIN);
                interest.cover(view, &mut resting, &mut visible);
                for slot in 0..24 {
                    let Cell { column, row } = interest.cell_of.get(slot);
                    let covered = view.0.contains(column) && view.1.contains(row);
                    prop_assert_eq!(visible.contains(slot), covered, "slot {}", slot);
                }
            }
        }
    }
}
