//! WebGL2: one program and one draw call for each kind of shape. What is drawn goes to the card at once, from memory that is used again.

use std::rc::Rc;

use glam::Vec2;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlTexture};

use super::{
    camera::Camera,
    detail::Detail,
    gl::{Compiling, Memory, Program, ROWS_MAX, Rows, bind_corners, draw_quads, texels},
    quill::{self, Quill},
    shapes::{ROW, Shape, Stamps},
    sheet::Sheet,
    stars,
};
use crate::shell::page;

const VERTEX: &str = include_str!("../../../assets/shaders/shape.vert");
/// Comes before what a shape computes.
const HEAD: &str = include_str!("../../../assets/shaders/shape.glsl");
const STARS: (&str, &str) =
    (include_str!("../../../assets/shaders/stars.vert"), include_str!("../../../assets/shaders/stars.frag"));

/// The colour of the sky; the clouds before it are a gradient of the page, which costs least.
const NIGHT: [f32; 3] = [0.014, 0.025, 0.06];
/// Kinds of shapes.
const KINDS: usize = Shape::ALL.len();

/// Where the rows of a kind of shape lie among all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Span {
    first: usize,
    count: usize,
}

/// Rows of all kinds, one kind after another.
struct Batch {
    rows: Rows,
    spans: [Span; KINDS],
}

/// What lives on the card; made anew when the browser took it away.
struct Resources {
    stars: Program<5>,
    sky: WebGlTexture,
    /// In the order of [`Shape::ALL`].
    programs: Vec<Program<5>>,
    /// What never moves, and what does.
    scenery: Batch,
    scene: Batch,
    _sheet: WebGlTexture,
}

/// The canvas and what draws on it.
pub struct Renderer {
    canvas: HtmlCanvasElement,
    gl: Gl,
    memory: Memory,
    quill: Quill,
    /// Rows on their way to the card.
    staging: Vec<f32>,
    resources: Option<Resources>,
    detail: Detail,
    ratio: f32,
    /// How often the card's memory was lost and filled again.
    restored: u32,
    _on_lost: Rc<Closure<dyn FnMut(Event)>>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Renderer").field("lost", &self.resources.is_none()).finish_non_exhaustive()
    }
}

