// Loads the client and says so where it cannot run. Everything else is in web-client/.

import * as sound from "/sound.js";

const TIPS = "A current Firefox, Chrome, Edge or Safari can.";

function trouble(why) {
  document.getElementById("trouble-why").textContent = why;
  document.body.dataset.phase = "broken";
}

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

async function load() {
  if (typeof WebAssembly !== "object") {
    return trouble(`This browser has no WebAssembly. ${TIPS}`);
  }
  if (typeof WebSocket !== "function") {
    return trouble(`This browser has no WebSocket, so it cannot reach a server. ${TIPS}`);
  }
  if (!document.createElement("canvas").getContext("webgl2")) {
    return trouble(`This browser cannot draw with WebGL2. ${TIPS} Hardware acceleration must be switched on.`);
  }
  let client, wasm;
  try {
    const program = fetchProgram();
    client = await import("/tickwire.js");
    wasm = await client.default({ module_or_path: program });
  } catch (error) {
    console.error(error);
    return trouble("The game could not be loaded. Check the connection, then load the page again.");
  }
  // For browser tests and the curious: what is going on, from the state that is drawn.
  window.tickwire = { state: () => JSON.parse(client.state()), sound, wasmBytes: () => wasm.memory.buffer.byteLength };
  try {
    client.start();
  } catch (error) {
    console.error(error);
    trouble(`The game could not start: ${error}`);
  }
}

load();
