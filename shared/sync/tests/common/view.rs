//! What a client may know and what it must, worked out the plain way: entity by entity, from distances. The simulation uses this file too.

use tickwire_sync::{
    PlayerNumber,
    game::{Game, Place, Sight},
    interest::{ENTER_MARGIN, LEAVE_MARGIN, Viewpoint},
    server::Room,
};

/// A view covers whole cells, at least six of them from its middle to its edge: it may reach one cell beyond its margin.
const CELLS_PER_REACH: f32 = 6.0;
/// Places are compared in `f32`.
const ROUNDING: f32 = 0.1;

/// What a client looks at.
#[derive(Clone, Copy, Debug)]
pub struct Eye {
    player: PlayerNumber,
    viewpoint: Viewpoint,
    sight: Sight,
    /// Where it looks, or looked last; `None` while it sees everything.
    pub centre: Option<Place>,
}

impl Eye {
    pub fn new<G: Game>(player: PlayerNumber, viewpoint: Viewpoint, rules: &G::Rules) -> Self {
        let centre = (viewpoint != Viewpoint::All).then(Place::default);
        Self { player, viewpoint, sight: G::sight(rules), centre }
    }

    /// A tick has passed: follows what it looks at.
    pub fn follow<G: Game>(&mut self, room: &Room<G>) {
        let followed = match self.viewpoint {
            Viewpoint::All => return,
            Viewpoint::Own => self.player,
            Viewpoint::Follow(player) => player,
        };
        let avatar = room.players.get(followed).and_then(|player| player.avatar);
        if let Some(place) = avatar.and_then(|key| G::place(room.world.get(key)?)) {
            self.centre = Some(place);
        }
    }

    /// Whether the client may know an entity, and whether it must. What was in view may stay in it for longer.
    pub fn may_and_must<G: Game>(&self, state: &G::Entity) -> (bool, bool) {
        match G::place(state) {
            _ if G::hides(state, Some(self.player)) => (false, false),
            None => (true, true),
            Some(Place { x, y, .. }) => {
                (self.is_near((x, y), self.margin(LEAVE_MARGIN)), self.is_near((x, y), (ENTER_MARGIN, ENTER_MARGIN)))
            }
        }
    }

    /// Whether what happens at a place may concern the client, and whether it must.
    pub fn covers(&self, x: f32, y: f32) -> (bool, bool) {
        (self.is_near((x, y), self.margin(ENTER_MARGIN)), self.is_near((x, y), (ENTER_MARGIN, ENTER_MARGIN)))
    }

    /// The most that a view may cover beyond its edge.
    fn margin(&self, margin: f32) -> (f32, f32) {
        let cell = |size: f32, reach: f32| size / (size * CELLS_PER_REACH / reach).clamp(1.0, 256.0).floor();
        let (size, reach) = (self.sight.size, self.sight.reach);
        (margin + cell(size.0, reach.0) + 2.0 * ROUNDING, margin + cell(size.1, reach.1) + 2.0 * ROUNDING)
    }

    fn is_near(&self, (x, y): (f32, f32), margin: (f32, f32)) -> bool {
        let Some(centre) = self.centre else { return true };
        let way = |from: f32, to: f32, size: f32| {
            let way = (from - to).abs();
            if self.sight.wraps { way.min(size - way) } else { way }
        };
        let Sight { size, reach, .. } = self.sight;
        way(centre.x, x, size.0) <= reach.0 + margin.0 - ROUNDING
            && way(centre.y, y, size.1) <= reach.1 + margin.1 - ROUNDING
    }
}
