// A fireball that grows, tears apart and burns down. numbers: how far it is, 0 to 1; a seed.
vec4 shape() {
    float done = numbers.x;
    vec2 p = at / extent.x;
    float far = length(p);
    float grown = 1.0 - (1.0 - done) * (1.0 - done) * (1.0 - done);
    vec2 turned = vec2(0.8 * p.x - 0.6 * p.y, 0.6 * p.x + 0.8 * p.y);
    float rough = noise(p * 2.7 + numbers.y) * 0.5 + noise(turned * 5.3 - numbers.y - done * 1.7) * 0.32 + noise(p.yx * 11.0 + numbers.y) * 0.18;
    float heat = (1.0 - far / (0.22 + 0.74 * grown)) * 1.5 + (rough - 0.5) * (0.7 + 1.1 * done) - done * done * 0.9;
    // It ends within its quad.
    heat -= smoothstep(0.6, 1.0, far) * 1.8;
    float body = smoothstep(0.0, 0.22, heat);
    float hot = clamp(heat * (1.0 - done), 0.0, 1.0);
    vec3 fire = mix(vec3(0.75, 0.16, 0.03), vec3(1.0, 0.6, 0.16), smoothstep(0.05, 0.4, hot));
    fire = mix(fire, vec3(1.0, 0.96, 0.82), smoothstep(0.35, 0.85, hot));
    float left = 1.0 - done;
    vec4 smoke = solid(vec3(0.035, 0.03, 0.04), body * left * 0.8 * done);
    return smoke + light(fire, body * left * (0.35 + 1.1 * left)) + light(colour.rgb, glow(far, 1.0) * left * left * left * 0.6);
}
