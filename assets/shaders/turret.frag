// The gun, towards +x.
vec4 shape() {
    float size = extent.x;
    float base = length(at) - size * 0.34;
    float barrel = box(at - vec2(size * 0.42, 0.0), vec2(size * 0.48, size * 0.1), size * 0.06);
    float d = min(base, barrel);
    return over(solid(whiter(colour.rgb, 0.6), line(d, size * 0.1)), solid(NIGHT + colour.rgb * 0.3, inside(d)));
}
