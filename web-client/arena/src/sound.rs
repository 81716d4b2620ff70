//! What is heard: cues of the picture, each with its place, for the player in `assets/sound.js`, which makes every sound by its recipe.

use glam::Vec2;
use wasm_bindgen::{JsCast, prelude::*};

use super::camera::Camera;

#[wasm_bindgen]
extern "C" {
    /// What plays sounds: the module `assets/sound.js`.
    #[derive(Debug)]
    pub type Player;

    /// The number of a recipe; -1 where there is none.
    #[wasm_bindgen(method)]
    fn find(this: &Player, name: &str) -> i32;
    /// Plays a recipe, from the left (-1) to the right (1).
    #[wasm_bindgen(method)]
    fn play(this: &Player, recipe: i32, pan: f32, gain: f32);
    /// How hard the own engine burns, 0 to 1; 2 while it is boosted.
    #[wasm_bindgen(method)]
    fn engine(this: &Player, push: f32);
}

macro_rules! sounds {
    ($($(#[$meta:meta])* $sound:ident: $name:literal),* $(,)?) => {
        /// What can be heard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sound { $($(#[$meta])* $sound),* }

        /// The recipe of each.
        const NAMES: &[&str] = &[$($name),*];
    };
}

sounds! {
    /// A cannon fires.
    Cannon: "cannon",
    /// A rail fires.
    Rail: "rail",
    /// The own ship is struck.
    Struck: "struck",
    /// Another ship is struck.
    Strike: "strike",
    /// A ship bursts.
    Blast: "blast",
    /// A mine is laid.
    Lay: "lay",
    /// A mine bursts.
    Mine: "mine",
    /// Something became of a core.
    Core: "core",
    /// A shot ends at a wall or a rock.
    Ricochet: "ricochet",
    /// A pickup is taken.
    Pickup: "pickup",
    /// The own hull is nearly gone.
    Alarm: "alarm",
    /// The own ship is there.
    Spawn: "spawn",
    /// A round begins.
    RoundBegins: "begin",
    /// A round is over.
    RoundOver: "over",
}

/// The most cues in a frame; more nobody could tell apart.
const CUES_MAX: usize = 24;
/// At this distance a sound has half of its loudness, in units.
const HALF_AT: f32 = 420.0;
/// What is fainter is not played.
const FAINTEST: f32 = 0.03;
/// The farthest to a side that a sound moves, 1 being one ear alone.
const PAN_MAX: f32 = 0.85;

/// Something to be heard.
#[derive(Clone, Copy, Debug)]
pub struct Cue {
    /// What.
    pub sound: Sound,
    /// Where, in units; `None` for what is everywhere.
    pub at: Option<Vec2>,
    /// How loud, 0 to 1.
    pub level: f32,
}

/// What is to be heard in this frame.
#[derive(Debug)]
pub struct Cues {
    cues: Vec<Cue>,
}

impl Default for Cues {
    fn default() -> Self {
        Self { cues: Vec::with_capacity(CUES_MAX) }
    }
}

impl Cues {
    /// Something is heard at a place.
    pub fn at(&mut self, sound: Sound, at: Vec2, level: f32) {
        self.add(Cue { sound, at: Some(at), level });
    }

    /// Something is heard that has no place.
    pub fn everywhere(&mut self, sound: Sound) {
        self.add(Cue { sound, at: None, level: 1.0 });
    }

    fn add(&mut self, cue: Cue) {
        if self.cues.len() < CUES_MAX {
            self.cues.push(cue);
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.cues.clear();
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Cue> {
        self.cues.iter()
    }
}

/// How a cue sounds to whoever looks through `camera`: from the left (-1) to the right (1), and how loud; `None` if it is too far away.
pub fn heard(cue: Cue, camera: &Camera) -> Option<(f32, f32)> {
    let Some(at) = cue.at else { return Some((0.0, cue.level)) };
    let off = at - camera.centre;
    let far = off.length() / HALF_AT;
    let gain = cue.level / (1.0 + far * far);
    let pan = (off.x / camera.half_view().x.max(1.0)).clamp(-1.0, 1.0) * PAN_MAX;
    (gain > FAINTEST).then_some((pan, gain))
}

/// The page's loudspeakers.
#[derive(Debug)]
pub struct Speakers {
    player: Player,
    /// The recipe of each sound.
    recipes: Vec<i32>,
    push: f32,
}

impl Speakers {
    /// Those of the page, which `assets/main.js` has put beside the program's own state.
    ///
    /// # Errors
    /// There are none, or a sound has no recipe: page and program are of different versions.
    pub fn new() -> Result<Self, JsValue> {
        let page = js_sys::Reflect::get(&js_sys::global(), &"tickwire".into())?;
        let player: Player = js_sys::Reflect::get(&page, &"sound".into())?.unchecked_into();
        let recipes: Vec<i32> = NAMES.iter().map(|name| player.find(name)).collect();
        match recipes.iter().position(|&recipe| recipe < 0) {
            Some(at) => Err(JsValue::from_str(&format!("there is no recipe for the sound {}", NAMES[at]))),
            None => Ok(Self { player, recipes, push: 0.0 }),
        }
    }

    /// Plays all cues, and forgets them.
    pub fn play(&self, cues: &mut Cues, camera: &Camera) {
        for cue in cues.cues.drain(..) {
            if let Some((pan, gain)) = heard(cue, camera) {
                self.player.play(self.recipes[cue.sound as usize], pan, gain);
            }
        }
    }

    /// The own engine burns so hard, 0 to 1; 2 while it is boosted.
    pub fn engine(&mut self, push: f32) {
        if self.push != push {
            self.push = push;
            self.player.engine(push);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1280.0, 800.0));
        camera
    }

    fn cue(at: Vec2) -> Cue {
        Cue { sound: Sound::Cannon, at: Some(at), level: 1.0 }
    }

    #[test]
    fn what_is_left_is_heard_left_and_what_is_far_is_faint() {
        let camera = camera();
        let (left, near) = heard(cue(Vec2::new(-300.0, 0.0)), &camera).unwrap();
        let (right, far) = heard(cue(Vec2::new(600.0, 0.0)), &camera).unwrap();
        assert!(left < 0.0 && right > 0.5 && right <= PAN_MAX && far < near && near < 1.0);
        assert_eq!(heard(cue(Vec2::ZERO), &camera), Some((0.0, 1.0)));
        assert_eq!(heard(cue(Vec2::new(9000.0, 0.0)), &camera), None);
        assert_eq!(heard(Cue { at: None, ..cue(Vec2::ZERO) }, &camera), Some((0.0, 1.0)));
    }

    #[test]
    fn cues_beyond_the_bound_are_left_out() {
        let mut cues = Cues::default();
        (0..2 * CUES_MAX).for_each(|_| cues.everywhere(Sound::Blast));
        assert_eq!(cues.iter().count(), CUES_MAX);
    }

    #[test]
    fn every_sound_has_a_recipe() {
        let recipes = include_str!("../../../assets/recipes.js");
        for name in NAMES {
            assert!(recipes.contains(&format!("\n  {name}: ")), "{name}");
        }
    }
}
