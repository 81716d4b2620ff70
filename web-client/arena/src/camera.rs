//! What part of the world is seen: about the same for every window, so that nobody buys a wider view with a wider screen.

mod led;

use glam::Vec2;
use tickwire_sync::Tick;

use self::led::Hands;

/// The seen area in square units, whatever the shape of the window.
const AREA: f32 = 1240.0 * 775.0;
/// The longest side of what is seen, in units.
const SIDE_MAX: f32 = 1400.0;
/// The view leads by this much towards the aim, in units.
const LOOK_AHEAD: f32 = 70.0;
/// Look-ahead follows the aim within this time, in seconds.
const AHEAD_SECONDS: f32 = 0.3;
/// A jump to another ship is glided over within this time, in seconds.
const GLIDE_SECONDS: f32 = 0.13;

/// What is seen around the arena when all of it is, in units: room for names at its edges.
const AROUND: f32 = 60.0;
/// How far one sees beyond the arena's border at most, in units.
const BEYOND: f32 = 110.0;
/// Where the page covers more than that, the border keeps clear of what covers it by this much, in units: a ship beside it is seen whole.
const CLEAR: f32 = 40.0;
/// The view makes room for what comes to cover it within this time, in seconds.
const COVER_SECONDS: f32 = 0.2;
/// In a world that wraps the view flies on and on, and only this far out comes home: so seldom that nobody minds the stars' jump, and near
/// enough for `f32` to hold 1/64 unit.
const AWAY_MAX: f32 = 131_072.0;

/// How much of the window the page covers at its sides, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Insets {
    /// At the left and at the top.
    pub min: Vec2,
    /// At the right and at the bottom.
    pub max: Vec2,
}

impl Insets {
    /// Of a window of that size: however much is covered, a third is left to see.
    fn within(self, size: Vec2) -> Self {
        let min = self.min.min(size / 3.0);
        Self { min, max: self.max.min(size / 1.5 - min) }
    }
}

/// A view of the world.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// The middle of the view, in units.
    pub centre: Vec2,
    /// Added to the middle for the moment, in units.
    pub shake: Vec2,
    /// CSS pixels per unit.
    pub scale: f32,
    size: Vec2,
    /// What the page covers. The middle of the view is drawn in the middle of the rest.
    insets: Insets,
    /// Whether that was told since the view is one of this world.
    covered: bool,
    /// The arena's size in units; zero where there is none.
    arena: Vec2,
    /// Whether what is beyond an edge is the opposite one.
    wraps: bool,
    lens: Lens,
    ahead: Vec2,
    slack: Vec2,
    /// `None` for nothing.
    followed: Option<Followed>,
    hands: Hands,
}

/// What decides how large things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lens {
    /// The window: a player sees as much as any other.
    Near,
    /// All of the arena is seen.
    Everything,
    /// Whoever leads the view.
    Free,
}

/// What the view goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    /// A ship, by the tick of its birth.
    Ship(Tick),
    /// A director, by the number of its take.
    Take(u32),
    /// A watcher's hands.
    Hands,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            centre: Vec2::ZERO,
            shake: Vec2::ZERO,
            scale: 1.0,
            size: Vec2::ONE,
            insets: Insets::default(),
            covered: false,
            arena: Vec2::ZERO,
            wraps: false,
            lens: Lens::Near,
            ahead: Vec2::ZERO,
            slack: Vec2::ZERO,
            followed: None,
            hands: Hands::default(),
        }
    }
}

/// The share of a way that is gone in a frame, if most of it takes so many seconds.
fn share(elapsed: f32, seconds: f32) -> f32 {
    1.0 - (-elapsed / seconds).exp()
}

/// CSS pixels per unit for a window of that size.
pub fn scale_for(size: Vec2) -> f32 {
    let by_area = (size.x * size.y / AREA).sqrt();
    by_area.max(size.max_element() / SIDE_MAX).max(f32::MIN_POSITIVE)
}

impl Camera {
    /// The window has this size, in CSS pixels.
    pub fn resize(&mut self, size: Vec2) {
        self.size = size.max(Vec2::ONE);
        // Of a larger window, they may be more than there is.
        self.insets = self.insets.within(self.size);
        match self.lens {
            Lens::Near => self.scale = scale_for(self.size),
            Lens::Everything => self.scale = self.scale_for_everything(),
            Lens::Free => {}
        }
    }

    /// The page covers that much of the window now, `elapsed` seconds after the last frame. A new view has made room for it at once; one that is
    /// looked at already glides.
    pub fn cover(&mut self, insets: Insets, elapsed: f32) {
        let wanted = insets.within(self.size);
        let is_new = !std::mem::replace(&mut self.covered, true);
        let gone = if is_new { 1.0 } else { share(elapsed, COVER_SECONDS) };
        self.insets.min += (wanted.min - self.insets.min) * gone;
        self.insets.max += (wanted.max - self.insets.max) * gone;
        self.resize(self.size);
    }

