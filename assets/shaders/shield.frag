// A bubble around a ship. numbers: how strong it is, 0 to 1; how hard it was just struck, 0 to 1, from +x.
vec4 shape() {
    float radius = extent.x / 1.15;
    float far = length(at) / radius;
    float rim = far * far * far;
    rim = rim * rim * inside((far - 1.0) * radius);
    // Cells, as in a honeycomb.
    vec2 cell = mod(off * vec2(1.0, 1.732) * 0.16 + 0.5, 2.0) - 1.0;
    float mesh = smoothstep(0.25, 0.0, abs(abs(cell.x) + abs(cell.y) - 1.0)) * inside((far - 1.0) * radius);
    float struck = clamp(dot(at / max(length(at), 1e-3), vec2(1.0, 0.0)) * 1.6 - 0.6, 0.0, 1.0) * numbers.y;
    float shine = rim * (0.5 + 0.14 * sin(time * 3.0 + off.x * 0.1)) + mesh * far * 0.1;
    float line_of = line((far - 1.0) * radius, 1.6);
    return light(colour.rgb, (shine + line_of * 0.5) * numbers.x + (rim * 1.4 + mesh * 0.9) * struck)
        + light(vec3(1.0), line_of * struck);
}
