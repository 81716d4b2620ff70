//! The map file: size, walls, rocks, where ships begin, where pickups lie, and which rules it does without.

use glam::Vec2;
use serde::{Deserialize, Deserializer};
use tickwire_sync::{
    game::RulesError,
    grid::{POSITION_STEPS, Position, Velocity},
    saved,
};

use crate::{
    kinds::{Pickup, PickupKind, Placed, Rock},
    sweep::{Rect, Terrain},
    torus,
    tuning::{Tuning, check, read_toml},
};

/// The longest side of a map, in units.
pub const SIDE_MAX: f32 = 16_384.0;
/// The most walls of a map.
pub const WALLS_MAX: usize = 256;
/// The most rocks of a map.
pub const ROCKS_MAX: usize = 128;
/// The most places of a map where ships begin.
pub const SPAWNS_MAX: usize = 64;
/// The most pickups of a map.
pub const PICKUPS_MAX: usize = 64;

/// A map that holds together: nothing lies in a wall or outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// What people call it.
    pub name: String,
    /// Size and walls.
    pub terrain: Terrain,
    /// Rocks as a round begins, with velocities in units a tick.
    pub rocks: Vec<Rock>,
    /// Where ships begin, in units; at least one.
    pub spawns: Vec<Vec2>,
    /// Pickups as a round begins; no two in one place.
    pub pickups: Vec<Pickup>,
    /// Whether ships and rocks bounce off each other; else they pass through.
    pub contacts: bool,
    /// Whether there are rounds with a winner; else the room has no clock, and points add up.
    pub rounds: bool,
    /// Whether the server may add bots of its own.
    pub bots: bool,
}

/// A map as its file has it; nothing of it is checked yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule that a map may do without")]
pub(crate) struct File {
    name: String,
    width: f32,
    height: f32,
    #[serde(default)]
    wraps: bool,
    #[serde(default = "yes")]
    contacts: bool,
    #[serde(default = "yes")]
    rounds: bool,
    #[serde(default = "yes")]
    bots: bool,
    #[serde(default)]
    walls: Vec<[f32; 4]>,
    #[serde(default)]
    rocks: Vec<FileRock>,
    spawns: Vec<[f32; 2]>,
    #[serde(default)]
    pickups: Vec<FilePickup>,
}

