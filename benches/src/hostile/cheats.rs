//! Players that want more than the rules give them. What came of it is judged by what the server shows of their ships.

use std::time::Duration;

use tickwire_arena::{
    Arena, Entity, ShipControls,
    kinds::{Placed, Ship},
    settings::SUBTICKS,
};
use tickwire_sync::{
    Tick,
    client::Session,
    game::Controls,
    grid::Angle,
    protocol::{ClientMessage, Input, encode_client},
    random::Random,
};

use super::{
    attack::Front,
    guest::Guest,
    line::{Ending, opcode},
    met::Met,
};

/// The purpose of the random numbers of attackers.
const HOSTILE: u32 = 202;
/// How long a cheat is tried.
const LENGTH: Duration = Duration::from_secs(6);
/// Inputs of a flood, several times what a second permits.
const FLOOD: u32 = 2000;
/// Bits of controls that no ship has.
const NO_CONTROLS: u32 = u32::MAX;

/// An input of any moment.
fn input(tick: Tick, ack: Tick, controls: u32) -> Vec<u8> {
    let ahead = tick.wrapping_sub(ack) as i32;
    encode_client(&ClientMessage::Input(Input { tick, ahead, ack_age: 0, behind: 0, controls }))
}

/// Joins, does it, and looks how it ends.
async fn from_the_inside(front: Front, code: u16, inputs: impl Iterator<Item = (i64, u32)>) -> Met {
    let mut met = Met::default();
    let ending = match Guest::join(front.from, front.server).await {
        Ok(mut guest) => {
            let tick = guest.session.mirror().tick;
            for (ahead, controls) in inputs {
                let input = input((i64::from(tick) + ahead).clamp(0, u32::MAX.into()) as Tick, tick, controls);
                if guest.line.frame(opcode::BINARY, &input).await.is_err() {
                    break;
                }
            }
            guest.line.ending(LENGTH).await
        }
        Err(ending) => ending,
    };
    met.add(ending);
    met.turned_away = ending == Ending::Closed(code);
    met
}

/// More inputs than a second has room for.
pub(super) async fn input_flood(front: Front) -> Met {
    from_the_inside(front, 4008, (0..FLOOD).map(|number| (i64::from(number % 8), 0))).await
}

/// Controls of bits that the game does not have.
pub(super) async fn impossible(front: Front) -> Met {
    from_the_inside(front, 4006, std::iter::once((1, NO_CONTROLS))).await
}

/// Inputs that lie so far ahead that they would wait for hours. The server has to drop them, and nothing else.
pub(super) async fn far_future(front: Front) -> Met {
    let mut met = Met::default();
    let mut guest = match Guest::join(front.from, front.server).await {
        Ok(guest) => guest,
        Err(ending) => {
            met.add(ending);
            return met;
        }
    };
    let trigger = ShipControls { fire: true, thrust: true, ..ShipControls::default() }.to_bits();
    let tick = guest.session.mirror().tick;
    for ahead in [300, 10_000, 1 << 20, u32::MAX >> 1].into_iter().cycle().take(200) {
        if guest.line.frame(opcode::BINARY, &input(tick.wrapping_add(ahead), tick, trigger)).await.is_err() {
            met.add(Ending::Cut);
            return met;
        }
    }
    // Whoever only lies about when plays on; what it really does still counts.
    let mut fired = 0;
    let player = guest.session.player();
    let ending = guest
        .play(LENGTH, ShipControls::default(), |session| {
            fired += session.mirror().iter().filter(|(_, held)| is_shot_of(&held.state, player)).count();
        })
        .await;
    met.add(ending.unwrap_or(Ending::Open));
    met.note = Some(format!("{fired} of its shots were seen"));
    met.turned_away = fired == 0;
    met
}

fn is_shot_of(state: &Entity, player: Option<u16>) -> bool {
    matches!(state, Entity::Shot(shot) if Some(shot.player) == player)
}

