//! Which key does what: as the game has it, until the player chooses others.

use super::words::text;

/// So many keys may do the same.
pub const KEYS_MAX: usize = 2;
/// The longest `KeyboardEvent.code` has 18 letters.
const CODE_MAX: usize = 24;

/// Something that a player does by keys, by buttons of the mouse, or by parts of the page.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// What [`super::input::Input::does`] calls it, 0 to 31.
    pub number: u8,
    /// What the browser's memory and the page's hints call it: letters only.
    pub name: &'static str,
    /// What the player reads: a key of the words.
    pub label: &'static str,
    /// Its keys, unless the player chose others: `KeyboardEvent.code`, or `Mouse` and a number; at most [`KEYS_MAX`].
    pub keys: &'static [&'static str],
}

/// What became of a wish for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It is so.
    Done,
    /// It is so, and the action of this label lost the key.
    TakenFrom(&'static str),
    /// The page or the browser needs the key.
    Refused,
}

/// The keys of all actions.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    actions: &'static [Action],
    /// Keys that the game's page needs for itself.
    needed: &'static [&'static str],
    /// For each action its keys; empty ones are none.
    keys: Vec<[String; KEYS_MAX]>,
}

impl Bindings {
    /// The game's own keys.
    pub fn new(actions: &'static [Action], needed: &'static [&'static str]) -> Self {
        assert!(actions.len() * KEYS_MAX <= 64, "every key has a bit");
        let keys = actions.iter().map(|action| core::array::from_fn(|at| own_key(action, at))).collect();
        Self { actions, needed, keys }
    }

    /// All actions.
    pub fn actions(&self) -> &'static [Action] {
        self.actions
    }

    /// The keys of an action, by its place among all; empty ones are none.
    pub fn keys(&self, action: usize) -> &[String; KEYS_MAX] {
        &self.keys[action]
    }

    /// What a key does: the place of the action among all, and that of the key there.
    pub fn find(&self, code: &str) -> Option<(usize, usize)> {
        let mut places = self.keys.iter().enumerate();
        places.find_map(|(action, keys)| {
            keys.iter().position(|key| !key.is_empty() && key == code).map(|at| (action, at))
        })
    }

    /// Gives an action a key in place of the one at `at`, and takes it from whatever has it.
    pub fn bind(&mut self, action: usize, at: usize, code: &str) -> Bound {
        if !self.is_free(code) {
            return Bound::Refused;
        }
        let before = self.find(code);
        if let Some((other, at)) = before {
            self.keys[other][at].clear();
        }
        code.clone_into(&mut self.keys[action][at]);
        match before {
            Some((other, _)) if other != action => Bound::TakenFrom(self.actions[other].label),
            _ => Bound::Done,
        }
    }

    /// Takes a key from an action.
    pub fn clear(&mut self, action: usize, at: usize) {
        self.keys[action][at].clear();
    }

    /// Goes back to the game's own keys.
    pub fn reset(&mut self) {
        *self = Self::new(self.actions, self.needed);
    }

    /// The keys as one line, for the browser's memory.
    pub fn line(&self) -> String {
        let each =
            self.actions.iter().zip(&self.keys).map(|(action, keys)| format!("{}={}", action.name, keys.join(",")));
        each.collect::<Vec<_>>().join(";")
    }

    /// Takes the keys from such a line. What is no key, or is one already, is left out; an action that the line does not name keeps its own keys.
    pub fn restore(&mut self, line: &str) {
        self.reset();
        let named: Vec<(usize, &str)> = line
            .split(';')
            .filter_map(|part| part.split_once('='))
            .filter_map(|(name, keys)| Some((self.actions.iter().position(|action| action.name == name)?, keys)))
            .collect();
        for (action, _) in &named {
            self.keys[*action] = <[String; KEYS_MAX]>::default();
        }
        // Chosen keys go before the own ones of actions that are new since.
        for (action, keys) in named {
            for (at, code) in keys.split(',').enumerate().take(KEYS_MAX) {
                self.bind(action, at, code);
            }
        }
    }

    /// Whether a key may be chosen: a key or a button there may be, which neither the page nor the browser needs.
    fn is_free(&self, code: &str) -> bool {
        let may_be = (1..=CODE_MAX).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_function = code.strip_prefix('F').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let is_modifier = ["Control", "Alt", "Meta", "OS"].iter().any(|name| code.starts_with(name));
        may_be && !is_function && !is_modifier && !NEEDED.contains(&code) && !self.needed.contains(&code)
    }
}

/// Keys that most people call the same.
const SHIFTS: [&str; KEYS_MAX] = ["ShiftLeft", "ShiftRight"];
/// Keys that every page needs for itself: the chat, the network panel, the lag sliders, the settings.
const NEEDED: [&str; 7] = ["Enter", "NumpadEnter", "KeyN", "KeyL", "Escape", "ContextMenu", "Unidentified"];

fn own_key(action: &Action, at: usize) -> String {
    action.keys.get(at).copied().unwrap_or_default().to_owned()
}

