#version 300 es
// Stars wrap around the screen; the nearer, the faster they pass.
layout(location = 0) in vec4 star;  // place 0 to 1, depth 0 to 1, chance 0 to 1

uniform vec2 centre;   // of the view, in units
uniform vec2 screen;   // in device pixels
uniform float scale;   // device pixels per unit
uniform float ratio;   // device pixels per CSS pixel
uniform float time;

out vec2 at;
flat out vec4 colour;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1 & 1) * 2.0 - 1.0;
    vec2 tile = screen + 32.0 * ratio;
    float depth = 0.04 + 0.22 * star.z * star.z;
    vec2 place = (fract(star.xy - centre * scale * depth / tile) - 0.5) * tile;
    float size = (0.9 + 1.9 * star.z * star.z + 1.1 * star.w * star.w) * ratio;
    float twinkle = 0.78 + 0.22 * sin(time * (0.6 + 1.8 * star.w) + star.x * 60.0);
    vec3 rgb = mix(vec3(0.55, 0.75, 1.0), vec3(1.0, 0.86, 0.68), smoothstep(0.55, 1.0, star.w));
    at = corner;
    colour = vec4(rgb, (0.32 + 0.68 * star.z) * twinkle);
    vec2 spot = (place + corner * size) / screen * 2.0;
    gl_Position = vec4(spot.x, -spot.y, 0.0, 1.0);
}
