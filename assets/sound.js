// Plays the sounds of recipes.js, each made once, by arithmetic. Silent until the first key or click, as browsers ask for, and in a hidden tab.

import { choices, choose } from "/choices.js";
import { engine as humming, recipes } from "/recipes.js";

const RATE = 44100;
// More at once nobody could tell apart, and a phone could not play: the faintest gives way.
const VOICES_MAX = 24;
// The same sound twice within this time, in seconds, is one louder sound: it is left out.
const APART = 0.025;
// The sliders: beside the picture, and in the settings.
const VOLUMES = ["sound-volume", "settings-volume"];

const names = Object.keys(recipes);
const samples = names.map(() => null);
const last = names.map(() => -1);
const settings = kept();
let audio = null;
let voices = [];
let started = 0;
let push = 0;

function kept() {
  const { soundVolume: volume, soundMuted: muted } = choices();
  return { volume: volume >= 0 && volume <= 1 ? volume : 0.6, muted: muted === true };
}

function keep() {
  choose({ soundVolume: settings.volume, soundMuted: settings.muted });
}

const WAVES = {
  sine: (phase) => Math.sin(2 * Math.PI * phase),
  square: (phase) => (phase % 1 < 0.5 ? 1 : -1),
  saw: (phase) => 2 * (phase % 1) - 1,
};

function make(layers) {
  const length = Math.max(...layers.map(({ after = 0, rise = 0, fall }) => after + rise + 5 * fall));
  const sum = new Float32Array(Math.ceil(length * RATE));
  for (const { wave, hz: [from, to], wobble: [often, far] = [0, 0], after = 0, rise = 0.001, fall, gain } of layers) {
    const lasts = rise + 5 * fall;
    const begin = Math.round(after * RATE);
    const end = Math.min(sum.length, begin + Math.floor(lasts * RATE));
    // From sample to sample by a factor: powers and exponentials would take ten times as long.
    const glide = (to / from) ** (1 / (lasts * RATE));
    const fade = Math.exp(-1 / (fall * RATE));
    let [hz, loud, phase, low] = [from, gain, 0, 0];
    for (let at = begin; at < end; at++) {
      const t = (at - begin) / RATE;
      const level = t < rise ? (gain * t) / rise : (loud *= fade);
      hz *= glide;
      if (wave === "noise") {
        const width = (2 * Math.PI * hz) / RATE;
        low += (width / (1 + width)) * (Math.random() * 2 - 1 - low);
        sum[at] += level * low * 2;
      } else {
        phase += (far ? hz * (1 + far * Math.sin(2 * Math.PI * often * t)) : hz) / RATE;
        sum[at] += level * WAVES[wave](phase);
      }
    }
  }
  return sum.map((value) => Math.tanh(value));
}

function buffer(data) {
  const made = new AudioBuffer({ length: data.length, sampleRate: RATE, numberOfChannels: 1 });
  made.copyToChannel(data, 0);
  return made;
}

function sample(number) {
  return (samples[number] ??= buffer(make(recipes[names[number]])));
}

// One after another while the page has nothing better to do, so that no frame waits for any.
function prepare(number = 0) {
  if (number < names.length && typeof AudioBuffer === "function") {
    sample(number);
    setTimeout(prepare, 20, number + 1);
  }
}

// To be called from a gesture only: earlier, browsers let nothing be heard.
function wake() {
  if (typeof AudioContext !== "function") return;
  audio ??= build();
  if (audio.context.state !== "running" && !document.hidden) audio.context.resume().catch(() => {});
}

function build() {
  const context = new AudioContext({ latencyHint: "interactive" });
  const master = new GainNode(context, { gain: loudness() });
  // Many explosions at once do not clip.
  const limiter = new DynamicsCompressorNode(context, { threshold: -14, ratio: 8, attack: 0.003, release: 0.15 });
  master.connect(limiter).connect(context.destination);
  const rumble = new AudioBufferSourceNode(context, { buffer: buffer(new Float32Array(2 * RATE).map(() => Math.random() - 0.5)), loop: true });
  const tone = new OscillatorNode(context, { type: "sawtooth", frequency: humming.tone[0] });
  const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: humming.hz[0], Q: 1 });
  const hum = new GainNode(context, { gain: 0 });
  rumble.connect(filter);
  tone.connect(new GainNode(context, { gain: 0.22 })).connect(filter);
  filter.connect(hum).connect(master);
  rumble.start();
  tone.start();
  return { context, master, filter, hum, tone };
}

