//! What a client may know and what it must, worked out the plain way: entity by entity, from distances. The simulation uses this file too.

use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Game, Place, Sight},
    interest::{ENTER_MARGIN, LEAVE_MARGIN, Viewpoint},
    protocol::limits::WATCH_TURN_MIN,
    server::Room,
};

/// A view covers whole cells, at least six of them from its middle to its edge: it may reach one cell beyond its margin.
const CELLS_PER_REACH: f32 = 6.0;
/// Places are compared in `f32`.
const ROUNDING: f32 = 0.1;

/// What a client looks at.
#[derive(Clone, Copy, Debug)]
pub struct Eye {
    /// `None` for a watcher.
    player: Option<PlayerNumber>,
    viewpoint: Viewpoint,
    /// What it wants to look at instead, and from which tick on it may.
    wanted: Option<Viewpoint>,
    turn_from: Tick,
    turn_ticks: Tick,
    sight: Sight,
    /// Where it looks, or looked last; `None` while it sees everything.
    pub centre: Option<Place>,
}

impl Eye {
    /// Of a client in a room of `tick_rate` ticks a second.
    pub fn new<G: Game>(player: Option<PlayerNumber>, viewpoint: Viewpoint, tick_rate: u32, rules: &G::Rules) -> Self {
        let centre = (viewpoint != Viewpoint::All).then(Place::default);
        let turn_ticks = WATCH_TURN_MIN.as_millis() as u32 * tick_rate / 1000;
        Self { player, viewpoint, wanted: None, turn_from: 0, turn_ticks, sight: G::sight(rules), centre }
    }

    /// It wants to look at something else.
    pub fn watch(&mut self, viewpoint: Viewpoint) {
        self.wanted = Some(viewpoint);
    }

    /// A tick has passed: follows what it looks at.
    pub fn follow<G: Game>(&mut self, room: &Room<G>) {
        if room.tick >= self.turn_from
            && let Some(viewpoint) = self.wanted.take()
        {
            self.viewpoint = viewpoint;
            self.turn_from = room.tick + self.turn_ticks;
        }
        let followed = match self.viewpoint {
            Viewpoint::All => {
                self.centre = None;
                return;
            }
            Viewpoint::Own => self.player,
            Viewpoint::Follow(player) => Some(player),
        };
        let avatar = followed.and_then(|player| room.world.get(room.players.get(player)?.avatar?));
        if let Some(place) = avatar.filter(|avatar| !G::hides(avatar, self.player)).and_then(G::place) {
            self.centre = Some(place);
        }
    }

    /// Whether the client may know an entity, and whether it must. What was in view may stay in it for longer.
    pub fn may_and_must<G: Game>(&self, state: &G::Entity) -> (bool, bool) {
        match G::place(state) {
            _ if G::hides(state, self.player) => (false, false),
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
