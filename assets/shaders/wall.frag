// numbers: width of the glow around the body; 1 for a line with nothing inside (the arena's border), 2 for a body without
// an edge (where two walls touch).

// One pattern over the whole world, so that walls that touch look like one.
vec3 masonry(vec2 world) {
    float hatch = smoothstep(0.42, 0.5, abs(fract((world.x + world.y) / 24.0) - 0.5));
    vec2 plate = abs(fract(world / 60.0) - 0.5) * 60.0;
    float joint = smoothstep(28.6, 29.6, max(plate.x, plate.y));
    float shade = chance(floor(world / 60.0)) * 0.5;
    return vec3(0.03, 0.074, 0.122) * (0.8 + shade) + vec3(0.014, 0.032, 0.048) * hatch - vec3(0.02, 0.035, 0.045) * joint;
}

vec4 shape() {
    vec2 half_size = extent - numbers.x;
    float hollow = step(0.5, numbers.y);
    float seam = step(1.5, numbers.y);
    vec2 world = origin + off;
    float d = box(at, half_size, 1.0 - seam);
    // Light runs along the edges, slowly.
    float run = sin((world.x - world.y) * 0.011 - time * 0.9);
    float bright = 1.0 + 0.55 * smoothstep(0.8, 1.0, run);
    vec4 shine = light(colour.rgb, glow(mix(max(d, 0.0), abs(d), hollow), numbers.x) * (0.26 + 0.12 * hollow) * bright);
    vec4 edge = solid(whiter(colour.rgb, 0.2 * bright), line(d, 2.4) * 0.95) * (1.0 - seam);
    float rim = line(d + 6.5, 1.1) * 0.28 * (1.0 - seam);
    vec3 fill = masonry(world) + colour.rgb * (0.2 * glow(-d, 18.0) * (1.0 - seam) + rim);
    vec4 body = solid(fill, inside(d)) * max(seam, 1.0 - hollow);
    return over(edge, over(body, shine * (1.0 - seam)));
}
