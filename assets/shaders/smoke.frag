// A puff of smoke: dark, so that it shows before what glows. numbers.x: seed.
vec4 shape() {
    vec2 p = at / extent.x;
    float body = clamp(1.0 - length(p) - 0.55 * (noise(p * 2.2 + numbers.x) - 0.3), 0.0, 1.0);
    return solid(colour.rgb, body * body);
}
