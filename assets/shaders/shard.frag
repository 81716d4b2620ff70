// A piece of a ship: a small triangle.
vec4 shape() {
    vec2 p = at / extent.x;
    float d = max(max(-p.y - 0.4, dot(p, vec2(0.87, 0.5)) - 0.42), dot(p, vec2(-0.87, 0.5)) - 0.42) * extent.x;
    vec4 body = solid(NIGHT + colour.rgb * 0.3, inside(d));
    return over(solid(whiter(colour.rgb, 0.3), line(d, extent.x * 0.14)), body);
}
