//! The pond under a script: its things and its steps, with nothing happening but what is written.

use std::collections::BTreeMap;

use tickwire_sync::{
    PlayerNumber,
    game::{Audience, Game, Life, Place, Pose, RulesError, RulesSource, Sight, View},
    replicate::{Malformed, Reader},
    save::Save,
    server::Room,
    world::EntityKey,
};

use crate::games::pond::{Bang, Event, Oars, Own, Pond, Rules, Thing};

/// Something that the script does to the world. Things go by the script's own numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Spawn {
        name: u32,
        thing: Thing,
        parent: Option<PlayerNumber>,
    },
    Change {
        name: u32,
        thing: Thing,
    },
    Kill {
        name: u32,
    },
    Tell {
        audience: Audience,
        bang: Bang,
    },
    /// Gives a player's own state another secret.
    Whisper {
        player: PlayerNumber,
        secret: i32,
    },
}

/// What is to be done in the next tick, and what the script's numbers stand for.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) deeds: Vec<Deed>,
    pub(crate) cast: BTreeMap<u32, EntityKey>,
}

/// A script is not saved: nobody stops these rooms.
impl Save for Script {
    fn save(&self, _: &mut Vec<u8>) {}

    fn load(_: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self::default())
    }
}

/// The game.
#[derive(Debug)]
pub(crate) struct Stage;

impl Game for Stage {
    const NAME: &'static str = "stage";
    const REVISION: u32 = 1;
    type Entity = Thing;
    type Own = Own;
    type Event = Event;
    type Controls = Oars;
    type Rules = Rules;
    type State = Script;
    type Brain = ();

    fn read_rules(source: RulesSource, tick_rate: u32) -> Result<Rules, RulesError> {
        Pond::read_rules(source, tick_rate)
    }
    fn step(thing: &mut Thing, rules: &Rules) -> Life {
        Pond::step(thing, rules)
    }
    fn at_rest(thing: &Thing) -> bool {
        Pond::at_rest(thing)
    }
    fn step_own(own: &mut Own, avatar: Option<&Thing>, rules: &Rules) {
        Pond::step_own(own, avatar, rules);
    }
    fn drive(avatar: &mut Thing, own: &Own, oars: Oars, rules: &Rules) {
        Pond::drive(avatar, own, oars, rules);
    }
    fn avatar_of(thing: &Thing) -> Option<PlayerNumber> {
        Pond::avatar_of(thing)
    }
    fn spawned_by(parent: &Thing, kind: u8, rules: &Rules) -> Option<Thing> {
        Pond::spawned_by(parent, kind, rules)
    }
    fn pose(thing: &Thing) -> Pose {
        Pond::pose(thing)
    }
    fn place(thing: &Thing) -> Option<Place> {
        Pond::place(thing)
    }
    fn sight(rules: &Rules) -> Sight {
        Pond::sight(rules)
    }
    fn hides(thing: &Thing, from: Option<PlayerNumber>) -> bool {
        Pond::hides(thing, from)
    }
    fn open(_: &mut Room<Self>) -> Script {
        Script::default()
    }
    fn join(room: &mut Room<Self>, player: PlayerNumber) {
        let boat = crate::games::pond::Boat { player, ..crate::games::pond::Boat::default() };
        room.embody(player, boat.into());
    }
    fn act(room: &mut Room<Self>) {
        for deed in core::mem::take(&mut room.state_mut().deeds) {
            obey(room, deed);
        }
    }
    fn think((): &mut (), _: &View<Self>) -> Oars {
        Oars::default()
    }
}

fn obey(room: &mut Room<Stage>, deed: Deed) {
    match deed {
        Deed::Spawn { name, thing, parent } => {
            let parent = parent.and_then(|player| room.players.get(player)?.avatar);
            let key = room.world.spawn(thing, parent);
            room.state_mut().cast.insert(name, key);
        }
        Deed::Change { name, thing } => {
            let key = room.state().cast[&name];
            if let Some(state) = room.world.get_mut(key) {
                *state = thing;
            }
        }
        Deed::Kill { name } => {
            let key = room.state().cast[&name];
            room.world.kill(key);
        }
        Deed::Tell { audience, bang } => room.emit(audience, bang),
        Deed::Whisper { player, secret } => {
            if let Some(player) = room.players.get_mut(player) {
                let Own::Hold(hold) = &mut player.own;
                hold.secret = secret;
            }
        }
    }
}
