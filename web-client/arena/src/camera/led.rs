//! How the view is led for those who look on: by a director, or by their own hands.

use glam::Vec2;

use super::{Camera, Followed, Lens, scale_for, share};
use crate::{director::Framing, shell::roaming::Roaming};

/// From here on, in units, another subject is cut to: on the way there would be nothing to see, and it would go by too fast.
const CUT_BEYOND: f32 = 700.0;
/// A subject nearer than that is glided to, and what is framed grows or shrinks, within this time, in seconds.
const LEAD_SECONDS: f32 = 0.45;
/// Held keys lead across half of what is seen in this time, in seconds.
const PAN_SECONDS: f32 = 0.75;
/// A pan gathers way, and comes to rest, within this time, in seconds.
const WAY_SECONDS: f32 = 0.09;
/// What moves by less than this, in units a second, rests, and a scale that is off by less than this share is there.
const REST: f32 = 1.0;
const THERE: f32 = 1e-3;
/// A step of the wheel makes things larger or smaller by this power of e: a quarter.
const STEP: f32 = 0.223;
/// Steps are eased within this time, in seconds.
const ZOOM_SECONDS: f32 = 0.08;
/// Nobody comes nearer than this, beside what a player sees.
const NEAREST: f32 = 2.5;

/// What hands that lead the view keep up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hands {
    /// Units a second.
    way: Vec2,
    /// What the scale goes to, in CSS pixels per unit.
    scale: f32,
    /// What stays where it is on the page meanwhile, in CSS pixels from the middle.
    around: Vec2,
}

impl Camera {
    /// Shows what a director frames; `calm` if nothing may glide there.
    pub fn frame(&mut self, framing: Framing, calm: bool, elapsed: f32) {
        self.come_home();
        let at = self.nearest(framing.at);
        let fits = (self.free() / (2.0 * framing.reach).max(Vec2::ONE)).min_element();
        let near = scale_for(self.size);
        let scale = fits.clamp(self.scale_for_everything().min(near), near);
        let is_new = self.followed.replace(Followed::Take(framing.take)) != Some(Followed::Take(framing.take));
        let cuts = is_new && (calm || self.centre.distance(at) > CUT_BEYOND);
        self.scale = if cuts { scale } else { self.scale + (scale - self.scale) * share(elapsed, LEAD_SECONDS) };
        self.lens = Lens::Free;
        if is_new {
            self.slack = if cuts { Vec2::ZERO } else { self.centre - self.within(at) };
        }
        self.slack -= self.slack * share(elapsed, LEAD_SECONDS);
        self.centre = self.within(at) + self.slack;
    }

    /// The watcher's own hands lead it.
    pub fn roam(&mut self, roaming: &Roaming, elapsed: f32) {
        self.come_home();
        if self.followed.replace(Followed::Hands) != Some(Followed::Hands) {
            self.hands = Hands { scale: self.scale, ..Hands::default() };
        }
        self.lens = Lens::Free;
        let zoom = roaming.zoom();
        let most = NEAREST * scale_for(self.size);
        let bounded = |scale: f32| scale.clamp(self.scale_for_everything().min(most), most);
        let wanted = bounded(self.hands.scale * zoom.at_once * (STEP * zoom.steps).exp());
        let at_once = bounded(self.scale * zoom.at_once);
        if zoom.steps != 0.0 || zoom.at_once != 1.0 {
            self.hands.around = zoom.around.map_or(Vec2::ZERO, |at| at - self.size / 2.0 - self.aside());
        }
        self.hands.scale = wanted;
        let eased = at_once + (wanted - at_once) * share(elapsed, ZOOM_SECONDS);
        let scale = if (eased / wanted - 1.0).abs() < THERE { wanted } else { eased };
        let before = std::mem::replace(&mut self.scale, scale);
        let way = roaming.pan() * self.half_view().max_element() / PAN_SECONDS;
        self.hands.way += (way - self.hands.way) * share(elapsed, WAY_SECONDS);
        if way == Vec2::ZERO && self.hands.way.length() < REST {
            self.hands.way = Vec2::ZERO;
        }
        let zoomed = self.hands.around * (before.recip() - self.scale.recip());
        let dragged = roaming.dragged() / self.scale;
        self.centre = self.within(self.centre + zoomed - dragged + self.hands.way * elapsed);
    }

