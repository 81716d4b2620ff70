//! Lays out the page: each file under a name that holds its hash, as it is, by gzip and by brotli, and a table of them all in Rust.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// The one file whose name stays: browsers ask for it each time.
const INDEX: &str = "index.html";
/// Scripts that name only those before them; the first is the glue that wasm-bindgen makes. All others name any of them.
const SCRIPTS: [&str; 5] = ["tickwire.js", "choices.js", "recipes.js", "sound.js", "words.js"];
/// The one folder inside another one: a file for each language.
const WORDS: &str = "words";
/// What the page's files may be, and their media types. Maps, tuning and shaders lie in the same folder, but are not served.
const KINDS: [(&str, &str); 7] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
];
/// Brotli's highest quality, and its largest window that every browser takes.
const BROTLI: (u32, u32) = (11, 22);
const BUFFER: usize = 4096;

/// Lays out the files that lie in `folders` into `site`, and writes their table to `table`.
pub(crate) fn lay_out(folders: &[&Path], site: &Path, table: &Path) {
    let mut files: Vec<_> = folders.iter().flat_map(|folder| pages(folder)).collect();
    files.sort_by_key(|(name, _)| (rank(name), name.clone()));
    fs::create_dir_all(site.join(WORDS)).expect("the site can be written");
    let mut text = String::from("&[\n");
    // What stands in the sources for a file's name, or for its size, and what stands there in the site.
    let mut renamed: Vec<(String, String)> = Vec::new();
    for (name, source) in files {
        let bytes = fs::read(&source).expect("a file of the page can be read");
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => with_new_names(text, &renamed).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        let hash = hash(&bytes);
        let (stem, extension) = name.rsplit_once('.').expect("a file of the page has an extension");
        let path = if name == INDEX { name.clone() } else { format!("{stem}.{hash}.{extension}") };
        let kind = KINDS.iter().find(|(known, _)| *known == extension).expect("only known kinds are listed").1;
        let place_of = |path: &str| site.join(path).to_str().expect("the target folder has a plain name").to_owned();
        let place = place_of(&path);
        let variant = |suffix: &str, packed: &[u8]| {
            if packed.len() >= bytes.len() {
                return "None".to_owned();
            }
            let place = place_of(&format!("{path}.{suffix}"));
            fs::write(&place, packed).expect("the site can be written");
            format!("Some(include_bytes!({place:?}))")
        };
        let (gzip, brotli) = (variant("gz", &by_gzip(&bytes)), variant("br", &by_brotli(&bytes)));
        fs::write(&place, &bytes).expect("the site can be written");
        writeln!(
            text,
            "File {{ name: {name:?}, path: {path:?}, kind: {kind:?}, hash: {hash:?}, \
             plain: include_bytes!({place:?}), gzip: {gzip}, brotli: {brotli} }},"
        )
        .expect("a string takes text");
        renamed.push((format!("\"/{name}\""), format!("\"/{path}\"")));
        renamed.push((format!("\"bytes of /{name}\""), bytes.len().to_string()));
    }
    text.push(']');
    fs::write(table, text).expect("the site's table can be written");
}

/// The files in a folder, and in the one for words, that belong to the page: name and place.
fn pages(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut pages = files(folder, "");
    if folder.join(WORDS).is_dir() {
        pages.extend(files(&folder.join(WORDS), &format!("{WORDS}/")));
    }
    pages
}

/// The files right in a folder that belong to the page, with what their names begin with.
fn files(folder: &Path, before: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).expect("a folder of the page can be read");
    let paths = entries.map(|entry| entry.expect("a folder of the page can be read").path());
    let known = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        path.is_file() && KINDS.iter().any(|(known, _)| *known == extension)
    };
    paths.filter(known).map(|path| (before.to_owned() + name_of(&path), path)).collect()
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a file of the page has a plain name")
}

/// Whoever names another file comes after it, since its hash covers the other's name.
fn rank(name: &str) -> usize {
    let script = SCRIPTS.iter().position(|script| *script == name);
    match name.rsplit('.').next() {
        Some("html") => SCRIPTS.len() + 2,
        Some("css" | "js") => script.unwrap_or(SCRIPTS.len()) + 1,
        _ => 0,
    }
}

fn with_new_names(text: String, renamed: &[(String, String)]) -> String {
    renamed.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

/// 64 bits of it: enough to tell the versions of a file apart.
fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:016x}", u64::from_be_bytes(*digest.first_chunk().expect("a digest has 32 bytes")))
}

fn by_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes bytes")
}

fn by_brotli(bytes: &[u8]) -> Vec<u8> {
    let (quality, window) = BROTLI;
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, BUFFER, quality, window).write_all(bytes).expect("memory takes bytes");
    packed
}
