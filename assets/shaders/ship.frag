// numbers: hit flash, 0 to 1; 1 for the player's own.

// A dart with swept wings, symmetric about x, whose hull is a circle of radius 1.
float dart(vec2 p) {
    p.y = abs(p.y);
    const vec2 nose = vec2(1.42, 0.0);
    const vec2 tip = vec2(-0.86, 0.98);
    const vec2 tail = vec2(-1.04, 0.56);
    const vec2 notch = vec2(-0.56, 0.0);
    float d = min(segment(p, nose, tip), min(segment(p, tip, tail), segment(p, tail, notch)));
    bool below_wing = (tip.x - nose.x) * (p.y - nose.y) - (tip.y - nose.y) * (p.x - nose.x) > 0.0;
    bool before_tail = (tail.x - tip.x) * (p.y - tip.y) - (tail.y - tip.y) * (p.x - tip.x) > 0.0;
    bool before_notch = (notch.x - tail.x) * (p.y - tail.y) - (notch.y - tail.y) * (p.x - tail.x) > 0.0;
    return below_wing && before_tail && before_notch ? -d : d;
}

vec4 shape() {
    float size = extent.x / 2.2;
    vec2 p = at / size;
    float d = dart(p) * size;
    float flash = numbers.x;
    float own = numbers.y;
    float lengthwise = clamp(p.x * 0.4 + 0.45, 0.0, 1.0);
    vec3 fill = NIGHT + colour.rgb * mix(0.16, 0.5, lengthwise);
    fill += colour.rgb * 0.18 * line((abs(p.y) - 0.3 * (1.0 - lengthwise)) * size, size * 0.08) * step(-0.5, p.x);
    fill = mix(fill, colour.rgb, own * 0.28);
    fill = whiter(fill, flash * 0.85);
    vec4 edge = solid(whiter(colour.rgb, 0.35 + own * 0.4), line(d, size * 0.13));
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), size) * (0.3 + 0.2 * own + flash));
    return over(edge, over(solid(fill, inside(d)), halo));
}
