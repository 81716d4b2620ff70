#version 300 es
// Every shape of the arena as a distance field: crisp at any size, with a glow for free.
// Output is premultiplied; light alone has alpha 0, so it adds up.
precision highp float;

in vec2 at;
flat in vec2 extent;
flat in vec4 look;
flat in vec4 colour;

uniform float grain;  // world units per device pixel
uniform float time;   // seconds

out vec4 pixel;

// The numbers of arena/shapes.rs.
const int GLOW = 0;
const int SHIP = 1;
const int TURRET = 2;
const int TRACER = 3;
const int ROCK = 4;
const int HULL = 5;
const int AMMO = 6;
const int WALL = 7;
const int RING = 8;
const int FLAME = 9;
const int FLAT = 10;
const int BAR = 11;
const int MARKER = 12;
const int SHARD = 13;

const vec3 NIGHT = vec3(0.016, 0.027, 0.063);

// How much of a pixel lies inside, from its distance to the edge (negative: inside).
float inside(float distance) {
    return clamp(0.5 - distance / grain, 0.0, 1.0);
}

// A line along the edge, `width` wide.
float line(float distance, float width) {
    return inside(abs(distance) - max(width, grain) * 0.5);
}

float glow(float distance, float reach) {
    float far = clamp(1.0 - distance / reach, 0.0, 1.0);
    return far * far * far;
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

float box(vec2 p, vec2 half_size, float round_by) {
    vec2 d = abs(p) - half_size + round_by;
    return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - round_by;
}

float segment(vec2 p, vec2 a, vec2 b) {
    vec2 pa = p - a;
    vec2 ba = b - a;
    return length(pa - ba * clamp(dot(pa, ba) / dot(ba, ba), 0.0, 1.0));
}


// A dart with swept wings, symmetric about x; its hull is a circle of radius 1.
float dart(vec2 p) {
    p.y = abs(p.y);
    const vec2 nose = vec2(1.42, 0.0);
    const vec2 tip = vec2(-0.86, 0.98);
    const vec2 tail = vec2(-1.04, 0.56);
    const vec2 notch = vec2(-0.56, 0.0);
    float d = min(segment(p, nose, tip), min(segment(p, tip, tail), segment(p, tail, notch)));
    bool below_wing = (tip.x - nose.x) * (p.y - nose.y) - (tip.y - nose.y) * (p.x - nose.x) > 0.0;
    bool before_tail = (tail.x - tip.x) * (p.y - tip.y) - (tail.y - tip.y) * (p.x - tip.x) > 0.0;
    bool before_notch = (notch.x - tail.x) * (p.y - tail.y) - (notch.y - tail.y) * (p.x - tail.x) > 0.0;
    return below_wing && before_tail && before_notch ? -d : d;
}

// look.z: hit flash 0 to 1; look.w: 1 for the player's own.
vec4 ship() {
    float size = extent.x / 2.2;
    float d = dart(at / size) * size;
    float own = look.w;
    vec3 rgb = colour.rgb;
    float lengthwise = clamp(at.x / size * 0.4 + 0.45, 0.0, 1.0);
    vec3 fill = mix(NIGHT + rgb * 0.16, NIGHT + rgb * 0.5, lengthwise);
    fill += rgb * 0.18 * line(abs(at.y) - size * 0.3 * (1.0 - lengthwise), size * 0.08) * step(-0.5, at.x / size);
    fill = mix(fill, rgb, own * 0.28);
    fill = mix(fill, vec3(1.0), look.z * 0.85);
    vec4 hull = solid(fill, inside(d));
    vec4 edge = solid(mix(rgb, vec3(1.0), 0.35 + own * 0.4), line(d, size * 0.13));
    vec4 halo = light(rgb, glow(max(d, 0.0), size * 1.0) * (0.3 + 0.2 * own + look.z));
    return over(edge, over(hull, halo)) * colour.a;
}

vec4 turret() {
    float size = extent.x;
    float base = length(at) - size * 0.34;
    float barrel = box(at - vec2(size * 0.42, 0.0), vec2(size * 0.48, size * 0.1), size * 0.06);
    float d = min(base, barrel);
    vec4 body = solid(NIGHT + colour.rgb * 0.3, inside(d));
    return over(solid(mix(colour.rgb, vec3(1.0), 0.6), line(d, size * 0.1)), body) * colour.a;
}

// Bright at its head (+x), fading along its tail.
vec4 tracer() {
    float width = extent.y;
    float head = extent.x - width;
    float d = segment(at, vec2(-head, 0.0), vec2(head, 0.0));
    float fade = clamp((at.x + head) / (2.0 * head), 0.0, 1.0);
    float core = inside(d - width * 0.24 * (0.35 + 0.65 * fade)) * fade;
    float halo = glow(d, width) * fade * fade;
    return (light(colour.rgb, halo * 0.9) + solid(mix(colour.rgb, vec3(1.0), 0.8), core)) * colour.a;
}

// look.z: seed; look.w: how far it has turned.
vec4 rock() {
    float radius = extent.x / 1.12;
    float seed = look.z;
    float s = sin(look.w);
    float c = cos(look.w);
    vec2 p = vec2(c * at.x + s * at.y, -s * at.x + c * at.y) / radius;
    float angle = atan(p.y, p.x);
    float bumps = sin(angle * 3.0 + seed) * 0.03 + sin(angle * 5.0 + seed * 2.3) * 0.022 + sin(angle * 9.0 + seed * 4.1) * 0.012;
    float d = (length(p) - 0.97 - bumps) * radius;
    vec2 normal = at / radius;
    float lit = clamp(dot(normal, vec2(-0.55, -0.65)) * 0.6 + 0.48, 0.0, 1.0);
    vec3 fill = mix(vec3(0.055, 0.06, 0.095), vec3(0.27, 0.27, 0.34), lit * lit);
    for (int i = 0; i < 4; i++) {
        float turn = seed * 1.7 + float(i) * 2.1;
        vec2 spot = vec2(cos(turn), sin(turn)) * (0.24 + 0.42 * fract(seed * 0.37 + float(i) * 0.41));
        float size = 0.11 + 0.12 * fract(seed * 0.73 + float(i) * 0.29);
        float crater = length(p - spot) - size;
        fill *= 1.0 - 0.38 * smoothstep(0.05, -0.06, crater);
        fill += vec3(0.09) * smoothstep(0.05, 0.0, abs(crater)) * lit;
    }
    vec4 body = solid(fill, inside(d));
    vec4 edge = solid(mix(vec3(0.16, 0.18, 0.26), vec3(0.66, 0.68, 0.8), lit), line(d, 1.8) * 0.9);
    return over(edge, body) * colour.a;
}

vec4 pickup(float symbol) {
    float radius = extent.x / 1.9;
    float beat = 0.5 + 0.5 * sin(time * 2.4 + look.z);
    float d = length(at) - radius;
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), radius * 0.9) * (0.22 + 0.26 * beat));
    vec4 plate = solid(NIGHT + colour.rgb * 0.12, inside(d) * 0.85);
    vec4 ring = solid(colour.rgb, line(d, radius * 0.13));
    vec4 sign = solid(mix(colour.rgb, vec3(1.0), 0.45), inside(symbol));
    return over(sign, over(ring, over(plate, halo))) * colour.a;
}

