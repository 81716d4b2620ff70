#version 300 es
// What all shapes share: each is a distance field, so it is crisp at any size and has a glow for free.
// A shape's own file follows; each becomes a program of its own, so that no pixel pays for another shape.
// Output is premultiplied; light alone has alpha 0, so it adds up.
precision highp float;

in vec2 at;
in vec2 off;
flat in vec2 origin;
flat in vec2 extent;
flat in vec3 numbers;
flat in vec4 colour;

uniform float grain;  // world units per device pixel
uniform float time;   // seconds

out vec4 pixel;

const vec3 NIGHT = vec3(0.016, 0.027, 0.063);

vec4 shape();

void main() {
    pixel = shape() * colour.a;
}

// How much of a pixel lies inside, from its distance to the edge (negative: inside).
float inside(float distance) {
    return clamp(0.5 - distance / grain, 0.0, 1.0);
}

// A line along the edge, `width` wide.
float line(float distance, float width) {
    return inside(abs(distance) - max(width, grain) * 0.5);
}

float glow(float distance, float reach) {
    float near = clamp(1.0 - distance / reach, 0.0, 1.0);
    return near * near * near;
}

vec4 solid(vec3 rgb, float alpha) {
    return vec4(rgb * alpha, alpha);
}

vec4 light(vec3 rgb, float strength) {
    return vec4(rgb * strength, 0.0);
}

vec4 over(vec4 top, vec4 below) {
    return top + below * (1.0 - top.a);
}

vec3 whiter(vec3 rgb, float share) {
    return mix(rgb, vec3(1.0), share);
}

float box(vec2 p, vec2 half_size, float round_by) {
    vec2 d = abs(p) - half_size + round_by;
    return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - round_by;
}

float chance(vec2 p) {
    p = fract(p * vec2(0.1031, 0.1137));
    p += dot(p, p.yx + 33.33);
    return fract((p.x + p.y) * p.x);
}

// Smooth chance, 0 to 1.
float noise(vec2 p) {
    vec2 cell = floor(p);
    vec2 f = p - cell;
    f *= f * (3.0 - 2.0 * f);
    vec2 low = vec2(chance(cell), chance(cell + vec2(1.0, 0.0)));
    vec2 high = vec2(chance(cell + vec2(0.0, 1.0)), chance(cell + 1.0));
    vec2 both = mix(low, high, f.y);
    return mix(both.x, both.y, f.x);
}

float segment(vec2 p, vec2 a, vec2 b) {
    vec2 pa = p - a;
    vec2 ba = b - a;
    return length(pa - ba * clamp(dot(pa, ba) / dot(ba, ba), 0.0, 1.0));
}
