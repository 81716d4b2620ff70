//! WebGL2: one program and one draw call for each kind of shape. What is drawn goes to the card from memory that is used again.

use std::rc::Rc;

use glam::Vec2;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer};

use super::{
    camera::Camera,
    gl::{Batch, Program, corners},
    shapes::{Shape, Stamps},
    stars,
};
use crate::shell::page;

const VERTEX: &str = include_str!("../../../assets/shaders/shape.vert");
/// Comes before what a shape computes.
const HEAD: &str = include_str!("../../../assets/shaders/shape.glsl");
const STARS: (&str, &str) =
    (include_str!("../../../assets/shaders/stars.vert"), include_str!("../../../assets/shaders/stars.frag"));

/// More device pixels per CSS pixel cost much and show little.
const RATIO_MAX: f64 = 2.0;
/// The colour of the sky; the clouds before it are a gradient of the page, which costs least.
const NIGHT: [f32; 3] = [0.014, 0.025, 0.06];

/// A kind of shape on the card: what never moves, and what does.
struct Layer {
    program: Program<4>,
    scenery: Batch,
    scene: Batch,
}

/// What lives on the card; made anew when the browser took it away.
struct Resources {
    stars: Program<5>,
    field: Batch,
    /// In the order of [`Shape::ALL`].
    layers: Vec<Layer>,
}

/// The canvas and what draws on it.
pub struct Renderer {
    canvas: HtmlCanvasElement,
    gl: Gl,
    resources: Option<Resources>,
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
        let resources = Some(Resources::new(&gl)?);
        Ok(Self { canvas, gl, resources, _on_lost: Rc::new(on_lost) })
    }

    /// Draws a frame of `size` CSS pixels. `scenery` is copied to the card when `anew`, or when the card lost it.
    ///
    /// # Errors
    /// The browser refuses to make a shader or a buffer.
    pub fn draw(&mut self, view: &View, scenery: &Stamps, anew: bool, scene: &Stamps) -> Result<(), JsValue> {
        if self.gl.is_context_lost() {
            self.resources = None;
            return Ok(());
        }
        let lost = self.resources.is_none();
        if lost {
            self.resources = Some(Resources::new(&self.gl)?);
        }
        let ratio = page::window()?.device_pixel_ratio().clamp(1.0, RATIO_MAX) as f32;
        let pixels = (view.size * ratio).round().max(Vec2::ONE);
        if (self.canvas.width(), self.canvas.height()) != (pixels.x as u32, pixels.y as u32) {
            self.canvas.set_width(pixels.x as u32);
            self.canvas.set_height(pixels.y as u32);
        }
        let Some(resources) = &mut self.resources else { return Ok(()) };
        self.gl.viewport(0, 0, pixels.x as i32, pixels.y as i32);
        for (layer, &shape) in resources.layers.iter_mut().zip(Shape::ALL) {
            if anew || lost {
                layer.scenery.fill(&self.gl, scenery.rows(shape), Gl::STATIC_DRAW);
            }
            layer.scene.fill(&self.gl, scene.rows(shape), Gl::DYNAMIC_DRAW);
        }
        resources.draw(&self.gl, view, pixels, ratio);
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

impl Resources {
    fn new(gl: &Gl) -> Result<Self, JsValue> {
        gl.clear_color(NIGHT[0], NIGHT[1], NIGHT[2], 1.0);
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        let corners = corners(gl)?;
        let mut field = Batch::new(gl, &corners, &[4])?;
        field.fill(gl, &stars::field(), Gl::STATIC_DRAW);
        let layers: Result<Vec<Layer>, JsValue> =
            Shape::ALL.iter().map(|shape| Layer::new(gl, &corners, *shape)).collect();
        Ok(Self {
            stars: Program::new(gl, STARS, ["centre", "screen", "scale", "ratio", "time"])?,
            field,
            layers: layers?,
        })
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
        self.field.draw(gl);

        for Layer { program, scenery, scene } in &self.layers {
            if scenery.count + scene.count > 0 {
                gl.use_program(Some(&program.program));
                let [centre, zoom, grain, time] = &program.uniforms;
                gl.uniform2f(centre.as_ref(), x, y);
                gl.uniform2f(zoom.as_ref(), 2.0 * view.scale / view.size.x, 2.0 * view.scale / view.size.y);
                gl.uniform1f(grain.as_ref(), 1.0 / (view.scale * ratio));
                gl.uniform1f(time.as_ref(), view.time);
                scenery.draw(gl);
                scene.draw(gl);
            }
        }
    }
}

impl Layer {
    fn new(gl: &Gl, corners: &WebGlBuffer, shape: Shape) -> Result<Self, JsValue> {
        let fragment = [HEAD, shape.shader()].concat();
        let program = Program::new(gl, (VERTEX, &fragment), ["centre", "zoom", "grain", "time"])?;
        Ok(Self { program, scenery: Batch::new(gl, corners, &[4, 3, 4])?, scene: Batch::new(gl, corners, &[4, 3, 4])? })
    }
}
