// An arrowhead towards +x.
vec4 shape() {
    vec2 p = vec2(at.x, abs(at.y)) / extent.x;
    float d = max(dot(p, vec2(0.5, 0.87)) - 0.38, -p.x - 0.35 - (0.6 - p.y) * -0.35) * extent.x;
    return solid(colour.rgb, inside(d)) + light(colour.rgb, glow(max(d, 0.0), extent.x * 0.5) * 0.4);
}