fn ship_of(session: &Session<Arena>) -> Option<Ship> {
    let own = |state: &Entity| match state {
        Entity::Ship(ship) if Some(ship.player) == session.player() => Some(*ship),
        _ => None,
    };
    session.mirror().iter().find_map(|(_, held)| own(&held.state))
}

/// Sends controls for many ticks at once, of the past and of the future, all of them full thrust, and looks whether its ship flies faster than
/// one can, or is somewhere that it could not have flown to.
pub(super) async fn teleport(front: Front) -> Met {
    let mut seen = None::<(Tick, Ship)>;
    let (mut looked, mut broken) = (0_u32, 0_u32);
    let mut met = lie(front, |session| {
        let (tick, rules) = (session.mirror().tick, session.rules());
        let Some(ship) = ship_of(session) else {
            seen = None;
            return;
        };
        if let Some((before_tick, before)) = seen.filter(|(before, _)| tick > *before) {
            let glide = &rules.coast;
            let top = rules.thrust * glide.reach / (1.0 - glide.keep);
            let farthest = (tick - before_tick) as f32 * (top * glide.reach + rules.thrust * glide.push);
            let way = rules.map.terrain.way(before.position(), ship.position()).length();
            // What strikes it may push it; a new ship begins elsewhere, under its guard.
            let is_new = ship.guard > before.guard;
            looked += 1;
            broken += u32::from(!is_new && way > 2.0 * farthest + 1.0);
        }
        seen = Some((tick, ship));
    })
    .await;
    met.note = Some(format!("{looked} places of its ship, {broken} out of reach"));
    met.turned_away = looked > 20 && broken == 0;
    met
}

/// The same with the trigger held, and looks whether it fires sooner than a gun can.
pub(super) async fn rapid_fire(front: Front) -> Met {
    let (mut shots, mut first, mut last, mut permitted) = (0_u32, None, 0, 0);
    let mut newest = 0;
    let mut met = lie(front, |session| {
        let (tick, rules) = (session.mirror().tick, session.rules());
        // A shot's age says when it was fired: each is counted once.
        for (_, held) in session.mirror().iter() {
            if let Entity::Shot(shot) = held.state
                && Some(shot.player) == session.player()
            {
                let fired = tick + u32::from(shot.left) - u32::from(rules.shot_ticks);
                if fired > newest {
                    (newest, shots) = (fired, shots + 1);
                }
            }
        }
        let began = *first.get_or_insert(tick);
        last = tick;
        permitted = (last - began + 2) * u32::from(SUBTICKS) / u32::from(rules.fire_period) + 2;
    })
    .await;
    met.note = Some(format!("{shots} shots in {} ticks, {permitted} permitted", last - first.unwrap_or(last)));
    met.turned_away = shots > 0 && shots <= permitted;
    met
}

/// Plays for a while and lies about when it did what, all triggers held.
async fn lie(front: Front, mut look: impl FnMut(&Session<Arena>)) -> Met {
    let mut met = Met::default();
    let mut guest = match Guest::join(front.from, front.server).await {
        Ok(guest) => guest,
        Err(ending) => {
            met.add(ending);
            return met;
        }
    };
    let mut random = Random::keyed(1, HOSTILE, 0, 0);
    let until = std::time::Instant::now() + LENGTH;
    let mut ending = Ending::Open;
    while std::time::Instant::now() < until {
        let aim = Angle::from_steps(random.below(1024) as i32);
        let controls = ShipControls { aim, thrust: true, fire: true, ..ShipControls::default() };
        let tick = guest.session.mirror().tick;
        let moment = i64::from(tick) + i64::from(random.below(40)) - 10;
        let lie = input(moment.clamp(0, u32::MAX.into()) as Tick, tick, controls.to_bits());
        if guest.line.frame(opcode::BINARY, &lie).await.is_err() {
            ending = Ending::Cut;
            break;
        }
        if let Some(end) = guest.turn(controls).await {
            ending = end;
            break;
        }
        look(&guest.session);
    }
    met.add(ending);
    met
}
