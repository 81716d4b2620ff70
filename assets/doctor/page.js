// The connection doctor: what works from here, what does not, and what to change. No part of the game; its own server alone is asked.

const PATIENCE_MS = 8000;
/** Whoever is turned away after the handshake hears of it by then. */
const TURNED_AWAY_MS = 400;
const PINGS = 20;
const PING_EVERY_MS = 50;
const CLOCK_READINGS = 5;
const THROUGHPUT_MS = 1500;
const CHUNK_BYTES = 256 * 1024;
const CHUNKS_MAX = 64;
/** What a busy fight costs, each way, with room to spare. */
const ENOUGH_KBPS = 500;

const CHECKS = [
  ["page", "Page"],
  ["tls", "Encryption"],
  ["proxy", "Proxies"],
  ["origin", "Origin"],
  ["socket", "Game socket"],
  ["echo", "Echo"],
  ["roundTrip", "Round trip"],
  ["jitter", "Jitter"],
  ["clock", "Clock"],
  ["throughput", "Throughput"],
];

const NGINX = `location / {
  proxy_pass http://127.0.0.1:8080;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
}`;

const results = new Map();

function socketUrl(path) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}

function wait(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/** Shows what came of a check: a state, a sentence, and what to change. Text in `backticks` is code. */
function say(id, state, sentence, advice = "", example = "") {
  results.set(id, { state, sentence, advice });
  const item = document.getElementById(id);
  item.dataset.state = state;
  item.querySelector(".say").replaceChildren(...withCode(sentence));
  item.querySelector(".advice")?.remove();
  if (advice) {
    const box = document.createElement("div");
    box.className = "advice";
    box.append(...withCode(advice));
    if (example) {
      const code = document.createElement("pre");
      code.textContent = example;
      box.append(code);
    }
    item.append(box);
  }
}

function withCode(text) {
  return text.split("`").map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

function lay() {
  const list = document.getElementById("checks");
  list.replaceChildren(
    ...CHECKS.map(([id, name]) => {
      const item = document.createElement("li");
      item.id = id;
      item.dataset.state = "running";
      const title = document.createElement("h2");
      title.textContent = name;
      const line = document.createElement("p");
      line.className = "say";
      line.textContent = "waiting";
      item.append(title, line);
      return item;
    }),
  );
}

/** What the server saw of a request, and when this side asked and heard, in milliseconds since 1970. */
async function seen() {
  const asked = performance.timeOrigin + performance.now();
  const answer = await fetch("/diagnostics/seen", {
    cache: "no-store",
    headers: { "X-Page-Origin": location.origin },
    signal: AbortSignal.timeout?.(PATIENCE_MS),
  });
  const heard = performance.timeOrigin + performance.now();
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return { ...(await answer.json()), asked, heard };
}

/** An open socket; fails with what is known of why not, which is little: browsers do not tell pages. */
function open(path) {
  return new Promise((opened, failed) => {
    const socket = new WebSocket(socketUrl(path));
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => {
      failed(new Error(`nothing happened for ${PATIENCE_MS / 1000} s`));
      socket.close();
    }, PATIENCE_MS);
    socket.onopen = () => {
      clearTimeout(late);
      opened(socket);
    };
    socket.onclose = () => {
      clearTimeout(late);
      failed(new Error("the handshake was refused"));
    };
  });
}

/** The next message of a socket. */
function next(socket) {
  return new Promise((came, failed) => {
    const late = setTimeout(() => failed(new Error(`no answer for ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    const done = (then) => (event) => {
      clearTimeout(late);
      then(event);
    };
    socket.onmessage = done((event) => came(event.data));
    socket.onclose = done((event) => failed(new Error(`the socket was closed (${event.code}${event.reason ? `: ${event.reason}` : ""})`)));
  });
}

/** What a plain request to where a socket should be is answered: it shows how far requests come. */
async function plain(path) {
  try {
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
    return { status: answer.status, text: (await answer.text()).slice(0, 300) };
  } catch {
    return { status: 0, text: "" };
  }
}

function checkPage() {
  const lacks = [];
  if (typeof WebAssembly !== "object") lacks.push("WebAssembly");
  if (!document.createElement("canvas").getContext("webgl2")) lacks.push("WebGL2");
  if (lacks.length === 0) {
    return say("page", "good", "The page came through, and this browser has all that the game needs.");
  }
  say(
    "page",
    "bad",
    `The page came through, but this browser has no ${lacks.join(" and no ")}: the game cannot run in it.`,
    "Use a current Firefox, Chrome, Edge or Safari, with hardware acceleration switched on.",
  );
}

function checkTls(server) {
  const encrypted = location.protocol === "https:";
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  if (encrypted && server.encrypted) {
    return say("tls", "good", "Page and sockets are encrypted (`https`, `wss`). Nothing is mixed.");
  }
  if (encrypted) {
    return say(
      "tls",
      "bad",
      `This page is encrypted, but the server does not know: a proxy ends the encryption, and ${server.peer_is_trusted ? "does not say so" : "the server does not trust its word"}.`,
      `${server.peer_is_trusted ? "Let" : `Start the server with \`--trusted-proxies ${server.peer}\`, and let`} the proxy send \`X-Forwarded-Proto: https\`. Until then the origin of its own pages looks wrong to the server.`,
    );
  }
  if (local) return say("tls", "good", "Not encrypted, and it need not be: the server is on this very machine.");
  say(
    "tls",
    "warn",
    "Nothing is encrypted: whoever is on the way can read and change what is played and said.",
    "Give the server a certificate by `--tls-cert` and `--tls-key`, or put a proxy with one in front. A page of `https` cannot open this socket: browsers forbid `ws` there, as mixed content.",
  );
}

function checkProxy(server) {
  if (server.forwarded.length === 0) {
    const sees = `The server sees you at \`${server.address}\``;
    return say("proxy", "good", `${sees}, and no proxy on the way says that there is one.`);
  }
  if (server.peer_is_trusted) {
    return say("proxy", "good", `A trusted proxy (\`${server.peer}\`) is on the way. The server sees you at \`${server.address}\`.`);
  }
  say(
    "proxy",
    "warn",
    `A proxy at \`${server.peer}\` sends \`${server.forwarded.join("`, `")}\`, and the server does not trust it: everybody behind it counts as one address.`,
    `If that proxy is yours, start the server with \`--trusted-proxies ${server.peer}\`.`,
  );
}

function checkOrigin(server) {
  if (!server.origin_refused) {
    return say("origin", "good", `Pages of \`${location.origin}\` may open the socket.`);
  }
  const own = server.own_origin ? `\`${server.own_origin}\`` : "unknown, since its requests name no host";
  say(
    "origin",
    "bad",
    `Pages of \`${location.origin}\` may not open the socket: the server believes that its own are of ${own}.`,
    `A proxy on the way must pass on the \`Host\` that the browser sent${location.protocol === "https:" && !server.peer_is_trusted ? ", and be named by `--trusted-proxies`, so that `X-Forwarded-Proto` counts" : ""}. For pages that lie elsewhere, start the server with \`--allowed-origins ${location.origin}\`.`,
  );
}

/** Says why a socket does not open, as far as can be found out from here. */
async function explain(id, path, error, server) {
  if (server.origin_refused) {
    return say(id, "bad", `\`${path}\` does not open: this page's origin is refused.`, "See Origin.");
  }
  const same = id === "echo" && results.get("socket")?.state === "bad";
  const { status, text } = await plain(path);
  if (status === 400 && text.includes("no WebSocket handshake")) {
    return say(
      id,
      "bad",
      `\`${path}\` does not open (${error.message}), though plain requests reach it: something on the way drops the \`Upgrade\` header.`,
      same ? "See Game socket." : "If a proxy is in front of the server, let it pass WebSockets on. For nginx:",
      same ? "" : NGINX,
    );
  }
  if (status === 503) {
    return say(id, "warn", `\`${path}\` is full: ${text.trim()}`, "Try again in a minute.");
  }
  say(
    id,
    "bad",
    `\`${path}\` does not open (${error.message}), and a plain request to it ${status === 0 ? "fails, too" : `is answered with status ${status}`}.`,
    `Whatever stands in front of the server must pass \`${path}\` on to it, like every other path. If it does, a firewall or an extension of this browser may block WebSockets.`,
  );
}

async function checkSocket(server) {
  say("socket", "running", "opening `/ws`");
  try {
    const socket = await open("/ws");
    const closed = await Promise.race([new Promise((done) => (socket.onclose = done)), wait(TURNED_AWAY_MS)]);
    socket.onclose = null;
    socket.close(1000);
    if (closed) {
      say("socket", "warn", `The game's socket \`/ws\` opens, but the server turns you away: ${closed.reason || `code ${closed.code}`}.`, "Try again later. The operator sees the reason in `/healthz`, under `refused`.");
    } else {
      say("socket", "good", "The game's socket `/ws` opens.");
    }
  } catch (error) {
    await explain("socket", "/ws", error, server);
  }
}

async function checkEcho(server) {
  say("echo", "running", "opening `/echo`");
  let socket;
  try {
    socket = await open("/echo");
  } catch (error) {
    await explain("echo", "/echo", error, server);
    return null;
  }
  try {
    socket.send("hello");
    const text = await next(socket);
    socket.send(new Uint8Array([1, 2, 3]));
    const bytes = new Uint8Array(await next(socket));
    if (text === "hello" && bytes.join() === "1,2,3") {
      say("echo", "good", "What is sent to `/echo` comes back as it was, text and binary.");
      return socket;
    }
    say("echo", "bad", "What came back from `/echo` is not what was sent.", "Something on the way changes WebSocket messages: a proxy, a virus scanner, an extension.");
  } catch (error) {
    say("echo", "bad", `\`/echo\` opens, but ${error.message}.`, "Something on the way accepts sockets and then drops what they carry: a proxy, a virus scanner, an extension.");
  }
  socket.close();
  return null;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function milliseconds(number) {
  return `${number < 10 ? number.toFixed(1) : Math.round(number)} ms`;
}

async function checkRoundTrip(socket) {
  const took = [];
  for (let number = 0; number < PINGS; number += 1) {
    say("roundTrip", "running", `ping ${number + 1} of ${PINGS}`);
    const sent = performance.now();
    socket.send(`ping ${number}`);
    await next(socket);
    took.push(performance.now() - sent);
    await wait(PING_EVERY_MS);
  }
  const typical = median(took);
  const range = `fastest ${milliseconds(Math.min(...took))}, slowest ${milliseconds(Math.max(...took))}`;
  if (typical < 120) {
    say("roundTrip", "good", `${milliseconds(typical)} there and back (${range}). That plays well.`);
  } else if (typical < 250) {
    say("roundTrip", "warn", `${milliseconds(typical)} there and back (${range}). It can be played, and is felt.`, "A server that is nearer helps; so does a cable in place of a wireless network.");
  } else {
    say("roundTrip", "bad", `${milliseconds(typical)} there and back (${range}). Hits will surprise you.`, "The server is far away, or the line is busy. Look for a server that is nearer, and for downloads on the same line.");
  }
  const steps = took.slice(1).map((now, index) => Math.abs(now - took[index]));
  const jitter = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  if (jitter < 15) {
    say("jitter", "good", `${milliseconds(jitter)} from one round trip to the next, on average. The others will move smoothly.`);
  } else if (jitter < 50) {
    say("jitter", "warn", `${milliseconds(jitter)} from one round trip to the next, on average. The others are shown later, so that they move smoothly.`, "Often it is the wireless network: try a cable, or sit nearer to it.");
  } else {
    say("jitter", "bad", `${milliseconds(jitter)} from one round trip to the next, on average. The others will stutter.`, "The line is overloaded or drops packets: stop downloads, try a cable or another network.");
  }
}

async function checkClock() {
  say("clock", "running", "comparing clocks");
  let best = null;
  for (let number = 0; number < CLOCK_READINGS; number += 1) {
    const reading = await seen();
    const uncertain = (reading.heard - reading.asked) / 2;
    if (!best || uncertain < best.uncertain) {
      best = { uncertain, ahead: (reading.asked + reading.heard) / 2 - reading.time_ms };
    }
  }
  const { ahead, uncertain } = best;
  const off = Math.abs(ahead);
  const which = ahead > 0 ? "ahead of" : "behind";
  const exact = `give or take ${milliseconds(uncertain)}`;
  if (off <= uncertain + 2000) {
    const sentence = off <= uncertain ? "agree" : `agree: this one is ${milliseconds(off)} ${which} the server's`;
    return say("clock", "good", `The clocks ${sentence}, ${exact}.`);
  }
  say(
    "clock",
    off > 60_000 ? "bad" : "warn",
    `This device's clock is ${off > 120_000 ? `${Math.round(off / 60_000)} minutes` : `${(off / 1000).toFixed(1)} s`} ${which} the server's, ${exact}.`,
    "The game measures time by itself and plays on. But tokens and certificates hold from one time to another: let both machines set their clocks by the network.",
  );
}

async function checkThroughput(socket) {
  say("throughput", "running", "sending to `/echo`");
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; at < chunk.length; at += 65536) crypto.getRandomValues(chunk.subarray(at, at + 65536));
  const began = performance.now();
  let chunks = 0;
  while (chunks < CHUNKS_MAX && performance.now() - began < THROUGHPUT_MS) {
    socket.send(chunk);
    if ((await next(socket)).byteLength !== CHUNK_BYTES) throw new Error("what came back is shorter than what was sent");
    chunks += 1;
  }
  const kbps = (chunks * CHUNK_BYTES * 8) / (performance.now() - began);
  const shown = kbps >= 1000 ? `${(kbps / 1000).toFixed(kbps < 10_000 ? 1 : 0)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
  if (kbps >= ENOUGH_KBPS) {
    return say("throughput", "good", `At least ${shown} there and back. The game needs less.`);
  }
  say(
    "throughput",
    "warn",
    `${shown} there and back. In a busy fight the far away will be told late.`,
    "Look for downloads and uploads on the same line. The server adapts by itself; `--max-kbps` bounds what it sends to each.",
  );
}

function skip(ids, why) {
  for (const id of ids) say(id, "skipped", why);
}

async function runAll() {
  checkPage();
  let server;
  try {
    server = await seen();
  } catch (error) {
    skip(CHECKS.map(([id]) => id).filter((id) => id !== "page"), `Not looked at: \`/diagnostics/seen\` could not be read (${error.message}).`);
    return;
  }
  document.getElementById("version").textContent = server.version;
  checkTls(server);
  checkProxy(server);
  checkOrigin(server);
  await checkSocket(server);
  const socket = await checkEcho(server);
  if (!socket) {
    skip(["roundTrip", "jitter", "throughput"], "Not measured: that needs the echo.");
    await checkClock();
    return;
  }
  await checkRoundTrip(socket);
  await checkClock();
  await checkThroughput(socket);
  socket.onclose = null;
  socket.close(1000);
}

function conclude() {
  const states = CHECKS.map(([id]) => results.get(id)?.state);
  const verdict = document.getElementById("verdict");
  const playable = ["page", "origin", "socket"].every((id) => results.get(id)?.state === "good");
  const [state, text] = !playable
    ? ["bad", "The game cannot be played from here. What is marked ✗ says why, and what to change."]
    : states.every((known) => known === "good")
      ? ["good", "All is well: the game can be played from here."]
      : ["warn", "The game can be played from here. Something could be better: see below."];
  verdict.dataset.state = state;
  verdict.textContent = text;
}

function asText() {
  const lines = CHECKS.map(([id, name]) => {
    const { state, sentence, advice } = results.get(id) ?? { state: "?", sentence: "", advice: "" };
    return `[${state}] ${name}: ${sentence}${advice ? `\n       ${advice}` : ""}`;
  });
  return [`Tickwire connection doctor, ${location.origin}, ${new Date().toISOString()}`, ...lines].join("\n").replaceAll("`", "");
}

let finished = false;

async function examine() {
  const buttons = ["again", "copy"].map((id) => document.getElementById(id));
  finished = false;
  results.clear();
  for (const button of buttons) button.disabled = true;
  const verdict = document.getElementById("verdict");
  verdict.dataset.state = "running";
  verdict.textContent = "Looking at what works from here…";
  lay();
  try {
    await runAll();
  } catch (error) {
    for (const [id] of CHECKS) {
      if ((results.get(id)?.state ?? "running") === "running") say(id, "bad", `Broke off: ${error.message}.`, "Check again; if it stays so, the connection does not last.");
    }
  }
  conclude();
  for (const button of buttons) button.disabled = false;
  finished = true;
}

// For browser tests and the curious: what came of it.
window.tickwire = { state: () => ({ finished, verdict: document.getElementById("verdict").dataset.state, checks: Object.fromEntries(results) }) };
document.getElementById("again").addEventListener("click", examine);
document.getElementById("copy").addEventListener("click", () => navigator.clipboard?.writeText(asText()));
examine();
