// numbers: hit flash, 0 to 1; bank, -1 to 1; twice the design, and 1 for the player's own, with the damage behind the point.
// A hull is a circle of radius 1 to the rules, whatever its design looks like; each is symmetric about x.

const int POINTS = 7;
const vec2 DESIGNS[3 * POINTS] = vec2[](
    // A dart.
    vec2(1.5, 0.0), vec2(0.3, 0.32), vec2(-0.62, 1.08), vec2(-1.0, 0.98), vec2(-0.82, 0.44), vec2(-1.02, 0.2), vec2(-0.78, 0.0),
    // A crescent, as wide as it is long.
    vec2(0.92, 0.0), vec2(0.82, 0.42), vec2(0.34, 0.94), vec2(-0.6, 1.28), vec2(-0.98, 1.12), vec2(-0.36, 0.42), vec2(-0.72, 0.0),
    // A fork with two tines ahead.
    vec2(0.3, 0.0), vec2(0.5, 0.26), vec2(1.42, 0.52), vec2(1.3, 0.82), vec2(-0.3, 0.9), vec2(-1.04, 0.56), vec2(-0.8, 0.0));

float hull(vec2 p, int design) {
    p.y = abs(p.y);
    int from = design * POINTS;
    float d = 1e9;
    float sign_of = 1.0;
    vec2 a = DESIGNS[from];
    for (int i = 1; i < POINTS; i++) {
        vec2 b = DESIGNS[from + i];
        d = min(d, segment(p, a, b));
        bvec3 crossing = bvec3(p.y >= a.y, p.y < b.y, (b.x - a.x) * (p.y - a.y) > (b.y - a.y) * (p.x - a.x));
        if (all(crossing) || all(not(crossing))) sign_of = -sign_of;
        a = b;
    }
    return sign_of * d;
}

vec4 shape() {
    float size = extent.x / 2.2;
    float flash = numbers.x;
    float roll = numbers.y;
    int code = int(numbers.z);
    float own = float(code & 1);
    float damage = fract(numbers.z);
    // Rolled, it is narrower, and the wing that comes up is nearer.
    vec2 p = at / size;
    p.y /= (1.0 - 0.3 * abs(roll)) * (1.0 - 0.16 * roll * sign(p.y));
    int design = code >> 1;
    float d = hull(p, design) * size;

    // Light comes from the upper left of the screen; the wing that is down lies in the dark.
    vec2 towards = normalize(off + 1e-4);
    float lit = 0.55 + 0.3 * dot(towards, vec2(-0.6, -0.8)) * clamp(length(p), 0.0, 1.0) - 0.4 * roll * p.y;
    float lengthwise = clamp(p.x * 0.35 + 0.5, 0.0, 1.0);
    vec3 fill = NIGHT + colour.rgb * (0.1 + 0.34 * lengthwise) * (0.5 + lit);
    fill += vec3(0.1) * clamp(1.0 + d / (size * 0.3), 0.0, 1.0) * lit;

    // Plates, a spine, engines.
    float plate = min(abs(p.x + 0.28 + 0.35 * abs(p.y)), abs(abs(p.y) - 0.34 - 0.12 * p.x));
    fill *= 1.0 - 0.45 * inside((plate - 0.025) * size);
    float engine = length(vec2(p.x + 0.72, abs(p.y) - 0.3)) - 0.11;
    fill = mix(fill, whiter(colour.rgb, 0.5), inside(engine * size) * 0.8);

    // A hull that is struck burns in patches.
    if (damage > 0.05) {
        float burnt = smoothstep(1.0 - damage, 1.25 - damage, noise(p * 2.6 + 7.0) + 0.1);
        fill = mix(fill, vec3(0.02, 0.015, 0.02), burnt * 0.85);
        float embers = smoothstep(0.12, 0.0, abs(noise(p * 2.6 + 7.0) + 0.1 - (1.05 - damage)));
        fill += vec3(1.0, 0.38, 0.08) * embers * damage * (0.55 + 0.45 * sin(time * 9.0 + p.x * 5.0));
    }
    fill = mix(fill, colour.rgb, own * 0.18);
    fill = whiter(fill, flash * 0.85);
    vec4 edge = solid(whiter(colour.rgb, 0.3 + own * 0.45), line(d, size * 0.12) * (1.0 - 0.35 * damage));
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), size) * (0.28 + 0.22 * own + flash));
    return over(edge, over(solid(fill, inside(d)), halo));
}
