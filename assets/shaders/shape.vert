#version 300 es
// One quad per shape, whose four corners have the same attributes. Lengths are in world units; y grows downwards, as on the screen.
layout(location = 0) in vec4 place;  // centre, half size
layout(location = 1) in vec3 form;   // rotation, two numbers of the shape's own
layout(location = 2) in vec4 tint;   // straight alpha

uniform vec2 centre;  // of the view
uniform vec2 zoom;    // clip space per unit

out vec2 at;            // from the shape's centre, in its own turned frame
out vec2 off;           // the same, not turned
flat out vec2 origin;   // the shape's centre in the world
flat out vec2 extent;   // half size
flat out vec2 numbers;
flat out vec4 colour;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1 & 1) * 2.0 - 1.0;
    float c = cos(form.x);
    float s = sin(form.x);
    at = corner * place.zw;
    off = vec2(c * at.x - s * at.y, s * at.x + c * at.y);
    origin = place.xy;
    extent = place.zw;
    numbers = form.yz;
    colour = tint;
    gl_Position = vec4((origin + off - centre) * vec2(zoom.x, -zoom.y), 0.0, 1.0);
}