impl Renderer {
    /// A renderer on the canvas of the page.
    ///
    /// # Errors
    /// The browser has no WebGL2.
    pub fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page::element("stage")?;
        let options = js_sys::Object::new();
        for (option, value) in [("alpha", false), ("antialias", false), ("depth", false), ("stencil", false)] {
            js_sys::Reflect::set(&options, &option.into(), &value.into())?;
        }
        let gl = canvas.get_context_with_context_options("webgl2", &options)?;
        let gl: Gl = gl.ok_or_else(|| JsValue::from_str("this browser cannot draw with WebGL2"))?.dyn_into()?;
        // The browser gives a lost context back only if somebody asks it to.
        let on_lost = Closure::<dyn FnMut(Event)>::new(|event: Event| event.prevent_default());
        canvas.add_event_listener_with_callback("webglcontextlost", on_lost.as_ref().unchecked_ref())?;
        let mut memory = Memory::new();
        let resources = Some(Resources::new(&gl, &mut memory)?);
        let staging = Vec::new();
        let on_lost = Rc::new(on_lost);
        Ok(Self {
            canvas,
            gl,
            memory,
            quill: Quill::new()?,
            staging,
            resources,
            detail: Detail::default(),
            ratio: 1.0,
            restored: 0,
            _on_lost: on_lost,
        })
    }

    /// Device pixels per CSS pixel.
    pub fn ratio(&self) -> f32 {
        self.ratio
    }

    /// How often what the browser took away was made anew; `None` while it is away.
    pub fn restored(&self) -> Option<u32> {
        self.resources.as_ref().map(|_| self.restored)
    }

    /// Draws a frame of `size` CSS pixels, `elapsed` seconds after the last one. `scenery` is copied to the card when `anew`, or when the card lost it.
    ///
    /// # Errors
    /// The browser refuses to make a shader or a texture.
    pub fn draw(
        &mut self,
        view: &View,
        elapsed: f32,
        scenery: &Stamps,
        anew: bool,
        scene: &Stamps,
        sheet: &mut Sheet,
    ) -> Result<(), JsValue> {
        self.detail.frame(elapsed);
        if self.gl.is_context_lost() {
            self.resources = None;
            return Ok(());
        }
        let lost = self.resources.is_none();
        if lost {
            self.resources = Some(Resources::new(&self.gl, &mut self.memory)?);
            self.restored += 1;
            sheet.forget();
        }
        self.fit(view.size)?;
        let Some(resources) = &mut self.resources else { return Ok(()) };
        if anew || lost {
            resources.scenery.fill(&self.gl, &mut self.memory, &mut self.staging, scenery)?;
        }
        self.quill.write(&self.gl, sheet)?;
        resources.scene.fill(&self.gl, &mut self.memory, &mut self.staging, scene)?;
        let pixels = Vec2::new(self.canvas.width() as f32, self.canvas.height() as f32);
        resources.draw(&self.gl, view, pixels, self.ratio);
        Ok(())
    }

    /// The canvas has a pixel for each of the screen, within reason.
    fn fit(&mut self, size: Vec2) -> Result<(), JsValue> {
        self.ratio = self.detail.ratio(page::window()?.device_pixel_ratio() as f32);
        let pixels = (size * self.ratio).round().max(Vec2::ONE);
        if (self.canvas.width(), self.canvas.height()) != (pixels.x as u32, pixels.y as u32) {
            self.canvas.set_width(pixels.x as u32);
            self.canvas.set_height(pixels.y as u32);
        }
        self.gl.viewport(0, 0, pixels.x as i32, pixels.y as i32);
        Ok(())
    }
}

/// From where a frame is seen.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The middle of the view, in units.
    pub eye: Vec2,
    /// CSS pixels per unit.
    pub scale: f32,
    /// The size of the page, in CSS pixels.
    pub size: Vec2,
    /// Seconds, for what twinkles.
    pub time: f32,
}

impl View {
    /// What a camera sees.
    pub fn of(camera: &Camera, size: Vec2, time: f64) -> Self {
        // An hour of f32 seconds would twinkle in steps.
        Self { eye: camera.eye(), scale: camera.scale, size, time: (time % 600.0) as f32 }
    }
}

impl Batch {
    fn new(gl: &Gl) -> Result<Self, JsValue> {
        Ok(Self { rows: Rows::new(gl)?, spans: [Span::default(); KINDS] })
    }

    fn fill(&mut self, gl: &Gl, memory: &mut Memory, staging: &mut Vec<f32>, stamps: &Stamps) -> Result<(), JsValue> {
        self.spans = gather(stamps, staging);
        self.rows.fill(gl, memory, staging)
    }
}

/// Puts the rows of all kinds one after another, and says where those of each lie. Of more than the card has room for, the last kinds go short.
fn gather(stamps: &Stamps, staging: &mut Vec<f32>) -> [Span; KINDS] {
    staging.clear();
    let mut spans = [Span::default(); KINDS];
    for (span, &shape) in spans.iter_mut().zip(Shape::ALL) {
        let rows = stamps.rows(shape);
        let first = staging.len() / ROW;
        let count = (rows.len() / ROW).min(ROWS_MAX - first);
        staging.extend_from_slice(&rows[..count * ROW]);
        *span = Span { first, count };
    }
    spans
}

