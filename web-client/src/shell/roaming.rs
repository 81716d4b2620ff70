//! How a watcher leads the camera: by keys, by wheel, by mouse and by fingers. It is gathered here until a frame has seen it.

use glam::Vec2;

/// A pointer that moved less than this, in CSS pixels, did not mean to lead the camera.
const SLIP_PIXELS: f32 = 6.0;
/// So much of a wheel's way is a notch, in CSS pixels.
const NOTCH_PIXELS: f32 = 100.0;
/// One event of a wheel is so many notches at most, whatever a driver says.
const NOTCHES_MAX: f32 = 3.0;

/// A mouse with its button held, or a finger on the glass.
#[derive(Clone, Copy, Debug)]
struct Pointer {
    id: i32,
    from: Vec2,
    at: Vec2,
    /// Whether it went beyond a slip.
    drags: bool,
}

/// What a watcher does with the camera.
#[derive(Debug, Default)]
pub struct Roaming {
    /// A bit for each key of [`KEYS`].
    held: u8,
    pointers: [Option<Pointer>; 2],
    drag: Vec2,
    zoom: Zoom,
}

/// How the size of things changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// By so many notches of a wheel, or presses of a key; more is larger.
    pub steps: f32,
    /// By this factor, at once: two fingers do it.
    pub at_once: f32,
    /// What stays where it is on the page, in CSS pixels; `None` for the middle.
    pub around: Option<Vec2>,
}

impl Default for Zoom {
    fn default() -> Self {
        Self { steps: 0.0, at_once: 1.0, around: None }
    }
}

/// Keys that lead the camera, and where to.
const KEYS: [(&str, Vec2); 8] = [
    ("KeyA", Vec2::NEG_X),
    ("KeyD", Vec2::X),
    ("KeyW", Vec2::NEG_Y),
    ("KeyS", Vec2::Y),
    ("ArrowLeft", Vec2::NEG_X),
    ("ArrowRight", Vec2::X),
    ("ArrowUp", Vec2::NEG_Y),
    ("ArrowDown", Vec2::Y),
];

impl Roaming {
    /// A key went down, by its code and by what it types; true if it leads the camera.
    pub fn press(&mut self, code: &str, typed: &str) -> bool {
        if let Some(key) = KEYS.iter().position(|(known, _)| *known == code) {
            self.held |= 1 << key;
            return true;
        }
        let steps = match typed {
            // Without shift they are the same key on many keyboards.
            "+" | "=" => 1.0,
            "-" | "_" => -1.0,
            _ => return false,
        };
        self.zoom = Zoom { steps: self.zoom.steps + steps, around: None, ..self.zoom };
        true
    }

    /// A key came up.
    pub fn release(&mut self, code: &str) {
        if let Some(key) = KEYS.iter().position(|(known, _)| *known == code) {
            self.held &= !(1 << key);
        }
    }

    /// Lets go of everything.
    pub fn let_go(&mut self) {
        *self = Self::default();
    }

    /// A button of the mouse or a finger came down; a third one leads nothing.
    pub fn grab(&mut self, id: i32, at: Vec2) {
        if self.pointers.iter().flatten().all(|pointer| pointer.id != id)
            && let Some(free) = self.pointers.iter_mut().find(|pointer| pointer.is_none())
        {
            *free = Some(Pointer { id, from: at, at, drags: false });
        }
    }

    /// A pointer moved; true if it leads the camera.
    pub fn drag(&mut self, id: i32, to: Vec2) -> bool {
        let before = self.pointers;
        let Some(pointer) = self.pointers.iter_mut().flatten().find(|pointer| pointer.id == id) else { return false };
        pointer.drags |= to.distance(pointer.from) > SLIP_PIXELS || before.iter().all(Option::is_some);
        if !pointer.drags {
            return false;
        }
        pointer.at = to;
        match (before, self.pointers) {
            ([Some(one), Some(other)], [Some(moved), Some(stays)]) => {
                let middle = moved.at.midpoint(stays.at);
                let factor = moved.at.distance(stays.at).max(1.0) / one.at.distance(other.at).max(1.0);
                self.drag += middle - one.at.midpoint(other.at);
                self.zoom = Zoom { at_once: self.zoom.at_once * factor, around: Some(middle), ..self.zoom };
            }
            ([Some(one), None], [Some(moved), None]) | ([None, Some(one)], [None, Some(moved)]) => {
                self.drag += moved.at - one.at;
            }
            _ => {}
        }
        true
    }

    /// A pointer came up.
    pub fn lift(&mut self, id: i32) {
        for pointer in &mut self.pointers {
            pointer.take_if(|pointer| pointer.id == id);
        }
    }

