//! The page and what belongs to it: built in, or from a folder while somebody works on it.
//!
//! Built-in files are found in a table by their whole name, so no path leads out of it. All but the page itself have names
//! that hold their hash, and are kept by browsers for good.

use std::{fmt::Write, path::Path};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use tower_http::{services::ServeDir, set_header::SetResponseHeader};

/// A file as the build script laid it out.
#[derive(Debug)]
struct File {
    /// Its name in `assets/`, or as wasm-bindgen names it.
    name: &'static str,
    /// The name with its hash, under which it is served.
    path: &'static str,
    /// Its media type.
    kind: &'static str,
    /// Digits of a hash of its bytes.
    hash: &'static str,
    plain: &'static [u8],
    /// `None` where it would be no smaller.
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// The page, and all that it loads.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

const INDEX: &str = "index.html";
/// A name with a hash never means other bytes.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A new server brings a new page under the same name.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");
/// What somebody works on is always read anew.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Answers with a built-in file, by the name with its hash.
pub(super) async fn built_in(request: Request) -> Response {
    find(&request, |file, wanted| file.path == wanted)
}

/// Answers with a file of `folder`, or with a built-in one where it has none: the wasm and its glue by their plain names, and what built-in
/// files name by theirs.
pub(super) fn from_folder(folder: &Path) -> SetResponseHeader<ServeDir<MethodRouter>, HeaderValue> {
    let by_any_name =
        get(async |request: Request| find(&request, |file, wanted| [file.name, file.path].contains(&wanted)));
    let service = ServeDir::new(folder).fallback(by_any_name);
    SetResponseHeader::overriding(service, header::CACHE_CONTROL, NOT_KEPT)
}

fn find(request: &Request, is_called: impl Fn(&File, &str) -> bool) -> Response {
    let path = request.uri().path();
    let wanted = if path == "/" { INDEX } else { path.strip_prefix('/').unwrap_or(path) };
    let file = FILES.iter().find(|file| is_called(file, wanted));
    file.map_or_else(not_found, |file| send(file, request.headers()))
}

fn send(file: &File, asked: &HeaderMap) -> Response {
    let (body, coding) = choose(file, asked);
    let mut tag = format!("\"{}", file.hash);
    if let Some(coding) = coding {
        let _ = write!(tag, "-{coding}");
    }
    tag.push('"');
    let mut response =
        if is_known(&tag, asked) { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(body).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is plain text"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, if file.path == INDEX { ASK_EACH_TIME } else { FOR_GOOD });
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// The variant that the client likes best, and its coding; of equals, the smallest.
fn choose(file: &File, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let mut best = (file.plain, None);
    let mut most = 0;
    for (packed, coding) in [(file.brotli, "br"), (file.gzip, "gzip")] {
        let quality = quality(asked, coding);
        if let Some(packed) = packed.filter(|_| quality > most) {
            (best, most) = ((packed, Some(coding)), quality);
        }
    }
    best
}

/// How much the client likes a coding, in thousandths; 0 where it does not take it. What it says of `*` holds for what it does not name.
fn quality(asked: &HeaderMap, coding: &str) -> u32 {
    let lists = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = 0;
    for entry in lists.flat_map(|list| list.split(',')) {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>).unwrap_or_default();
        let quality = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
        match name.trim() {
            name if name.eq_ignore_ascii_case(coding) => return quality,
            "*" => any = quality,
            _ => {}
        }
    }
    any
}

/// Whether the client has just this variant.
fn is_known(tag: &str, asked: &HeaderMap) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file. The game is at /\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What players load before they play, by brotli, in bytes. Grow it knowingly: on a slow phone, 100 KB are a second.
    const ALL_BROTLI_MAX: usize = 300_000;
    /// The wasm's share of that.
    const WASM_BROTLI_MAX: usize = 200_000;

    fn file(name: &str) -> &'static File {
        FILES.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name} among the built-in files"))
    }

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).expect("plain text"));
        choose(file("tickwire_bg.wasm"), &headers).1
    }

    #[test]
    fn a_client_gets_the_coding_that_it_likes_best_and_of_equals_the_smallest() {
        assert_eq!(choose(file("tickwire_bg.wasm"), &HeaderMap::new()).1, None);
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some("br"));
        assert_eq!(chosen("gzip;q=1.0, br;q=0.5"), Some("gzip"));
        assert_eq!(chosen("GZIP, br;q=0"), Some("gzip"));
        assert_eq!(chosen("*;q=0.1"), Some("br"));
        assert_eq!(chosen("br;q=0, *"), Some("gzip"));
        assert_eq!(chosen("identity, br;q=nonsense"), None);
        assert_eq!(chosen("deflate"), None);
    }

    #[test]
    fn a_tag_is_known_from_a_list_and_only_for_its_own_variant() {
        let known = |list: &'static str| {
            let headers = [(header::IF_NONE_MATCH, HeaderValue::from_static(list))].into_iter().collect();
            is_known("\"1f-br\"", &headers)
        };
        assert!(known("\"1f-br\"") && known("\"00\", W/\"1f-br\"") && known("*"));
        assert!(!known("\"1f\"") && !known("1f-br") && !known(""));
    }

    #[test]
    fn every_file_but_the_page_is_named_by_the_page_or_by_what_it_loads_and_by_its_hash() {
        let texts: Vec<_> = FILES.iter().filter_map(|file| std::str::from_utf8(file.plain).ok()).collect();
        for file in FILES.iter().filter(|file| file.name != INDEX) {
            assert!(file.path.contains(file.hash), "{file:?} may be kept for good");
            let named = |name: &str| texts.iter().any(|text| text.contains(&format!("\"/{name}\"")));
            assert!(named(file.path) && !named(file.name), "{} is named {}", file.name, file.path);
        }
    }

    #[test]
    fn the_page_stays_small() {
        let sizes = |file: &File| {
            let packed = |packed: Option<&[u8]>| packed.map_or(file.plain.len(), <[u8]>::len);
            [file.plain.len(), packed(file.gzip), packed(file.brotli)]
        };
        let (mut sum, mut words) = ([0; 3], [0; 3]);
        println!("{:<20} {:>9} {:>9} {:>9}", "bytes of", "raw", "gzip", "brotli");
        for file in FILES {
            let [raw, gzip, brotli] = sizes(file);
            println!("{:<20} {raw:>9} {gzip:>9} {brotli:>9}", file.name);
            if file.name.starts_with("words/") {
                // A page loads those of one language; here, of the one that takes most.
                words = words.max([raw, gzip, brotli]);
            } else {
                sum = [sum[0] + raw, sum[1] + gzip, sum[2] + brotli];
            }
        }
        let sum = [sum[0] + words[0], sum[1] + words[1], sum[2] + words[2]];
        println!("{:<20} {:>9} {:>9} {:>9}, at most {ALL_BROTLI_MAX}", "all", sum[0], sum[1], sum[2]);
        let [_, gzip, wasm] = sizes(file("tickwire_bg.wasm"));
        assert!(wasm < gzip && wasm <= WASM_BROTLI_MAX, "the wasm has {wasm} bytes, more than {WASM_BROTLI_MAX}");
        assert!(sum[2] <= ALL_BROTLI_MAX, "the page has {} bytes, more than {ALL_BROTLI_MAX}", sum[2]);
    }
}