    /// What the page leaves of the window, in CSS pixels.
    fn free(&self) -> Vec2 {
        self.size - self.insets.min - self.insets.max
    }

    /// From the middle of the window to the middle of the view, in CSS pixels.
    fn aside(&self) -> Vec2 {
        (self.insets.min - self.insets.max) / 2.0
    }

    /// All of the arena fits, with a little around it.
    fn scale_for_everything(&self) -> f32 {
        let margin = if self.wraps { 0.0 } else { AROUND };
        (self.free() / (self.arena + 2.0 * margin).max(Vec2::ONE)).min_element().max(f32::MIN_POSITIVE)
    }

    /// Shows all of the arena, and follows nothing.
    pub fn look_at_everything(&mut self) {
        self.stay();
        self.lens = Lens::Everything;
        self.centre = self.arena / 2.0;
        self.resize(self.size);
    }

    /// Shows a part again.
    pub fn look_near(&mut self) {
        if std::mem::replace(&mut self.lens, Lens::Near) != Lens::Near {
            self.stay();
            self.resize(self.size);
        }
    }

    /// Another world: an arena of that size that wraps or not, or none if it is zero. Its middle is seen, and nothing is followed.
    pub fn enter(&mut self, arena: Vec2, wraps: bool) {
        *self = Self { size: self.size, arena, wraps, centre: arena / 2.0, ..Self::default() };
        self.resize(self.size);
    }

    /// The image of `at` that is nearest to the middle of the view: `at` itself, unless the world wraps.
    pub fn nearest(&self, at: Vec2) -> Vec2 {
        self.nearest_to(at, self.centre)
    }

    /// The image of `at` that is nearest to `to`.
    pub fn nearest_to(&self, at: Vec2, to: Vec2) -> Vec2 {
        if self.wraps { at - self.arena * ((at - to) / self.arena).round() } else { at }
    }

    /// The shorter way from one place to another, both within the world: [`nearest_to`](Self::nearest_to) for many at once.
    pub fn way(&self, from: Vec2, to: Vec2) -> Vec2 {
        let (way, half) = (to - from, self.arena / 2.0);
        if !self.wraps {
            return way;
        }
        let worlds = |too_far| Vec2::select(too_far, self.arena, Vec2::ZERO);
        way - worlds(way.cmpgt(half)) + worlds(way.cmplt(-half))
    }

    /// What is between two lines of a grid that has none at the edges, near `units`; `None` where the world has a border.
    pub fn grid(&self, units: f32) -> Option<Vec2> {
        self.wraps.then(|| self.arena / (self.arena / units).round())
    }

    /// `centre`, moved so that not too much is seen of what lies beyond the border.
    fn within(&self, centre: Vec2) -> Vec2 {
        if self.arena == Vec2::ZERO || self.wraps {
            return centre;
        }
        let (half, middle) = (self.free() / (2.0 * self.scale), self.arena / 2.0);
        let nearest = |covered: Vec2| (half - (BEYOND - covered / self.scale).max(Vec2::splat(CLEAR))).min(middle);
        centre.clamp(nearest(self.insets.min), self.arena - nearest(self.insets.max))
    }

    /// The ship is gone: the view stays.
    pub fn stay(&mut self) {
        if self.followed.take().is_some() {
            self.ahead = Vec2::ZERO;
        }
    }

    /// Follows a ship at `at` that aims along `aim` (a unit vector); `since` tells one ship from the next.
    pub fn follow(&mut self, at: Vec2, aim: Vec2, since: Tick, first: bool, elapsed: f32) {
        self.come_home();
        let at = self.nearest(at);
        if self.followed.replace(Followed::Ship(since)) != Some(Followed::Ship(since)) {
            self.slack = if first { Vec2::ZERO } else { self.centre - self.within(at + self.ahead) };
        }
        self.ahead += (aim * LOOK_AHEAD - self.ahead) * share(elapsed, AHEAD_SECONDS);
        self.slack -= self.slack * share(elapsed, GLIDE_SECONDS);
        self.centre = self.within(at + self.ahead) + self.slack;
    }

    /// What is drawn in the middle of the window, in units.
    pub fn eye(&self) -> Vec2 {
        self.centre + self.shake - self.aside() / self.scale
    }

    /// Where something is on the page, in CSS pixels.
    pub fn on_page(&self, at: Vec2) -> Vec2 {
        (at - self.eye()) * self.scale + self.size / 2.0
    }

