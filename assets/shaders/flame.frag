// An engine's flame, towards -x. numbers.x: flicker, -1 to 1.
vec4 shape() {
    float along = (extent.x - at.x) / (2.0 * extent.x);
    float width = extent.y * sqrt(max(along * 4.0, 0.0)) * (1.0 - along) * (0.55 + 0.2 * numbers.x);
    float body = clamp((width - abs(at.y)) / (extent.y * 0.35), 0.0, 1.0) * (1.0 - along);
    return light(whiter(colour.rgb, body * body * 0.8), body * (0.8 + 0.2 * numbers.x));
}