    /// In a world that wraps, a view that flew far is put among its nearest images again.
    pub(super) fn come_home(&mut self) {
        if self.centre.abs().max_element() > super::AWAY_MAX {
            self.centre = self.nearest_to(self.centre, self.arena / 2.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: f32 = 1.0 / 60.0;

    fn camera(arena: Vec2, wraps: bool) -> Camera {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1440.0, 900.0));
        camera.enter(arena, wraps);
        camera
    }

    fn framing(at: Vec2, reach: f32, take: u32) -> Framing {
        Framing { at, reach: Vec2::splat(reach), take }
    }

    #[test]
    fn a_far_subject_is_cut_to_and_a_near_one_glided_to() {
        let mut camera = camera(Vec2::splat(9000.0), false);
        camera.frame(framing(Vec2::splat(1500.0), 100.0, 1), false, FRAME);
        assert_eq!(camera.centre, Vec2::splat(1500.0));
        camera.frame(framing(Vec2::new(1900.0, 1500.0), 100.0, 2), false, FRAME);
        assert!((1500.0..1600.0).contains(&camera.centre.x), "{}", camera.centre);
        for _ in 0..300 {
            camera.frame(framing(Vec2::new(1900.0, 1500.0), 100.0, 2), false, FRAME);
        }
        assert!((camera.centre.x - 1900.0).abs() < 0.5);
        camera.frame(framing(Vec2::new(2100.0, 1500.0), 100.0, 3), true, FRAME);
        assert_eq!(camera.centre.x, 2100.0, "nothing glides where nothing may");
    }

    #[test]
    fn two_who_are_apart_are_both_seen_on_every_screen() {
        for size in [(1440.0, 900.0), (390.0, 844.0), (844.0, 390.0)] {
            let mut camera = camera(Vec2::splat(9000.0), false);
            camera.resize(Vec2::from(size));
            (0..300).for_each(|_| camera.frame(framing(Vec2::splat(4500.0), 480.0, 1), false, FRAME));
            for corner in [Vec2::new(480.0, 480.0), Vec2::new(-480.0, 480.0)] {
                assert!(camera.sees(Vec2::splat(4500.0) + corner, 0.5), "{size:?}");
            }
            camera.frame(framing(Vec2::splat(1000.0), 50.0, 2), false, FRAME);
            assert_eq!(camera.scale, scale_for(Vec2::from(size)), "nearer than a player sees it shows nothing");
        }
    }

    #[test]
    fn over_the_edge_of_a_world_that_wraps_a_subject_is_near() {
        let mut camera = camera(Vec2::splat(4000.0), true);
        camera.frame(framing(Vec2::new(3900.0, 2000.0), 100.0, 1), false, FRAME);
        camera.frame(framing(Vec2::new(100.0, 2000.0), 100.0, 2), false, FRAME);
        assert!((3900.0..4000.0).contains(&camera.centre.x), "{} glides on to 4100", camera.centre);
    }

    #[test]
    fn a_held_key_gathers_way_and_a_view_let_go_of_comes_to_rest_within_the_arena() {
        let mut camera = camera(Vec2::new(3000.0, 2000.0), false);
        let mut roaming = Roaming::default();
        roaming.press("KeyD", "d");
        let before = camera.centre.x;
        camera.roam(&roaming, FRAME);
        let first = camera.centre.x - before;
        (0..20).for_each(|_| camera.roam(&roaming, FRAME));
        let at = camera.centre.x;
        camera.roam(&roaming, FRAME);
        assert!(first > 0.0 && camera.centre.x - at > 3.0 * first);
        roaming.release("KeyD");
        (0..90).for_each(|_| camera.roam(&roaming, FRAME));
        let rests = camera.centre;
        camera.roam(&roaming, FRAME);
        assert_eq!(camera.centre, rests);
        roaming.press("KeyD", "d");
        (0..600).for_each(|_| camera.roam(&roaming, FRAME));
        assert!(camera.sees(Vec2::new(3000.0, 1000.0), 0.0), "the border stays in sight");
    }

    #[test]
    fn a_drag_moves_the_picture_with_the_hand_and_the_wheel_zooms_around_the_mouse() {
        let mut camera = camera(Vec2::splat(9000.0), false);
        let mut roaming = Roaming::default();
        let hand = Vec2::new(1000.0, 300.0);
        let under = |camera: &Camera| camera.centre + (hand - Vec2::new(720.0, 450.0)) / camera.scale;
        camera.roam(&roaming, FRAME);
        let held = under(&camera);
        roaming.grab(1, hand - Vec2::new(80.0, -40.0));
        roaming.drag(1, hand);
        camera.roam(&roaming, FRAME);
        roaming.seen_by_frame();
        assert!(under(&camera).distance(held + Vec2::new(-80.0, 40.0) / camera.scale) < 0.1);
        let (held, scale) = (under(&camera), camera.scale);
        roaming.wheel(-200.0, hand);
        camera.roam(&roaming, FRAME);
        roaming.seen_by_frame();
        (0..60).for_each(|_| camera.roam(&roaming, FRAME));
        assert!((camera.scale / scale - 1.5625).abs() < 0.01, "{}", camera.scale / scale);
        assert!(under(&camera).distance(held) < 0.5);
    }

    #[test]
    fn nobody_zooms_out_beyond_the_arena_nor_in_without_end_and_a_new_window_keeps_the_size_of_things() {
        let mut camera = camera(Vec2::new(3000.0, 2000.0), false);
        let mut roaming = Roaming::default();
        for (pixels, bound) in [(300.0, camera.scale_for_everything()), (-300.0, NEAREST * scale_for(camera.size))] {
            for _ in 0..60 {
                roaming.wheel(pixels, Vec2::ZERO);
                camera.roam(&roaming, FRAME);
                roaming.seen_by_frame();
            }
            (0..60).for_each(|_| camera.roam(&roaming, FRAME));
            assert!((camera.scale / bound - 1.0).abs() < 0.01, "{} {bound}", camera.scale);
        }
        let scale = camera.scale;
        camera.resize(Vec2::new(1000.0, 900.0));
        assert_eq!(camera.scale, scale);
    }
}