    /// The place next to `at` where a text begins on a device pixel, and so is sharp; of those there are `ratio` per CSS pixel.
    pub fn on_device_pixel(&self, at: Vec2, ratio: f32) -> Vec2 {
        let corner = self.eye() - self.half_view();
        let pixel = self.scale * ratio;
        corner + ((at - corner) * pixel).round() / pixel
    }

    /// Half of what is seen, in units.
    pub fn half_view(&self) -> Vec2 {
        self.size / (2.0 * self.scale)
    }

    /// Whether something at `at` that reaches `reach` units far is seen.
    pub fn sees(&self, at: Vec2, reach: f32) -> bool {
        let off = (at - self.eye()).abs() - self.half_view();
        off.max_element() <= reach
    }

    /// For something out of sight: where its marker stands at the edge of the view, `margin` units from it, and in which direction it lies.
    pub fn marker(&self, at: Vec2, margin: f32) -> Option<(Vec2, Vec2)> {
        if self.sees(at, 0.0) {
            return None;
        }
        let (way, room) = (at - self.eye(), self.half_view() - margin);
        let share = (room / way.abs().max(Vec2::splat(1e-3))).min_element();
        Some((self.eye() + way * share, way.normalize_or_zero()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1440.0, 900.0));
        camera
    }

    #[test]
    fn every_window_sees_about_the_same_area_and_never_beyond_1400_units() {
        for size in [(1440.0, 900.0), (900.0, 600.0), (390.0, 844.0), (3840.0, 1080.0), (200.0, 200.0)] {
            let size = Vec2::from(size);
            let seen = size / scale_for(size);
            assert!(seen.max_element() <= SIDE_MAX + 0.1, "{seen}");
            assert!(seen.x * seen.y <= AREA * 1.001, "{seen}");
            assert!(seen.x * seen.y >= AREA * 0.4, "{seen}");
        }
    }

    #[test]
    fn a_point_of_the_world_has_its_place_on_the_page() {
        let mut camera = camera();
        camera.centre = Vec2::new(500.0, 300.0);
        assert_eq!(camera.on_page(Vec2::new(500.0, 300.0)), Vec2::new(720.0, 450.0));
        let right = camera.on_page(Vec2::new(600.0, 300.0));
        assert!((right.x - 720.0 - 100.0 * camera.scale).abs() < 1e-3 && right.y == 450.0);
    }

    #[test]
    fn a_text_begins_on_a_pixel_of_the_screen_and_hardly_elsewhere() {
        let mut camera = camera();
        camera.centre = Vec2::new(500.3, 300.7);
        let at = Vec2::new(612.34, 287.65);
        let moved = camera.on_device_pixel(at, 2.0);
        let pixels = camera.on_page(moved) * 2.0;
        assert!((pixels - pixels.round()).abs().max_element() < 0.01, "{pixels}");
        assert!(moved.distance(at) < 0.5);
    }

    #[test]
    fn the_first_ship_is_shown_at_once_and_the_next_one_glided_to() {
        let mut camera = camera();
        camera.follow(Vec2::new(900.0, 0.0), Vec2::X, 1, true, 0.0);
        assert_eq!(camera.centre, Vec2::new(900.0, 0.0));
        camera.stay();
        camera.follow(Vec2::new(0.0, 0.0), Vec2::X, 2, false, 0.016);
        assert!(camera.centre.x > 700.0, "still near where the last ship was: {}", camera.centre.x);
        for _ in 0..120 {
            camera.follow(Vec2::ZERO, Vec2::X, 2, false, 0.016);
        }
        assert!((camera.centre.x - LOOK_AHEAD).abs() < 1.0);
    }

    #[test]
    fn the_view_keeps_to_the_arena_and_a_small_arena_to_its_middle() {
        let mut camera = camera();
        camera.enter(Vec2::new(2400.0, 400.0), false);
        camera.follow(Vec2::ZERO, Vec2::X, 1, true, 0.0);
        let seen = camera.centre - camera.half_view();
        assert!((seen.x + BEYOND).abs() < 0.1, "{seen}");
        assert_eq!(camera.centre.y, 200.0);
    }

    #[test]
    fn who_sees_everything_sees_every_corner_and_then_a_part_again() {
        for (arena, wraps) in [(Vec2::new(2400.0, 1600.0), false), (Vec2::splat(4000.0), true)] {
            let mut camera = camera();
            camera.enter(arena, wraps);
            let near = camera.scale;
            camera.look_at_everything();
            for corner in [Vec2::ZERO, arena, Vec2::new(arena.x, 0.0), Vec2::new(0.0, arena.y)] {
                assert!(camera.sees(corner, 0.5), "{corner}");
            }
            camera.look_near();
            assert_eq!(camera.scale, near);
        }
    }

