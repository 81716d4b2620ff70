//! The last ticks as the client knew them, to look at the others a little in the past; and the step, to look beyond.

use super::smoothing::is_teleport;
use crate::{
    PlayerNumber, Tick,
    game::{Game, Life, Pose},
    replicate::{Held, Mirror},
};

/// How many ticks are kept: a second at 30 Hz, a quarter of one at 128.
const TICKS_KEPT: usize = 32;
/// A gap is bridged by the step for so long, in seconds; then everything stands still.
const BRIDGE_SECONDS: f64 = 0.25;

/// Two snapshots, one after the other: what lies between their ticks is known by the step alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gap {
    pub(crate) from: Tick,
    pub(crate) to: Tick,
}

/// A mirror, and the snapshots around its tick; the later one's is the true one.
#[derive(Debug)]
struct Kept<G: Game> {
    mirror: Mirror<G>,
    gap: Gap,
}

/// The last [`TICKS_KEPT`] mirrors, of consecutive ticks.
#[derive(Debug)]
pub(crate) struct History<G: Game> {
    ring: Vec<Kept<G>>,
    /// How many were kept so far; the newest is the last of them.
    kept: usize,
}

impl<G: Game> Default for History<G> {
    fn default() -> Self {
        let empty = |_| Kept { mirror: Mirror::default(), gap: Gap::default() };
        Self { ring: (0..TICKS_KEPT).map(empty).collect(), kept: 0 }
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
    pub(crate) fn keep(&mut self, mirror: &Mirror<G>, gap: Gap) {
        let kept = &mut self.ring[self.kept % TICKS_KEPT];
        kept.mirror.copy_from(mirror);
        kept.gap = gap;
        self.kept += 1;
    }

    /// What was is no longer worth a look: a keyframe names everything anew.
    pub(crate) fn forget(&mut self) {
        self.kept = 0;
    }

    /// What was kept `back` times before the newest.
    fn back(&self, back: usize) -> Option<&Kept<G>> {
        let behind = back + 1;
        (behind <= self.kept.min(TICKS_KEPT)).then(|| &self.ring[(self.kept - behind) % TICKS_KEPT])
    }

    /// The mirror of a tick, if it is kept.
    fn of(&self, tick: Tick) -> Option<&Mirror<G>> {
        let newest = self.back(0)?.mirror.tick;
        self.back(newest.checked_sub(tick)? as usize).map(|kept| &kept.mirror)
    }

    /// Calls `see` with every entity that there was at `time`, in ticks. Where the newest snapshot is older than that, steps lead on from it.
    pub(crate) fn at(&self, time: f64, tick_rate: f64, rules: &G::Rules, mut see: impl FnMut(Between<G::Entity>)) {
        let Some(Kept { mirror: newest, .. }) = self.back(0) else { return };
        let ahead = time - f64::from(newest.tick);
        if ahead >= 0.0 {
            let ahead = ahead.min(BRIDGE_SECONDS * tick_rate);
            let whole = ahead.floor();
            for (id, held) in newest.iter() {
                let Some(state) = stepped::<G>(held.state, whole as u32, rules) else { continue };
                see(foreseen::<G>(id, Held { state, ..*held }, ahead - whole, rules));
            }
            return;
        }
        let (back, oldest) = ((-ahead).ceil() as usize, self.kept.min(TICKS_KEPT) - 1);
        let fraction = if back > oldest { 0.0 } else { ahead.rem_euclid(1.0) };
        let back = back.min(oldest);
        let (Some(before), Some(after)) = (self.back(back), self.back(back.saturating_sub(1))) else { return };
        let Gap { from, to } = after.gap;
        let since = f64::from(before.mirror.tick.saturating_sub(from)) + fraction;
        let share = since / f64::from((to - from).max(1));
        let ends = to.checked_sub(1).and_then(|last| self.of(last)).zip(self.of(to));
        for (id, held) in before.mirror.iter() {
            let mut seen = foreseen::<G>(id, *held, fraction, rules);
            let same =
                |mirror: &Mirror<G>| mirror.get(id).filter(|other| other.since == held.since).map(|held| held.state);
            let ends = ends.and_then(|(last, end)| Some((stepped::<G>(same(last)?, 1, rules)?, same(end)?)));
            if let Some((guess, truth)) = ends.filter(|(guess, truth)| guess != truth) {
                seen.pose = unforeseen::<G>(seen.pose, &guess, &truth, share as f32, rules);
            }
            see(seen);
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

/// An entity a fraction of a tick later, by the step.
fn foreseen<G: Game>(id: u32, held: Held<G::Entity>, fraction: f64, rules: &G::Rules) -> Between<G::Entity> {
    let to = stepped::<G>(held.state, 1, rules).unwrap_or(held.state);
    let from = G::pose(&held.state);
    let pose = from.blend(G::nearest(G::pose(&to), from, rules), fraction as f32);
    Between { id, held, pose }
}

/// What the step did not foresee came some time between two snapshots: it is drawn as if it had come little by little.
fn unforeseen<G: Game>(pose: Pose, guess: &G::Entity, truth: &G::Entity, share: f32, rules: &G::Rules) -> Pose {
    let guess = G::pose(guess);
    let truth = G::nearest(G::pose(truth), guess, rules);
    if is_teleport(guess, truth) { pose } else { pose.moved(guess, truth, share) }
}

/// The player's own entity in a mirror.
pub(crate) fn avatar<G: Game>(mirror: &Mirror<G>, player: PlayerNumber) -> Option<(u32, &Held<G::Entity>)> {
    mirror.iter().find(|(_, held)| G::avatar_of(&held.state) == Some(player))
}
