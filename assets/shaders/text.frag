// A text that the page's own fonts wrote into a cell of the sheet, white with a dark rim. numbers: column and row of the cell.
uniform highp sampler2D sheet;

const vec2 CELLS = vec2(4.0, 25.6);

vec4 shape() {
    vec2 within = at / extent * 0.5 + 0.5;
    vec4 ink = texture(sheet, (numbers.xy + clamp(within, 0.002, 0.998)) / CELLS);
    return vec4(ink.rgb * colour.rgb, ink.a);
}
