//! What every drawing with WebGL2 needs: programs that are compiled together, corners of quads, rows of numbers in a texture.

use js_sys::{Float32Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{WebGl2RenderingContext as Gl, WebGlProgram, WebGlTexture, WebGlUniformLocation};

use super::shapes::ROW;

/// Corners are numbered by 16 bits, four to a quad.
const QUADS_MAX: usize = 1 << 14;
/// Rows of a row of texels.
const ACROSS: usize = 256;
/// Texels of a row.
const TEXELS: usize = ROW / 4;

/// The most rows that a texture holds; what is more is not drawn.
pub(super) const ROWS_MAX: usize = QUADS_MAX;

/// A program with the uniforms of its shaders.
pub(super) struct Program<const UNIFORMS: usize> {
    pub(super) program: WebGlProgram,
    pub(super) uniforms: [Option<WebGlUniformLocation>; UNIFORMS],
}

/// A program that the browser may still be compiling, beside others.
pub(super) struct Compiling(WebGlProgram);

impl Compiling {
    pub(super) fn begin(gl: &Gl, (vertex, fragment): (&str, &str)) -> Result<Self, JsValue> {
        let program = gl.create_program().ok_or("the browser refuses a program")?;
        for (kind, source) in [(Gl::VERTEX_SHADER, vertex), (Gl::FRAGMENT_SHADER, fragment)] {
            let shader = gl.create_shader(kind).ok_or("the browser refuses a shader")?;
            gl.shader_source(&shader, source);
            gl.compile_shader(&shader);
            gl.attach_shader(&program, &shader);
        }
        gl.link_program(&program);
        Ok(Self(program))
    }

    /// Waits until it is ready.
    pub(super) fn finish<const UNIFORMS: usize>(
        self,
        gl: &Gl,
        uniforms: [&str; UNIFORMS],
    ) -> Result<Program<UNIFORMS>, JsValue> {
        let Self(program) = self;
        if gl.get_program_parameter(&program, Gl::LINK_STATUS) != JsValue::TRUE {
            let shaders = gl.get_attached_shaders(&program);
            let logs = shaders
                .iter()
                .flat_map(js_sys::Array::iter)
                .filter_map(|shader| gl.get_shader_info_log(shader.unchecked_ref()));
            let why = gl.get_program_info_log(&program).into_iter().chain(logs).collect::<Vec<_>>().join("\n");
            return Err(why.into());
        }
        let uniforms = uniforms.map(|name| gl.get_uniform_location(&program, name));
        Ok(Program { program, uniforms })
    }
}

/// Binds the corners that the two triangles of each quad share, for as many quads as 16 bits can number. Shaders find out by the corner's
/// number which quad it is of, and take that quad's row from a texture: so nothing else is bound, and each row is there once.
pub(super) fn bind_corners(gl: &Gl) -> Result<(), JsValue> {
    let indices: Vec<u16> =
        (0..QUADS_MAX as u16).flat_map(|quad| [0, 1, 2, 2, 1, 3].map(|corner| quad * 4 + corner)).collect();
    let array = gl.create_vertex_array().ok_or("the browser refuses a vertex array")?;
    gl.bind_vertex_array(Some(&array));
    let buffer = gl.create_buffer().ok_or("the browser refuses a buffer")?;
    gl.bind_buffer(Gl::ELEMENT_ARRAY_BUFFER, Some(&buffer));
    gl.buffer_data_with_u8_array(Gl::ELEMENT_ARRAY_BUFFER, bytemuck::cast_slice(&indices), Gl::STATIC_DRAW);
    Ok(())
}

/// Draws so many quads.
pub(super) fn draw_quads(gl: &Gl, count: usize) {
    gl.draw_elements_with_i32(Gl::TRIANGLES, 6 * count.min(QUADS_MAX) as i32, Gl::UNSIGNED_SHORT, 0);
}

/// This program's memory, as the browser sees it: made once, and anew after it grew, since a view for each call would be garbage.
pub(super) struct Memory(Float32Array);

impl Memory {
    pub(super) fn new() -> Self {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        Self(Float32Array::new(&memory.buffer()))
    }

    fn view(&mut self) -> &Float32Array {
        if self.0.length() == 0 {
            *self = Self::new();
        }
        &self.0
    }
}

/// A texture of floats without filters; `height` rows of texels.
fn texture(gl: &Gl, width: usize, height: usize) -> Result<WebGlTexture, JsValue> {
    let texture = gl.create_texture().ok_or("the browser refuses a texture")?;
    gl.bind_texture(Gl::TEXTURE_2D, Some(&texture));
    gl.tex_storage_2d(Gl::TEXTURE_2D, 1, Gl::RGBA32F, width as i32, height as i32);
    for side in [Gl::TEXTURE_MIN_FILTER, Gl::TEXTURE_MAG_FILTER] {
        gl.tex_parameteri(Gl::TEXTURE_2D, side, Gl::NEAREST as i32);
    }
    Ok(texture)
}

/// Rows on the card.
pub(super) struct Rows(WebGlTexture);

impl Rows {
    pub(super) fn new(gl: &Gl) -> Result<Self, JsValue> {
        Ok(Self(texture(gl, ACROSS * TEXELS, ROWS_MAX / ACROSS)?))
    }

    pub(super) fn bind(&self, gl: &Gl) {
        gl.bind_texture(Gl::TEXTURE_2D, Some(&self.0));
    }

    /// Puts rows in place of what was there, and binds them. `rows` gets longer, up to a whole row of texels.
    pub(super) fn fill(&self, gl: &Gl, memory: &mut Memory, rows: &mut Vec<f32>) -> Result<(), JsValue> {
        self.bind(gl);
        let lines = rows.len().div_ceil(ACROSS * ROW);
        rows.resize(lines * ACROSS * ROW, 0.0);
        upload(gl, memory, rows, ACROSS * TEXELS, lines)
    }
}

/// Four floats to a texel, `width` of them in a row of texels: what never changes.
pub(super) fn texels(gl: &Gl, memory: &mut Memory, floats: &[f32], width: usize) -> Result<WebGlTexture, JsValue> {
    let height = floats.len() / 4 / width;
    let texture = texture(gl, width, height)?;
    upload(gl, memory, floats, width, height)?;
    Ok(texture)
}

fn upload(gl: &Gl, memory: &mut Memory, floats: &[f32], width: usize, height: usize) -> Result<(), JsValue> {
    if height == 0 {
        return Ok(());
    }
    let at = (floats.as_ptr() as usize / size_of::<f32>()) as u32;
    gl.tex_sub_image_2d_with_i32_and_i32_and_u32_and_type_and_array_buffer_view_and_src_offset(
        Gl::TEXTURE_2D,
        0,
        0,
        0,
        width as i32,
        height as i32,
        Gl::RGBA,
        Gl::FLOAT,
        memory.view(),
        at,
    )
}
