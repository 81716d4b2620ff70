//! The small map in the corner: walls, and whom and what the player knows of. Walls are drawn once for a map; what moves, on a canvas above them.

use glam::Vec2;
use tickwire_arena::{
    Rules,
    kinds::{CoreState, Entity, Side},
    sweep::Rect,
};
use tickwire_sync::{PlayerNumber, client::Seen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::{
    livery::livery,
    palette::{self, Colour},
};
use crate::shell::page;

/// The longer side of the map on the page, in CSS pixels.
const SIDE: f32 = 150.0;
/// Pixels of the canvas for a CSS pixel.
const RATIO: f32 = 2.0;
/// Whether the page has room for the map is asked each so many times: the answer makes the browser lay out the page.
const SHOWS_TO_ASK: u32 = 10;

/// Where things of the arena are on a map of it.
#[derive(Clone, Copy, Debug, Default)]
struct Chart {
    /// The arena's size, in units.
    size: Vec2,
    wraps: bool,
}

impl Chart {
    /// Pixels of the canvas for a unit.
    fn scale(&self) -> f32 {
        SIDE * RATIO / self.size.max_element().max(1.0)
    }

    /// A place of the arena on the canvas.
    fn place(&self, at: Vec2) -> Vec2 {
        let inside = if self.wraps { at.rem_euclid(self.size.max(Vec2::ONE)) } else { at.clamp(Vec2::ZERO, self.size) };
        inside * self.scale()
    }
}

/// The outline of a mark: sides differ in it, as their ships do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outline {
    /// A ship of the one side, or of nobody's.
    Disc,
    /// A ship of the other side.
    Square,
    /// A core.
    Diamond,
    /// The own ship, with its heading in radians.
    Arrow(f32),
}

/// A mark on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mark {
    outline: Outline,
    /// How far it reaches, in pixels of the canvas.
    reach: f32,
    colour: Colour,
}

/// How something is marked; most things are not.
fn mark(seen: &Seen<Entity>, own: Option<PlayerNumber>) -> Option<Mark> {
    let mark = |outline, reach, colour| Some(Mark { outline, reach, colour });
    match &seen.state {
        Entity::Ship(ship) => {
            let colour = livery(ship.player, ship.side, own).colour;
            match ship.side {
                _ if seen.own => mark(Outline::Arrow(seen.pose.heading), 9.0, palette::OWN),
                Side::Azure => mark(Outline::Square, 4.5, colour),
                Side::None | Side::Amber => mark(Outline::Disc, 5.0, colour),
            }
        }
        Entity::Pickup(pickup) => mark(Outline::Disc, 2.5, palette::of_pickup(pickup.what)),
        Entity::Core(core) if core.state != CoreState::Carried => core_mark(core.side),
        _ => None,
    }
}

fn core_mark(side: Side) -> Option<Mark> {
    (side != Side::None).then(|| Mark {
        outline: Outline::Diamond,
        reach: 10.0,
        colour: palette::of_side(side, 0, None),
    })
}

/// A canvas of the page.
#[derive(Debug)]
struct Sheet {
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
}

impl Sheet {
    fn of(id: &str) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page::element(id)?;
        let pen = canvas.get_context("2d")?.ok_or("the browser has no 2D canvas")?.unchecked_into();
        Ok(Self { canvas, pen })
    }

    /// Makes it empty and so many pixels large.
    fn resize(&self, size: Vec2) -> Result<(), JsValue> {
        self.canvas.set_width(size.x.ceil() as u32);
        self.canvas.set_height(size.y.ceil() as u32);
        for (name, length) in [("width", size.x), ("height", size.y)] {
            self.canvas.style().set_property(name, &format!("{}px", length / RATIO))?;
        }
        Ok(())
    }

    fn clear(&self) {
        self.pen.clear_rect(0.0, 0.0, self.canvas.width().into(), self.canvas.height().into());
    }

    fn fill(&self, Mark { outline, reach, colour }: Mark, at: Vec2) -> Result<(), JsValue> {
        self.pen.set_fill_style_str(&palette::css(colour));
        self.pen.begin_path();
        let corners = |corners: &[(f32, f32)], turn: f32| {
            for (number, &corner) in corners.iter().enumerate() {
                let corner = at + Vec2::from_angle(turn).rotate(Vec2::from(corner)) * reach;
                if number == 0 {
                    self.pen.move_to(corner.x.into(), corner.y.into());
                } else {
                    self.pen.line_to(corner.x.into(), corner.y.into());
                }
            }
        };
        match outline {
            Outline::Disc => {
                self.pen.arc(at.x.into(), at.y.into(), reach.into(), 0.0, std::f64::consts::TAU)?;
            }
            Outline::Square => corners(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)], 0.0),
            Outline::Diamond => corners(&[(-1.0, 0.0), (0.0, -1.0), (1.0, 0.0), (0.0, 1.0)], 0.0),
            Outline::Arrow(heading) => corners(&[(1.0, 0.0), (-0.7, -0.75), (-0.35, 0.0), (-0.7, 0.75)], heading),
        }
        self.pen.close_path();
        self.pen.fill();
        Ok(())
    }
}

