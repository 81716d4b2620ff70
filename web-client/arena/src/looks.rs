//! How each player's ship looks just now beyond its state: how it banks, how hot its engine is, where it was struck last.

use tickwire_arena::kinds::{Ship, Side};
use tickwire_sync::{PlayerNumber, Tick, protocol::limits::PLAYERS_MAX};

/// A ship that was hit is white for so long, in seconds.
const FLASH_SECONDS: f32 = 0.16;
/// How long a shield shines where it was struck, in seconds.
const STRUCK_SECONDS: f32 = 0.4;
/// Within this time a ship leans into a turn, in seconds.
const BANK_SECONDS: f32 = 0.12;
/// Within this time an engine comes up, in seconds.
const ENGINE_SECONDS: f32 = 0.07;
/// Between two shots of a player that are heard, at least, in seconds: a shot that was predicted is there twice for a moment.
const SHOTS_APART: f32 = 0.07;

/// What is seen of a player's ship beyond its state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// How it leans, -1 (left wing down) to 1.
    pub bank: f32,
    /// How hard its engine burns, 0 to 1, and up to 2 while it is boosted.
    pub engine: f32,
    /// Who it plays with, as it was seen last.
    pub side: Side,
    flash: f32,
    struck: f32,
    /// Where it was struck last: the direction from its middle, in radians.
    pub struck_from: f32,
    /// When the newest of its shots that was heard came into view.
    shot: Tick,
    /// The same of its mines.
    mine: Tick,
    silence: f32,
}

impl Look {
    /// How white it is from a hit, 0 to 1.
    pub fn flash(&self) -> f32 {
        self.flash / FLASH_SECONDS
    }

    /// How much its shield still shines where it was struck, 0 to 1.
    pub fn struck(&self) -> f32 {
        self.struck / STRUCK_SECONDS
    }

    /// It was struck from a direction, in radians.
    pub fn strike(&mut self, from: f32) {
        (self.flash, self.struck, self.struck_from) = (FLASH_SECONDS, STRUCK_SECONDS, from);
    }

    /// Follows the ship's controls for some seconds.
    pub fn follow(&mut self, ship: &Ship, elapsed: f32) {
        let towards = |seconds: f32| 1.0 - (-elapsed / seconds).exp();
        self.bank += (f32::from(ship.controls.turn) - self.bank) * towards(BANK_SECONDS);
        self.engine += (push(ship) - self.engine) * towards(ENGINE_SECONDS);
        self.side = ship.side;
    }

    /// One of its shots came into view at `since`; true if that is to be heard.
    pub fn shoots(&mut self, since: Tick) -> bool {
        let heard = since > self.shot && self.silence <= 0.0;
        if heard {
            (self.shot, self.silence) = (since, SHOTS_APART);
        }
        heard
    }

    /// One of its mines came into view at `since`; true if it is the newest.
    pub fn lays(&mut self, since: Tick) -> bool {
        let newer = since > self.mine;
        self.mine = self.mine.max(since);
        newer
    }
}

/// How hard a ship is told to push: 0, 1, or 2 while it boosts.
pub fn push(ship: &Ship) -> f32 {
    let thrust = u8::from(ship.controls.thrust);
    f32::from(thrust + thrust * u8::from(ship.controls.boost))
}

/// The looks of all players.
#[derive(Debug, Default)]
pub struct Looks {
    /// By player number.
    looks: Vec<Look>,
}

impl Looks {
    /// How a player's ship looks.
    pub fn of(&self, player: PlayerNumber) -> Look {
        self.looks.get(usize::from(player)).copied().unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn change(&mut self, player: PlayerNumber) -> &mut Look {
        let at = usize::from(player.min(PLAYERS_MAX - 1));
        if at >= self.looks.len() {
            self.looks.resize_with((at + 1).next_power_of_two(), Look::default);
        }
        &mut self.looks[at]
    }

    /// Lets time pass.
    pub fn advance(&mut self, elapsed: f32) {
        for look in &mut self.looks {
            look.flash = (look.flash - elapsed).max(0.0);
            look.struck = (look.struck - elapsed).max(0.0);
            look.silence -= elapsed;
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.looks.clear();
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::ShipControls;

    use super::*;

    #[test]
    fn a_ship_leans_into_its_turn_and_comes_upright_again() {
        let mut look = Look::default();
        let turning =
            Ship { controls: ShipControls { turn: -1, thrust: true, ..ShipControls::default() }, ..Ship::default() };
        (0..60).for_each(|_| look.follow(&turning, 1.0 / 60.0));
        assert!(look.bank < -0.95 && look.engine > 0.95);
        (0..60).for_each(|_| look.follow(&Ship::default(), 1.0 / 60.0));
        assert!(look.bank.abs() < 0.05 && look.engine < 0.05);
    }

    #[test]
    fn a_hit_fades_by_itself() {
        let mut looks = Looks::default();
        looks.change(3).strike(1.0);
        assert_eq!((looks.of(3).flash(), looks.of(3).struck(), looks.of(2).flash()), (1.0, 1.0, 0.0));
        looks.advance(1.0);
        assert_eq!((looks.of(3).flash(), looks.of(3).struck()), (0.0, 0.0));
    }

    #[test]
    fn each_shot_is_heard_once_though_it_is_seen_in_many_frames() {
        let mut looks = Looks::default();
        assert!(looks.change(3).shoots(100) && !looks.change(3).shoots(100));
        looks.advance(0.01);
        assert!(!looks.change(3).shoots(101), "the one that was predicted, as the server has it");
        looks.advance(0.1);
        assert!(looks.change(3).shoots(105) && looks.change(4).shoots(105));
    }
}
