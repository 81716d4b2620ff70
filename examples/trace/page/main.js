// /?seed=7&ticks=1500 shows the hash of that game.
import load, { trace_hash } from "/trace.js";

await load({ module_or_path: "/trace_bg.wasm" });
const asked = new URLSearchParams(location.search);
document.getElementById("hash").textContent = trace_hash(Number(asked.get("seed") ?? 7), Number(asked.get("ticks") ?? 300));
