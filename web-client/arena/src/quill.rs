//! Writes texts into the cells of a sheet on the card, with the page's own fonts: sharp at every density, in every script.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlTexture};

use super::sheet::{CELL, COLUMNS, Sheet};
use crate::shell::page;

/// Device pixels of a cell for a CSS pixel.
const RATIO: f32 = 2.0;
/// The sheet's side, in device pixels.
const SIDE: i32 = 1024;
/// The texture unit that the sheet has for itself.
pub(super) const UNIT: u32 = 1;
const FONT: &str = "600 25px system-ui, \"Segoe UI\", Roboto, \"Helvetica Neue\", sans-serif";
/// The dark rim around letters, in device pixels.
const RIM: f64 = 5.0;

/// A canvas of one cell, beside the page.
pub(super) struct Quill {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Quill {
    pub(super) fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page::document()?.create_element("canvas")?.unchecked_into();
        let cell = CELL * RATIO;
        canvas.set_width(cell.x as u32);
        canvas.set_height(cell.y as u32);
        let context = canvas.get_context("2d")?.ok_or("the browser has no 2D canvas")?;
        let context: CanvasRenderingContext2d = context.unchecked_into();
        context.set_font(FONT);
        context.set_text_align("center");
        context.set_text_baseline("middle");
        context.set_line_join("round");
        context.set_line_width(RIM);
        context.set_stroke_style_str("rgb(4 7 16 / 85%)");
        context.set_fill_style_str("#fff");
        Ok(Self { canvas, context })
    }

    /// Writes what is fresh in `sheet` to the card.
    pub(super) fn write(&self, gl: &Gl, sheet: &mut Sheet) -> Result<(), JsValue> {
        let cell = CELL * RATIO;
        let (x, y) = (f64::from(cell.x) / 2.0, f64::from(cell.y) / 2.0 + 1.0);
        let widest = f64::from(cell.x) - 2.0 * RIM;
        for (number, text) in sheet.take_fresh() {
            self.context.clear_rect(0.0, 0.0, cell.x.into(), cell.y.into());
            self.context.stroke_text_with_max_width(text, x, y, widest)?;
            self.context.fill_text_with_max_width(text, x, y, widest)?;
            gl.active_texture(Gl::TEXTURE0 + UNIT);
            gl.pixel_storei(Gl::UNPACK_PREMULTIPLY_ALPHA_WEBGL, 1);
            let done = gl.tex_sub_image_2d_with_u32_and_u32_and_html_canvas_element(
                Gl::TEXTURE_2D,
                0,
                (number % COLUMNS) as i32 * cell.x as i32,
                (number / COLUMNS) as i32 * cell.y as i32,
                Gl::RGBA,
                Gl::UNSIGNED_BYTE,
                &self.canvas,
            );
            gl.pixel_storei(Gl::UNPACK_PREMULTIPLY_ALPHA_WEBGL, 0);
            gl.active_texture(Gl::TEXTURE0);
            done?;
        }
        Ok(())
    }
}

/// An empty sheet on the card, bound to the unit that it has for itself.
pub(super) fn sheet_on_card(gl: &Gl) -> Result<WebGlTexture, JsValue> {
    let texture = gl.create_texture().ok_or("the browser refuses a texture")?;
    gl.active_texture(Gl::TEXTURE0 + UNIT);
    gl.bind_texture(Gl::TEXTURE_2D, Some(&texture));
    gl.tex_storage_2d(Gl::TEXTURE_2D, 1, Gl::RGBA8, SIDE, SIDE);
    for side in [Gl::TEXTURE_MIN_FILTER, Gl::TEXTURE_MAG_FILTER] {
        gl.tex_parameteri(Gl::TEXTURE_2D, side, Gl::LINEAR as i32);
    }
    gl.active_texture(Gl::TEXTURE0);
    Ok(texture)
}
