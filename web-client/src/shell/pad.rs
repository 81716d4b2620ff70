//! Gamepads of the browser's standard layout: what they hold, looked at once a frame, and how they shake.

use std::{cell::Cell, rc::Rc};

use glam::Vec2;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Gamepad, GamepadButton, GamepadMappingType};

use super::{input::Held, page, settings};

/// The buttons of the standard layout, by their number there.
pub mod button {
    /// The lower one of the four on the right.
    pub const A: u8 = 0;
    /// The right one.
    pub const B: u8 = 1;
    /// The left one.
    pub const X: u8 = 2;
    /// The upper one.
    pub const Y: u8 = 3;
    /// Above the left trigger.
    pub const LEFT_BUMPER: u8 = 4;
    /// Above the right trigger.
    pub const RIGHT_BUMPER: u8 = 5;
    /// The left trigger.
    pub const LEFT_TRIGGER: u8 = 6;
    /// The right trigger.
    pub const RIGHT_TRIGGER: u8 = 7;
    /// The left one in the middle: "select", "back" or "view".
    pub const SELECT: u8 = 8;
    /// The right one in the middle: "start" or "menu".
    pub const START: u8 = 9;
    /// The cross: up.
    pub const UP: u8 = 12;
    /// The cross: down.
    pub const DOWN: u8 = 13;
    /// The cross: left.
    pub const LEFT: u8 = 14;
    /// The cross: right.
    pub const RIGHT: u8 = 15;
}

/// The standard layout has 17 buttons.
const BUTTONS_MAX: u32 = 17;
/// Either of these begins to play.
const BEGINS: u32 = 1 << button::START | 1 << button::A;
/// A stick that is off its middle by less does nothing: none comes to rest exactly there.
const STICK_DEAD: f32 = 0.2;
/// From here on it counts as pushed all the way: many never reach 1.
const STICK_WHOLE: f32 = 0.95;

/// What a player is to feel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jolt {
    /// For how long.
    pub seconds: f32,
    /// How hard the heavy, slow motor shakes, 0 to 1.
    pub strong: f32,
    /// How hard the light, fast one does, 0 to 1.
    pub weak: f32,
}

/// What one gamepad holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pad {
    /// A bit for each button.
    buttons: u32,
    sticks: [Option<Vec2>; 2],
}

/// The gamepads of the browser. The player's is the one that did something last.
#[derive(Debug)]
pub struct Pads {
    /// Whether there ever was one: before, nobody looks for any.
    connected: Rc<Cell<bool>>,
    /// The player's, by its place in the browser's list.
    active: Option<u32>,
    /// Buttons that were down at the last look.
    before: u32,
    /// Buttons that are down since before they could do anything: they count once they were let go.
    stale: u32,
    /// Takes the browser's refusal to shake, which is no error.
    shrug: Closure<dyn FnMut(JsValue)>,
}

impl Default for Pads {
    fn default() -> Self {
        let shrug = Closure::new(|_| {});
        Self { connected: Rc::default(), active: None, before: 0, stale: 0, shrug }
    }
}

impl Pads {
    /// To be set once the browser says that it has a gamepad.
    pub fn connected(&self) -> Rc<Cell<bool>> {
        self.connected.clone()
    }

    /// Looks at the gamepads: what they hold by what their buttons mean, which is nothing unless the player `flies`; and whether a button went
    /// down just now that begins to play.
    pub fn poll(&mut self, meanings: &[(u8, u8)], flies: bool) -> (Held, bool) {
        let pad = if self.connected.get() { self.read() } else { Pad::default() };
        let pressed = pad.buttons & !self.before;
        self.before = pad.buttons;
        self.stale = if flies { self.stale & pad.buttons } else { pad.buttons };
        let held = if flies { pad.means(meanings, self.stale) } else { Held::default() };
        (held, pressed & BEGINS != 0)
    }

    /// What the player's gamepad holds; nothing while the keyboard is another window's.
    fn read(&mut self) -> Pad {
        if !page::document().and_then(|document| document.has_focus()).unwrap_or(false) {
            return Pad::default();
        }
        let mut held = Pad::default();
        for (at, gamepad) in gamepads() {
            let pad = Pad::of(&gamepad);
            if pad != Pad::default() {
                self.active = Some(at);
            }
            if self.active == Some(at) {
                held = pad;
            }
        }
        held
    }

