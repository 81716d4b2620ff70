// A spark, flying towards +x: thin, and hottest at its head.
vec4 shape() {
    float along = clamp((at.x + extent.x) / (2.0 * extent.x), 0.0, 1.0);
    float across = clamp(1.0 - abs(at.y) / extent.y, 0.0, 1.0);
    float body = across * across * along * clamp((1.0 - along) * 8.0, 0.0, 1.0);
    return light(whiter(colour.rgb, body * along * 0.8), body * (0.6 + along));
}
