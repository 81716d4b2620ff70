// Loads the client and says so where it cannot run. Everything else is in web-client/.

import * as sound from "/sound.js";
import * as words from "/words.js";

// The wasm, with the bar showing how much of it is here. The site's builder puts the number in; without it the bar only says that something is on its way.
async function fetchProgram() {
  const response = await fetch("/tickwire_bg.wasm");
  const bar = document.getElementById("loading-bar"), bytes = Number("bytes of /tickwire_bg.wasm");
  if (!bar || !bytes || !response.ok) {
    return response;
  }
  let here = 0;
  bar.value = 0;
  const count = (piece, out) => {
    here += piece.byteLength;
    bar.value = here / bytes;
    out.enqueue(piece);
  };
  return new Response(response.body.pipeThrough(new TransformStream({ transform: count })), response);
}

// The keys of what this browser lacks, and of what helps; nothing where it lacks nothing.
function lacking() {
  if (typeof WebAssembly !== "object") {
    return ["trouble.webassembly", "trouble.browsers"];
  }
  if (typeof WebSocket !== "function") {
    return ["trouble.websocket", "trouble.browsers"];
  }
  if (!document.createElement("canvas").getContext("webgl2")) {
    return ["trouble.webgl", "trouble.browsers", "trouble.acceleration"];
  }
  return [];
}

// Fetches and compiles the program.
async function program() {
  const wasm = fetchProgram();
  const client = await import("/tickwire.js");
  return { client, wasm: await client.default({ module_or_path: wasm }) };
}

// The card says that the page cannot run here; without a cause, in the words that stand there.
function trouble(why) {
  if (why) {
    document.getElementById("trouble-why").textContent = why;
  }
  document.body.dataset.phase = "broken";
}

async function load() {
  const elsewhere = new URL(location);
  elsewhere.searchParams.delete("room");
  elsewhere.hash = "";
  document.getElementById("lost-room").href = elsewhere;
  // Whoever has but fingers has no use for keys.
  document.getElementById("settings-more").open = !matchMedia("(pointer: coarse) and (hover: none)").matches;
  const lacks = lacking();
  let client, texts, wasm;
  // Both are on their way at once.
  const coming = lacks.length ? null : program().catch((error) => ({ error }));
  try {
    texts = await words.load((others) => client?.speak(others));
  } catch (error) {
    console.error(error);
    return trouble();
  }
  if (lacks.length) {
    return trouble(lacks.map((key) => texts[key]).join(" "));
  }
  const come = await coming;
  if (come.error) {
    console.error(come.error);
    return trouble(texts["trouble.load"]);
  }
  ({ client, wasm } = come);
  // For browser tests and the curious: what is going on, from the state that is drawn.
  window.tickwire = { state: () => JSON.parse(client.state()), sound, wasmBytes: () => wasm.memory.buffer.byteLength };
  try {
    client.start(texts);
  } catch (error) {
    console.error(error);
    trouble(texts["trouble.start"].replace("{error}", error));
  }
}

load();
