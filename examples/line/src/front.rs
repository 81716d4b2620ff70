//! The line on the page, drawn by a 2D canvas.

use serde::Serialize;
use tickwire_sync::client::{Seen, Session};
use tickwire_web_client::shell::{
    bindings::Action,
    front::{Front, Moment},
    input::Input,
    pad::button,
    page,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::line::{Line, Mine, Own, Puck, Push, Thing};

const LEFT: u8 = 0;
const RIGHT: u8 = 1;
const DROP: u8 = 2;

/// The line reaches so far from its middle, in units.
const REACH: f64 = 400.0;

/// The canvas, and what was drawn on it last.
#[derive(Debug)]
pub struct LineFront {
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
    seen: Vec<Seen<Thing>>,
}

/// What a test is told.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The own puck's place, in units.
    x: Option<f32>,
    pucks: usize,
    mines: usize,
    mines_left: u16,
}

impl LineFront {
    /// The line, before anybody plays.
    ///
    /// # Errors
    /// The page has no canvas.
    pub fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page::element("stage")?;
        let pen = canvas.get_context("2d")?.ok_or_else(|| JsValue::from_str("this browser cannot draw"))?;
        Ok(Self { canvas, pen: pen.unchecked_into(), seen: Vec::new() })
    }

    fn dot(&self, x: f64, y: f64, radius: f64, colour: &str) {
        self.pen.set_fill_style_str(colour);
        self.pen.begin_path();
        let _ = self.pen.arc(x, y, radius, 0.0, core::f64::consts::TAU);
        self.pen.fill();
    }
}

impl Front for LineFront {
    type Game = Line;
    type Report = Report;
    const ACTIONS: &'static [Action] = &[
        Action { number: LEFT, name: "left", label: "Push to the left", keys: &["KeyA", "ArrowLeft"] },
        Action { number: RIGHT, name: "right", label: "Push to the right", keys: &["KeyD", "ArrowRight"] },
        Action { number: DROP, name: "drop", label: "Drop a mine", keys: &["Space"] },
    ];
    const PAD: &'static [(u8, u8)] = &[(button::LEFT, LEFT), (button::RIGHT, RIGHT), (button::A, DROP)];

    fn welcomed(&mut self, _: &Session<Line>) {}

    /// A puck that was bumped; nothing is made of it.
    fn received(&mut self, session: &mut Session<Line>) {
        session.take_events().for_each(drop);
    }

    fn controls(&self, input: &Input, _: &Session<Line>) -> Push {
        let way = i8::from(input.does(RIGHT)) - i8::from(input.does(LEFT));
        Push { way, drop: input.does(DROP) }
    }

    fn draw(&mut self, session: Option<&Session<Line>>, input: &Input, moment: Moment) {
        let (width, height) = (f64::from(input.size.x), f64::from(input.size.y));
        if (f64::from(self.canvas.width()), f64::from(self.canvas.height())) != (width, height) {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        self.pen.clear_rect(0.0, 0.0, width, height);
        self.pen.set_fill_style_str("#456");
        self.pen.fill_rect(0.0, height / 2.0 - 1.0, width, 2.0);
        self.seen.clear();
        if let Some(session) = session {
            session.scene(moment.seen, |seen| self.seen.push(seen));
        }
        for seen in &self.seen {
            let x = width * (0.5 + f64::from(seen.pose.x) / (2.0 * REACH));
            match &seen.state {
                Thing::Puck(_) if seen.own => self.dot(x, height / 2.0, 14.0, "#fc6"),
                Thing::Puck(_) => self.dot(x, height / 2.0, 14.0, "#6cf"),
                Thing::Mine(Mine { left, .. }) => self.dot(x, height / 2.0, 3.0 + f64::from(*left) / 10.0, "#f66"),
            }
        }
    }

    fn report(&self, session: Option<&Session<Line>>) -> Report {
        let count =
            |puck| self.seen.iter().filter(|seen| matches!(seen.state, Thing::Puck(Puck { .. })) == puck).count();
        Report {
            x: self.seen.iter().find(|seen| seen.own).map(|own| own.pose.x),
            pucks: count(true),
            mines: count(false),
            mines_left: session.map_or(0, |session| {
                let Own::Stock(stock) = session.own();
                stock.mines
            }),
        }
    }
}
