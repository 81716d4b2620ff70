// The page's words: picks a language, loads its file and no other, and puts it into the page.
//
// An element with data-text="key" shows the text of that key; data-label, data-title and data-placeholder are for the attributes.

import { choices, choose } from "/choices.js";

const FILES = { en: "/words/en.json", de: "/words/de.json", ar: "/words/ar.json" };
const PLACES = { label: "aria-label", title: "title", placeholder: "placeholder" };

// What the player chose, or else the first of the browser's languages that there is.
function wanted() {
  const known = (language) => Object.hasOwn(FILES, language);
  const languages = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase());
  return [choices().language, ...languages].find(known) ?? "en";
}

async function fetchWords(language) {
  const response = await fetch(FILES[language]);
  if (!response.ok) {
    throw new Error(`the words of ${language} cannot be loaded: ${response.status}`);
  }
  return response.json();
}

function show(language, words) {
  const { documentElement: page } = document;
  page.lang = language;
  page.dir = words["language.direction"];
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = words[element.dataset.text];
  }
  for (const [place, attribute] of Object.entries(PLACES)) {
    for (const element of document.querySelectorAll(`[data-${place}]`)) {
      element.setAttribute(attribute, words[element.dataset[place]]);
    }
  }
}

// Each language by its own name; another one takes effect at once.
function offer(chosen, tell) {
  const list = document.getElementById("settings-language");
  for (const language of list ? Object.keys(FILES) : []) {
    const name = new Intl.DisplayNames([language], { type: "language" }).of(language);
    const option = new Option(name, language, false, language === chosen);
    option.lang = language;
    list.append(option);
  }
  list?.addEventListener("change", async () => {
    const language = list.value;
    try {
      const words = await fetchWords(language);
      choose({ language });
      show(language, words);
      tell(words);
    } catch (error) {
      // The page goes on in the language that it has.
      console.error(error);
      list.value = document.documentElement.lang;
    }
  });
}

// Shows the words in the page, and gives them; `tell` gets the others once the player chooses another language.
export async function load(tell) {
  const language = wanted();
  const words = await fetchWords(language);
  show(language, words);
  offer(language, tell);
  return words;
}
