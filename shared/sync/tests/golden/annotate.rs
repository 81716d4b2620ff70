//! A message as lines of hex, each with a comment that says what it is: written from `docs/wire.md` alone, so it checks that too.
//!
//! The comments in the golden files come from here. What is split here wrongly does not come out at all: it panics.

use std::fmt::Write;

use tickwire_sync::replicate::unzigzag;

/// Splits a message of a client.
pub fn client(message: &[u8]) -> String {
    let mut parts = Parts::new(message);
    match parts.number("message") {
        0 => {
            parts.number("version");
            parts.number("tables_hash");
            parts.text("name");
            parts.text("room");
            parts.number("role");
            parts.text("token");
            parts.resume();
        }
        1 => {
            parts.number("tick");
            parts.signed("ahead");
            parts.number("ack_age");
            parts.number("behind");
            parts.number("controls");
        }
        2 => parts.text("chat"),
        3..=5 => {}
        6 => {
            if parts.number("watched") == 1 {
                parts.number("player");
            }
        }
        7 => {
            parts.number("tick");
            parts.number("age");
        }
        8 => parts.text("text"),
        9 => {
            parts.number("to");
            parts.text("text");
        }
        10 => parts.order(),
        other => panic!("a client has no message {other}"),
    }
    parts.finish()
}

/// Splits a message of a server.
pub fn server(message: &[u8]) -> String {
    let mut parts = Parts::new(message);
    match parts.number("message") {
        0 => {
            if parts.number("is a player") == 1 {
                parts.number("player");
            }
            parts.text("room");
            parts.number("tick");
            parts.number("tick_rate");
            parts.number("delay");
            parts.bytes("rules");
            parts.number("rules_hash");
            parts.text("token");
            parts.resume();
            parts.number("hold_seconds");
            parts.number("resumed");
            parts.number("rank");
        }
        1 => {
            parts.number("elapsed");
            parts.number("input_advance");
            parts.signed("input_margin");
            parts.sections();
        }
        2 => {
            for _ in 0..parts.number("notices") {
                let notice = parts.number("notice");
                match notice {
                    0..=5 => drop(parts.number("player")),
                    6 => {
                        parts.number("from");
                        parts.number("to");
                    }
                    7 | 8 => {}
                    other => panic!("there is no notice {other}"),
                }
                match notice {
                    0 => parts.text("name"),
                    2 | 5.. => parts.text("text"),
                    _ => {}
                }
            }
        }
        3 => {
            parts.bytes("rules");
            parts.number("rules_hash");
        }
        other => panic!("a server has no message {other}"),
    }
    parts.finish()
}

/// Splits a mask and its numbers, which stand alone.
pub fn residual(bytes: &[u8]) -> String {
    let mut parts = Parts::new(bytes);
    let mask = parts.leb("mask", |mask| format!("{mask:#b}"));
    for index in fields(mask) {
        parts.leb("field", |number| format!("{index}: {number}"));
    }
    parts.finish()
}

fn fields(mask: u32) -> impl Iterator<Item = u32> {
    (0..32).filter(move |index| mask & 1 << index != 0)
}

struct Parts<'a> {
    rest: &'a [u8],
    text: String,
}

