//! What decides what a bot does.

use tickwire_sync::{
    Tick,
    client::Session,
    game::{Game, View},
};

/// Decides what a bot does, tick by tick.
pub trait Pilot<G: Game>: Send + 'static {
    /// The controls that take effect in `tick`, the next one that the bot predicts. Ticks come in order and each at most once; some may be
    /// left out, after a stall.
    fn decide(&mut self, tick: Tick, session: &Session<G>) -> G::Controls;
}

/// The game's own brain. It sees what the session knows.
#[derive(Debug)]
pub struct Brain<G: Game> {
    brain: G::Brain,
    visible: Vec<G::Entity>,
}

impl<G: Game> Default for Brain<G> {
    fn default() -> Self {
        Self { brain: G::Brain::default(), visible: Vec::new() }
    }
}

impl<G: Game> Pilot<G> for Brain<G> {
    fn decide(&mut self, tick: Tick, session: &Session<G>) -> G::Controls {
        let Some(player) = session.player() else { return G::Controls::default() };
        self.visible.clear();
        self.visible.extend(session.mirror().iter().map(|(_, held)| held.state));
        let view = View {
            tick,
            player,
            avatar: session.avatar(),
            own: session.own(),
            entities: &self.visible,
            rules: &**session.rules(),
            seed: u64::from(player),
        };
        G::think(&mut self.brain, &view)
    }
}
