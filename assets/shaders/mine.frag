// A mine: a ball with six horns, which turns, and an eye. numbers: 1 once it is live; where its blinking begins.
vec4 shape() {
    float radius = extent.x / 2.2;
    float turned = time * 0.7 + numbers.y;
    float c = cos(turned);
    float s = sin(turned);
    vec2 p = vec2(c * at.x + s * at.y, c * at.y - s * at.x) / radius;
    float horns = 1e9;
    for (int i = 0; i < 3; i++) {
        float angle = float(i) * 1.0472;
        vec2 way = vec2(cos(angle), sin(angle));
        horns = min(horns, max(abs(dot(p, way.yx * vec2(1.0, -1.0))) - 0.11, abs(dot(p, way)) - 1.0));
    }
    float d = min(length(p) - 0.66, horns) * radius;
    float beat = numbers.x * pow(0.5 + 0.5 * sin(time * 7.0 + numbers.y), 6.0);
    vec3 fill = NIGHT + colour.rgb * (0.12 + 0.16 * (1.0 - length(p)));
    vec4 eye = solid(whiter(colour.rgb, 0.7 * beat), inside((length(p) - 0.24) * radius)) * (0.35 + 0.65 * beat);
    vec4 edge = solid(mix(colour.rgb, vec3(1.0), 0.15 + 0.3 * beat), line(d, radius * 0.13));
    vec4 halo = light(colour.rgb, glow(max(d, 0.0), radius) * (0.12 + 0.5 * beat));
    return over(eye, over(edge, over(solid(fill, inside(d)), halo)));
}
