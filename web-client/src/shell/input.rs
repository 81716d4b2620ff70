//! What the player holds and points at: by keys, mouse, thumbs and gamepad. A press that is shorter than a frame or a tick is kept until a tick has seen it.

use glam::Vec2;

use super::{
    bindings::{Bindings, KEYS_MAX},
    roaming::Roaming,
};

/// How far a thumb moves from where it touched for the whole way, in CSS pixels.
const STICK_PIXELS: f32 = 56.0;

/// A thumb on the glass.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Thumb {
    id: i32,
    from: Vec2,
    to: Vec2,
}

/// Which thumb: the left half of the screen steers, the right half shoots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Touches that began in the left half.
    Left,
    /// Touches that began in the right half.
    Right,
}

/// What a gamepad holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    /// A bit for each action.
    pub actions: u32,
    /// The left and the right stick, as vectors of at most length 1; `None` at rest.
    pub sticks: [Option<Vec2>; 2],
}

/// The state of keys, mouse, thumbs and gamepad.
#[derive(Debug, Default)]
pub struct Input {
    /// Which key does what. Whoever changes it lets go of everything first.
    pub bindings: Bindings,
    /// One bit for each key of `bindings`: two keys may do the same action.
    keys: u64,
    /// One bit for each action that a part of the page does.
    parts: u32,
    /// Actions that were pressed since a tick last saw them.
    latched: u32,
    pointer: Option<Vec2>,
    thumbs: [Option<Thumb>; 2],
    gamepad: Held,
    /// Whether the gamepad did something since keys, mouse and thumbs did.
    by_gamepad: bool,
    /// How a watcher leads the camera.
    pub roaming: Roaming,
    /// The size of the page in CSS pixels.
    pub size: Vec2,
}

impl Input {
    /// Nothing held, with these keys.
    pub fn new(bindings: Bindings) -> Self {
        Self { bindings, ..Self::default() }
    }

    fn key(&self, code: &str) -> Option<usize> {
        self.bindings.find(code).map(|(action, at)| action * KEYS_MAX + at)
    }

    /// A key or button went down; true if it does anything.
    pub fn press(&mut self, code: &str) -> bool {
        let Some(key) = self.key(code) else { return false };
        self.by_gamepad = false;
        self.keys |= 1 << key;
        self.latched |= 1 << self.bindings.actions()[key / KEYS_MAX].number;
        true
    }

    /// A key or button came up.
    pub fn release(&mut self, code: &str) {
        if let Some(key) = self.key(code) {
            self.keys &= !(1 << key);
        }
        self.roaming.release(code);
    }

    /// A part of the page that does an action went down.
    pub fn press_part(&mut self, action: u8) {
        self.by_gamepad = false;
        self.parts |= 1 << action;
        self.latched |= 1 << action;
    }

    /// It came up.
    pub fn release_part(&mut self, action: u8) {
        self.parts &= !(1 << action);
    }

    /// Whether an action is on, or was since a tick last saw it.
    pub fn does(&self, action: u8) -> bool {
        let its_keys = (1 << KEYS_MAX) - 1;
        let mut actions = self.bindings.actions().iter().enumerate();
        let held = actions.any(|(at, one)| one.number == action && self.keys >> (at * KEYS_MAX) & its_keys != 0);
        held || (self.gamepad.actions | self.parts | self.latched) >> action & 1 == 1
    }

    /// A tick has seen what was pressed.
    pub fn seen_by_tick(&mut self) {
        self.latched = 0;
    }

    /// Lets go of everything: the page lost the keyboard, and will not hear of keys that come up.
    pub fn let_go(&mut self) {
        self.keys = 0;
        self.parts = 0;
        self.latched = 0;
        self.thumbs = [None; 2];
        self.gamepad = Held::default();
        self.roaming.let_go();
    }

    /// What a gamepad holds now.
    pub fn grip(&mut self, held: Held) {
        self.latched |= held.actions & !self.gamepad.actions;
        self.by_gamepad |= held != Held::default();
        self.gamepad = held;
    }

    /// Whether the player plays by gamepad now.
    pub fn by_gamepad(&self) -> bool {
        self.by_gamepad
    }

    /// The mouse is at a place, in CSS pixels.
    pub fn point(&mut self, at: Vec2) {
        self.by_gamepad = false;
        self.pointer = Some(at);
    }

    /// Where the mouse is, once it moved; `None` while a gamepad is in hand.
    pub fn pointer(&self) -> Option<Vec2> {
        self.pointer.filter(|_| !self.by_gamepad)
    }

    /// A thumb came down.
    pub fn touch(&mut self, id: i32, at: Vec2) {
        self.by_gamepad = false;
        let side = usize::from(at.x > self.size.x / 2.0);
        self.thumbs[side].get_or_insert(Thumb { id, from: at, to: at });
    }

