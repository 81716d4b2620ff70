// A beam along x. numbers.x: how much of it is left, 0 to 1. First a white core, then a wide afterglow that winds and drifts apart.
vec4 shape() {
    float left = numbers.x;
    float width = extent.y;
    float end = extent.x - width;
    float flash = clamp((left - 0.55) / 0.45, 0.0, 1.0);
    float d = segment(at, vec2(-end, 0.0), vec2(end, 0.0));
    float core = inside(d - width * 0.15 * flash) * step(0.001, flash);
    float gone = 1.0 - left;
    float wind = sin(at.x * 0.11 + time * 5.0) * width * 0.42 * gone;
    float strand = min(abs(at.y - wind), abs(at.y + wind));
    float ends = clamp((end - abs(at.x)) / 20.0, 0.0, 1.0);
    float grain_of = 0.55 + 0.45 * noise(vec2(at.x * 0.06, time * 3.0));
    float after = glow(strand, width * (0.16 + 0.3 * gone)) * ends * grain_of * left * 0.9;
    vec4 halo = light(colour.rgb, glow(d, width) * (0.25 * left + 0.9 * flash * flash));
    return halo + light(whiter(colour.rgb, 0.25), after) + solid(whiter(colour.rgb, 0.85), core);
}