/// What a map has unless it says otherwise.
fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRock {
    x: f32,
    y: f32,
    radius: u32,
    #[serde(default)]
    vx: f32,
    #[serde(default)]
    vy: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePickup {
    x: f32,
    y: f32,
    #[serde(deserialize_with = "kind")]
    kind: PickupKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    Hull,
    Ammo,
    Cloak,
    Shield,
    Overdrive,
}

/// The word that people write for a kind of pickup.
fn kind<'de, D: Deserializer<'de>>(word: D) -> Result<PickupKind, D::Error> {
    FileKind::deserialize(word).map(|kind| match kind {
        FileKind::Hull => PickupKind::Hull,
        FileKind::Ammo => PickupKind::Ammo,
        FileKind::Cloak => PickupKind::Cloak,
        FileKind::Shield => PickupKind::Shield,
        FileKind::Overdrive => PickupKind::Overdrive,
    })
}

saved! {
    File { name, width, height, wraps, contacts, rounds, bots, walls, rocks, spawns, pickups }
    FileRock { x, y, radius, vx, vy }
    FilePickup { x, y, kind }
}

impl File {
    /// Reads a map file.
    ///
    /// # Errors
    /// A sentence that says what is wrong, what was expected, and where.
    pub(crate) fn read(text: &str) -> Result<Self, RulesError> {
        read_toml("map", text)
    }
}

impl Map {
    /// The map of a file, for a room of `tick_rate` ticks a second.
    ///
    /// # Errors
    /// A sentence that says what is wrong, what was expected, and where.
    pub(crate) fn of(file: File, tuning: &Tuning, tick_rate: u32) -> Result<Self, RulesError> {
        if file.name.trim().is_empty() || file.name.chars().count() > 40 {
            return Err(wrong("its name must have 1 to 40 characters"));
        }
        check("map", "width", file.width, 400.0..=SIDE_MAX, "units")?;
        check("map", "height", file.height, 400.0..=SIDE_MAX, "units")?;
        if file.wraps {
            wraps(&file)?;
        }
        count("walls", file.walls.len(), 0, WALLS_MAX)?;
        count("rocks", file.rocks.len(), 0, ROCKS_MAX)?;
        count("spawns", file.spawns.len(), 1, SPAWNS_MAX)?;
        count("pickups", file.pickups.len(), 0, PICKUPS_MAX)?;

        let mut walls = Vec::new();
        for (number, &[x, y, width, height]) in file.walls.iter().enumerate() {
            let wall = Rect::new(x, y, width, height);
            if !(width >= 1.0 && height >= 1.0) {
                return Err(wrong(&format!(
                    "walls[{number}] is {width} x {height}, but a wall is at least 1 x 1 units"
                )));
            }
            if !(x >= 0.0 && y >= 0.0 && wall.max.x <= file.width && wall.max.y <= file.height) {
                return Err(wrong(&format!(
                    "walls[{number}] reaches from ({x}, {y}) to ({}, {}), but the arena from (0, 0) to ({}, {})",
                    wall.max.x, wall.max.y, file.width, file.height
                )));
            }
            walls.push(wall);
        }
        let terrain = Terrain::new(Vec2::new(file.width, file.height), walls, file.wraps);
        let fits = |list: &str, number: usize, at: Vec2, radius: f32| {
            if terrain.fits(at, radius) {
                return Ok(());
            }
            Err(wrong(&format!(
                "{list}[{number}] at ({}, {}) needs {radius} units of free space around it, but lies in a wall or outside",
                at.x, at.y
            )))
        };
        for (number, &spawn) in file.spawns.iter().enumerate() {
            fits("spawns", number, spawn.into(), tuning.ship.radius)?;
        }
        let mut rocks = Vec::new();
        for (number, rock) in file.rocks.iter().enumerate() {
            check("map", &format!("rocks[{number}].radius"), rock.radius as f32, 4.0..=200.0, "units")?;
            let speed = Vec2::new(rock.vx, rock.vy).length();
            check("map", &format!("rocks[{number}]: its speed"), speed, 0.0..=tuning.rock.speed_max, "units a second")?;
            fits("rocks", number, Vec2::new(rock.x, rock.y), rock.radius as f32)?;
            rocks.push(Rock {
                x: Position::from_units(rock.x),
                y: Position::from_units(rock.y),
                vx: Velocity::from_units(rock.vx / tick_rate as f32),
                vy: Velocity::from_units(rock.vy / tick_rate as f32),
                radius: rock.radius as u8,
            });
        }
        let mut pickups: Vec<Pickup> = Vec::new();
        for (number, pickup) in file.pickups.iter().enumerate() {
            fits("pickups", number, Vec2::new(pickup.x, pickup.y), tuning.pickup.radius)?;
            let (x, y) = (Position::from_units(pickup.x), Position::from_units(pickup.y));
            let pickup = Pickup { x, y, what: pickup.kind };
            if pickups.iter().any(|other| other.position() == pickup.position()) {
                return Err(wrong(&format!("pickups[{number}] lies where another pickup already does")));
            }
            pickups.push(pickup);
        }
        let spawns = file.spawns.into_iter().map(Vec2::from).collect();
        let File { contacts, rounds, bots, .. } = file;
        Ok(Self { name: file.name.trim().to_owned(), terrain, rocks, spawns, pickups, contacts, rounds, bots })
    }
}

/// What else holds for a map that wraps.
fn wraps(file: &File) -> Result<(), RulesError> {
    for (name, side) in [("width", file.width), ("height", file.height)] {
        check("map", &format!("{name} of a map that wraps"), side, torus::SIDE_MIN..=SIDE_MAX, "units")?;
        if (side * POSITION_STEPS).fract() != 0.0 {
            return Err(wrong(&format!(
                "{name} is {side}, but a map that wraps needs a multiple of 1/{POSITION_STEPS}"
            )));
        }
    }
    if !file.walls.is_empty() {
        return Err(wrong(&format!(
            "it wraps and has {} walls, but a map that wraps has none; leave out wraps or the walls",
            file.walls.len()
        )));
    }
    Ok(())
}

fn wrong(what: &str) -> RulesError {
    RulesError(format!("map: {what}"))
}

fn count(list: &str, number: usize, least: usize, most: usize) -> Result<(), RulesError> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(wrong(&format!("there are {number} {list}, but there must be {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DEFAULT_MAP, DEFAULT_TUNING, MAPS};

    const SMALL: &str = r#"
        name = "Small"
        width = 800
        height = 600
        walls = [[100, 100, 50, 50]]
        spawns = [[400, 300]]
        rocks = [{ x = 200, y = 300, radius = 20, vx = 10 }]
        pickups = [{ x = 300, y = 300, kind = "ammo" }]
    "#;

    fn read(text: &str) -> Result<Map, RulesError> {
        Map::of(File::read(text)?, &Tuning::read(DEFAULT_TUNING).unwrap(), 30)
    }

    fn error(from: &str, to: &str) -> String {
        assert!(SMALL.contains(from));
        read(&SMALL.replacen(from, to, 1)).unwrap_err().0
    }

    #[test]
    fn every_shipped_map_reads_and_the_default_is_one_of_them() {
        for (name, text) in MAPS {
            let map = read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(map.spawns.len() >= 8);
        }
        assert!(MAPS.iter().any(|(_, text)| *text == DEFAULT_MAP));
    }

    #[test]
    fn the_default_map_is_fair_since_a_half_turn_leaves_it_as_it_is() {
        let map = read(DEFAULT_MAP).unwrap();
        let size = map.terrain.size;
        for wall in map.terrain.walls() {
            assert!(map.terrain.walls().contains(&Rect { min: size - wall.max, max: size - wall.min }));
        }
        for spawn in &map.spawns {
            assert!(map.spawns.contains(&(size - *spawn)));
        }
        for pickup in &map.pickups {
            assert!(map.pickups.iter().any(|other| other.position() == size - pickup.position()));
        }
    }

    #[test]
    fn a_map_may_leave_out_what_it_does_not_need() {
        let map = read("name = \"Bare\"\nwidth = 400\nheight = 400\nspawns = [[200, 200]]").unwrap();
        assert!(map.rocks.is_empty() && map.pickups.is_empty() && map.terrain.walls().is_empty());
        assert!(read(SMALL).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_map_is_said_in_a_sentence() {
        assert_eq!(error("800", "80000"), "map: width is 80000, but must be from 400 to 16384 (units)");
        assert_eq!(error("[[400, 300]]", "[]"), "map: there are 0 spawns, but there must be 1 to 64");
        assert_eq!(
            error("[[400, 300]]", "[[400, 300], [110, 110]]"),
            "map: spawns[1] at (110, 110) needs 14 units of free space around it, but lies in a wall or outside"
        );
        assert_eq!(error("50, 50]", "0, 50]"), "map: walls[0] is 0 x 50, but a wall is at least 1 x 1 units");
        assert_eq!(
            error("100, 100, 50", "780, 100, 50"),
            "map: walls[0] reaches from (780, 100) to (830, 150), but the arena from (0, 0) to (800, 600)"
        );
        assert_eq!(error("radius = 20", "radius = 2"), "map: rocks[0].radius is 2, but must be from 4 to 200 (units)");
        assert_eq!(
            error("vx = 10", "vx = 999"),
            "map: rocks[0]: its speed is 999, but must be from 0 to 150 (units a second)"
        );
        assert_eq!(
            error("x = 300, y", "x = 799, y"),
            "map: pickups[0] at (799, 300) needs 14 units of free space around it, but lies in a wall or outside"
        );
        assert_eq!(error("\"Small\"", "\"\""), "map: its name must have 1 to 40 characters");
        assert_eq!(
            error("\"ammo\"", "\"gold\""),
            "map, line 8: unknown variant `gold`, expected one of `hull`, `ammo`, `cloak`, `shield`, `overdrive`"
        );
        assert!(error("walls", "wals").starts_with("map, line 5: unknown field `wals`, expected"));
    }

    #[test]
    fn a_map_says_which_rules_it_does_without() {
        let map = read(SMALL).unwrap();
        assert!(map.contacts && map.rounds && map.bots && !map.terrain.wraps);
        let (_, open) = MAPS.iter().find(|(name, _)| *name == "open").unwrap();
        let open = read(open).unwrap();
        assert!(!open.contacts && !open.rounds && !open.bots && open.terrain.wraps);
        assert_eq!(open.terrain.size, Vec2::splat(4000.0));
        assert!(open.terrain.walls().is_empty() && open.rocks.is_empty() && open.pickups.is_empty());
    }

    #[test]
    fn a_map_that_wraps_has_no_walls_and_whole_grid_steps_and_shows_nothing_twice() {
        let wraps = |width: &str, walls: &str| {
            read(&format!("name = \"Torus\"\nwidth = {width}\nheight = 4000\nwraps = true\nspawns = [[9, 9]]\n{walls}"))
        };
        assert!(wraps("4000", "").is_ok());
        assert!(wraps("2800.00390625", "").is_ok());
        assert_eq!(
            wraps("2800.001", "").unwrap_err().0,
            "map: width is 2800.001, but a map that wraps needs a multiple of 1/256"
        );
        assert_eq!(
            wraps("2000", "").unwrap_err().0,
            "map: width of a map that wraps is 2000, but must be from 2800 to 16384 (units)"
        );
        assert_eq!(
            wraps("4000", "walls = [[100, 100, 50, 50]]").unwrap_err().0,
            "map: it wraps and has 1 walls, but a map that wraps has none; leave out wraps or the walls"
        );
        assert!(wraps("4000", "pickups = [{ x = 4001, y = 9, kind = \"cloak\" }]").is_err());
    }

    #[test]
    fn a_number_that_is_none_is_refused_everywhere() {
        for (from, to) in [
            ("800", "nan"),
            ("100, 100, 50", "nan, 100, 50"),
            ("50, 50]", "nan, 50]"),
            ("50, 50]", "inf, 50]"),
            ("400, 300", "nan, 300"),
            ("vx = 10", "vx = nan"),
            ("x = 200", "x = inf"),
            ("x = 300", "x = nan"),
        ] {
            error(from, to);
        }
    }
}
