// A beam along x: a thin white core in a wide glow, both thinner as it fades. numbers.x: how much of it is left, 0 to 1.
vec4 shape() {
    float width = extent.y;
    float end = extent.x - width;
    float d = segment(at, vec2(-end, 0.0), vec2(end, 0.0));
    float core = inside(d - width * 0.13 * numbers.x);
    return light(colour.rgb, glow(d, width) * 0.8) + solid(whiter(colour.rgb, 0.85), core);
}
