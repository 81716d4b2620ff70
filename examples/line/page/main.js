import load, { speak, start, state } from "/line.js";
import * as words from "/words.js";

const [texts] = await Promise.all([words.load(speak), load({ module_or_path: "/line_bg.wasm" })]);
window.tickwire = { state: () => JSON.parse(state()) };
start(texts);
