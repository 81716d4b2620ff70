// A plain rectangle.
vec4 shape() {
    return solid(colour.rgb, 1.0);
}
