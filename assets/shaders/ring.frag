// numbers: radius, thickness.
vec4 shape() {
    float d = abs(length(at) - numbers.x);
    vec4 soft = light(colour.rgb, glow(d, numbers.y * 2.5) * 0.5);
    return soft + light(whiter(colour.rgb, 0.3), line(d, numbers.y) * 0.7);
}
