// A shot: bright at its head (+x), fading along its tail.
vec4 shape() {
    float width = extent.y;
    float head = extent.x - width;
    float d = segment(at, vec2(-head, 0.0), vec2(head, 0.0));
    float fade = clamp((at.x + head) / (2.0 * head), 0.0, 1.0);
    float core = inside(d - width * 0.24 * (0.35 + 0.65 * fade)) * fade;
    return light(colour.rgb, glow(d, width) * fade * fade * 0.9) + solid(whiter(colour.rgb, 0.8), core);
}
