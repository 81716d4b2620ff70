// At the edge of the view, towards +x. numbers.x: 0 is an arrowhead, for a ship; 1 a diamond with a point, for something to fetch or to guard.
vec4 shape() {
    vec2 p = vec2(at.x, abs(at.y)) / extent.x;
    float arrow = max(dot(p, vec2(0.5, 0.87)) - 0.38, -p.x - 0.35 - (0.6 - p.y) * -0.35);
    float diamond = min(abs(p.x + 0.12) + p.y - 0.44, max(abs(p.x - 0.6) + p.y * 1.2 - 0.22, 0.5 - p.x));
    diamond = max(diamond, 0.16 - length(p + vec2(0.12, 0.0)));
    float d = (numbers.x < 0.5 ? arrow : diamond) * extent.x;
    vec4 back = solid(NIGHT, inside(d - 2.0) * 0.6);
    return over(solid(whiter(colour.rgb, 0.1), inside(d)), back) + light(colour.rgb, glow(max(d, 0.0), extent.x * 0.5) * 0.4);
}
