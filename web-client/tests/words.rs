//! The files of words (`assets/words`) against each other, and against the page and the sources that use them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use tickwire_web_client::shell::words::{Part, parts};

type Words = BTreeMap<String, String>;

/// What makes a text of the page that of a key.
const ATTRIBUTES: [&str; 4] = ["data-text", "data-label", "data-title", "data-placeholder"];
/// What asks for the text of a key in the sources.
const CALLS: [&str; 2] = ["text(", "fill("];

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files in a folder and in those inside it that have one of these endings.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let fits = |path: &PathBuf| path.extension().is_some_and(|ending| endings.iter().any(|known| *known == ending));
    let deeper = folders.iter().flat_map(|folder| self::files(folder, endings));
    files.into_iter().filter(fits).chain(deeper).collect()
}

/// The words of every language, by its file's name; English ones first.
fn languages() -> (Words, BTreeMap<String, Words>) {
    let mut all: BTreeMap<String, Words> = BTreeMap::new();
    for path in files(&workspace("assets/words"), &["json"]) {
        let words = serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.insert(path.file_stem().expect("a name").to_string_lossy().into_owned(), words);
    }
    (all.remove("en").expect("English words"), all)
}

fn places(text: &str) -> BTreeSet<&str> {
    let place = |part| if let Part::Place(place) = part { Some(place) } else { None };
    parts(text).filter_map(place).collect()
}

/// What stands in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// What stands in quotes right after `before`.
fn quoted_after<'a>(text: &'a str, before: &str) -> impl Iterator<Item = &'a str> {
    text.split(&format!("{before}\""))
        .skip(1)
        .filter_map(|after| after.split('"').next())
        .collect::<Vec<_>>()
        .into_iter()
}

/// The page, and the sources of the arena's program and of what any game has.
fn sources() -> Vec<(PathBuf, String)> {
    let mut paths = files(&workspace("assets"), &["html", "js"]);
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == "doctor"));
    for folder in ["web-client/src", "web-client/arena/src"] {
        paths.extend(files(&workspace(folder), &["rs"]));
    }
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

#[test]
fn every_language_has_the_keys_of_the_english_one_and_in_each_text_the_same_places() {
    let (english, others) = languages();
    for (language, words) in others {
        for (key, text) in &english {
            let other = words.get(key).unwrap_or_else(|| panic!("{language} has no {key}"));
            assert_eq!(places(other), places(text), "{language}: {key}");
            assert!(!other.trim().is_empty(), "{language}: {key}");
        }
        let unknown: Vec<_> = words.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(unknown.is_empty(), "{language} has what English has not: {unknown:?}");
        assert!(["ltr", "rtl"].contains(&&*words["language.direction"]), "{language}");
    }
}

#[test]
fn every_key_that_is_used_is_there_and_every_key_that_is_there_is_used() {
    let (english, _) = languages();
    let topics: BTreeSet<_> = english.keys().map(|key| key.split('.').next().unwrap_or_default()).collect();
    let mut used = BTreeSet::new();
    for (path, text) in sources() {
        let is_page = path.extension().is_some_and(|ending| ending == "html");
        let before: Vec<String> = if is_page {
            ATTRIBUTES.iter().map(|attribute| format!("{attribute}=")).collect()
        } else {
            CALLS.map(str::to_owned).into()
        };
        let asked = before.iter().flat_map(|before| quoted_after(&text, before));
        // A key may lie in a table, or be one of two; then it is told by its topic.
        let like_a_key = quoted(&text).filter(|quoted| {
            let letters = |letter: char| letter.is_ascii_lowercase() || letter == '-' || letter == '.';
            let topic = quoted.split_once('.').map(|(topic, _)| topic);
            let is_shader = Path::new(quoted).extension().is_some_and(|ending| ending == "frag");
            quoted.chars().all(letters) && !is_shader && topic.is_some_and(|topic| topics.contains(topic))
        });
        for key in asked.chain(like_a_key) {
            let is_plain_text = !is_page && !key.contains('.');
            assert!(
                english.contains_key(key) || is_plain_text,
                "{} asks for {key:?}, which no file of words has",
                path.display()
            );
            used.insert(key.to_owned());
        }
    }
    let unused: Vec<_> = english.keys().filter(|key| !used.contains(*key)).collect();
    assert!(unused.is_empty(), "nothing says {unused:?}");
}

#[test]
fn the_page_has_no_words_of_its_own_but_for_those_who_cannot_load_any() {
    let page = read(&workspace("assets/index.html"));
    let (body, _) = page.split_once("<noscript>").expect("something for those without scripts");
    let (_, body) = body.split_once("<body").expect("a body");
    let texts = body.split('>').skip(1).filter_map(|piece| piece.split('<').next());
    let own: Vec<_> =
        texts.map(str::trim).filter(|text| text.chars().filter(|letter| letter.is_alphabetic()).count() > 1).collect();
    assert_eq!(
        own,
        ["Tickwire", "WASD", "The game could not be loaded. Check the connection, then load the page again."]
    );
    for attribute in [" title=", " aria-label=", " placeholder="] {
        assert_eq!(quoted_after(body, attribute).collect::<Vec<_>>(), [] as [&str; 0], "{attribute}");
    }
}
