//! The world at a tick, for people and for programs: fields as they stand on the wire, and places in units.

use core::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer, ser::SerializeMap};
use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Audience, Controls, Game},
    replicate::Replicate,
    server::Room,
    world::EntityKey,
};

use super::{Header, when};

/// A state as its kind and its fields.
#[derive(Debug)]
struct Fields<'a, R>(&'a R);

impl<R: Replicate> Fields<'_, R> {
    fn kind(&self) -> &'static str {
        R::KINDS[usize::from(self.0.kind())].name
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, i32)> {
        self.0.fields().iter().enumerate().map(|(index, field)| (field.name, self.0.get(index)))
    }
}

impl<R: Replicate> Serialize for Fields<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

impl<R: Replicate> Display for Fields<'_, R> {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        write!(out, "{:8}", self.kind())?;
        self.iter().try_for_each(|(name, value)| write!(out, " {name}={value}"))
    }
}

#[derive(Debug, Serialize)]
#[serde(bound = "")]
struct PlayerDump<'a, G: Game> {
    number: PlayerNumber,
    bot: bool,
    /// As bits.
    controls: u32,
    /// The serial of its entity.
    avatar: Option<u64>,
    own: Fields<'a, G::Own>,
}

#[derive(Debug, Serialize)]
#[serde(bound = "")]
struct EntityDump<'a, G: Game> {
    serial: u64,
    /// In units; `None` for what is nowhere.
    place: Option<(f32, f32)>,
    state: Fields<'a, G::Entity>,
}

#[derive(Debug, Serialize)]
#[serde(bound = "")]
struct EventDump<'a, G: Game> {
    audience: String,
    event: Fields<'a, G::Event>,
}

/// Everything of a room at a tick that can be told without knowing the game.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub(crate) struct Dump<'a, G: Game> {
    room: &'a str,
    tick: Tick,
    /// Seconds of play since tick 0.
    seconds: f64,
    /// When it was played, to a second.
    about: String,
    /// By number.
    players: Vec<PlayerDump<'a, G>>,
    /// In order of birth.
    entities: Vec<EntityDump<'a, G>>,
    /// Of this tick, in order; `None` where they are not known.
    events: Option<Vec<EventDump<'a, G>>>,
}

impl<'a, G: Game> Dump<'a, G> {
    /// What there is to tell of a room at a `moment`, in seconds since 1970; its events, if it `ran` to this tick.
    pub(crate) fn of(header: &'a Header, room: &'a Room<G>, moment: u64, ran: bool) -> Self {
        let serial = |key: EntityKey| room.world.entity(key).map(|entity| entity.serial);
        let players = room.players.iter().map(|player| PlayerDump {
            number: player.number,
            bot: player.is_bot(),
            controls: player.controls.to_bits(),
            avatar: player.avatar.and_then(serial),
            own: Fields(&player.own),
        });
        let entities = room.world.iter().map(|(key, state)| EntityDump {
            serial: serial(key).expect("it lives"),
            place: G::place(state).map(|place| (place.x, place.y)),
            state: Fields(state),
        });
        let events = room.events().iter().map(|(audience, event)| EventDump {
            audience: match audience {
                Audience::All => "all".to_owned(),
                Audience::Only(player) => format!("player {player}"),
                Audience::Near { x, y } => format!("near {x:.1} {y:.1}"),
                Audience::Either { x, y, to_x, to_y } => format!("near {x:.1} {y:.1} or {to_x:.1} {to_y:.1}"),
            },
            event: Fields(event),
        });
        Self {
            room: &header.room,
            tick: room.tick,
            seconds: f64::from(room.tick) / f64::from(header.tick_rate),
            about: when::utc(moment),
            players: players.collect(),
            entities: entities.collect(),
            events: ran.then(|| events.collect()),
        }
    }
}

impl<G: Game> Display for Dump<'_, G> {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        let Self { room, tick, seconds, about, players, entities, events } = self;
        writeln!(out, "{room}, tick {tick}: {seconds:.2} s of play, about {about}")?;
        writeln!(out, "\n{} players, by number", players.len())?;
        for PlayerDump { number, bot, controls, avatar, own } in players {
            let who = if *bot { "bot" } else { "person" };
            let avatar = avatar.map_or_else(|| "none".to_owned(), |serial| format!("#{serial}"));
            writeln!(out, "  {number:>4}  {who:6}  controls {controls:#x}  avatar {avatar}  {own}")?;
        }
        writeln!(out, "\n{} entities, in order of birth", entities.len())?;
        for EntityDump { serial, place, state } in entities {
            let place = place.map_or_else(String::new, |(x, y)| format!("at {x:.1} {y:.1}"));
            writeln!(out, "  {:>7}  {place:17}  {state}", format!("#{serial}"))?;
        }
        let Some(events) = events else {
            return writeln!(out, "\nthe events of this tick are not known: the file begins after it");
        };
        writeln!(out, "\n{} events of this tick, in order", events.len())?;
        events.iter().try_for_each(|EventDump { audience, event }| writeln!(out, "  to {audience}:  {event}"))
    }
}
