// numbers: where its pulse begins; 0 for a cross (repair), 1 for bars (ammunition), 2 for a crescent (a cloak), 3 for an arch (a shield), 4 for a double arrow (an overdrive).

float cross_sign(float radius) {
    vec2 p = abs(at);
    p = p.x < p.y ? p.yx : p;
    return box(p, vec2(radius * 0.56, radius * 0.18), 0.6);
}

float bars_sign(float radius) {
    float column = clamp(floor(at.x / (radius * 0.42) + 0.5), -1.0, 1.0);
    return box(at - vec2(column * radius * 0.42, 0.0), vec2(radius * 0.12, radius * 0.48), 0.6);
}

float crescent_sign(float radius) {
    return max(length(at) - radius * 0.54, radius * 0.46 - length(at - vec2(radius * 0.26, -radius * 0.12)));
}

float arch_sign(float radius) {
    float outer = length(at - vec2(0.0, radius * 0.12)) - radius * 0.56;
    float inner = length(at - vec2(0.0, radius * 0.12)) - radius * 0.3;
    return max(max(outer, -inner), at.y - radius * 0.34);
}

float arrows_sign(float radius) {
    vec2 p = vec2(at.x + radius * 0.18, abs(at.y));
    float step = clamp(floor(p.x / (radius * 0.44) + 0.5), 0.0, 1.0);
    return abs(p.x - step * radius * 0.44 + p.y - radius * 0.12) * 0.7 - radius * 0.09 + max(0.0, p.y - radius * 0.48);
}

vec4 shape() {
    float radius = extent.x / 1.9;
    float beat = 0.5 + 0.5 * sin(time * 2.4 + numbers.x);
    float d = length(at) - radius;
    float symbol = numbers.y < 0.5 ? cross_sign(radius) : numbers.y < 1.5 ? bars_sign(radius) : numbers.y < 2.5 ? crescent_sign(radius)
                 : numbers.y < 3.5 ? arch_sign(radius) : arrows_sign(radius);
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), radius * 0.9) * (0.22 + 0.26 * beat));
    vec4 plate = solid(NIGHT + colour.rgb * 0.12, inside(d) * 0.85);
    vec4 rim = solid(colour.rgb, line(d, radius * 0.13));
    vec4 sign = solid(whiter(colour.rgb, 0.45), inside(symbol));
    return over(sign, over(rim, over(plate, halo)));
}