// Ears hear ratios: the square makes the slider even.
function loudness() {
  return settings.muted ? 0 : settings.volume ** 2;
}

function isSilent() {
  return !audio || audio.context.state !== "running" || loudness() === 0;
}

export function find(name) {
  return names.indexOf(name);
}

export function play(number, pan, gain) {
  if (isSilent()) return;
  const { context, master } = audio;
  const now = context.currentTime;
  if (now - last[number] < APART) return;
  if (voices.length >= VOICES_MAX) {
    const faintest = voices.reduce((one, other) => (other.gain < one.gain ? other : one));
    if (faintest.gain > gain) return;
    faintest.source.stop();
    voices = voices.filter((voice) => voice !== faintest);
  }
  last[number] = now;
  started++;
  const source = new AudioBufferSourceNode(context, { buffer: sample(number), playbackRate: 0.95 + Math.random() * 0.1 });
  const level = new GainNode(context, { gain });
  const side = new StereoPannerNode(context, { pan });
  source.connect(level).connect(side).connect(master);
  const voice = { source, gain };
  voices.push(voice);
  source.onended = () => {
    side.disconnect();
    voices = voices.filter((other) => other !== voice);
  };
  source.start();
}

export function engine(harder) {
  push = harder;
  if (!audio) return;
  const { context, filter, hum, tone } = audio;
  const step = Math.min(2, Math.max(0, Math.round(push)));
  const to = (parameter, value) => parameter.setTargetAtTime(value, context.currentTime, humming.seconds);
  to(filter.frequency, humming.hz[step]);
  to(hum.gain, humming.gain[step]);
  to(tone.frequency, humming.tone[step]);
}

// For tests and the curious.
export function report() {
  return { state: audio?.context.state ?? "none", started, playing: voices.length, push, ...settings };
}

function show() {
  const mute = document.getElementById("sound-mute");
  mute.setAttribute("aria-pressed", settings.muted);
  document.getElementById("sound").classList.toggle("muted", loudness() === 0);
  document.getElementById("settings-mute").checked = settings.muted;
  for (const id of VOLUMES) document.getElementById(id).value = settings.volume * 100;
}

function change(what) {
  Object.assign(settings, what);
  if (audio) audio.master.gain.setTargetAtTime(loudness(), audio.context.currentTime, 0.02);
  keep();
  show();
}

function connect() {
  for (const gesture of ["pointerdown", "pointerup", "keydown"]) addEventListener(gesture, wake, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => {
    if (audio) (document.hidden ? audio.context.suspend() : audio.context.resume()).catch(() => {});
  });
  addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input:not([type=range]), textarea");
    if (event.code === "KeyM" && !event.repeat && !writes && !event.ctrlKey && !event.metaKey && !event.altKey) change({ muted: !settings.muted });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("button")) play(find("click"), 0, 0.5);
  });
  const panel = document.getElementById("sound");
  const [mute, volume] = [document.getElementById("sound-mute"), document.getElementById("sound-volume")];
  mute.addEventListener("click", () => {
    change({ muted: !settings.muted });
    mute.blur();
  });
  const muted = document.getElementById("settings-mute");
  muted.addEventListener("change", () => change({ muted: muted.checked }));
  for (const slider of VOLUMES.map((id) => document.getElementById(id))) {
    slider.addEventListener("input", () => change({ volume: slider.value / 100, muted: false }));
    slider.addEventListener("change", () => play(find("strike"), 0, 0.8));
  }
  volume.addEventListener("pointerup", () => volume.blur());
  // Its arrows do not fly the ship; Escape gives the keys back. All other keys go on.
  panel.addEventListener("keydown", (event) => {
    if (event.target !== volume) return;
    if (event.code === "Escape") volume.blur();
    if (event.code === "Escape" || event.code.startsWith("Arrow")) event.stopPropagation();
  });
  show();
  prepare();
}

connect();
