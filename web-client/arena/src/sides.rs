//! The sides, in words and by the badge that the page's styles draw: a shape and a colour each. Their points, and who has whose core.

use std::rc::Rc;

use tickwire_arena::{
    Arena,
    kinds::{Core, CoreMoved, CoreNews, CoreState, Entity, Match, Mode, Side},
};
use tickwire_sync::{PlayerNumber, client::Session};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::scores;
use crate::shell::{
    page::{Panel, Text},
    words::{fill, text},
};

/// The badge of a side, as the page's styles know it; empty for none.
pub fn badge(side: Side) -> &'static str {
    match side {
        Side::None => "",
        Side::Amber => "amber",
        Side::Azure => "azure",
    }
}

/// What a side is called; empty for none.
pub fn title(side: Side) -> Rc<str> {
    match side {
        Side::None => "".into(),
        Side::Amber => text("sides.amber"),
        Side::Azure => text("sides.azure"),
    }
}

/// Puts the badge of a side before what an element says, and its name where a pointer rests on it.
///
/// # Errors
/// The browser refuses.
pub fn mark(element: &Element, side: Side) -> Result<(), JsValue> {
    element.set_attribute("data-badge", badge(side))?;
    element.set_attribute("title", &title(side))
}

/// The side of a player; none where everybody plays alone, and for one that has left.
pub fn of(session: &Session<Arena>, player: PlayerNumber) -> Side {
    let pilot = session.mirror().iter().find_map(|(_, held)| match held.state {
        Entity::Pilot(pilot) if pilot.player == player => Some(pilot),
        _ => None,
    });
    pilot.map_or(Side::None, |pilot| pilot.side)
}

/// Whether sides play against each other.
pub fn play(clock: Option<&Match>) -> bool {
    clock.is_some_and(|clock| clock.mode != Mode::Ffa)
}

/// What became of a core, as news.
pub fn news(moved: CoreMoved, name: impl Fn(PlayerNumber) -> String) -> String {
    let by = PlayerNumber::try_from(moved.by).ok().map(name);
    let key = match (moved.what, by.is_some()) {
        (CoreNews::Taken, true) => "cores.taken-by",
        (CoreNews::Dropped, true) => "cores.dropped-by",
        (CoreNews::Returned, true) => "cores.returned-by",
        (CoreNews::Captured, true) => "cores.captured-by",
        (CoreNews::Taken, false) => "cores.taken",
        (CoreNews::Dropped, false) => "cores.dropped",
        (CoreNews::Returned, false) => "cores.returned",
        (CoreNews::Captured, false) => "cores.captured",
    };
    fill(key, &[("name", &by.unwrap_or_default()), ("side", &title(moved.side))])
}

/// Where a core is that is not at its base.
fn away(core: &Core, own: Option<PlayerNumber>, name: impl Fn(PlayerNumber) -> String) -> Option<String> {
    let side = title(core.side);
    match core.state {
        CoreState::Home => None,
        CoreState::Dropped => Some(fill("cores.open", &[("side", &side)])),
        CoreState::Carried => match PlayerNumber::try_from(core.carrier).ok() {
            Some(player) if Some(player) == own => Some(fill("cores.own", &[("side", &side)])),
            Some(player) => Some(fill("cores.carried", &[("name", &name(player)), ("side", &side)])),
            None => None,
        },
    }
}

/// A side's points at the top of the page, shown only where sides play.
#[derive(Debug)]
struct Points {
    side: Side,
    panel: Panel,
    number: Text,
    title: Text,
}

/// Both sides' points, and where their cores are.
#[derive(Debug)]
pub struct Standoff {
    points: [Points; 2],
    /// Where each side's core is.
    cores: [Text; 2],
}

impl Standoff {
    /// The sides of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        let points = |side| {
            let id = format!("points-{}", badge(side));
            let (number, title) = (Text::of(&format!("{id}-number"))?, Text::of(&format!("{id}-title"))?);
            Ok::<_, JsValue>(Points { side, panel: Panel::of(&id)?, number, title })
        };
        let [amber, azure] = Side::BOTH;
        Ok(Self { points: [points(amber)?, points(azure)?], cores: [Text::of("core-amber")?, Text::of("core-azure")?] })
    }

    /// Shows the points and the cores as the session has them; nothing where everybody plays alone.
    pub fn show(&mut self, session: &Session<Arena>, clock: Option<&Match>) {
        let own = session.player();
        let sides = clock.filter(|clock| play(Some(clock)));
        let mine = own.map_or(Side::None, |own| of(session, own));
        for (points, number) in self.points.iter_mut().zip(sides.map_or([0; 2], |clock| [clock.amber, clock.azure])) {
            points.panel.show(sides.is_some());
            points.number.set(&number.to_string());
            points.title.set(&call(points.side, mine));
        }
        let mut said = [None, None];
        for (_, held) in session.mirror().iter() {
            if let Entity::Core(core) = &held.state {
                let at = usize::from(core.side == Side::Azure);
                said[at] = away(core, own, |player| scores::name(session, player));
            }
        }
        for (text, said) in self.cores.iter_mut().zip(said) {
            text.set(said.as_deref().unwrap_or_default());
        }
    }
}

/// What a side is called on the board of somebody who plays on `mine`.
pub fn call(side: Side, mine: Side) -> String {
    if side.is_with(mine) { fill("sides.own", &[("side", &title(side))]) } else { title(side).to_string() }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::NOBODY;

    use super::*;

    fn pilot(player: PlayerNumber) -> String {
        format!("P{player}")
    }

    #[test]
    fn who_has_a_core_is_said_and_a_core_at_home_is_no_news() {
        let core = Core { side: Side::Azure, carrier: NOBODY, ..Core::default() };
        assert_eq!(away(&core, Some(1), pilot), None);
        let carried = Core { state: CoreState::Carried, carrier: 3, ..core };
        assert_eq!(away(&carried, Some(1), pilot).unwrap(), "Azure core: P3 has it");
        assert_eq!(away(&carried, Some(3), pilot).unwrap(), "Azure core: you carry it");
        let dropped = Core { state: CoreState::Dropped, ..core };
        assert_eq!(away(&dropped, None, pilot).unwrap(), "Azure core: in the open");
    }

    #[test]
    fn news_of_a_core_name_who_did_it_if_anybody_did() {
        let moved = |what, by| news(CoreMoved { side: Side::Amber, what, by }, pilot);
        assert_eq!(moved(CoreNews::Taken, 2), "P2 took the Amber core");
        assert_eq!(moved(CoreNews::Returned, NOBODY), "The Amber core is back");
    }

    #[test]
    fn sides_have_badges_of_their_own_and_the_own_one_says_so() {
        assert_ne!(badge(Side::Amber), badge(Side::Azure));
        assert_eq!(call(Side::Amber, Side::Amber), "Amber (you)");
        assert_eq!(call(Side::Amber, Side::None), "Amber");
        assert_eq!(call(Side::None, Side::None), "");
    }
}
