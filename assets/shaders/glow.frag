// A soft disc of light. numbers.x: how white its middle is.
vec4 shape() {
    float soft = clamp(1.0 - length(at) / extent.x, 0.0, 1.0);
    return light(whiter(colour.rgb, soft * soft * numbers.x), soft * soft);
}
