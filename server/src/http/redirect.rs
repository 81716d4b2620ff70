//! The port beside an encrypted one: it leads to the encrypted one, and nowhere else.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    response::{IntoResponse, Redirect, Response},
};

const HTTPS_PORT: u16 = 443;

/// Answers everything with where it is at the encrypted `port`, for good (308: the method stays).
pub(crate) fn router(port: u16) -> Router {
    Router::new().fallback(async move |uri: Uri, headers: HeaderMap| answer(port, &uri, &headers))
}

fn answer(port: u16, uri: &Uri, headers: &HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
    let Some(host) = host.filter(|host: &Authority| !host.as_str().contains('@')) else {
        return (StatusCode::BAD_REQUEST, "The request does not say which host it wants.\n").into_response();
    };
    let port = if port == HTTPS_PORT { String::new() } else { format!(":{port}") };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::permanent(&format!("https://{}{port}{path}", host.host())).into_response()
}
