//! What a browser test is told about the arena: the very entities of the last frame.

use glam::Vec2;
use serde::Serialize;
use tickwire_arena::{Arena, kinds::Entity};
use tickwire_sync::{
    PlayerNumber,
    client::{Seen, Session},
    protocol::Watched,
};

use super::{
    camera::Camera,
    director::Subject,
    scores::{clock, name, rows},
};

/// The arena, as it was drawn last.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    ship: Option<OwnReport>,
    ammo: Option<u16>,
    rail_ticks: Option<u16>,
    mines_left: Option<u8>,
    boost: Option<u16>,
    respawn_ticks: Option<u16>,
    ships: Vec<ShipReport>,
    /// Whether a watcher sees the ship that it follows.
    watched_ship: bool,
    shots: usize,
    rocks: usize,
    pickups: usize,
    mines: usize,
    cores: usize,
    /// What is marked on the small map.
    marked: usize,
    picture: PictureReport,
    view: ViewReport,
    scores: Vec<ScoreReport>,
    round: Option<RoundReport>,
}

/// The picture, as it was drawn last.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct PictureReport {
    /// How often the graphics card's memory was lost and filled again; `None` while it is lost.
    pub restored: Option<u32>,
    /// Shapes that move.
    pub shapes: usize,
    /// Particles, in view or not.
    pub particles: usize,
    /// How much the view is to be shaken, 0 to 1.
    pub trauma: f32,
    /// How far it is shaken, in units.
    pub shake: f32,
}

/// What part of the world is seen.
#[derive(Debug, Default, Serialize)]
pub struct ViewReport {
    /// The middle, in units.
    x: f32,
    y: f32,
    /// CSS pixels per unit.
    scale: f32,
    /// Half of it, in units.
    half: [f32; 2],
    /// Where on the page the own ship was drawn last, in CSS pixels.
    ship: [f32; 2],
    /// Whom a director would show: a pilot, and maybe its foe.
    subject: Vec<PlayerNumber>,
}

impl ViewReport {
    /// Of a camera, an own ship on the page, and a director.
    pub fn of(camera: &Camera, ship: Vec2, subject: Option<Subject>) -> Self {
        let subject = subject.into_iter().flat_map(|subject| [Some(subject.pilot), subject.foe]).flatten().collect();
        let (at, half) = (camera.centre, camera.half_view().into());
        Self { x: at.x, y: at.y, scale: camera.scale, half, ship: ship.into(), subject }
    }
}

#[derive(Debug, Serialize)]
struct OwnReport {
    x: f32,
    y: f32,
    heading: f32,
    aim: f32,
    /// Units a second.
    speed: f32,
    hull: u8,
    guarded: bool,
    /// Ticks for which nobody else sees it.
    cloak: u16,
    alive: bool,
}

#[derive(Debug, Serialize)]
struct ShipReport {
    player: PlayerNumber,
    name: String,
    x: f32,
    y: f32,
    hull: u8,
    own: bool,
    away: bool,
}

#[derive(Debug, Serialize)]
struct ScoreReport {
    player: PlayerNumber,
    name: String,
    score: i32,
    kills: u16,
    deaths: u16,
    bot: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoundReport {
    number: u16,
    phase: String,
    ends_at: i32,
    winner: i32,
}

/// Tells of a session and of what was drawn of it last.
pub fn report(
    session: Option<&Session<Arena>>,
    seen: &[Seen<Entity>],
    marked: usize,
    (picture, view): (PictureReport, ViewReport),
) -> Report {
    let mut report = Report { marked, picture, view, ..Report::default() };
    let Some(session) = session else { return report };
    for one in seen {
        match &one.state {
            Entity::Ship(ship) => {
                if one.own {
                    let speed = ship.vx.units().hypot(ship.vy.units()) * session.tick_rate() as f32;
                    report.ship = Some(OwnReport {
                        x: one.pose.x,
                        y: one.pose.y,
                        heading: one.pose.heading,
                        aim: one.pose.aim,
                        speed,
                        hull: ship.hull,
                        guarded: ship.guard > 0,
                        cloak: ship.cloak,
                        alive: true,
                    });
                }
                report.ships.push(ShipReport {
                    player: ship.player,
                    name: name(session, ship.player),
                    x: one.pose.x,
                    y: one.pose.y,
                    hull: ship.hull,
                    own: one.own,
                    away: session.is_away(ship.player),
                });
            }
            Entity::Shot(_) => report.shots += 1,
            Entity::Rock(_) => report.rocks += 1,
            Entity::Pickup(_) => report.pickups += 1,
            Entity::Mine(_) => report.mines += 1,
            Entity::Core(_) => report.cores += 1,
            Entity::Pilot(_) | Entity::Match(_) => {}
        }
    }
    report.watched_ship = match session.watched() {
        Watched::Player(player) => report.ships.iter().any(|ship| ship.player == player),
        Watched::Everything => false,
    };
    let loadout = session.own().loadout();
    report.ammo = Some(loadout.ammo);
    report.mines_left = Some(loadout.mines);
    report.boost = Some(loadout.boost);
    report.rail_ticks = Some(loadout.rail);
    report.respawn_ticks = Some(loadout.respawn);
    report.scores = rows(session)
        .into_iter()
        .map(|row| ScoreReport {
            player: row.player,
            name: row.name,
            score: row.score,
            kills: row.kills,
            deaths: row.deaths,
            bot: row.bot,
        })
        .collect();
    report.round = clock(session).map(|clock| RoundReport {
        number: clock.round,
        phase: format!("{:?}", clock.phase).to_lowercase(),
        ends_at: clock.ends_at,
        winner: clock.winner,
    });
    report
}