/// The map of the page.
#[derive(Debug)]
pub struct Minimap {
    walls: Sheet,
    marks: Sheet,
    chart: Chart,
    /// How many marks were drawn last.
    marked: usize,
    /// How often it was shown since the map is this one, and whether there was room for it when that was asked last.
    shows: u32,
    has_room: bool,
}

impl Minimap {
    /// The map of the page.
    ///
    /// # Errors
    /// The page has none, or the browser no 2D canvas.
    pub fn new() -> Result<Self, JsValue> {
        let (walls, marks) = (Sheet::of("minimap-walls")?, Sheet::of("minimap-marks")?);
        Ok(Self { walls, marks, chart: Chart::default(), marked: 0, shows: 0, has_room: false })
    }

    /// Draws the walls of another map.
    ///
    /// # Errors
    /// The browser refuses.
    pub fn survey(&mut self, rules: &Rules) -> Result<(), JsValue> {
        let terrain = &rules.map.terrain;
        self.chart = Chart { size: terrain.size, wraps: terrain.wraps };
        self.shows = 0;
        let size = terrain.size * self.chart.scale();
        self.walls.resize(size)?;
        self.marks.resize(size)?;
        self.walls.pen.set_fill_style_str(&palette::css(palette::WALL));
        for Rect { min, max } in terrain.walls() {
            let (at, far) = (*min * self.chart.scale(), *max * self.chart.scale());
            let extent = (far - at).max(Vec2::splat(1.5));
            self.walls.pen.fill_rect(at.x.into(), at.y.into(), extent.x.into(), extent.y.into());
        }
        Ok(())
    }

    /// Marks what is `seen`, the own ship last and so above all else; nothing where the page has no room for the map.
    ///
    /// # Errors
    /// The browser refuses.
    pub fn show(&mut self, seen: &[Seen<Entity>], own: Option<PlayerNumber>) -> Result<(), JsValue> {
        self.marked = 0;
        if self.shows.is_multiple_of(SHOWS_TO_ASK) {
            self.has_room = self.marks.canvas.client_width() > 0;
        }
        self.shows += 1;
        if !self.has_room {
            return Ok(());
        }
        self.marks.clear();
        for one in seen {
            let at = self.chart.place(Vec2::new(one.pose.x, one.pose.y));
            let carried = match &one.state {
                Entity::Ship(ship) => core_mark(ship.core),
                _ => None,
            };
            for mark in carried.into_iter().chain(mark(one, own)) {
                self.marks.fill(mark, at)?;
                self.marked += 1;
            }
        }
        Ok(())
    }

    /// How many marks were drawn last.
    pub fn marked(&self) -> usize {
        self.marked
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::{Core, Pickup, Rock, Ship};
    use tickwire_sync::game::Pose;

    use super::*;

    fn seen(state: impl Into<Entity>, own: bool) -> Seen<Entity> {
        Seen { id: 1, since: 0, state: state.into(), pose: Pose::default(), own }
    }

    #[test]
    fn every_place_of_the_arena_is_on_the_map_whatever_its_size() {
        for size in [Vec2::new(400.0, 16_384.0), Vec2::splat(3000.0), Vec2::ZERO] {
            for wraps in [false, true] {
                let chart = Chart { size, wraps };
                for at in [Vec2::ZERO, size, size / 2.0, -size, size * 7.3] {
                    let place = chart.place(at);
                    assert!(place.min_element() >= 0.0 && place.max_element() <= SIDE * RATIO + 0.1, "{at} at {place}");
                }
            }
        }
    }

    #[test]
    fn a_ship_beyond_the_seam_of_a_world_that_wraps_is_at_its_other_end() {
        let chart = Chart { size: Vec2::splat(1000.0), wraps: true };
        assert!(chart.place(Vec2::new(-10.0, 500.0)).distance(chart.place(Vec2::new(990.0, 500.0))) < 0.01);
    }

    #[test]
    fn sides_and_the_own_ship_differ_in_outline() {
        let outline =
            |side, own| mark(&seen(Ship { side, ..Ship::default() }, own), Some(0)).map(|mark| mark.outline).unwrap();
        assert_eq!(outline(Side::Amber, false), Outline::Disc);
        assert_eq!(outline(Side::Azure, false), Outline::Square);
        assert_eq!(outline(Side::Azure, true), Outline::Arrow(0.0));
    }

    #[test]
    fn cores_and_pickups_are_marked_and_rocks_are_not() {
        let core = Core { side: Side::Amber, ..Core::default() };
        assert_eq!(mark(&seen(core, false), None).unwrap().outline, Outline::Diamond);
        let carried = Core { state: CoreState::Carried, ..core };
        assert_eq!(mark(&seen(carried, false), None), None);
        assert!(mark(&seen(Pickup::default(), false), None).is_some());
        assert_eq!(mark(&seen(Rock::default(), false), None), None);
    }
}
