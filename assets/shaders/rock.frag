// numbers.x: seed. It turns; the light on it does not.
vec2 times(vec2 a, vec2 b) {
    return vec2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

vec4 shape() {
    float radius = extent.x / 1.12;
    float seed = numbers.x;
    vec2 p = at / radius;
    // Waves around the rim, by powers of the direction as a complex number: cheaper than an arctangent and sines.
    vec2 once = p / max(length(p), 1e-4);
    vec2 twice = times(once, once);
    vec2 thrice = times(twice, once);
    vec2 five = times(thrice, twice);
    vec2 lean = fract(seed * vec2(0.71, 0.43)) * 2.0 - 1.0;
    float bumps = dot(thrice, lean) * 0.034 + dot(five, lean.yx) * 0.026 + times(five, thrice).x * 0.012;
    float d = (length(p) - 0.96 - bumps) * radius;
    float lit = clamp(dot(off / radius, vec2(-0.55, -0.65)) * 0.6 + 0.48, 0.0, 1.0);
    vec3 fill = mix(vec3(0.055, 0.06, 0.095), vec3(0.27, 0.27, 0.34), lit * lit);
    for (int i = 0; i < 4; i++) {
        vec3 chance = fract(seed * vec3(0.37, 0.59, 0.73) + float(i) * vec3(0.7549, 0.5698, 0.29));
        float crater = length(p - (chance.xy - 0.5) * 1.15) - 0.1 - 0.13 * chance.z;
        fill *= 1.0 - 0.38 * smoothstep(0.05, -0.06, crater);
        fill += vec3(0.09) * smoothstep(0.05, 0.0, abs(crater)) * lit;
    }
    vec4 edge = solid(mix(vec3(0.16, 0.18, 0.26), vec3(0.66, 0.68, 0.8), lit), line(d, 1.8) * 0.9);
    return over(edge, solid(fill, inside(d)));
}
