//! A correction of the state shows at once; the picture follows over some 100 ms.

use crate::{
    Tick,
    game::{Pose, shorter},
};

/// After this time, 1/e of an offset is left; after 100 ms, less than a tenth.
const DECAY_SECONDS: f64 = 0.04;
/// A larger offset, in units, takes longer in proportion, so that nothing rushes by: after a stall on a long way half a second is to be made up for.
const LARGE_UNITS: f32 = 60.0;
/// A correction by more than this many units is a teleport, and shown as one.
const TELEPORT_UNITS: f32 = 200.0;
/// An offset below this many units, and this many radians, is forgotten.
const NOTICEABLE_UNITS: f32 = 0.05;
const NOTICEABLE_RADIANS: f32 = 0.005;

/// Whether something came from one place to the other at once, and is to be shown so.
pub(crate) fn is_teleport(from: Pose, to: Pose) -> bool {
    (to.x - from.x).hypot(to.y - from.y) > TELEPORT_UNITS
}

/// An offset that is added to a pose, and fades.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offset {
    x: f32,
    y: f32,
    heading: f32,
    at: f64,
    /// How many times as long as a small one it takes, if more than once.
    slowness: f32,
}

impl Offset {
    /// What is left of it at `now`.
    fn share(&self, now: f64) -> f32 {
        (-(now - self.at).max(0.0) / (DECAY_SECONDS * f64::from(self.slowness.max(1.0)))).exp() as f32
    }

    /// Makes a thing that was drawn at `before`, and is now known to be at `after`, go on from where it was drawn.
    pub(crate) fn bridging(before: Pose, after: Pose, now: f64) -> Self {
        if is_teleport(before, after) {
            return Self::default();
        }
        let heading = shorter(before.heading - after.heading);
        let (x, y) = (before.x - after.x, before.y - after.y);
        Self { x, y, heading, at: now, slowness: x.hypot(y) / LARGE_UNITS }
    }

    /// The pose to draw.
    pub(crate) fn onto(&self, pose: Pose, now: f64) -> Pose {
        let share = self.share(now);
        Pose {
            x: pose.x + self.x * share,
            y: pose.y + self.y * share,
            heading: pose.heading + self.heading * share,
            ..pose
        }
    }

    /// Whether nobody could see it any more.
    fn faded(&self, now: f64) -> bool {
        let share = self.share(now);
        self.x.hypot(self.y) * share < NOTICEABLE_UNITS && self.heading.abs() * share < NOTICEABLE_RADIANS
    }
}

/// The offsets of the entities that have one.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    /// By id, ascending.
    offsets: Vec<((u32, Tick), Offset)>,
}

impl Offsets {
    /// The pose to draw for the entity with this id since this tick.
    pub(crate) fn onto(&self, entity: (u32, Tick), pose: Pose, now: f64) -> Pose {
        let found = self.offsets.binary_search_by_key(&entity, |(of, _)| *of);
        found.map_or(pose, |at| self.offsets[at].1.onto(pose, now))
    }

    /// Replaces all offsets by those that are not yet faded; they come by id, ascending.
    pub(crate) fn replace(&mut self, offsets: impl Iterator<Item = ((u32, Tick), Offset)>, now: f64) {
        self.offsets.clear();
        self.offsets.extend(offsets.filter(|(_, offset)| !offset.faded(now)));
        debug_assert!(self.offsets.is_sorted_by_key(|(of, _)| *of), "they are searched");
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }
}
