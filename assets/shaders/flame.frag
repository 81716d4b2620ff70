// An engine's flame, towards -x. numbers: flicker, -1 to 1; how hard it pushes, 0 to 1 (more while boosted).
vec4 shape() {
    float along = (extent.x - at.x) / (2.0 * extent.x);
    float push = numbers.y;
    float reach = along / max(0.35 + 0.65 * min(push, 1.0) + 0.08 * numbers.x, 0.05);
    float wave = noise(vec2(along * 5.0 - time * 14.0, at.y / extent.y * 2.0 + numbers.x)) - 0.5;
    float width = extent.y * sqrt(max(along * 5.0, 0.0)) * max(1.0 - reach, 0.0) * (0.62 + 0.12 * numbers.x);
    float body = clamp((width - abs(at.y + wave * extent.y * 0.5 * along)) / (extent.y * 0.34), 0.0, 1.0);
    body *= max(1.0 - reach, 0.0);
    // Knots of light, as in a fast jet.
    float knots = 0.85 + 0.3 * sin(along * 26.0 - time * 30.0) * push;
    vec3 rgb = whiter(colour.rgb, clamp(body * body * 1.1, 0.0, 1.0));
    return light(rgb, body * knots * (0.55 + 0.65 * push)) + light(colour.rgb, glow(abs(at.y), extent.y) * max(1.0 - reach * 1.1, 0.0) * 0.25 * smoothstep(0.0, 0.2, along));
}
