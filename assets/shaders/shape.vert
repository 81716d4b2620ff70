#version 300 es
// One quad per shape. All corners of a quad share a row of numbers, three texels of a texture: instances in all but name, but drawn as one
// mesh (docs/decisions/013-rows-in-a-texture.md). Lengths are in world units; y grows downwards, as on the screen.
uniform highp sampler2D rows;
uniform int first;    // row of the first quad
uniform vec2 centre;  // of the view
uniform vec2 zoom;    // clip space per unit

out vec2 at;            // from the shape's centre, in its own turned frame
out vec2 off;           // the same, not turned
flat out vec2 origin;   // the shape's centre in the world
flat out vec2 extent;   // half size
flat out vec3 numbers;  // of the shape's own
flat out vec4 colour;   // straight alpha

void main() {
    int row = first + (gl_VertexID >> 2);
    ivec2 texel = ivec2(row % 256 * 3, row / 256);
    vec4 place = texelFetch(rows, texel, 0);
    vec4 form = texelFetch(rows, texel + ivec2(1, 0), 0);
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1 & 1) * 2.0 - 1.0;
    float c = cos(form.x);
    float s = sin(form.x);
    at = corner * place.zw;
    off = vec2(c * at.x - s * at.y, s * at.x + c * at.y);
    origin = place.xy;
    extent = place.zw;
    numbers = form.yzw;
    colour = texelFetch(rows, texel + ivec2(2, 0), 0);
    gl_Position = vec4((origin + off - centre) * vec2(zoom.x, -zoom.y), 0.0, 1.0);
}
