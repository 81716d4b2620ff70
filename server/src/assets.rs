//! The page and what belongs to it: built in, or from a folder while somebody works on it.

use std::path::Path;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::services::ServeDir;

/// What the build script laid out: `assets/` and the web client.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/site"]
struct Site;

const INDEX: &str = "index.html";

/// Answers with a built-in file.
pub(crate) async fn built_in(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    Site::get(path).map_or_else(not_found, |file| send(file, request.headers()))
}

/// Answers with a file of `folder`, or a built-in one where it has none.
pub(crate) fn from_folder(folder: &Path) -> ServeDir<axum::routing::MethodRouter> {
    ServeDir::new(folder).fallback(axum::routing::any(built_in))
}

fn send(file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{:016x}\"", u64::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes")));
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.data).into_response() };
    let kind = HeaderValue::from_str(file.metadata.mimetype()).expect("a MIME type is plain text");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is plain text"));
    // A new server brings new files under the same names.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file. The game is at /\n").into_response()
}