float cross_sign(float radius) {
    float along = box(at, vec2(radius * 0.56, radius * 0.18), 0.6);
    float across = box(at, vec2(radius * 0.18, radius * 0.56), 0.6);
    return min(along, across);
}

float bars_sign(float radius) {
    float d = 1e6;
    for (int i = -1; i <= 1; i++) {
        d = min(d, box(at - vec2(float(i) * radius * 0.42, 0.0), vec2(radius * 0.12, radius * 0.48), 0.6));
    }
    return d;
}

// look.z: width of the glow around the body; look.w: 1 for a line with nothing inside (the arena's border).
vec4 wall() {
    vec2 half_size = extent - look.z;
    float d = box(at, half_size, 5.0);
    float hollow = look.w;
    float halo = hollow > 0.5 ? glow(abs(d), look.z) : glow(max(d, 0.0), look.z);
    vec4 shine = light(colour.rgb, halo * (0.26 + 0.12 * hollow));
    vec4 edge = solid(mix(colour.rgb, vec3(1.0), 0.2), line(d, 2.4) * 0.95);
    if (hollow > 0.5) {
        return over(edge, shine) * colour.a;
    }
    float depth = clamp(-d / 16.0, 0.0, 1.0);
    float hatch = smoothstep(0.42, 0.5, abs(fract((at.x + at.y) / 22.0) - 0.5));
    vec3 fill = mix(vec3(0.05, 0.125, 0.185), vec3(0.03, 0.058, 0.105), depth) + vec3(0.012, 0.022, 0.036) * hatch;
    return over(edge, over(solid(fill, inside(d)), shine)) * colour.a;
}

