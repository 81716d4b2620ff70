import load, { start, state } from "/line.js";

await load({ module_or_path: "/line_bg.wasm" });
window.tickwire = { state: () => JSON.parse(state()) };
start();
