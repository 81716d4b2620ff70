//! Small graphs: the last seconds of a number, and of ticks. They are for the eye; what they show is said in words beside them.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use super::page;

/// How many samples a graph shows: eight seconds of ten a second.
const SAMPLES: usize = 80;
/// The height of every graph, in pixels.
const HEIGHT: u32 = 18;

/// A canvas in front of a text of the page.
#[derive(Debug)]
pub struct Canvas {
    pen: CanvasRenderingContext2d,
    width: f64,
}

impl Canvas {
    /// A canvas before `text`, `width` pixels wide.
    ///
    /// # Errors
    /// The browser refuses.
    pub fn before(text: &HtmlElement, width: u32) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page::document()?.create_element("canvas")?.unchecked_into();
        canvas.set_width(width);
        canvas.set_height(HEIGHT);
        canvas.set_attribute("aria-hidden", "true")?;
        text.insert_adjacent_element("beforebegin", &canvas)?;
        let pen = canvas.get_context("2d")?.ok_or_else(|| JsValue::from_str("this browser cannot draw"))?;
        Ok(Self { pen: pen.unchecked_into(), width: width.into() })
    }

    /// Wipes it.
    pub fn clear(&self) {
        self.pen.clear_rect(0.0, 0.0, self.width, HEIGHT.into());
    }

    /// Draws bars of one colour: where each is from the left, and from where to where it reaches, as shares of the height from its foot.
    pub fn bars(&self, colour: &str, width: f64, bars: impl Iterator<Item = (f64, f64, f64)>) {
        let height = f64::from(HEIGHT);
        self.pen.set_fill_style_str(colour);
        self.pen.begin_path();
        for (x, from, to) in bars {
            self.pen.rect(x, height * (1.0 - to), width, height * (to - from));
        }
        self.pen.fill();
    }
}

/// The last samples of a number.
#[derive(Clone, Debug)]
pub struct Samples {
    ring: [f32; SAMPLES],
    next: usize,
}

impl Default for Samples {
    fn default() -> Self {
        Self { ring: [0.0; SAMPLES], next: 0 }
    }
}

impl Samples {
    /// Adds one.
    pub fn add(&mut self, sample: f32) {
        self.ring[self.next] = sample;
        self.next = (self.next + 1) % SAMPLES;
    }

    /// All of them, oldest first.
    fn iter(&self) -> impl Iterator<Item = f32> {
        self.ring[self.next..].iter().chain(&self.ring[..self.next]).copied()
    }

    /// Draws them, the largest as high as the canvas, but none larger than its share of `least`.
    pub fn draw(&self, canvas: &Canvas, least: f32, colour: &str) {
        let most = self.iter().map(f32::abs).fold(least, f32::max);
        let width = canvas.width / SAMPLES as f64;
        canvas.clear();
        let bars =
            (0..).zip(self.iter()).map(|(at, sample)| (f64::from(at) * width, 0.0, f64::from(sample.abs() / most)));
        canvas.bars(colour, width, bars);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_samples_come_oldest_first() {
        let mut samples = Samples::default();
        (0..=SAMPLES).for_each(|sample| samples.add(sample as f32));
        let all: Vec<f32> = samples.iter().collect();
        assert_eq!((all.len(), all[0], all[SAMPLES - 1]), (SAMPLES, 1.0, SAMPLES as f32));
    }
}
