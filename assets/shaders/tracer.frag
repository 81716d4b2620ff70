// A shot: a hot head (+x), and a tail that cools down into its colour.
vec4 shape() {
    float width = extent.y;
    float head = extent.x - width;
    float d = segment(at, vec2(-head, 0.0), vec2(head, 0.0));
    float fade = clamp((at.x + head) / (2.0 * head), 0.0, 1.0);
    float core = inside(d - width * 0.28 * (0.25 + 0.75 * fade)) * fade;
    float tip = glow(length(at - vec2(head, 0.0)), width) * 0.9;
    return light(colour.rgb, glow(d, width) * fade * fade * 0.9 + tip) + solid(whiter(colour.rgb, 0.25 + 0.65 * fade), core);
}