// look.z: radius; look.w: thickness.
vec4 ring() {
    float d = abs(length(at) - look.z);
    float soft = glow(d, look.w * 2.5);
    return (light(colour.rgb, soft * 0.5) + light(mix(colour.rgb, vec3(1.0), 0.3), line(d, look.w) * 0.7)) * colour.a;
}

// Points towards -x. look.z: flicker.
vec4 flame() {
    float along = (extent.x - at.x) / (2.0 * extent.x);
    float width = extent.y * sqrt(max(along * 4.0, 0.0)) * (1.0 - along) * (0.55 + 0.2 * look.z);
    float d = abs(at.y) - width;
    float body = clamp(-d / (extent.y * 0.35), 0.0, 1.0) * (1.0 - along);
    vec3 rgb = mix(colour.rgb, vec3(1.0), body * body * 0.8);
    return light(rgb, body * (0.8 + 0.2 * look.z)) * colour.a;
}

// look.z: how full, 0 to 1.
vec4 bar() {
    float d = box(at, extent - 1.0, 1.2);
    float full = step(at.x, (look.z * 2.0 - 1.0) * (extent.x - 1.0));
    vec4 back = solid(NIGHT, inside(d - 1.0) * 0.75);
    return over(solid(colour.rgb, inside(d) * mix(0.16, 1.0, full)), back) * colour.a;
}

// An arrowhead towards +x.
vec4 marker() {
    vec2 p = vec2(at.x, abs(at.y)) / extent.x;
    float d = max(dot(p, vec2(0.5, 0.87)) - 0.38, -p.x - 0.35 - (0.6 - p.y) * -0.35) * extent.x;
    return (solid(colour.rgb, inside(d)) + light(colour.rgb, glow(max(d, 0.0), extent.x * 0.5) * 0.4)) * colour.a;
}

vec4 shard() {
    vec2 p = at / extent.x;
    float d = max(max(-p.y - 0.4, dot(p, vec2(0.87, 0.5)) - 0.42), dot(p, vec2(-0.87, 0.5)) - 0.42) * extent.x;
    return over(solid(mix(colour.rgb, vec3(1.0), 0.3), line(d, extent.x * 0.14)), solid(NIGHT + colour.rgb * 0.3, inside(d))) * colour.a;
}

void main() {
    int shape = int(look.y + 0.5);
    if (shape == GLOW) {
        float d = length(at) / extent.x;
        float soft = clamp(1.0 - d, 0.0, 1.0);
        pixel = light(mix(colour.rgb, vec3(1.0), soft * soft * look.z), soft * soft) * colour.a;
    } else if (shape == SHIP) {
        pixel = ship();
    } else if (shape == TURRET) {
        pixel = turret();
    } else if (shape == TRACER) {
        pixel = tracer();
    } else if (shape == ROCK) {
        pixel = rock();
    } else if (shape == HULL) {
        pixel = pickup(cross_sign(extent.x / 1.9));
    } else if (shape == AMMO) {
        pixel = pickup(bars_sign(extent.x / 1.9));
    } else if (shape == WALL) {
        pixel = wall();
    } else if (shape == RING) {
        pixel = ring();
    } else if (shape == FLAME) {
        pixel = flame();
    } else if (shape == FLAT) {
        pixel = solid(colour.rgb, colour.a);
    } else if (shape == BAR) {
        pixel = bar();
    } else if (shape == MARKER) {
        pixel = marker();
    } else {
        pixel = shard();
    }
}
