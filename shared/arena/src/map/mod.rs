//! The map file: size, walls, rocks, where ships begin, where pickups lie, and which rules it does without.

mod file;

use glam::Vec2;
use tickwire_sync::{
    game::RulesError,
    grid::{POSITION_STEPS, Position, Velocity},
};

pub(crate) use self::file::File;
use self::file::FileBase;
pub use self::file::with_mode;
use crate::{
    kinds::{Mode, Pickup, Placed, Rock, Side},
    sweep::{Rect, Terrain},
    torus,
    tuning::{Tuning, check},
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
    /// What is played for.
    pub mode: Mode,
    /// The bases of the two sides, `Amber` first, where the map has them.
    pub bases: Option<[Base; 2]>,
}

/// Where a side is at home.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// Where its core lies, in units.
    pub core: Vec2,
    /// Where its ships begin, in units; at least one.
    pub spawns: Vec<Vec2>,
}

impl Map {
    /// The base of a side, where there is one.
    pub fn base(&self, side: Side) -> Option<&Base> {
        let [amber, azure] = self.bases.as_ref()?;
        match side {
            Side::None => None,
            Side::Amber => Some(amber),
            Side::Azure => Some(azure),
        }
    }

    /// The base of a side whose core is played for.
    pub fn base_in_play(&self, side: Side) -> Option<&Base> {
        self.base(side).filter(|_| self.mode == Mode::Core)
    }

    /// Where ships of a side begin, in units; at least one place.
    pub fn spawns_of(&self, side: Side) -> &[Vec2] {
        self.base(side).map_or(&self.spawns, |base| &base.spawns)
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
        let base = |name: &str, base: &FileBase| {
            count(&format!("{name}.spawns"), base.spawns.len(), 1, SPAWNS_MAX)?;
            fits(&format!("{name}.core"), 0, base.core.into(), tuning.core.radius)?;
            for (number, &spawn) in base.spawns.iter().enumerate() {
                fits(&format!("{name}.spawns"), number, spawn.into(), tuning.ship.radius)?;
            }
            let spawns = base.spawns.iter().copied().map(Vec2::from).collect();
            Ok::<_, RulesError>(Base { core: base.core.into(), spawns })
        };
        let bases = match (&file.amber, &file.azure) {
            (Some(amber), Some(azure)) => Some([base("amber", amber)?, base("azure", azure)?]),
            (None, None) => None,
            _ => return Err(wrong("it has one base, but there must be two, amber and azure, or none")),
        };
        let mode = mode(&file)?;
        let spawns = file.spawns.into_iter().map(Vec2::from).collect();
        let File { contacts, rounds, bots, .. } = file;
        let name = file.name.trim().to_owned();
        Ok(Self { name, terrain, rocks, spawns, pickups, contacts, rounds, bots, mode, bases })
    }
}

/// What is played for, if the map has what that takes.
fn mode(file: &File) -> Result<Mode, RulesError> {
    let mode = file.mode;
    if mode == Mode::Core && file.amber.is_none() {
        return Err(wrong(
            "core needs bases, and this map has none: add [amber] and [azure], or play ffa or teams on it",
        ));
    }
    if mode != Mode::Ffa && !file.rounds {
        return Err(wrong(
            "teams and core need rounds, and this map has none: leave out rounds = false, or play ffa on it",
        ));
    }
    Ok(mode)
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
    fn every_shipped_map_is_fair_since_a_half_turn_leaves_it_as_it_is() {
        for (name, text) in MAPS {
            let map = read(text).unwrap();
            let size = map.terrain.size;
            for wall in map.terrain.walls() {
                let turned = Rect { min: size - wall.max, max: size - wall.min };
                assert!(map.terrain.walls().contains(&turned), "{name}: {wall:?}");
            }
            for spawn in &map.spawns {
                assert!(map.spawns.contains(&(size - *spawn)), "{name}: {spawn}");
            }
            for pickup in &map.pickups {
                let turned = |other: &Pickup| other.position() == size - pickup.position() && other.what == pickup.what;
                assert!(map.pickups.iter().any(turned), "{name}: {pickup:?}");
            }
            for rock in &map.rocks {
                let turned = |other: &Rock| other.position() == size - rock.position() && other.radius == rock.radius;
                assert!(map.rocks.iter().any(turned), "{name}: {rock:?}");
            }
            if let Some([amber, azure]) = &map.bases {
                assert_eq!(azure.core, size - amber.core, "{name}");
                assert!(amber.spawns.iter().all(|spawn| azure.spawns.contains(&(size - *spawn))), "{name}");
                assert_eq!(amber.spawns.len(), azure.spawns.len(), "{name}");
            }
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
    fn a_map_says_what_is_played_and_a_mode_that_it_cannot_carry_is_refused() {
        let bases =
            "[amber]\ncore = [100, 300]\nspawns = [[60, 300]]\n[azure]\ncore = [700, 300]\nspawns = [[740, 300]]";
        let based = format!("mode = \"core\"\n{SMALL}{bases}");
        let map = read(&based).unwrap();
        assert_eq!((map.mode, map.base(Side::Azure).unwrap().core), (Mode::Core, Vec2::new(700.0, 300.0)));
        assert_eq!(map.spawns_of(Side::Amber), [Vec2::new(60.0, 300.0)]);
        assert_eq!(map.spawns_of(Side::None), [Vec2::new(400.0, 300.0)]);
        for (mode, wanted) in [("ffa", Mode::Ffa), ("teams", Mode::Teams), ("core", Mode::Core)] {
            assert_eq!(read(&with_mode(&based, mode)).unwrap().mode, wanted);
            assert_eq!(read(&with_mode(&format!("{SMALL}{bases}"), mode)).unwrap().mode, wanted);
        }
        assert_eq!(
            read(&with_mode(SMALL, "core")).unwrap_err().0,
            "map: core needs bases, and this map has none: add [amber] and [azure], or play ffa or teams on it"
        );
        assert_eq!(
            read(&with_mode(&format!("rounds = false\n{SMALL}"), "teams")).unwrap_err().0,
            "map: teams and core need rounds, and this map has none: leave out rounds = false, or play ffa on it"
        );
        let half = format!("{SMALL}[amber]\ncore = [100, 300]\nspawns = [[60, 300]]");
        assert!(read(&half).unwrap_err().0.contains("two, amber and azure"));
        let walled = based.replace("core = [700, 300]", "core = [110, 110]");
        assert!(read(&walled).unwrap_err().0.contains("azure.core[0] at (110, 110) needs 18 units"));
        let homeless = based.replace("spawns = [[740, 300]]", "spawns = []");
        assert_eq!(read(&homeless).unwrap_err().0, "map: there are 0 azure.spawns, but there must be 1 to 64");
    }

    #[test]
    fn another_mode_leaves_the_rest_of_every_shipped_map_as_it_is() {
        for (name, text) in MAPS {
            let (map, other) = (read(text).unwrap(), read(&with_mode(text, "ffa")).unwrap());
            assert_eq!(Map { mode: Mode::Ffa, ..map }, other, "{name}");
        }
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
