#version 300 es
precision mediump float;

in vec2 at;
flat in vec4 colour;

out vec4 pixel;

void main() {
    float soft = clamp(1.0 - length(at), 0.0, 1.0);
    pixel = vec4(colour.rgb * colour.a * soft, 0.0);
}
