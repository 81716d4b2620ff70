// numbers: where its pulse begins; 0 for a cross (repair), 1 for bars (ammunition), 2 for a ring of dashes (a cloak), 3 for a hexagon (a shield),
// 4 for two chevrons (overdrive).

float cross_sign(float radius) {
    vec2 p = abs(at);
    p = p.x < p.y ? p.yx : p;
    return box(p, vec2(radius * 0.56, radius * 0.18), 0.6);
}

float bars_sign(float radius) {
    float column = clamp(floor(at.x / (radius * 0.42) + 0.5), -1.0, 1.0);
    return box(at - vec2(column * radius * 0.42, 0.0), vec2(radius * 0.12, radius * 0.48), 0.6);
}

float dashes_sign(float radius) {
    float dash = abs(fract(atan(at.y, at.x) * 0.7958) - 0.5) - 0.32;
    return max(abs(length(at) - radius * 0.44) - radius * 0.13, dash * radius);
}

float hexagon_sign(float radius) {
    vec2 p = abs(at);
    float d = max(p.y * 0.866 + p.x * 0.5, p.x) - radius * 0.5;
    return abs(d) - radius * 0.1;
}

float chevrons_sign(float radius) {
    vec2 p = vec2(abs(at.x), at.y);
    float upper = abs(p.y + radius * 0.2 - p.x * 0.8) - radius * 0.17;
    float lower = abs(p.y - radius * 0.34 - p.x * 0.8) - radius * 0.17;
    return max(min(upper, lower), p.x - radius * 0.52);
}

vec4 shape() {
    float radius = extent.x / 1.9;
    float beat = 0.5 + 0.5 * sin(time * 2.4 + numbers.x);
    float far = length(at);
    float d = far - radius;
    int what = int(numbers.y);
    float symbol = what == 0 ? cross_sign(radius) : what == 1 ? bars_sign(radius) : what == 2 ? dashes_sign(radius)
        : what == 3 ? hexagon_sign(radius) : chevrons_sign(radius);
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), radius * 0.9) * (0.26 + 0.3 * beat));
    // Two arcs go round it.
    float angle = time * 1.5 + numbers.x;
    float arcs = abs(dot(at / max(far, 1e-3), vec2(cos(angle), sin(angle))));
    halo += light(whiter(colour.rgb, 0.3), line(far - radius * 1.3, radius * 0.1) * smoothstep(0.72, 0.86, arcs) * 0.8);
    vec4 plate = solid(NIGHT + colour.rgb * (0.1 + 0.14 * (1.0 - far / radius)), inside(d) * 0.88);
    vec4 rim = solid(colour.rgb, line(d, radius * 0.13));
    vec4 sign = solid(whiter(colour.rgb, 0.5), inside(symbol));
    return over(sign, over(rim, over(plate, halo)));
}