    /// Shakes the player's gamepad, where it can and the player did not ask for calm.
    pub fn shake(&self, jolt: Jolt) {
        if settings::flag(settings::RUMBLE) == Some(false) || page::wants_calm() {
            return;
        }
        let Some((_, gamepad)) = gamepads().find(|(at, _)| self.active == Some(*at)) else { return };
        // Browsers without actuators, or without this kind of effect, shake nothing.
        let _ = play(&gamepad, jolt).map(|promise| promise.catch(&self.shrug));
    }
}

/// The connected gamepads of the standard layout, each with its place in the browser's list.
fn gamepads() -> impl Iterator<Item = (u32, Gamepad)> {
    // A page may be forbidden to see them.
    let list = page::window().and_then(|window| window.navigator().get_gamepads()).unwrap_or_default();
    (0..list.length()).filter_map(move |at| {
        let entry = list.get(at);
        let gamepad = entry.is_object().then(|| entry.unchecked_into::<Gamepad>())?;
        (gamepad.connected() && gamepad.mapping() == GamepadMappingType::Standard).then_some((at, gamepad))
    })
}

/// Web-sys knows the interface without this function, which all browsers have that shake anything.
fn play(gamepad: &Gamepad, jolt: Jolt) -> Result<Promise, JsValue> {
    let actuator = Reflect::get(gamepad, &"vibrationActuator".into())?;
    let play: Function = Reflect::get(&actuator, &"playEffect".into())?.dyn_into()?;
    let effect = Object::new();
    for (name, value) in
        [("duration", jolt.seconds * 1000.0), ("strongMagnitude", jolt.strong), ("weakMagnitude", jolt.weak)]
    {
        Reflect::set(&effect, &name.into(), &value.into())?;
    }
    play.call2(&actuator, &"dual-rumble".into(), &effect)?.dyn_into()
}

impl Pad {
    fn of(gamepad: &Gamepad) -> Self {
        let buttons = gamepad.buttons();
        let buttons = (0..buttons.length().min(BUTTONS_MAX))
            .filter(|at| buttons.get(*at).unchecked_into::<GamepadButton>().pressed())
            .fold(0, |bits, at| bits | 1 << at);
        let axes = gamepad.axes();
        let axis = |at: u32| axes.get(at).as_f64().unwrap_or(0.0) as f32;
        Self { buttons, sticks: [0, 2].map(|at| off_middle(Vec2::new(axis(at), axis(at + 1)))) }
    }

    fn means(self, meanings: &[(u8, u8)], stale: u32) -> Held {
        let buttons = self.buttons & !stale;
        let held = meanings.iter().filter(|(button, _)| buttons >> button & 1 == 1);
        Held { actions: held.fold(0, |bits, (_, action)| bits | 1 << action), sticks: self.sticks }
    }
}

/// A stick as a vector of at most length 1; `None` while it is at rest.
fn off_middle(stick: Vec2) -> Option<Vec2> {
    let far = stick.length();
    // What is no number is no stick.
    (far > STICK_DEAD).then(|| stick / far * ((far - STICK_DEAD) / (STICK_WHOLE - STICK_DEAD)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stick_near_its_middle_rests_and_grows_from_nothing_to_the_whole_way() {
        assert_eq!(off_middle(Vec2::new(0.1, -0.15)), None);
        assert_eq!(off_middle(Vec2::new(f32::NAN, 1.0)), None);
        assert!(off_middle(Vec2::new(0.21, 0.0)).expect("it moved").length() < 0.02);
        // Corners of a square stick are not faster.
        for stick in [Vec2::new(0.96, 0.0), Vec2::new(-1.0, 1.0)] {
            let pushed = off_middle(stick).expect("it moved");
            assert!((pushed.length() - 1.0).abs() < 1e-6 && pushed.angle_to(stick).abs() < 1e-6);
        }
    }

    #[test]
    fn buttons_mean_what_the_game_says_unless_they_are_down_since_before() {
        let pad = Pad { buttons: 1 << button::A | 1 << button::X, ..Pad::default() };
        let meanings = [(button::A, 3), (button::X, 4), (button::Y, 5)];
        assert_eq!(pad.means(&meanings, 0).actions, 1 << 3 | 1 << 4);
        assert_eq!(pad.means(&meanings, 1 << button::A).actions, 1 << 4);
    }
}
