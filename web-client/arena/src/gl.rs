//! The two things that every drawing with WebGL2 needs: a program with its uniforms, and quads in a buffer.

use wasm_bindgen::JsValue;
use web_sys::{WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlUniformLocation, WebGlVertexArrayObject};

const BYTES: i32 = size_of::<f32>() as i32;
/// Their corners are numbered by 16 bits.
const QUADS_MAX: usize = 1 << 14;

/// A program with the uniforms of its shaders.
pub(super) struct Program<const UNIFORMS: usize> {
    pub(super) program: WebGlProgram,
    pub(super) uniforms: [Option<WebGlUniformLocation>; UNIFORMS],
}

/// Quads on the card.
pub(super) struct Batch {
    array: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
    /// Bytes that the buffer holds.
    room: i32,
    /// Floats of a quad.
    floats: usize,
    pub(super) count: usize,
}

impl<const UNIFORMS: usize> Program<UNIFORMS> {
    pub(super) fn new(gl: &Gl, (vertex, fragment): (&str, &str), uniforms: [&str; UNIFORMS]) -> Result<Self, JsValue> {
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

/// The corners that the two triangles of each quad share, for as many quads as 16 bits can number.
pub(super) fn corners(gl: &Gl) -> Result<WebGlBuffer, JsValue> {
    let indices: Vec<u16> =
        (0..QUADS_MAX as u16).flat_map(|quad| [0, 1, 2, 2, 1, 3].map(|corner| quad * 4 + corner)).collect();
    let buffer = gl.create_buffer().ok_or("the browser refuses a buffer")?;
    gl.bind_vertex_array(None);
    gl.bind_buffer(Gl::ELEMENT_ARRAY_BUFFER, Some(&buffer));
    gl.buffer_data_with_u8_array(Gl::ELEMENT_ARRAY_BUFFER, bytemuck::cast_slice(&indices), Gl::STATIC_DRAW);
    Ok(buffer)
}

impl Batch {
    /// Quads whose corners have attributes of these sizes, from location 0 on.
    pub(super) fn new(gl: &Gl, corners: &WebGlBuffer, sizes: &[i32]) -> Result<Self, JsValue> {
        let array = gl.create_vertex_array().ok_or("the browser refuses a vertex array")?;
        let buffer = gl.create_buffer().ok_or("the browser refuses a buffer")?;
        gl.bind_vertex_array(Some(&array));
        gl.bind_buffer(Gl::ELEMENT_ARRAY_BUFFER, Some(corners));
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
        let stride = sizes.iter().sum::<i32>() * BYTES;
        let mut offset = 0;
        for (location, &size) in (0..).zip(sizes) {
            gl.enable_vertex_attrib_array(location);
            gl.vertex_attrib_pointer_with_i32(location, size, Gl::FLOAT, false, stride, offset);
            offset += size * BYTES;
        }
        Ok(Self { array, buffer, room: 0, floats: (4 * stride / BYTES) as usize, count: 0 })
    }

    /// Puts quads in place of what was there.
    pub(super) fn fill(&mut self, gl: &Gl, floats: &[f32], usage: u32) {
        self.count = (floats.len() / self.floats).min(QUADS_MAX);
        if floats.is_empty() {
            return;
        }
        let bytes: &[u8] = bytemuck::cast_slice(floats);
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.buffer));
        if bytes.len() as i32 > self.room {
            self.room = bytes.len() as i32 * 2;
            gl.buffer_data_with_i32(Gl::ARRAY_BUFFER, self.room, usage);
        }
        gl.buffer_sub_data_with_i32_and_u8_array(Gl::ARRAY_BUFFER, 0, bytes);
    }

    pub(super) fn draw(&self, gl: &Gl) {
        if self.count > 0 {
            gl.bind_vertex_array(Some(&self.array));
            gl.draw_elements_with_i32(Gl::TRIANGLES, 6 * self.count as i32, Gl::UNSIGNED_SHORT, 0);
        }
    }
}
