#version 300 es
// One quad per shape. Lengths are in world units; y grows downwards, as on the screen.
layout(location = 0) in vec2 corner;  // -1 or 1
layout(location = 1) in vec4 place;   // centre, half size
layout(location = 2) in vec4 form;    // rotation, shape, two numbers of the shape's own
layout(location = 3) in vec4 tint;    // straight alpha

uniform vec2 centre;  // of the view
uniform vec2 zoom;    // clip space per unit

out vec2 at;          // from the shape's centre, in its own turned frame
flat out vec2 extent;
flat out vec4 look;
flat out vec4 colour;

void main() {
    float c = cos(form.x);
    float s = sin(form.x);
    vec2 local = corner * place.zw;
    vec2 world = place.xy + vec2(c * local.x - s * local.y, s * local.x + c * local.y);
    at = local;
    extent = place.zw;
    look = form;
    colour = tint;
    gl_Position = vec4((world - centre) * vec2(zoom.x, -zoom.y), 0.0, 1.0);
}
