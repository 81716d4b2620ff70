// A core: a burning stone in a frame that turns; a ring with three gaps for the one side, a square for the other. numbers.x: 0 or 1.
vec4 shape() {
    float radius = extent.x / 2.6;
    float c = cos(time * 1.1);
    float s = sin(time * 1.1);
    vec2 p = vec2(c * at.x + s * at.y, c * at.y - s * at.x) / radius;
    float far = length(p);
    float gaps = abs(fract(atan(p.y, p.x) * 0.4775 + 0.5) - 0.5) - 0.06;
    float frame = numbers.x < 0.5 ? max(abs(far - 1.0) - 0.12, -gaps) : abs(box(p, vec2(0.86), 0.1)) - 0.12;
    float stone = abs(p.x) + abs(p.y) - 0.56;
    float beat = 0.7 + 0.3 * sin(time * 4.0);
    float flow = noise(p * 4.0 + time) * 0.5;
    vec4 body = solid(whiter(colour.rgb, clamp(0.55 + flow - far, 0.0, 1.0)), inside(stone * radius));
    vec4 rim = solid(whiter(colour.rgb, 0.2), inside(frame * radius));
    vec4 halo = light(colour.rgb, glow(max(far - 0.4, 0.0), 2.1) * 0.75 * beat);
    return over(body, over(rim, halo));
}
