//! What of the window the page covers, so that the picture keeps clear of it; and what gives way to the own ship.

use std::mem::discriminant;

use glam::Vec2;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use super::camera::Insets;
use crate::shell::{page, watch::Gaze};

/// The page is looked at so often, in seconds: it seldom changes.
const LOOK_SECONDS: f64 = 0.1;
/// What shows through once the own ship is under it.
const GIVING_WAY: [&str; 4] = ["standing", "feed", "minimap", "thumbs"];

/// How far a ship reaches on the page at most, in CSS pixels.
const SHIP_REACH: f32 = 24.0;

/// A part of the window, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Area {
    min: Vec2,
    max: Vec2,
}

impl Area {
    /// Where an element is; nowhere if it is hidden.
    fn of(element: &HtmlElement) -> Option<Self> {
        let rect = element.get_bounding_client_rect();
        let area = Self {
            min: Vec2::new(rect.left() as f32, rect.top() as f32),
            max: Vec2::new(rect.right() as f32, rect.bottom() as f32),
        };
        (area.min.cmplt(area.max).all()).then_some(area)
    }

    fn touches(&self, at: Vec2, reach: f32) -> bool {
        (at + reach).cmpge(self.min).all() && (at - reach).cmple(self.max).all()
    }
}

/// Who looks at the picture, and so what stands around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Looker {
    /// Somebody at the start screen.
    Visitor,
    /// Somebody who plays, with the ship there, in CSS pixels, or without one just now.
    Pilot(Option<Vec2>),
    /// Somebody who looks on.
    Watcher(Gaze),
}

/// The parts of the page that cover the picture.
#[derive(Debug)]
pub struct Cover {
    start: HtmlElement,
    standing: HtmlElement,
    top: HtmlElement,
    /// What stands at the bottom.
    bottom: [HtmlElement; 3],
    /// What can be opened at the side.
    panel: HtmlElement,
    giving_way: Vec<HtmlElement>,
    insets: Insets,
    /// When, and for whom.
    looked_at: f64,
    looker: Looker,
}

impl Cover {
    /// The parts of the page.
    ///
    /// # Errors
    /// The page lacks one.
    pub fn new() -> Result<Self, JsValue> {
        let giving_way: Result<Vec<HtmlElement>, JsValue> = GIVING_WAY.into_iter().map(page::element).collect();
        Ok(Self {
            start: page::element("start")?,
            standing: page::element("standing")?,
            top: page::element("match")?,
            bottom: [page::element("gauges")?, page::element("chat-button")?, page::element("watch")?],
            panel: page::element("network")?,
            giving_way: giving_way?,
            insets: Insets::default(),
            looked_at: f64::NEG_INFINITY,
            looker: Looker::Visitor,
        })
    }

    /// How much is covered of a window of that size, as `looker` has it before them. To be asked at the beginning of a frame, before anything on
    /// the page is changed: otherwise the browser lays it out once more.
    pub fn insets(&mut self, looker: Looker, window: Vec2, now: f64) -> Insets {
        let is_another = discriminant(&looker) != discriminant(&self.looker);
        if is_another || now - self.looked_at >= LOOK_SECONDS {
            (self.looked_at, self.looker) = (now, looker);
            self.insets = self.look(looker, window);
        }
        self.insets
    }

    fn look(&self, looker: Looker, window: Vec2) -> Insets {
        let ship = if let Looker::Pilot(ship) = looker { ship } else { None };
        for element in &self.giving_way {
            let is_under = |ship| Area::of(element).is_some_and(|area| area.touches(ship, SHIP_REACH));
            let _ = element.class_list().toggle_with_force("under", ship.is_some_and(is_under));
        }
        match looker {
            Looker::Visitor => Area::of(&self.start).map(|start| beside(start, window)).unwrap_or_default(),
            Looker::Watcher(Gaze::Everything) => {
                let between = self.between(window);
                Area::of(&self.standing).map_or(between, |standing| clear_of(between, standing, window))
            }
            Looker::Pilot(_) | Looker::Watcher(_) => self.between(window),
        }
    }

    /// Between what stands at the top and what stands at the bottom, and beside what is open.
    fn between(&self, window: Vec2) -> Insets {
        let bottom = self.bottom.iter().filter_map(Area::of).map(|area| window.y - area.min.y).fold(0.0, f32::max);
        let top = Area::of(&self.top).map_or(0.0, |area| area.max.y);
        let sides = Area::of(&self.panel).map(|panel| beside(panel, window)).unwrap_or_default();
        Insets { min: Vec2::new(sides.min.x, top), max: Vec2::new(sides.max.x, bottom) }
    }
}

/// Beside a column that is as high as the window, or above one that is as wide.
fn beside(column: Area, window: Vec2) -> Insets {
    let mut insets = Insets::default();
    // Sizes of the page are fractions, that of the window is rounded.
    if column.max.x - column.min.x >= window.x - 1.0 {
        insets.max.y = window.y - column.min.y;
    } else if column.min.x > window.x - column.max.x {
        insets.max.x = window.x - column.min.x;
    } else {
        insets.min.x = column.max.x;
    }
    insets
}

/// Clear of a list in an upper corner too: between it and its mirror image, or below it where the window is upright.
fn clear_of(between: Insets, list: Area, window: Vec2) -> Insets {
    let Insets { mut min, mut max } = between;
    if window.x > window.y {
        let wide = list.max.x.min(window.x - list.min.x);
        (min.x, max.x) = (min.x.max(wide), max.x.max(wide));
    } else {
        min.y = min.y.max(list.max.y);
    }
    Insets { min, max }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
        Area { min: Vec2::new(left, top), max: Vec2::new(right, bottom) }
    }

    #[test]
    fn the_match_behind_the_start_screen_is_beside_its_column_or_above_it() {
        let wide = Vec2::new(1440.0, 900.0);
        assert_eq!(beside(area(0.0, 0.0, 640.0, 900.0), wide), Insets { min: Vec2::new(640.0, 0.0), max: Vec2::ZERO });
        let from_the_right = beside(area(800.0, 0.0, 1440.0, 900.0), wide);
        assert_eq!(from_the_right, Insets { min: Vec2::ZERO, max: Vec2::new(640.0, 0.0) });
        let upright = beside(area(0.0, 420.0, 389.7, 844.0), Vec2::new(390.0, 844.0));
        assert_eq!(upright, Insets { min: Vec2::ZERO, max: Vec2::new(0.0, 424.0) });
    }

    #[test]
    fn everything_is_shown_clear_of_the_list_of_leaders_on_every_screen() {
        let between = Insets { min: Vec2::new(0.0, 60.0), max: Vec2::new(0.0, 110.0) };
        let (list, wide) = (area(16.0, 14.0, 206.0, 145.0), Vec2::new(1440.0, 900.0));
        let wanted = Insets { min: Vec2::new(206.0, 60.0), max: Vec2::new(206.0, 110.0) };
        assert_eq!(clear_of(between, list, wide), wanted);
        assert_eq!(clear_of(between, area(1234.0, 14.0, 1424.0, 145.0), wide), wanted, "from right to left");
        let upright = clear_of(between, area(16.0, 14.0, 144.0, 125.0), Vec2::new(390.0, 844.0));
        assert_eq!((upright.min, upright.max), (Vec2::new(0.0, 125.0), between.max));
    }
}
