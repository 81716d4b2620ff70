//! A second, tiny game, so that the core stays free of the arena: pucks on a line that drop mines.

use tickwire_sync::{
    PlayerNumber,
    game::{Audience, Controls, Game, Life, Pose, RulesError, RulesSource, Team, View},
    grid::{Position, Velocity},
    kinds, replicated,
    server::Room,
};

replicated! {
    pub struct Puck { pub x: Position, pub vx: Velocity, pub way: i8, pub drop: bool, pub player: u16 }
}
replicated! {
    /// Dropped by a puck.
    pub struct Mine { pub x: Position, pub vx: Velocity, pub left: u8 }
}
replicated! {
    /// How many mines a player has left.
    pub struct Stock { pub mines: u16 }
}
kinds! { pub enum Thing { Puck, Mine } }
kinds! { pub enum Own { Stock } }

/// Which way, -1 to 1, and whether to drop a mine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Push {
    pub way: i8,
    pub drop: bool,
}

impl Controls for Push {
    fn to_bits(self) -> u32 {
        (self.way + 1) as u32 | u32::from(self.drop) << 2
    }
    fn from_bits(bits: u32) -> Option<Self> {
        (bits < 8 && bits & 3 != 3).then_some(Self { way: (bits & 3) as i8 - 1, drop: bits & 4 != 0 })
    }
    fn fold(self, later: Self) -> Self {
        Self { drop: self.drop || later.drop, ..later }
    }
}

/// The game.
#[derive(Debug)]
pub struct Line;
impl Game for Line {
    const NAME: &'static str = "line";
    const REVISION: u32 = 1;
    type Entity = Thing;
    type Own = Own;
    type Event = Thing;
    type Controls = Push;
    type Rules = ();
    type State = ();
    type Brain = ();

    fn pack_rules(_: RulesSource) -> Result<Vec<u8>, RulesError> {
        Ok(Vec::new())
    }
    /// It has no numbers, so any will do.
    fn unpack_rules(_: &[u8], _: u32) -> Result<(), RulesError> {
        Ok(())
    }
    fn step(thing: &mut Thing, (): &()) -> Life {
        match thing {
            Thing::Puck(Puck { x, vx, way, .. }) => {
                vx.0 = (vx.0 + i32::from(*way) * 200) * 63 / 64;
                x.0 = (x.0 + vx.0 / 16).clamp(-100_000, 100_000);
            }
            Thing::Mine(Mine { x, vx, left }) => {
                x.0 = (x.0 + vx.0 / 16).clamp(-100_000, 100_000);
                *left = left.saturating_sub(1);
            }
        }
        if matches!(thing, Thing::Mine(Mine { left: 0, .. })) { Life::Ends } else { Life::Lives }
    }
    fn at_rest(thing: &Thing) -> bool {
        matches!(thing, Thing::Puck(Puck { vx: Velocity(0), way: 0, .. }))
    }
    fn step_own(Own::Stock(stock): &mut Own, avatar: Option<&Thing>, (): &()) {
        let dropped = matches!(avatar, Some(Thing::Puck(Puck { drop: true, .. })));
        stock.mines = stock.mines.saturating_sub(dropped.into());
    }
    fn drive(avatar: &mut Thing, Own::Stock(stock): &Own, push: Push, (): &()) {
        let Thing::Puck(puck) = avatar else { return };
        (puck.way, puck.drop) = (push.way, push.drop && stock.mines > 0);
    }
    fn avatar_of(thing: &Thing) -> Option<PlayerNumber> {
        if let Thing::Puck(puck) = thing { Some(puck.player) } else { None }
    }
    fn spawned_by(parent: &Thing, kind: u8, (): &()) -> Option<Thing> {
        let Thing::Puck(Puck { x, vx, .. }) = parent else { return None };
        (kind == 1).then_some(Mine { x: *x, vx: Velocity(vx.0 * 2), left: 30 }.into())
    }
    fn pose((Thing::Puck(Puck { x, .. }) | Thing::Mine(Mine { x, .. })): &Thing) -> Pose {
        Pose { x: x.units(), ..Pose::default() }
    }
    /// The even and the odd.
    fn team(_: &Room<Self>, player: PlayerNumber) -> Option<Team> {
        Some(Team((player % 2) as u8))
    }
    fn open(_: &mut Room<Self>) {}
    fn join(room: &mut Room<Self>, player: PlayerNumber) {
        let x = Position::from_units(room.random(0, player.into()).between(-300.0, 300.0));
        room.embody(player, Puck { x, player, ..Puck::default() }.into());
        room.players.get_mut(player).expect("joined").own = Stock { mines: 500 }.into();
    }
    fn act(room: &mut Room<Self>) {
        let things: Vec<_> = room.world.iter().map(|(key, thing)| (key, *thing)).collect();
        for (key, puck) in things.iter().filter(|(_, thing)| matches!(thing, Thing::Puck(Puck { drop: true, .. }))) {
            room.world.spawn(Self::spawned_by(puck, 1, &()).expect("a puck drops mines"), Some(*key));
        }
        for (mine, thing) in &things {
            let Thing::Mine(Mine { x, left: 0..25, .. }) = thing else { continue };
            let near = |thing: &Thing| matches!(thing, Thing::Puck(puck) if (puck.x.0 - x.0).abs() < 3000);
            let Some((key, _)) = things.iter().find(|(_, thing)| near(thing)) else { continue };
            let Some(Thing::Puck(puck)) = room.world.get_mut(*key) else { continue };
            puck.vx.0 += 300;
            let bumped = *puck;
            room.world.kill(*mine);
            room.emit(Audience::All, bumped);
        }
    }
    /// The first bot cannot keep quiet.
    fn remark(room: &Room<Self>) -> Option<(PlayerNumber, &'static str)> {
        room.players.iter().find(|player| player.is_bot()).map(|bot| (bot.number, "beep"))
    }
    fn think((): &mut (), view: &View<Self>) -> Push {
        Push { way: (view.tick / 40 % 3) as i8 - 1, drop: view.tick.is_multiple_of(50) }
    }
}
