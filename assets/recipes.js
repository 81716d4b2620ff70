// What every sound is made of. Change a number, reload the page, listen: nothing here is compiled.
//
// A sound is a list of layers that begin together. A layer:
//   wave   "sine", "square", "saw" or "noise"
//   hz     [from, to]: its pitch at its beginning and at its end; for noise, what is above is cut off
//   wobble [hz, share]: how fast the pitch trembles and how far
//   after  seconds until it begins
//   rise   seconds until it is at its loudest
//   fall   seconds in which it falls to a third; it is over after five times that
//   gain   how loud, 0 to 1
export const recipes = {
  cannon: [
    { wave: "square", hz: [920, 190], fall: 0.032, gain: 0.3 },
    { wave: "sine", hz: [300, 70], fall: 0.045, gain: 0.5 },
    { wave: "noise", hz: [5200, 900], fall: 0.022, gain: 0.4 },
  ],
  rail: [
    { wave: "saw", hz: [2400, 110], fall: 0.12, gain: 0.34 },
    { wave: "sine", hz: [170, 48], fall: 0.17, gain: 0.75 },
    { wave: "noise", hz: [9000, 500], fall: 0.1, gain: 0.34 },
    { wave: "sine", hz: [1320, 1240], wobble: [17, 0.02], after: 0.03, rise: 0.02, fall: 0.2, gain: 0.13 },
  ],
  struck: [
    { wave: "sine", hz: [210, 60], fall: 0.075, gain: 0.9 },
    { wave: "noise", hz: [2600, 300], fall: 0.055, gain: 0.6 },
    { wave: "square", hz: [140, 90], wobble: [38, 0.3], fall: 0.05, gain: 0.2 },
  ],
  strike: [
    { wave: "sine", hz: [1560, 1180], fall: 0.035, gain: 0.4 },
    { wave: "square", hz: [2350, 1700], fall: 0.014, gain: 0.16 },
    { wave: "noise", hz: [6500, 2500], fall: 0.014, gain: 0.3 },
  ],
  ricochet: [
    { wave: "noise", hz: [7000, 1500], fall: 0.018, gain: 0.4 },
    { wave: "sine", hz: [2900, 1300], fall: 0.03, gain: 0.14 },
  ],
  blast: [
    { wave: "sine", hz: [150, 28], fall: 0.24, gain: 1 },
    { wave: "noise", hz: [5200, 130], fall: 0.24, gain: 0.95 },
    { wave: "noise", hz: [1400, 90], after: 0.09, rise: 0.02, fall: 0.3, gain: 0.6 },
    { wave: "square", hz: [95, 30], wobble: [23, 0.4], fall: 0.1, gain: 0.25 },
  ],
  lay: [
    { wave: "square", hz: [320, 210], fall: 0.02, gain: 0.25 },
    { wave: "sine", hz: [1250, 1250], after: 0.07, fall: 0.02, gain: 0.3 },
    { wave: "sine", hz: [1250, 1250], after: 0.16, fall: 0.03, gain: 0.3 },
  ],
  mine: [
    { wave: "sine", hz: [230, 34], fall: 0.16, gain: 1 },
    { wave: "noise", hz: [8000, 220], fall: 0.15, gain: 0.9 },
    { wave: "saw", hz: [900, 60], fall: 0.05, gain: 0.25 },
  ],
  core: [
    { wave: "saw", hz: [392, 392], rise: 0.015, fall: 0.1, gain: 0.22 },
    { wave: "saw", hz: [523, 523], after: 0.11, rise: 0.015, fall: 0.1, gain: 0.22 },
    { wave: "saw", hz: [784, 784], wobble: [7, 0.006], after: 0.22, rise: 0.015, fall: 0.22, gain: 0.25 },
  ],
  pickup: [
    { wave: "sine", hz: [660, 660], fall: 0.06, gain: 0.34 },
    { wave: "sine", hz: [990, 990], after: 0.07, fall: 0.07, gain: 0.34 },
    { wave: "sine", hz: [1320, 1320], after: 0.14, fall: 0.12, gain: 0.34 },
  ],
  alarm: [
    { wave: "square", hz: [740, 740], rise: 0.01, fall: 0.06, gain: 0.24 },
    { wave: "square", hz: [555, 555], after: 0.16, rise: 0.01, fall: 0.07, gain: 0.24 },
  ],
  spawn: [
    { wave: "sine", hz: [180, 720], rise: 0.12, fall: 0.12, gain: 0.3 },
    { wave: "noise", hz: [400, 6000], rise: 0.16, fall: 0.07, gain: 0.16 },
  ],
  begin: [
    { wave: "saw", hz: [294, 294], rise: 0.02, fall: 0.16, gain: 0.2 },
    { wave: "saw", hz: [440, 440], after: 0.16, rise: 0.02, fall: 0.16, gain: 0.2 },
    { wave: "saw", hz: [587, 587], wobble: [6, 0.006], after: 0.32, rise: 0.02, fall: 0.34, gain: 0.25 },
    { wave: "sine", hz: [147, 147], rise: 0.02, fall: 0.4, gain: 0.46 },
  ],
  over: [
    { wave: "saw", hz: [587, 587], rise: 0.02, fall: 0.18, gain: 0.2 },
    { wave: "saw", hz: [440, 440], after: 0.18, rise: 0.02, fall: 0.2, gain: 0.2 },
    { wave: "saw", hz: [294, 290], wobble: [5, 0.008], after: 0.36, rise: 0.02, fall: 0.45, gain: 0.25 },
    { wave: "sine", hz: [147, 73], after: 0.3, rise: 0.03, fall: 0.45, gain: 0.62 },
  ],
  click: [
    { wave: "sine", hz: [1900, 1300], fall: 0.011, gain: 0.3 },
    { wave: "noise", hz: [8000, 4000], fall: 0.004, gain: 0.2 },
  ],
};

// The own engine: a rumble that goes on. hz cuts off what is above; [at rest, pushing, boosted], as its loudness.
export const engine = { hz: [90, 420, 900], gain: [0, 0.34, 0.5], tone: [42, 58, 84], seconds: 0.09 };
