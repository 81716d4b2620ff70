#version 300 es
precision mediump float;

in vec2 at;
flat in vec4 colour;
flat in float glint;

out vec4 pixel;

void main() {
    float far = length(at);
    float soft = clamp(1.0 - far, 0.0, 1.0);
    // The brightest have a cross of light.
    vec2 arm = clamp(1.0 - abs(at.yx) * 9.0, 0.0, 1.0) * clamp(1.0 - abs(at), 0.0, 1.0);
    float cross_light = (arm.x * arm.x + arm.y * arm.y) * 0.8 + soft * soft * soft * soft;
    pixel = vec4(colour.rgb * colour.a * mix(soft, cross_light, glint), 0.0);
}
