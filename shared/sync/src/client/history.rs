//! The last ticks as the client knew them, to look at the others a little in the past; and the step, to look beyond.

use crate::{
    PlayerNumber,
    game::{Game, Life, Pose},
    replicate::{Held, Mirror},
};

/// How many ticks are kept: a second at 30 Hz, a quarter of one at 128.
const TICKS_KEPT: usize = 32;
/// A gap is bridged by the step for so long, in seconds; then everything stands still.
const BRIDGE_SECONDS: f64 = 0.25;

/// The last [`TICKS_KEPT`] mirrors.
#[derive(Debug)]
pub(crate) struct History<G: Game> {
    ring: Vec<Mirror<G>>,
    /// How many were kept so far; the newest is the last of them.
    kept: usize,
}

impl<G: Game> Default for History<G> {
    fn default() -> Self {
        Self { ring: (0..TICKS_KEPT).map(|_| Mirror::default()).collect(), kept: 0 }
    }
}

/// An entity somewhere between two ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Between<E> {
    pub(crate) id: u32,
    pub(crate) held: Held<E>,
    pub(crate) pose: Pose,
}

impl<G: Game> History<G> {
    /// Keeps a copy of the mirror in place of the oldest one.
    pub(crate) fn keep(&mut self, mirror: &Mirror<G>) {
        self.ring[self.kept % TICKS_KEPT].copy_from(mirror);
        self.kept += 1;
    }

    fn newest(&self) -> Option<&Mirror<G>> {
        self.back(0)
    }

    /// The mirror that was kept `back` times before the newest.
    fn back(&self, back: usize) -> Option<&Mirror<G>> {
        let behind = back + 1;
        (behind <= self.kept.min(TICKS_KEPT)).then(|| &self.ring[(self.kept - behind) % TICKS_KEPT])
    }

    /// Calls `see` with every entity that there was at `time`, in ticks. Where the newest snapshot is older than that, steps lead on from it.
    pub(crate) fn at(&self, time: f64, tick_rate: f64, rules: &G::Rules, mut see: impl FnMut(Between<G::Entity>)) {
        let Some(newest) = self.newest() else { return };
        let ahead = time - f64::from(newest.tick);
        if ahead >= 0.0 {
            let ahead = ahead.min(BRIDGE_SECONDS * tick_rate);
            let whole = ahead.floor();
            for (id, held) in newest.iter() {
                let Some(from) = stepped::<G>(held.state, whole as u32, rules) else { continue };
                let to = stepped::<G>(from, 1, rules).unwrap_or(from);
                see(between::<G>(id, Held { state: from, ..*held }, &to, ahead - whole, rules));
            }
            return;
        }
        let (back, fraction) = ((-ahead).ceil(), ahead.rem_euclid(1.0));
        let oldest = self.kept.min(TICKS_KEPT) - 1;
        let back = (back as usize).min(oldest);
        let (Some(before), Some(after)) = (self.back(back), self.back(back.saturating_sub(1))) else { return };
        for (id, held) in before.iter() {
            let same = after.get(id).filter(|after| after.since == held.since);
            let to = same.map_or_else(|| stepped::<G>(held.state, 1, rules).unwrap_or(held.state), |after| after.state);
            see(between::<G>(id, *held, &to, fraction, rules));
        }
    }
}

/// A state some ticks later, if it lasts so long.
pub(crate) fn stepped<G: Game>(mut state: G::Entity, ticks: u32, rules: &G::Rules) -> Option<G::Entity> {
    for _ in 0..ticks {
        if G::step(&mut state, rules) == Life::Ends {
            return None;
        }
    }
    Some(state)
}

fn between<G: Game>(
    id: u32,
    held: Held<G::Entity>,
    to: &G::Entity,
    fraction: f64,
    rules: &G::Rules,
) -> Between<G::Entity> {
    let from = G::pose(&held.state);
    let pose = from.blend(G::nearest(G::pose(to), from, rules), fraction as f32);
    Between { id, held, pose }
}

/// The player's own entity in a mirror.
pub(crate) fn avatar<G: Game>(mirror: &Mirror<G>, player: PlayerNumber) -> Option<(u32, &Held<G::Entity>)> {
    mirror.iter().find(|(_, held)| G::avatar_of(&held.state) == Some(player))
}
