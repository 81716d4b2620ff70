//! What keys, mouse, thumbs and gamepad make a ship do.

use glam::Vec2;
use tickwire_arena::ShipControls;
use tickwire_sync::grid::Angle;

use crate::shell::{
    bindings::Action,
    input::{Input, Side},
    pad::button,
};

/// Turn the nose left.
const LEFT: u8 = 0;
/// Turn the nose right.
const RIGHT: u8 = 1;
/// Push.
const THRUST: u8 = 2;
/// Brake.
const BRAKE: u8 = 3;
/// Fire.
const FIRE: u8 = 4;
/// Look at the score board.
pub const BOARD: u8 = 5;
/// Fire the rail.
const RAIL: u8 = 6;
/// Lay a mine.
const MINE: u8 = 7;
/// Push harder.
const BOOST: u8 = 8;

/// What is done by keys, in the order in which a player reads it.
pub const ACTIONS: &[Action] = &[
    Action { number: LEFT, name: "left", label: "action.left", keys: &["KeyA", "ArrowLeft"] },
    Action { number: RIGHT, name: "right", label: "action.right", keys: &["KeyD", "ArrowRight"] },
    Action { number: THRUST, name: "thrust", label: "action.thrust", keys: &["KeyW", "ArrowUp"] },
    Action { number: BRAKE, name: "brake", label: "action.brake", keys: &["KeyS", "ArrowDown"] },
    Action { number: FIRE, name: "fire", label: "action.fire", keys: &["Mouse0", "Space"] },
    Action { number: RAIL, name: "rail", label: "action.rail", keys: &["Mouse2", "KeyE"] },
    Action { number: MINE, name: "mine", label: "action.mine", keys: &["KeyQ"] },
    Action { number: BOOST, name: "boost", label: "action.boost", keys: &["ShiftLeft", "ShiftRight"] },
    Action { number: BOARD, name: "board", label: "action.board", keys: &["Tab", "KeyB"] },
];

/// Muting the sound is the page's.
pub const NEEDED: &[&str] = &["KeyM"];

/// Which button of a gamepad does what; its left stick flies as the left thumb does, its right one aims.
pub const PAD: &[(u8, u8)] = &[
    (button::RIGHT_TRIGGER, FIRE),
    (button::LEFT_TRIGGER, RAIL),
    (button::RIGHT_BUMPER, MINE),
    (button::X, MINE),
    (button::LEFT_BUMPER, BOOST),
    (button::A, BOOST),
    (button::B, BRAKE),
    (button::Y, BOARD),
    (button::SELECT, BOARD),
    (button::LEFT, LEFT),
    (button::RIGHT, RIGHT),
    (button::UP, THRUST),
    (button::DOWN, BRAKE),
];

/// A thumb nearer than this to where it touched does nothing; 1 is the whole way.
const STICK_DEAD: f32 = 0.25;
/// The nose is turned towards the thumb until it is off by this much, in radians: a little less than a tick turns at 30 Hz.
const ON_COURSE: f32 = 0.1;
/// The engine pushes only while the nose is off by less than this, in radians.
const PUSH_WITHIN: f32 = 1.0;

/// Where the player aims, in radians: by thumb or stick, by mouse from where the own ship is on the page, or else where the nose points.
pub fn aim(input: &Input, ship_on_page: Vec2, heading: f32) -> f32 {
    if let Some(stick) = input.stick(Side::Right).filter(|stick| stick.length() > STICK_DEAD) {
        return stick.to_angle();
    }
    let touches = input.stick(Side::Left).is_some() || input.stick(Side::Right).is_some();
    let way = input.pointer().filter(|_| !touches).map(|pointer| pointer - ship_on_page);
    way.filter(|way| way.length_squared() > 1.0).map_or(heading, Vec2::to_angle)
}

/// What the ship is told to do.
pub fn controls(input: &Input, aim: f32, heading: f32) -> ShipControls {
    let (turn, thrust) = input.stick(Side::Left).map_or((0, false), |stick| steer(stick, heading));
    let pressed = i8::from(input.does(RIGHT)) - i8::from(input.does(LEFT));
    let thumb_fires = input.thumb(Side::Right).is_some_and(|stick| stick.length() > STICK_DEAD);
    ShipControls {
        aim: Angle::from_radians(aim),
        turn: if pressed == 0 { turn } else { pressed },
        thrust: thrust || input.does(THRUST),
        fire: thumb_fires || input.does(FIRE),
        brake: input.does(BRAKE),
        rail: input.does(RAIL),
        mine: input.does(MINE),
        boost: input.does(BOOST),
    }
}

