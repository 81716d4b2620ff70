//! WebGL2: three programs, four draw calls a frame. Instance data goes to the card from memory that is used again.

use std::rc::Rc;

use glam::Vec2;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Event, HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlUniformLocation,
    WebGlVertexArrayObject,
};

use super::{
    camera::Camera,
    shapes::{ROW, Stamps},
};
use crate::shell::page;

const SHAPES: (&str, &str) =
    (include_str!("../../../assets/shaders/shapes.vert"), include_str!("../../../assets/shaders/shapes.frag"));
const SKY: (&str, &str) =
    (include_str!("../../../assets/shaders/sky.vert"), include_str!("../../../assets/shaders/sky.frag"));
const STARS: (&str, &str) =
    (include_str!("../../../assets/shaders/stars.vert"), include_str!("../../../assets/shaders/stars.frag"));

/// More device pixels per CSS pixel cost much and show little.
const RATIO_MAX: f64 = 2.0;
const BYTES: i32 = size_of::<f32>() as i32;

/// A program with the uniforms of its shaders.
struct Program<const UNIFORMS: usize> {
    program: WebGlProgram,
    uniforms: [Option<WebGlUniformLocation>; UNIFORMS],
}

/// Instances on the card.
struct Batch {
    array: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
    /// Bytes that the buffer holds.
    room: i32,
    count: i32,
}

/// What lives on the card; made anew when the browser took it away.
struct Resources {
    shapes: Program<4>,
    sky: Program<2>,
    stars: Program<5>,
    nothing: WebGlVertexArrayObject,
    scenery: Batch,
    scene: Batch,
    field: Batch,
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
        if anew || lost {
            resources.scenery.fill(&self.gl, scenery.rows(), Gl::STATIC_DRAW);
        }
        resources.scene.fill(&self.gl, scene.rows(), Gl::DYNAMIC_DRAW);
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
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        let mut field = Batch::new(gl, &[4])?;
        field.fill(gl, &super::stars::field(), Gl::STATIC_DRAW);
        field.count = super::stars::COUNT as i32;
        Ok(Self {
            shapes: Program::new(gl, SHAPES, ["centre", "zoom", "grain", "time"])?,
            sky: Program::new(gl, SKY, ["drift", "shape"])?,
            stars: Program::new(gl, STARS, ["centre", "screen", "scale", "ratio", "time"])?,
            nothing: gl.create_vertex_array().ok_or("the browser refuses a vertex array")?,
            scenery: Batch::new(gl, &[4, 4, 4])?,
            scene: Batch::new(gl, &[4, 4, 4])?,
            field,
        })
    }

    fn draw(&self, gl: &Gl, view: &View, pixels: Vec2, ratio: f32) {
        let Vec2 { x, y } = view.eye;
        gl.use_program(Some(&self.sky.program));
        let [drift, shape] = &self.sky.uniforms;
        gl.uniform2f(drift.as_ref(), x * 0.000_12, y * 0.000_12);
        gl.uniform1f(shape.as_ref(), pixels.x / pixels.y);
        gl.bind_vertex_array(Some(&self.nothing));
        gl.draw_arrays(Gl::TRIANGLES, 0, 3);

        gl.use_program(Some(&self.stars.program));
        let [centre, screen, scale, unit, time] = &self.stars.uniforms;
        gl.uniform2f(centre.as_ref(), x, y);
        gl.uniform2f(screen.as_ref(), pixels.x, pixels.y);
        gl.uniform1f(scale.as_ref(), view.scale * ratio);
        gl.uniform1f(unit.as_ref(), ratio);
        gl.uniform1f(time.as_ref(), view.time);
        self.field.draw(gl);

        gl.use_program(Some(&self.shapes.program));
        let [centre, zoom, grain, time] = &self.shapes.uniforms;
        gl.uniform2f(centre.as_ref(), x, y);
        gl.uniform2f(zoom.as_ref(), 2.0 * view.scale / view.size.x, 2.0 * view.scale / view.size.y);
        gl.uniform1f(grain.as_ref(), 1.0 / (view.scale * ratio));
        gl.uniform1f(time.as_ref(), view.time);
        self.scenery.draw(gl);
        self.scene.draw(gl);
    }
}