/// What stands on a key, as far as its code tells: `KeyA` is A, wherever it lies.
pub fn label(code: &str) -> String {
    let known = match code {
        "ArrowLeft" => "←",
        "ArrowRight" => "→",
        "ArrowUp" => "↑",
        "ArrowDown" => "↓",
        "ShiftLeft" => "key.shift-left",
        "ShiftRight" => "key.shift-right",
        "ControlLeft" => "key.control-left",
        "ControlRight" => "key.control-right",
        "AltLeft" => "key.alt-left",
        "AltRight" => "key.alt-right",
        "Mouse0" => "key.click",
        "Mouse1" => "key.middle-click",
        "Mouse2" => "key.right-click",
        "Space" => "key.space",
        "Tab" => "key.tab",
        _ => code.strip_prefix("Key").or(code.strip_prefix("Digit")).unwrap_or(code),
    };
    text(known).to_string()
}

/// What stands on the keys of an action, for a hint: both Shifts are one.
pub fn labels(keys: &[String]) -> Vec<String> {
    if SHIFTS.iter().all(|shift| keys.iter().any(|key| key == shift)) {
        return vec![text("key.shift").to_string()];
    }
    keys.iter().filter(|code| !code.is_empty()).map(|code| label(code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIONS: &[Action] = &[
        Action { number: 4, name: "fire", label: "Fire", keys: &["Space", "Mouse0"] },
        Action { number: 7, name: "mine", label: "Lay a mine", keys: &["KeyQ"] },
    ];

    fn bindings() -> Bindings {
        Bindings::new(ACTIONS, &["KeyM"])
    }

    #[test]
    fn a_new_key_takes_the_place_of_the_old_one() {
        let mut bindings = bindings();
        assert_eq!(bindings.bind(0, 0, "KeyF"), Bound::Done);
        assert_eq!(
            (bindings.find("KeyF"), bindings.find("Space"), bindings.find("Mouse0")),
            (Some((0, 0)), None, Some((0, 1)))
        );
        bindings.reset();
        assert_eq!((bindings.find("KeyF"), bindings.find("Space")), (None, Some((0, 0))));
    }

    #[test]
    fn a_key_is_taken_from_the_action_that_has_it() {
        let mut bindings = bindings();
        assert_eq!(bindings.bind(0, 1, "KeyQ"), Bound::TakenFrom("Lay a mine"));
        assert_eq!(bindings.keys(1), &["", ""]);
        assert_eq!(bindings.bind(0, 0, "KeyQ"), Bound::Done, "from its own other place");
        assert_eq!(bindings.keys(0), &["KeyQ", ""]);
    }

    #[test]
    fn keys_of_page_and_browser_and_what_is_no_key_are_refused() {
        let mut bindings = bindings();
        for code in
            ["KeyN", "KeyM", "Escape", "F5", "F12", "ControlLeft", "MetaLeft", "", "a;b=c", "Key Q", &"K".repeat(25)]
        {
            assert_eq!(bindings.bind(0, 0, code), Bound::Refused, "{code:?}");
        }
        assert_eq!(bindings.bind(0, 0, "KeyF"), Bound::Done);
    }

    #[test]
    fn what_was_kept_comes_back_and_nonsense_does_not() {
        let mut kept = bindings();
        kept.bind(0, 0, "KeyQ");
        kept.clear(0, 1);
        let mut back = bindings();
        back.restore(&kept.line());
        assert_eq!(back.line(), "fire=KeyQ,;mine=,");
        assert_eq!(back.keys, kept.keys);
        for (line, comes_to) in [
            ("", "fire=Space,Mouse0;mine=KeyQ,"),
            ("fire", "fire=Space,Mouse0;mine=KeyQ,"),
            ("jump=KeyJ;fire=KeyF,KeyG,KeyH", "fire=KeyF,KeyG;mine=KeyQ,"),
            ("fire=F5,KeyF", "fire=,KeyF;mine=KeyQ,"),
            ("fire=KeyQ", "fire=KeyQ,;mine=,"),
        ] {
            back.restore(line);
            assert_eq!(back.line(), comes_to, "{line:?}");
        }
    }

    #[test]
    fn keys_are_called_by_what_stands_on_them() {
        for (code, says) in
            [("KeyA", "A"), ("Digit1", "1"), ("ArrowUp", "↑"), ("Mouse2", "Right click"), ("ShiftLeft", "Left Shift")]
        {
            assert_eq!(label(code), says);
        }
    }

    #[test]
    fn a_hint_names_no_side_where_both_do_the_same() {
        let keys = |one: &str, other: &str| labels(&[one.to_owned(), other.to_owned()]);
        assert_eq!(keys("ShiftRight", "ShiftLeft"), ["Shift"]);
        assert_eq!(keys("ShiftLeft", ""), ["Left Shift"]);
        assert_eq!(keys("KeyF", "ShiftLeft"), ["F", "Left Shift"]);
    }
}
