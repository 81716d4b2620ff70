// A part of a ring around +x, thick in its middle. numbers: radius, half of its angle.
vec4 shape() {
    float far = length(at);
    float angle = acos(clamp(at.x / max(far, 1e-3), -1.0, 1.0)) / numbers.y;
    float shape_of = clamp(1.0 - angle * angle, 0.0, 1.0);
    float d = abs(far - numbers.x) - 2.6 * shape_of * shape_of;
    return (solid(whiter(colour.rgb, 0.25), inside(d)) + light(colour.rgb, glow(max(d, 0.0), 11.0) * 0.7)) * smoothstep(0.0, 0.35, shape_of);
}