impl<const UNIFORMS: usize> Program<UNIFORMS> {
    fn new(gl: &Gl, (vertex, fragment): (&str, &str), uniforms: [&str; UNIFORMS]) -> Result<Self, JsValue> {
        let program = gl.create_program().ok_or("the browser refuses a program")?;
        for (kind, source) in [(Gl::VERTEX_SHADER, vertex), (Gl::FRAGMENT_SHADER, fragment)] {
            let shader = gl.create_shader(kind).ok_or("the browser refuses a shader")?;
            gl.shader_source(&shader, source);
            gl.compile_shader(&shader);
            if gl.get_shader_parameter(&shader, Gl::COMPILE_STATUS) != JsValue::TRUE {
                return Err(gl.get_shader_info_log(&shader).unwrap_or_default().into());
            }
            gl.attach_shader(&program, &shader);
        }
        gl.link_program(&program);
        if gl.get_program_parameter(&program, Gl::LINK_STATUS) != JsValue::TRUE {
            return Err(gl.get_program_info_log(&program).unwrap_or_default().into());
        }
        let uniforms = uniforms.map(|name| gl.get_uniform_location(&program, name));
        Ok(Self { program, uniforms })
    }
}

impl Batch {
    /// Instances of a quad, with attributes of these sizes from location 1 on; the corner is at location 0.
    fn new(gl: &Gl, sizes: &[i32]) -> Result<Self, JsValue> {
        let array = gl.create_vertex_array().ok_or("the browser refuses a vertex array")?;
        let corners = gl.create_buffer().ok_or("the browser refuses a buffer")?;
        let buffer = gl.create_buffer().ok_or("the browser refuses a buffer")?;
        gl.bind_vertex_array(Some(&array));
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&corners));
        let quad: [f32; 8] = [-1.0, -1.0, 1.0, -1.0, -1.0, 1.0, 1.0, 1.0];
        gl.buffer_data_with_u8_array(Gl::ARRAY_BUFFER, bytemuck::cast_slice(&quad), Gl::STATIC_DRAW);
        gl.enable_vertex_attrib_array(0);
        gl.vertex_attrib_pointer_with_i32(0, 2, Gl::FLOAT, false, 0, 0);
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
        let stride = sizes.iter().sum::<i32>() * BYTES;
        let mut offset = 0;
        for (location, &size) in (1..).zip(sizes) {
            gl.enable_vertex_attrib_array(location);
            gl.vertex_attrib_pointer_with_i32(location, size, Gl::FLOAT, false, stride, offset);
            gl.vertex_attrib_divisor(location, 1);
            offset += size * BYTES;
        }
        Ok(Self { array, buffer, room: 0, count: 0 })
    }

    /// Puts rows in place of what was there.
    fn fill(&mut self, gl: &Gl, rows: &[f32], usage: u32) {
        let bytes: &[u8] = bytemuck::cast_slice(rows);
        self.count = (rows.len() / ROW) as i32;
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.buffer));
        if bytes.len() as i32 > self.room {
            self.room = bytes.len() as i32 * 2;
            gl.buffer_data_with_i32(Gl::ARRAY_BUFFER, self.room, usage);
        }
        gl.buffer_sub_data_with_i32_and_u8_array(Gl::ARRAY_BUFFER, 0, bytes);
    }

    fn draw(&self, gl: &Gl) {
        if self.count > 0 {
            gl.bind_vertex_array(Some(&self.array));
            gl.draw_arrays_instanced(Gl::TRIANGLE_STRIP, 0, 4, self.count);
        }
    }
}
