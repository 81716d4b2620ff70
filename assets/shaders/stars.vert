#version 300 es
// Stars wrap around the screen; the nearer, the faster they pass.
uniform highp sampler2D rows;  // a texel each: place 0 to 1, depth 0 to 1, chance 0 to 1

uniform vec2 centre;   // of the view, in units
uniform vec2 screen;   // in device pixels
uniform float scale;   // device pixels per unit
uniform float ratio;   // device pixels per CSS pixel
uniform float time;

out vec2 at;
flat out vec4 colour;
flat out float glint;

void main() {
    int number = gl_VertexID >> 2;
    vec4 star = texelFetch(rows, ivec2(number, 0), 0);
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1 & 1) * 2.0 - 1.0;
    vec2 tile = screen + 32.0 * ratio;
    // A few are dust, near enough to tell how fast one flies.
    float near = step(0.9, star.z);
    float depth = 0.03 + 0.2 * star.z * star.z + 0.35 * near;
    vec2 place = (fract(star.xy - centre * scale * depth / tile) - 0.5) * tile;
    glint = step(0.975, star.w) * (1.0 - near);
    float size = mix(0.8 + 1.5 * star.z * star.z + 1.2 * star.w * star.w, 1.0, near) * (1.0 + 2.6 * glint) * ratio;
    float twinkle = 0.78 + 0.22 * sin(time * (0.6 + 1.8 * star.w) + star.x * 60.0);
    vec3 rgb = mix(vec3(0.55, 0.75, 1.0), vec3(1.0, 0.86, 0.68), smoothstep(0.45, 1.0, fract(star.w * 7.0)));
    at = corner;
    colour = vec4(rgb, mix((0.26 + 0.74 * star.z) * twinkle, 0.3, near));
    vec2 spot = (place + corner * size) / screen * 2.0;
    gl_Position = vec4(spot.x, -spot.y, 0.0, 1.0);
}