impl<'a> Parts<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, text: String::new() }
    }

    fn finish(self) -> String {
        assert_eq!(self.rest, [], "nothing follows");
        self.text
    }

    fn part(&mut self, length: usize, what: &str) {
        let (part, rest) = self.rest.split_at(length);
        self.rest = rest;
        let hex: Vec<_> = part.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(self.text, "{:<26} # {what}", hex.join(" ")).expect("a string takes everything");
    }

    /// How long a bincode number is, and what it is.
    fn peek_number(&self) -> (usize, u64) {
        let wide = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        match self.rest[0] {
            251 => (3, wide(&self.rest[1..3])),
            252 => (5, wide(&self.rest[1..5])),
            253 => (9, wide(&self.rest[1..9])),
            small @ ..251 => (1, small.into()),
            other => panic!("{other} begins no number"),
        }
    }

    fn number(&mut self, name: &str) -> u64 {
        let (length, number) = self.peek_number();
        let hash = name.ends_with("hash");
        self.part(length, &if hash { format!("{name}: {number:#018x}") } else { format!("{name}: {number}") });
        number
    }

    fn signed(&mut self, name: &str) {
        let (length, number) = self.peek_number();
        self.part(length, &format!("{name}: {:+}", unzigzag(number as u32)));
    }

    fn text(&mut self, name: &str) {
        let length = self.number(&format!("{name}, in bytes")) as usize;
        for line in self.rest[..length].to_vec().chunks(8) {
            self.part(line.len(), &format!("{:?}", String::from_utf8_lossy(line)));
        }
    }

    fn bytes(&mut self, name: &str) {
        let length = self.number(&format!("{name}, in bytes")) as usize;
        self.part(length, name);
    }

    fn resume(&mut self) {
        if self.number("with a resume token") == 1 {
            (0..2).for_each(|half| self.part(8, ["the resume token", "its other half"][half]));
        }
    }

    fn order(&mut self) {
        let order = self.number("order");
        match order {
            0 => {
                self.number("everywhere");
                self.text("text");
            }
            1 => {
                self.number("player");
                self.text("reason");
            }
            2 | 3 => {
                self.number("player");
                self.number("by_address");
                if self.number("for a time") == 1 {
                    self.number("seconds");
                }
                self.text("reason");
            }
            4 => drop(self.number("number")),
            5 => {}
            other => panic!("there is no order {other}"),
        }
    }

    fn leb(&mut self, name: &str, show: impl Fn(u32) -> String) -> u32 {
        let last = self.rest.iter().position(|&byte| byte < 0x80).expect("the number ends");
        let number = self.rest[..=last].iter().rev().fold(0, |number, &byte| number << 7 | u32::from(byte & 0x7f));
        self.part(last + 1, &format!("{name} {}", show(number)));
        number
    }

    fn count(&mut self, name: &str) -> u32 {
        self.leb(name, |count| count.to_string())
    }

    /// An id as a gap from `next`, which then is the one after it.
    fn id(&mut self, next: &mut u32) {
        let first = *next;
        *next = first + self.leb("id", |gap| (first + gap).to_string()) + 1;
    }

    /// The numbers of the Line game's fields, all of which are linear.
    fn numbers(&mut self, mask: u32) {
        for index in fields(mask) {
            self.leb("  field", |number| format!("{index}: {:+}", unzigzag(number)));
        }
    }

    fn masked(&mut self) {
        let mask = self.leb("  mask", |mask| format!("{mask:#b}"));
        self.numbers(mask);
    }

    fn whole(&mut self) {
        self.part(1, &format!("kind {}", self.rest[0]));
        self.masked();
    }

    fn sections(&mut self) {
        const NAMES: [&str; 8] = ["LEFT", "ENTERED", "CHANGED", "OWN", "OWN_WHOLE", "EVENTS", "HASH", "KEYFRAME"];
        let flags = self.rest[0];
        let has = |bit: usize| flags & 1 << bit != 0;
        let names: Vec<_> = (0..8).filter(|&bit| has(bit)).map(|bit| NAMES[bit]).collect();
        self.part(1, &format!("flags: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
        if has(0) {
            let mut next = 0;
            for _ in 0..self.count("left") {
                self.id(&mut next);
            }
        }
        if has(1) {
            let mut next = 0;
            for _ in 0..self.count("entered") {
                self.id(&mut next);
                let head = self.leb("  head:", |head| {
                    let parent = if head & 1 == 0 { "no parent" } else { "a parent" };
                    format!("kind {}, {parent}{}", head >> 2, if head & 2 == 0 { "" } else { ", as foreseen" })
                });
                if head & 1 != 0 {
                    self.count("  parent");
                }
                if head & 2 == 0 {
                    self.masked();
                }
            }
        }
        if has(2) {
            for _ in 0..self.count("changed, in groups") {
                self.group();
            }
        }
        if has(3) {
            self.part(0, "own, against the stepped one:");
            self.masked();
        }
        if has(4) {
            self.part(0, "own, whole:");
            self.whole();
        }
        if has(5) {
            for _ in 0..self.count("events") {
                self.whole();
            }
        }
        if has(6) {
            let hash = u32::from_le_bytes(self.rest[..4].try_into().expect("four bytes"));
            self.part(4, &format!("hash: {hash:#010x}"));
        }
    }
    fn group(&mut self) {
        let head = self.leb("group:", |head| {
            let numbers = if head & 2 == 0 { "numbers" } else { "half bytes" };
            format!("mask {:#b}, {numbers}, {}", head >> 2, if head & 1 == 0 { "gaps" } else { "a bitmap" })
        });
        let mut entities = 0;
        if head & 1 == 0 {
            let mut next = 0;
            entities = self.count("  entities");
            (0..entities).for_each(|_| self.id(&mut next));
        } else {
            for byte in 0..self.count("  bytes of the bitmap") {
                let bits = self.rest[0];
                entities += bits.count_ones();
                self.part(
                    1,
                    &format!(
                        "  ids {:?}",
                        (0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| byte * 8 + bit).collect::<Vec<_>>()
                    ),
                );
            }
        }
        let mask = head >> 2;
        if head & 2 == 0 {
            (0..entities).for_each(|_| self.numbers(mask));
        } else {
            let halves = entities * mask.count_ones();
            for at in (0..halves).step_by(2) {
                let both = self.rest[0];
                let number = |half: u8| format!("{:+}", unzigzag(u32::from(half) + 1));
                let upper = if at + 1 < halves { format!(" and {}", number(both >> 4)) } else { String::new() };
                self.part(1, &format!("  {}{upper}", number(both & 15)));
            }
        }
    }
}
