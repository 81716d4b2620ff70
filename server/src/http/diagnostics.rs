//! The connection doctor, behind `--diagnostics`: a page that finds out what works from where it is opened, what the server saw of it, and an echo.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use super::{
    App, ClientAddress,
    client_address::{FORWARDED_FOR, FORWARDED_PROTO},
    origin, refuse_origin, upgrade_to,
};
use crate::{
    echo::{self, ECHO_MESSAGE_MAX, ECHOES_MAX, ECHOES_OF_ADDRESS_MAX},
    refusals::Refused,
};

/// A file of the page: where it is served, its name in `assets/doctor`, its media type, and itself as it was built in.
type File = (&'static str, &'static str, &'static str, &'static [u8]);

const FILES: [File; 4] = [
    (
        "/diagnostics",
        "page.html",
        "text/html; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/doctor/page.html")),
    ),
    (
        "/diagnostics.js",
        "page.js",
        "text/javascript; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/doctor/page.js")),
    ),
    (
        "/diagnostics.css",
        "page.css",
        "text/css; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/doctor/page.css")),
    ),
    (
        "/diagnostics.svg",
        "../favicon.svg",
        "image/svg+xml",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/favicon.svg")),
    ),
];

/// Where a page says where it is from: of a plain request of its own server, browsers do not.
const PAGE_ORIGIN: HeaderName = HeaderName::from_static("x-page-origin");

/// What the server saw of a request of the page.
#[derive(Debug, Serialize)]
struct Seen {
    version: &'static str,
    /// Milliseconds since 1970.
    time_ms: f64,
    /// The address that counts for the client, and who holds the connection.
    address: String,
    peer: String,
    /// Whether the peer is a proxy whose word counts.
    peer_is_trusted: bool,
    /// By which headers somebody on the way said where the client is, and whether it came encrypted.
    forwarded: Vec<&'static str>,
    /// Whether the client's connection is encrypted, as far as the server knows.
    encrypted: bool,
    /// Of which origin the server believes its own pages are.
    own_origin: Option<String>,
    /// Why a page of the client's origin may not open the socket, if it may not.
    origin_refused: Option<String>,
    echo_message_max: usize,
}

/// Its routes; the page's files come from `folder` where that has them.
pub(super) fn routes(folder: Option<&Path>) -> Router<App> {
    let router = Router::new().route("/echo", get(echo)).route("/diagnostics/seen", get(seen));
    FILES.into_iter().fold(router, |router, (path, name, kind, built_in)| {
        let on_disk = folder.map(|folder| folder.join("doctor").join(name));
        router.route(path, get(async move || file(kind, built_in, on_disk)))
    })
}

fn file(kind: &'static str, built_in: &'static [u8], on_disk: Option<PathBuf>) -> Response {
    let bytes = on_disk.and_then(|path| fs::read(path).ok()).unwrap_or_else(|| built_in.to_vec());
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (headers, bytes).into_response()
}

async fn seen(State(app): State<App>, client: ClientAddress, headers: HeaderMap) -> Response {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let page = headers.get(PAGE_ORIGIN).cloned().unwrap_or(HeaderValue::from_static("null"));
    let mut as_socket: HeaderMap =
        headers.get(header::HOST).map(|host| (header::HOST, host.clone())).into_iter().collect();
    as_socket.insert(header::ORIGIN, page);
    let seen = Seen {
        version: env!("CARGO_PKG_VERSION"),
        time_ms: now.as_secs_f64() * 1000.0,
        address: client.ip.to_string(),
        peer: client.peer.ip().to_string(),
        peer_is_trusted: app.proxies.trust(client.peer.ip()),
        forwarded: [(FORWARDED_FOR, "X-Forwarded-For"), (FORWARDED_PROTO, "X-Forwarded-Proto")]
            .into_iter()
            .filter_map(|(name, shown)| headers.contains_key(name).then_some(shown))
            .collect(),
        encrypted: client.https,
        own_origin: origin::own(&client, &headers).map(|own| own.to_string()),
        origin_refused: origin::check(&app.allowed_origins, &client, &as_socket).err(),
        echo_message_max: ECHO_MESSAGE_MAX,
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(seen)).into_response()
}

async fn echo(State(app): State<App>, client: ClientAddress, request: Request) -> Response {
    if let Some(refusal) = refuse_origin(&app, &client, &request) {
        return refusal;
    }
    let place = match app.shared.limits.echo(&client) {
        Ok(place) => place,
        Err(refused) => {
            let (status, open) = match refused {
                Refused::EchoesOfAddress => (
                    StatusCode::TOO_MANY_REQUESTS,
                    format!("{ECHOES_OF_ADDRESS_MAX} echoes are open from your address"),
                ),
                _ => (StatusCode::SERVICE_UNAVAILABLE, format!("{ECHOES_MAX} echoes are open")),
            };
            let text = format!("{open}, which is as many as may be; try again in a minute.\n");
            return (status, [(header::RETRY_AFTER, "60")], text).into_response();
        }
    };
    let (shared, stopping) = (std::sync::Arc::clone(&app.shared), app.stopping.clone());
    upgrade_to(&app, &client, request, async move |upgraded, connection| {
        echo::serve(upgraded, shared.lag.as_ref(), place, stopping).await;
        drop(connection);
    })
}
