#version 300 es
// Night, with two faint clouds far away.
precision highp float;

in vec2 screen;

uniform vec2 drift;   // how far the clouds have moved, in half screens
uniform float shape;  // width by height

out vec4 pixel;

float cloud(vec2 from, float size) {
    float near = clamp(1.0 - dot(from, from) / (size * size), 0.0, 1.0);
    return near * near;
}

void main() {
    vec2 p = vec2(screen.x * shape, -screen.y) + drift;
    vec3 rgb = vec3(0.016, 0.027, 0.063);
    rgb += vec3(0.012, 0.045, 0.075) * cloud(p - vec2(-0.9, -0.45), 1.7);
    rgb += vec3(0.042, 0.014, 0.062) * cloud(p - vec2(1.0, 0.55), 1.5);
    // Half a step of noise: eight bits of so dark a gradient show bands otherwise.
    float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    pixel = vec4(rgb + (noise - 0.5) / 255.0, 1.0);
}
