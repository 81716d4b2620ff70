// What the browser remembers of a player's choices, as web-client/src/shell/settings.rs keeps them. Of another version they mean other things.

const KEY = "tickwire-settings";
const VERSION = 1;

export function choices() {
  try {
    const all = JSON.parse(localStorage.getItem(KEY));
    return all?.version === VERSION ? all : {};
  } catch {
    return {};
  }
}

export function choose(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...choices(), ...chosen, version: VERSION }));
  } catch {
    // In a browser that keeps nothing, a choice lasts for as long as the page.
  }
}
