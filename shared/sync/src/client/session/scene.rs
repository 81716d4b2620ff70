//! What there is to draw of a session, and where: the others as they were, a little behind the server, the own avatar as it is predicted.

use super::{
    super::{
        history::{Between, avatar, stepped},
        smoothing::Offset,
    },
    Session,
};
use crate::{
    Tick,
    game::{Game, Pose},
    replicate::Held,
};

/// The id under which everything is drawn that the own avatar spawned: with the tick of its birth, it names it before and after a snapshot
/// has it.
pub const SPAWNED_ID: u32 = u32::MAX;

/// An entity to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen<E> {
    /// With `since`, names the entity for good; alone, only until it leaves.
    pub id: u32,
    /// The tick at which it came into view.
    pub since: Tick,
    /// Its state at the last tick before the pose.
    pub state: E,
    /// Where to draw it.
    pub pose: Pose,
    /// Whether it is the player's own.
    pub own: bool,
}

impl<G: Game> Session<G> {
    /// Calls `draw` with everything in view: the player's own avatar, and what it spawned, where they act; the others where they are seen.
    pub fn scene(&self, now: f64, mut draw: impl FnMut(Seen<G::Entity>)) {
        self.see_others(now, |entity, pose| {
            let Held { state, since } = entity.held;
            let own = G::avatar_of(&state).or_else(|| G::spawner_of(&state));
            if own.is_none() || own != self.player {
                draw(Seen { id: entity.id, since, state, pose, own: false });
            }
        });
        self.see_spawned(now, &mut draw);
        if let Some(seen) = self.own_seen(now) {
            draw(seen);
        }
    }

    fn see_others(&self, now: f64, mut see: impl FnMut(Between<G::Entity>, Pose)) {
        let (Some(view), Some(history)) = (self.clock.view(now), &self.history) else { return };
        history.at(view, f64::from(self.tick_rate), &self.rules, |entity| {
            let pose = self.offsets.onto((entity.id, entity.held.since), entity.pose, now);
            see(entity, pose);
        });
    }

    /// What the own avatar spawned, in its predicted time: first as predicted, then as the snapshots have it.
    fn see_spawned(&self, now: f64, draw: &mut impl FnMut(Seen<G::Entity>)) {
        let (Some(last), Some(ahead)) = (self.prediction.tick(), self.beyond_predicted(now)) else { return };
        let ahead = ahead as f32;
        let mut see = |since, state: G::Entity| {
            let to = stepped::<G>(state, 1, &self.rules).unwrap_or(state);
            let from = G::pose(&state);
            let pose = from.blend(G::nearest(G::pose(&to), from, &self.rules), ahead);
            draw(Seen { id: SPAWNED_ID, since, state, pose, own: false });
        };
        for (_, held) in self.mirror.iter().filter(|(_, held)| G::spawner_of(&held.state) == self.player) {
            if let Some(state) = stepped::<G>(held.state, last.saturating_sub(self.mirror.tick), &self.rules) {
                see(held.since, state);
            }
        }
        self.prediction.spawned(&self.rules, see);
    }

    fn own_seen(&self, now: f64) -> Option<Seen<G::Entity>> {
        let (id, held) = avatar(&self.mirror, self.player?)?;
        let (state, _) = self.prediction.newest()?;
        let pose = self.prediction.pose(self.beyond_predicted(now)?, &self.rules)?;
        let pose = self.own_offset.onto(pose, now);
        Some(Seen { id, since: held.since, state: *state?, pose, own: true })
    }

    /// What share of a tick the own avatar is seen after the last predicted one.
    pub(super) fn beyond_predicted(&self, now: f64) -> Option<f64> {
        let ahead = self.clock.predicted(now)? - f64::from(self.prediction.tick()?);
        Some(ahead.clamp(0.0, 1.0))
    }

    /// What was drawn further on than the newest snapshot, by the step alone, and so may turn out wrong.
    pub(super) fn drawn_beyond_newest(&self, now: f64) -> Vec<((u32, Tick), Pose)> {
        let beyond = self.clock.view(now).is_some_and(|view| view > f64::from(self.mirror.tick));
        if !beyond && self.offsets.is_empty() {
            return Vec::new();
        }
        let mut drawn = Vec::new();
        self.see_others(now, |entity, pose| drawn.push(((entity.id, entity.held.since), pose)));
        drawn
    }

    /// Draws the others on from where they were drawn.
    pub(super) fn smooth_others(&mut self, drawn: &[((u32, Tick), Pose)], now: f64) {
        if drawn.is_empty() {
            return;
        }
        let mut offsets = Vec::new();
        let (Some(view), Some(history)) = (self.clock.view(now), &self.history) else { return };
        history.at(view, f64::from(self.tick_rate), &self.rules, |entity| {
            let name = (entity.id, entity.held.since);
            // Both go by id.
            if let Ok(at) = drawn.binary_search_by_key(&name, |(drawn, _)| *drawn) {
                let before = G::nearest(drawn[at].1, entity.pose, &self.rules);
                offsets.push((name, Offset::bridging(before, entity.pose, now)));
            }
        });
        self.offsets.replace(offsets.into_iter(), now);
    }
}
