//! The own avatar, ahead of the server: what the player does shows at once, and is checked against every snapshot.

use std::collections::VecDeque;

use super::history::{avatar, stepped};
use crate::{
    PlayerNumber, Tick,
    game::{Game, Life, Pose},
    protocol::limits::PREDICTED_TICKS_MAX,
    replicate::Mirror,
};

/// The state of a predicted tick: after its step, with the controls of that tick in it.
#[derive(Clone, Copy, Debug)]
struct Predicted<G: Game> {
    tick: Tick,
    controls: G::Controls,
    avatar: Option<G::Entity>,
    own: G::Own,
    /// What the avatar spawned in this tick, until a snapshot says it too.
    spawned: Option<G::Entity>,
}

/// The own avatar from the newest snapshot on.
#[derive(Debug)]
pub(crate) struct Prediction<G: Game> {
    /// Consecutive ticks; the first is the newest snapshot's, once there is one.
    ticks: VecDeque<Predicted<G>>,
    /// Since when the newest snapshot's avatar is known: with another, it is another avatar.
    since: Option<Tick>,
}

impl<G: Game> Default for Prediction<G> {
    fn default() -> Self {
        Self { ticks: VecDeque::new(), since: None }
    }
}

/// How many predicted spawns a snapshot has judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    /// It has them, where they were predicted.
    pub(crate) confirmed: u32,
    /// It has them not.
    pub(crate) refused: u32,
}

/// What a snapshot said about the prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It was right, or there was none.
    Confirmed,
    /// It was wrong.
    Corrected {
        /// Where the avatar seemed to be before the correction, if it is the same one.
        before: Option<Pose>,
        /// Whether there was an avatar before and after, so that a player could notice.
        noticeable: bool,
    },
}

impl<G: Game> Prediction<G> {
    /// The tick that was predicted last.
    pub(crate) fn tick(&self) -> Option<Tick> {
        self.ticks.back().map(|last| last.tick)
    }

    /// Predicts the next tick under `controls`.
    pub(crate) fn advance(&mut self, controls: G::Controls, rules: &G::Rules) {
        if self.ticks.len() > PREDICTED_TICKS_MAX as usize {
            return;
        }
        if let Some(last) = self.ticks.back() {
            self.ticks.push_back(next(last, controls, rules));
        }
    }

    /// Checks the prediction against a snapshot, and predicts anew from it where it was wrong. The avatar is seen `fraction` of a tick after the
    /// last predicted one.
    pub(crate) fn reconcile(
        &mut self,
        mirror: &Mirror<G>,
        player: PlayerNumber,
        fraction: f64,
        rules: &G::Rules,
    ) -> Verdict {
        while self.ticks.front().is_some_and(|first| first.tick < mirror.tick) {
            self.ticks.pop_front();
        }
        let held = avatar(mirror, player).map(|(_, held)| held);
        let truth = held.map(|held| held.state);
        let since = core::mem::replace(&mut self.since, held.map(|held| held.since));
        let Some(guess) = self.ticks.front() else {
            let controls = G::Controls::default();
            self.ticks.push_back(Predicted {
                tick: mirror.tick,
                controls,
                avatar: truth,
                own: mirror.own,
                spawned: None,
            });
            return Verdict::Confirmed;
        };
        if guess.avatar == truth && guess.own == mirror.own {
            return Verdict::Confirmed;
        }
        let noticeable = guess.avatar.is_some() && truth.is_some();
        let before = self.pose(fraction, rules).filter(|_| self.since == since);
        let guess = &mut self.ticks[0];
        guess.avatar = truth;
        guess.own = mirror.own;
        for at in 1..self.ticks.len() {
            self.ticks[at] = next(&self.ticks[at - 1], self.ticks[at].controls, rules);
        }
        Verdict::Corrected { before, noticeable }
    }

    /// Compares what was spawned up to the snapshot's tick with the snapshot, which takes its place. To be called before
    /// [`reconcile`](Self::reconcile).
    pub(crate) fn judge_spawns(&mut self, mirror: &Mirror<G>, player: PlayerNumber, rules: &G::Rules) -> Judged {
        let mut judged = Judged::default();
        for predicted in self.ticks.iter_mut().take_while(|predicted| predicted.tick <= mirror.tick) {
            let Some(spawned) = predicted.spawned.take() else { continue };
            let Some(expected) = stepped::<G>(spawned, mirror.tick - predicted.tick, rules) else { continue };
            let mut own = mirror.iter().filter(|(_, held)| G::spawner_of(&held.state) == Some(player));
            if own.any(|(_, held)| held.state == expected) {
                judged.confirmed += 1;
            } else {
                judged.refused += 1;
            }
        }
        judged
    }

    /// Calls `see` with what the avatar spawned and no snapshot has yet: the tick of its birth, and its state in the last predicted tick.
    pub(crate) fn spawned(&self, rules: &G::Rules, mut see: impl FnMut(Tick, G::Entity)) {
        let Some(last) = self.tick() else { return };
        for predicted in &self.ticks {
            if let Some(state) =
                predicted.spawned.and_then(|spawned| stepped::<G>(spawned, last - predicted.tick, rules))
            {
                see(predicted.tick, state);
            }
        }
    }

    /// The avatar as last predicted, with what only the player knows.
    pub(crate) fn newest(&self) -> Option<(Option<&G::Entity>, &G::Own)> {
        self.ticks.back().map(|last| (last.avatar.as_ref(), &last.own))
    }

    /// Where the avatar is a fraction of a tick after the last predicted one.
    pub(crate) fn pose(&self, fraction: f64, rules: &G::Rules) -> Option<Pose> {
        let from = self.ticks.back()?.avatar?;
        let mut to = from;
        if G::step(&mut to, rules) == Life::Ends {
            to = from;
        }
        let from = G::pose(&from);
        Some(from.blend(G::nearest(G::pose(&to), from, rules), fraction as f32))
    }
}

fn next<G: Game>(last: &Predicted<G>, controls: G::Controls, rules: &G::Rules) -> Predicted<G> {
    let mut avatar = last.avatar;
    let mut own = last.own;
    let ended = avatar.as_mut().is_some_and(|avatar| G::step(avatar, rules) == Life::Ends);
    if ended {
        avatar = None;
    }
    G::step_own(&mut own, avatar.as_ref(), rules);
    let spawned = avatar.as_ref().and_then(|avatar| G::spawns(avatar, &own, rules));
    if let Some(avatar) = &mut avatar {
        G::drive(avatar, &own, controls, rules);
    }
    Predicted { tick: last.tick + 1, controls, avatar, own, spawned }
}
