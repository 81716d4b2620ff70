//! The feed: who destroyed whom, for a few seconds.

use std::collections::VecDeque;

use tickwire_arena::kinds::{Kill, Side};
use tickwire_sync::PlayerNumber;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use super::{livery::livery, palette, sides};
use crate::shell::{
    page,
    words::{Part, apart, fill, parts, text},
};

/// How many lines are shown at once.
const LINES_MAX: usize = 5;
/// For how long, in seconds.
const SHOWN_SECONDS: f64 = 6.0;

/// The feed of the page.
#[derive(Debug)]
pub struct Feed {
    list: Element,
    lines: VecDeque<(HtmlElement, f64)>,
}

/// A line: somebody, what as a key of the words, and maybe to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    who: PlayerNumber,
    what: &'static str,
    whom: Option<PlayerNumber>,
}

fn line(kill: Kill) -> Line {
    if kill.by == kill.target {
        Line { who: kill.target, what: "feed.crashed", whom: None }
    } else {
        Line { who: kill.by, what: "feed.destroyed", whom: Some(kill.target) }
    }
}

/// What the owner of a lost ship reads.
pub fn epitaph(kill: Kill, name: impl Fn(PlayerNumber) -> String) -> String {
    if kill.by == kill.target {
        text("feed.you-crashed").to_string()
    } else {
        fill("feed.destroyed-by", &[("name", &name(kill.by))])
    }
}

impl Feed {
    /// The feed of the page.
    ///
    /// # Errors
    /// The page has none.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { list: page::element("feed")?, lines: VecDeque::new() })
    }

    /// A ship was destroyed.
    ///
    /// # Errors
    /// The browser refuses a new element.
    pub fn kill(
        &mut self,
        kill: Kill,
        own: Option<PlayerNumber>,
        name: impl Fn(PlayerNumber) -> (String, Side),
        now: f64,
    ) -> Result<(), JsValue> {
        let Line { who, what, whom } = line(kill);
        let item = page::append(
            &self.list,
            "li",
            if own.is_some_and(|own| who == own || whom == Some(own)) { "own" } else { "" },
        )?;
        let somebody = |player: PlayerNumber| {
            let element = page::append(&item, "b", "")?;
            let (name, side) = name(player);
            element.set_text_content(Some(&apart(&name)));
            sides::mark(&element, side)?;
            element.style().set_property("--tint", &palette::css(livery(player, side, own).colour))
        };
        // Which of them comes first is the language's affair.
        for part in parts(&text(what)) {
            match part {
                Part::Place("who") => somebody(who)?,
                Part::Place(_) => whom.map_or(Ok(()), &somebody)?,
                Part::Text(text) => page::append(&item, "span", "")?.set_text_content(Some(text.trim())),
            }
        }
        self.keep(item, now);
        Ok(())
    }

    /// Something happened to everybody.
    ///
    /// # Errors
    /// The browser refuses a new element.
    pub fn news(&mut self, text: &str, now: f64) -> Result<(), JsValue> {
        let item = page::append(&self.list, "li", "news")?;
        item.set_text_content(Some(text));
        self.keep(item, now);
        Ok(())
    }

    fn keep(&mut self, item: HtmlElement, now: f64) {
        self.lines.push_back((item, now));
        if self.lines.len() > LINES_MAX {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((item, _)) = self.lines.pop_front() {
            item.remove();
        }
    }

    /// Takes away what is old.
    pub fn age(&mut self, now: f64) {
        while self.lines.front().is_some_and(|(_, since)| now - since > SHOWN_SECONDS) {
            self.drop_oldest();
        }
    }

    /// Takes away everything.
    pub fn clear(&mut self) {
        while !self.lines.is_empty() {
            self.drop_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::Cause;

    use super::*;

    fn kill(by: PlayerNumber, target: PlayerNumber) -> Kill {
        Kill { by, target, with: if by == target { Cause::Crash } else { Cause::Gun } }
    }

    #[test]
    fn a_crash_has_nobody_to_blame() {
        assert_eq!(line(kill(3, 3)), Line { who: 3, what: "feed.crashed", whom: None });
        assert_eq!(epitaph(kill(3, 3), |_| unreachable!()), "You crashed");
    }

    #[test]
    fn a_kill_names_both_and_the_victim_reads_who_it_was() {
        assert_eq!(line(kill(1, 3)), Line { who: 1, what: "feed.destroyed", whom: Some(3) });
        assert_eq!(epitaph(kill(1, 3), |player| format!("P{player}")), "Destroyed by P1");
    }
}