/// A thumb says where to go: turn there, and push once the nose is near.
fn steer(stick: Vec2, heading: f32) -> (i8, bool) {
    if stick.length() < STICK_DEAD {
        return (0, false);
    }
    let off = Vec2::from_angle(heading).angle_to(stick);
    let turn = if off.abs() < ON_COURSE { 0 } else { off.signum() as i8 };
    (turn, off.abs() < PUSH_WITHIN)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;
    use crate::shell::{bindings::Bindings, input::Held};

    fn input() -> Input {
        let mut input = Input::new(Bindings::new(ACTIONS, NEEDED));
        input.size = Vec2::new(800.0, 600.0);
        input
    }

    #[test]
    fn letters_and_arrows_fly_alike_and_opposites_cancel() {
        for (left, right) in [("KeyA", "KeyD"), ("ArrowLeft", "ArrowRight")] {
            let mut input = input();
            input.press(left);
            assert_eq!(controls(&input, 0.0, 0.0).turn, -1);
            input.press(right);
            assert_eq!(controls(&input, 0.0, 0.0).turn, 0);
        }
    }

    #[test]
    fn the_right_button_and_a_key_fire_the_rail_beside_the_gun() {
        for key in ["KeyE", "Mouse2"] {
            let mut input = input();
            input.press("Mouse0");
            input.press(key);
            let controls = controls(&input, 0.0, 0.0);
            assert!(controls.fire && controls.rail);
        }
    }

    #[test]
    fn a_key_lays_mines_and_either_shift_boosts() {
        for key in ["ShiftLeft", "ShiftRight"] {
            let mut input = input();
            input.press(key);
            input.press("KeyQ");
            let controls = controls(&input, 0.0, 0.0);
            assert!(controls.boost && controls.mine);
        }
    }

    #[test]
    fn the_mouse_aims_from_the_ship_and_without_one_the_nose_does() {
        let mut input = input();
        let ship = Vec2::new(400.0, 300.0);
        assert_eq!(aim(&input, ship, 2.0), 2.0);
        input.point(Vec2::new(400.0, 500.0));
        assert!((aim(&input, ship, 2.0) - FRAC_PI_2).abs() < 1e-5);
        input.point(ship);
        assert_eq!(aim(&input, ship, 2.0), 2.0);
    }

    #[test]
    fn a_left_thumb_turns_the_nose_the_shorter_way_and_then_pushes() {
        assert_eq!(steer(Vec2::new(0.0, -1.0), 0.0), (-1, false));
        assert_eq!(steer(Vec2::new(0.0, 1.0), 0.0), (1, false));
        assert_eq!(steer(Vec2::new(1.0, 0.05), 0.0), (0, true));
        assert_eq!(steer(Vec2::new(0.1, 0.0), 0.0), (0, false));
    }

    #[test]
    fn a_gamepads_right_stick_aims_without_firing_and_its_triggers_fire() {
        let mut input = input();
        input.point(Vec2::new(700.0, 300.0));
        let right = Some(Vec2::new(0.0, 0.9));
        input.grip(Held { actions: 0, sticks: [None, right] });
        assert!((aim(&input, Vec2::ZERO, 0.0) - FRAC_PI_2).abs() < 1e-5 && !controls(&input, 0.0, 0.0).fire);
        input.grip(Held { actions: 1 << FIRE | 1 << RAIL, sticks: [None, None] });
        assert_eq!(aim(&input, Vec2::ZERO, 2.0), 2.0, "the nose aims, not the mouse that lies idle");
        let controls = controls(&input, 0.0, 0.0);
        assert!(controls.fire && controls.rail);
    }

    #[test]
    fn a_right_thumb_aims_and_fires() {
        let mut input = input();
        input.touch(1, Vec2::new(700.0, 300.0));
        assert!(!controls(&input, 0.0, 0.0).fire);
        input.drag(1, Vec2::new(700.0, 340.0));
        let aim = aim(&input, Vec2::ZERO, 0.0);
        assert!((aim - FRAC_PI_2).abs() < 1e-5 && controls(&input, aim, 0.0).fire);
    }
}