    #[test]
    fn what_is_looked_at_is_drawn_aside_of_what_covers_the_middle() {
        let mut camera = camera();
        camera.enter(Vec2::splat(2000.0), false);
        assert_eq!(camera.on_page(camera.centre), camera.size / 2.0);
        camera.cover(Insets { min: Vec2::new(480.0, 0.0), max: Vec2::ZERO }, 0.0);
        assert!(camera.on_page(camera.centre).distance(Vec2::new(960.0, 450.0)) < 0.01);
        camera.look_at_everything();
        for corner in [Vec2::ZERO, camera.arena] {
            assert!(camera.on_page(corner).x >= 480.0, "{corner}");
        }
        camera.cover(Insets::default(), 1.0 / 60.0);
        assert!((930.0..950.0).contains(&camera.on_page(camera.centre).x), "glides to the middle");
    }

    #[test]
    fn a_ship_in_a_corner_is_seen_whole_beside_what_the_page_covers() {
        for size in [(1440.0, 900.0), (390.0, 844.0), (844.0, 390.0)] {
            let (mut camera, size) = (camera(), Vec2::from(size));
            camera.resize(size);
            camera.enter(Vec2::new(2400.0, 1600.0), false);
            camera.cover(Insets { min: Vec2::new(0.0, 60.0), max: Vec2::new(0.0, 110.0) }, 0.0);
            for corner in [Vec2::ZERO, camera.arena] {
                camera.follow(corner, Vec2::X, 1, true, 0.0);
                let at = camera.on_page(corner);
                let reach = Vec2::splat(20.0 * camera.scale);
                assert!((at - reach).cmpge(Vec2::new(0.0, 60.0)).all(), "{at} of {size}");
                assert!((at + reach).cmple(size - Vec2::new(0.0, 110.0)).all(), "{at} of {size}");
                camera.stay();
            }
        }
    }

    #[test]
    fn a_page_that_covers_all_leaves_a_third_to_see() {
        let mut camera = camera();
        camera.cover(Insets { min: Vec2::splat(9000.0), max: Vec2::splat(9000.0) }, 0.0);
        assert!((camera.free() - camera.size / 3.0).abs().max_element() < 0.01);
        // As soon as the window is another one, before anything glides.
        camera.resize(Vec2::new(390.0, 60.0));
        assert!(camera.free().cmpge(camera.size * 0.33).all(), "{}", camera.free());
        camera.look_at_everything();
        assert!(camera.half_view().max_element() < 20_000.0, "{}", camera.half_view());
    }

    #[test]
    fn the_view_flies_on_over_the_edge_of_a_world_that_wraps_and_sees_what_is_beyond() {
        let mut camera = camera();
        camera.enter(Vec2::splat(4000.0), true);
        camera.follow(Vec2::new(3999.0, 100.0), Vec2::X, 1, true, 0.0);
        camera.follow(Vec2::new(3.0, 100.0), Vec2::X, 1, false, 0.0);
        assert_eq!(camera.centre, Vec2::new(4003.0, 100.0), "4 units farther, not 3996 back");
        assert_eq!(camera.nearest(Vec2::new(50.0, 3990.0)), Vec2::new(4050.0, -10.0));
        assert!(camera.sees(camera.nearest(Vec2::new(50.0, 3990.0)), 0.0));
        assert_eq!(camera.way(Vec2::new(50.0, 3990.0), Vec2::new(3950.0, 10.0)), Vec2::new(-100.0, 20.0));
        assert_eq!(camera.grid(100.0), Some(Vec2::splat(100.0)));
    }

    #[test]
    fn a_view_that_flew_very_far_comes_home_by_whole_worlds() {
        let mut camera = camera();
        camera.enter(Vec2::splat(4000.0), true);
        let mut at = 0.0;
        for _ in 0..500 {
            at += 1000.0;
            camera.follow(Vec2::new(at % 4000.0, 0.0), Vec2::X, 1, true, 0.0);
            assert!(camera.centre.x <= AWAY_MAX + 1000.0);
            assert_eq!(camera.centre.x % 4000.0, at % 4000.0);
        }
    }

    #[test]
    fn what_is_out_of_sight_has_a_marker_at_the_edge_in_its_direction() {
        let camera = camera();
        assert_eq!(camera.marker(Vec2::new(10.0, 10.0), 20.0), None);
        let (at, way) = camera.marker(Vec2::new(5000.0, 0.0), 20.0).unwrap();
        assert!((at.x - (camera.half_view().x - 20.0)).abs() < 0.1 && at.y == 0.0);
        assert_eq!(way, Vec2::X);
        assert!(camera.sees(at, 0.0));
    }
}
