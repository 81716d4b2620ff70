//! The texts of the picture, names and numbers: which has which cell of a sheet, in which the renderer writes them with the page's own fonts.
//! Moved on the page as elements, they would cost a style, a string and a layer each, in every frame.

use glam::Vec2;

use super::shapes::{Shape, Stamp, Stamps};

/// The size of a cell in CSS pixels; on a screen with half as many device pixels a letter fills half of it.
pub const CELL: Vec2 = Vec2::new(128.0, 20.0);
/// Cells side by side.
pub const COLUMNS: usize = 4;
/// How many texts there are at once: what was not shown for longest gives way.
pub const CELLS: usize = 100;
/// The most cells that are written in a frame, each of which goes to the card by itself; more texts wait for the next one.
pub const FRESH_MAX: usize = 8;
/// The longest text, in bytes: a name of 16 characters of any script, and that it is away.
const TEXT_MAX: usize = 96;

#[derive(Clone, Debug)]
struct Cell {
    text: String,
    /// The frame in which it was shown last.
    shown: u32,
}

/// Which texts have a cell.
#[derive(Debug)]
pub struct Sheet {
    cells: Vec<Cell>,
    /// Cells that are to be written.
    fresh: Vec<usize>,
    frame: u32,
    /// Whether anything is to be written in this frame.
    is_read: bool,
}

impl Default for Sheet {
    fn default() -> Self {
        let cell = || Cell { text: String::with_capacity(TEXT_MAX), shown: 0 };
        Self {
            cells: (0..CELLS).map(|_| cell()).collect(),
            fresh: Vec::with_capacity(FRESH_MAX),
            frame: 1,
            is_read: true,
        }
    }
}

impl Sheet {
    /// Another frame begins; where nobody reads it, nothing is written in it.
    pub fn begin(&mut self, is_read: bool) {
        self.frame += 1;
        self.is_read = is_read;
    }

    /// The cell of a text; `None` if it is too long, or has to wait for a later frame.
    fn cell(&mut self, text: &str) -> Option<usize> {
        if let Some(cell) = self.cells.iter().position(|cell| cell.text == text) {
            self.cells[cell].shown = self.frame;
            return Some(cell);
        }
        if text.is_empty() || text.len() > TEXT_MAX || self.fresh.len() == FRESH_MAX {
            return None;
        }
        let (at, cell) = self.cells.iter_mut().enumerate().min_by_key(|(_, cell)| cell.shown)?;
        if cell.shown == self.frame {
            return None;
        }
        text.clone_into(&mut cell.text);
        cell.shown = self.frame;
        self.fresh.push(at);
        Some(at)
    }

    /// Draws a text around `at`, `size` times as large as it was written, where a CSS pixel is `pixel` units.
    pub fn write(&mut self, text: &str, at: Vec2, pixel: f32, size: f32, tint: [f32; 4], stamps: &mut Stamps) {
        let Some(cell) = self.is_read.then(|| self.cell(text)).flatten() else { return };
        let numbers = [(cell % COLUMNS) as f32, (cell / COLUMNS) as f32, 0.0];
        stamps.add(Stamp { shape: Shape::Text, at, half: CELL / 2.0 * pixel * size, turn: 0.0, numbers, tint });
    }

    /// Takes what is to be written: number of a cell and its text.
    pub fn take_fresh(&mut self) -> impl Iterator<Item = (usize, &str)> {
        self.fresh.drain(..).map(|cell| (cell, self.cells[cell].text.as_str()))
    }

    /// Nothing of what was written is left.
    pub fn forget(&mut self) {
        self.cells.iter_mut().for_each(|cell| cell.text.clear());
        self.fresh.clear();
    }
}

/// A number of at most three digits as text, without taking memory.
pub fn digits(number: u8, room: &mut [u8; 3]) -> &str {
    let mut from = room.len();
    let mut left = number;
    loop {
        from -= 1;
        room[from] = b'0' + left % 10;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    std::str::from_utf8(&room[from..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sheet: &mut Sheet, text: &str) -> usize {
        let mut stamps = Stamps::default();
        sheet.write(text, Vec2::ZERO, 1.0, 1.0, [1.0; 4], &mut stamps);
        stamps.len()
    }

    #[test]
    fn a_text_is_written_once_and_shown_in_every_frame() {
        let mut sheet = Sheet::default();
        assert_eq!((write(&mut sheet, "Ada"), write(&mut sheet, "Ada"), write(&mut sheet, "Grace")), (1, 1, 1));
        assert_eq!(sheet.take_fresh().map(|(_, text)| text.to_owned()).collect::<Vec<_>>(), ["Ada", "Grace"]);
        sheet.begin(true);
        assert_eq!((write(&mut sheet, "Ada"), sheet.take_fresh().count()), (1, 0));
        sheet.forget();
        assert_eq!((write(&mut sheet, "Ada"), sheet.take_fresh().count()), (1, 1));
    }

    #[test]
    fn few_texts_are_written_in_a_frame_and_what_was_not_shown_for_longest_gives_way() {
        let mut sheet = Sheet::default();
        let shown: usize = (0..FRESH_MAX + 3).map(|number| write(&mut sheet, &number.to_string())).sum();
        assert_eq!((shown, sheet.take_fresh().count()), (FRESH_MAX, FRESH_MAX));
        for number in 0..2 * CELLS {
            sheet.begin(true);
            assert_eq!((write(&mut sheet, &format!("name {number}")), write(&mut sheet, "0")), (1, 1));
            sheet.take_fresh().for_each(drop);
        }
        assert_eq!(sheet.cells.len(), CELLS);
        sheet.begin(true);
        write(&mut sheet, "0");
        assert_eq!(sheet.take_fresh().count(), 0, "it was shown all the time");
    }

    #[test]
    fn no_text_that_is_shown_gives_way_to_another_one() {
        let mut sheet = Sheet::default();
        for number in 0..CELLS {
            assert_eq!(write(&mut sheet, &format!("name {number}")), 1);
            sheet.take_fresh().for_each(drop);
        }
        assert_eq!(write(&mut sheet, "one more"), 0);
        assert_eq!(write(&mut sheet, &"x".repeat(TEXT_MAX + 1)), 0);
    }

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for number in [0, 7, 14, 100, 255] {
            assert_eq!(digits(number, &mut [0; 3]), number.to_string());
        }
    }
}
