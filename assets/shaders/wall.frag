// numbers: width of the glow around the body; 1 for a line with nothing inside (the arena's border), 2 for a body without
// an edge (where two walls touch).

// One pattern over the whole world, so that walls that touch look like one.
vec3 masonry() {
    vec2 world = origin + off;
    float hatch = smoothstep(0.4, 0.5, abs(fract((world.x + world.y) / 24.0) - 0.5));
    return vec3(0.036, 0.082, 0.135) + vec3(0.014, 0.03, 0.044) * hatch;
}

vec4 shape() {
    vec2 half_size = extent - numbers.x;
    float hollow = step(0.5, numbers.y);
    float seam = step(1.5, numbers.y);
    float d = box(at, half_size, 1.0 - seam);
    vec4 shine = light(colour.rgb, glow(mix(max(d, 0.0), abs(d), hollow), numbers.x) * (0.26 + 0.12 * hollow));
    vec4 edge = solid(whiter(colour.rgb, 0.2), line(d, 2.4) * 0.95) * (1.0 - seam);
    vec4 body = solid(masonry() + colour.rgb * 0.16 * glow(-d, 14.0) * (1.0 - seam), inside(d)) * max(seam, 1.0 - hollow);
    return over(edge, over(body, shine * (1.0 - seam)));
}