impl Resources {
    fn new(gl: &Gl, memory: &mut Memory) -> Result<Self, JsValue> {
        // All begin before the first is waited for: browsers compile side by side.
        let stars = Compiling::begin(gl, STARS)?;
        let shapes: Result<Vec<_>, JsValue> =
            Shape::ALL.iter().map(|shape| Compiling::begin(gl, (VERTEX, &[HEAD, shape.shader()].concat()))).collect();
        gl.clear_color(NIGHT[0], NIGHT[1], NIGHT[2], 1.0);
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        bind_corners(gl)?;
        let sheet = quill::sheet_on_card(gl)?;
        let sky = texels(gl, memory, &stars::field(), stars::COUNT)?;
        let (scenery, scene) = (Batch::new(gl)?, Batch::new(gl)?);
        let programs: Result<Vec<_>, JsValue> =
            shapes?.into_iter().map(|shape| shape.finish(gl, ["first", "centre", "zoom", "grain", "time"])).collect();
        let programs = programs?;
        for Program { program, .. } in &programs {
            if let Some(unit) = gl.get_uniform_location(program, "sheet") {
                gl.use_program(Some(program));
                gl.uniform1i(Some(&unit), quill::UNIT as i32);
            }
        }
        let stars = stars.finish(gl, ["centre", "screen", "scale", "ratio", "time"])?;
        Ok(Self { stars, sky, programs, scenery, scene, _sheet: sheet })
    }

    fn draw(&self, gl: &Gl, view: &View, pixels: Vec2, ratio: f32) {
        let Vec2 { x, y } = view.eye;
        gl.clear(Gl::COLOR_BUFFER_BIT);

        gl.use_program(Some(&self.stars.program));
        let [centre, screen, scale, unit, time] = &self.stars.uniforms;
        gl.uniform2f(centre.as_ref(), x, y);
        gl.uniform2f(screen.as_ref(), pixels.x, pixels.y);
        gl.uniform1f(scale.as_ref(), view.scale * ratio);
        gl.uniform1f(unit.as_ref(), ratio);
        gl.uniform1f(time.as_ref(), view.time);
        gl.bind_texture(Gl::TEXTURE_2D, Some(&self.sky));
        draw_quads(gl, stars::COUNT);

        for (kind, Program { program, uniforms }) in self.programs.iter().enumerate() {
            let batches = [&self.scenery, &self.scene].map(|batch| (&batch.rows, batch.spans[kind]));
            if batches.iter().all(|(_, span)| span.count == 0) {
                continue;
            }
            gl.use_program(Some(program));
            let [first, centre, zoom, grain, time] = uniforms;
            gl.uniform2f(centre.as_ref(), x, y);
            gl.uniform2f(zoom.as_ref(), 2.0 * view.scale / view.size.x, 2.0 * view.scale / view.size.y);
            gl.uniform1f(grain.as_ref(), 1.0 / (view.scale * ratio));
            gl.uniform1f(time.as_ref(), view.time);
            for (rows, span) in batches.into_iter().filter(|(_, span)| span.count > 0) {
                rows.bind(gl);
                gl.uniform1i(first.as_ref(), span.first as i32);
                draw_quads(gl, span.count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_lie_one_after_another_and_what_has_no_room_is_left_out() {
        let (mut stamps, mut staging) = (Stamps::default(), Vec::new());
        stamps.glow(Vec2::ONE, 1.0, 0.0, [1.0; 4]);
        (0..2).for_each(|_| stamps.ring(Vec2::ONE, 1.0, 1.0, [1.0; 4]));
        let spans = gather(&stamps, &mut staging);
        assert_eq!(spans[Shape::Glow as usize], Span { first: 0, count: 1 });
        assert_eq!(spans[Shape::Ring as usize], Span { first: 1, count: 2 });
        assert_eq!(staging.len(), 3 * ROW);
        (0..2 * ROWS_MAX).for_each(|_| stamps.glow(Vec2::ONE, 1.0, 0.0, [1.0; 4]));
        let spans = gather(&stamps, &mut staging);
        assert_eq!((spans[Shape::Glow as usize].count, spans[Shape::Ring as usize].count), (ROWS_MAX, 0));
    }
}
