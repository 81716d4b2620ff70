// numbers.x: how full, 0 to 1.
vec4 shape() {
    float d = box(at, extent - 1.0, 1.2);
    float full = step(at.x, (numbers.x * 2.0 - 1.0) * (extent.x - 1.0));
    vec4 back = solid(NIGHT, inside(d - 1.0) * 0.75);
    return over(solid(colour.rgb, inside(d) * mix(0.16, 1.0, full)), back);
}