    /// A thumb moved.
    pub fn drag(&mut self, id: i32, at: Vec2) {
        for thumb in self.thumbs.iter_mut().flatten() {
            if thumb.id == id {
                thumb.to = at;
            }
        }
    }

    /// A thumb came up.
    pub fn lift(&mut self, id: i32) {
        for thumb in &mut self.thumbs {
            thumb.take_if(|thumb| thumb.id == id);
        }
    }

    /// A thumb on the glass, or else a stick of the gamepad: a vector of at most length 1; `None` without either.
    pub fn stick(&self, side: Side) -> Option<Vec2> {
        self.thumb(side).or(self.gamepad.sticks[side as usize])
    }

    /// How far a thumb is from where it touched: a vector of at most length 1; `None` without a touch.
    pub fn thumb(&self, side: Side) -> Option<Vec2> {
        let thumb = self.thumbs[side as usize]?;
        Some(((thumb.to - thumb.from) / STICK_PIXELS).clamp_length_max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bindings::Action, *};

    const ACTIONS: &[Action] = &[
        Action { number: 0, name: "left", label: "Left", keys: &["KeyA", "ArrowLeft"] },
        Action { number: 1, name: "fire", label: "Fire", keys: &["Space"] },
    ];

    fn input() -> Input {
        Input { size: Vec2::new(800.0, 600.0), ..Input::new(Bindings::new(ACTIONS, &[])) }
    }

    #[test]
    fn a_press_between_two_frames_lasts_until_a_tick_has_seen_it() {
        let mut input = input();
        assert!(input.press("Space"));
        input.release("Space");
        assert!(input.does(1));
        input.seen_by_tick();
        assert!(!input.does(1));
    }

    #[test]
    fn two_keys_of_one_action_hold_it_until_both_are_up() {
        let mut input = input();
        input.press("KeyA");
        input.press("ArrowLeft");
        input.seen_by_tick();
        input.release("KeyA");
        assert!(input.does(0));
        input.release("ArrowLeft");
        assert!(!input.does(0));
    }

    #[test]
    fn a_part_of_the_page_does_its_action_whatever_the_keys_are() {
        let mut input = input();
        input.bindings.bind(1, 0, "KeyF");
        input.press_part(1);
        input.seen_by_tick();
        assert!(!input.press("Space") && input.does(1));
        input.release_part(1);
        assert!(!input.does(1) && input.press("KeyF") && input.does(1));
    }

    #[test]
    fn losing_the_keyboard_lets_go_of_everything() {
        let mut input = input();
        input.press("KeyA");
        input.touch(1, Vec2::new(10.0, 10.0));
        input.let_go();
        assert!(!input.does(0) && input.stick(Side::Left).is_none());
    }

    #[test]
    fn a_gamepad_holds_and_lets_go_beside_keys_and_the_mouse_takes_over_again() {
        let mut input = input();
        input.point(Vec2::new(9.0, 9.0));
        let stick = Some(Vec2::new(0.0, -1.0));
        input.grip(Held { actions: 1 << 1, sticks: [stick, None] });
        assert!(input.does(1) && input.by_gamepad() && input.pointer().is_none());
        assert_eq!((input.stick(Side::Left), input.thumb(Side::Left)), (stick, None));
        input.seen_by_tick();
        input.grip(Held::default());
        assert!(!input.does(1) && input.stick(Side::Left).is_none() && input.by_gamepad());
        // A press that no tick saw is not lost.
        input.grip(Held { actions: 1, ..Held::default() });
        input.grip(Held::default());
        assert!(input.does(0));
        input.point(Vec2::new(9.0, 10.0));
        assert!(!input.by_gamepad() && input.pointer().is_some());
    }

    #[test]
    fn keys_that_do_nothing_are_left_to_the_browser() {
        assert!(!input().press("F5"));
    }

    #[test]
    fn each_thumb_has_its_half_and_a_whole_way_of_one() {
        let mut input = input();
        input.touch(5, Vec2::new(100.0, 300.0));
        input.touch(6, Vec2::new(700.0, 300.0));
        input.drag(5, Vec2::new(100.0, 300.0 - STICK_PIXELS / 2.0));
        input.drag(6, Vec2::new(9000.0, 300.0));
        assert_eq!(input.stick(Side::Left), Some(Vec2::new(0.0, -0.5)));
        assert_eq!(input.stick(Side::Right), Some(Vec2::new(1.0, 0.0)));
        input.lift(5);
        assert_eq!(input.stick(Side::Left), None);
        assert!(input.stick(Side::Right).is_some());
    }
}