    /// The wheel turned by so many CSS pixels, towards the watcher, over `at`.
    pub fn wheel(&mut self, pixels: f32, at: Vec2) {
        let notches = (pixels / NOTCH_PIXELS).clamp(-NOTCHES_MAX, NOTCHES_MAX);
        self.zoom = Zoom { steps: self.zoom.steps - notches, around: Some(at), ..self.zoom };
    }

    /// Where held keys lead the camera: a vector of at most length 1.
    pub fn pan(&self) -> Vec2 {
        let held = KEYS.iter().enumerate().filter(|(key, _)| self.held >> key & 1 == 1);
        held.map(|(_, (_, way))| *way).sum::<Vec2>().clamp_length_max(1.0)
    }

    /// How far the picture was dragged since the last frame, in CSS pixels.
    pub fn dragged(&self) -> Vec2 {
        self.drag
    }

    /// How the size of things is to change since the last frame.
    pub fn zoom(&self) -> Zoom {
        self.zoom
    }

    /// A frame has seen it.
    pub fn seen_by_frame(&mut self) {
        self.drag = Vec2::ZERO;
        self.zoom = Zoom::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_arrows_lead_alike_opposites_cancel_and_slanting_is_no_faster() {
        let mut roaming = Roaming::default();
        assert!(roaming.press("KeyD", "d") && roaming.press("ArrowRight", "ArrowRight"));
        assert_eq!(roaming.pan(), Vec2::X);
        roaming.press("KeyW", "w");
        assert!((roaming.pan().length() - 1.0).abs() < 1e-6);
        roaming.release("ArrowRight");
        roaming.press("KeyA", "a");
        assert_eq!(roaming.pan(), Vec2::NEG_Y);
        roaming.seen_by_frame();
        assert_eq!(roaming.pan(), Vec2::NEG_Y, "keys are held from frame to frame");
        roaming.let_go();
        assert_eq!(roaming.pan(), Vec2::ZERO);
        assert!(!roaming.press("KeyN", "n"));
    }

    #[test]
    fn a_drag_begins_beyond_a_slip_and_then_follows_the_hand() {
        let mut roaming = Roaming::default();
        roaming.grab(1, Vec2::new(100.0, 100.0));
        assert!(!roaming.drag(1, Vec2::new(103.0, 100.0)));
        assert!(roaming.drag(1, Vec2::new(140.0, 90.0)));
        assert!(roaming.drag(1, Vec2::new(150.0, 90.0)));
        assert_eq!(roaming.dragged(), Vec2::new(50.0, -10.0));
        roaming.seen_by_frame();
        roaming.lift(1);
        assert!(!roaming.drag(1, Vec2::new(500.0, 500.0)) && roaming.dragged() == Vec2::ZERO);
    }

    #[test]
    fn two_fingers_zoom_around_their_middle_and_a_third_does_nothing() {
        let mut roaming = Roaming::default();
        roaming.grab(1, Vec2::new(100.0, 100.0));
        roaming.grab(2, Vec2::new(200.0, 100.0));
        roaming.grab(3, Vec2::new(0.0, 0.0));
        assert!(roaming.drag(2, Vec2::new(300.0, 100.0)) && !roaming.drag(3, Vec2::new(90.0, 90.0)));
        let zoom = roaming.zoom();
        assert_eq!((zoom.at_once, zoom.steps, zoom.around), (2.0, 0.0, Some(Vec2::new(200.0, 100.0))));
        assert_eq!(roaming.dragged(), Vec2::new(50.0, 0.0));
        // One finger alone goes on dragging.
        roaming.lift(1);
        roaming.seen_by_frame();
        roaming.drag(2, Vec2::new(310.0, 100.0));
        assert_eq!((roaming.dragged(), roaming.zoom()), (Vec2::new(10.0, 0.0), Zoom::default()));
    }

    #[test]
    fn the_wheel_and_keys_zoom_by_steps_and_no_driver_by_more_than_three_at_once() {
        let mut roaming = Roaming::default();
        roaming.wheel(-NOTCH_PIXELS, Vec2::new(5.0, 6.0));
        assert_eq!(roaming.zoom(), Zoom { steps: 1.0, around: Some(Vec2::new(5.0, 6.0)), ..Zoom::default() });
        assert!(roaming.press("Slash", "-"));
        assert_eq!(roaming.zoom(), Zoom::default());
        roaming.seen_by_frame();
        roaming.wheel(1e9, Vec2::ZERO);
        assert_eq!(roaming.zoom().steps, -NOTCHES_MAX);
    }
}
