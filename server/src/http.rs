//! One port: the page, `/healthz`, the upgrade to the game's socket at `/ws`, a room's ticker at `/events`, and, where they are asked for, the connection doctor and its echo.

mod assets;
mod client_address;
mod diagnostics;
mod events;
mod headers;
mod metrics;
mod origin;
mod redirect;
mod turned_away;

use std::{path::Path, sync::Arc};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use fastwebsockets::upgrade;
use hyper::upgrade::Upgraded;
use serde::Serialize;
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::warn;

use crate::{
    connection::{self, Shared},
    counters::Counted,
    limits::Place,
    refusals::is_told,
    rooms::{RoomHandle, RoomHealth},
};

pub(crate) use self::client_address::{ClientAddress, TrustedProxies};
pub(crate) use self::metrics::router as metrics_router;
pub use self::origin::{NoOrigin, Origin};
pub(crate) use self::redirect::router as redirect_router;

/// For a year, browsers are not to come unencrypted.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What the routes need.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) shared: Arc<Shared>,
    /// Whose pages may open the socket, beside the server's own.
    pub(crate) allowed_origins: Arc<[Origin]>,
    pub(crate) proxies: Arc<TrustedProxies>,
    /// Each connection holds a copy; when all are dropped, all are done.
    pub(crate) open: mpsc::Sender<()>,
    /// Its sender is dropped when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
}

/// What the routes depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    /// Where the page comes from, unless it is the built-in one.
    pub(crate) folder: Option<&'a Path>,
    /// Whether browsers are told never to come unencrypted.
    pub(crate) always_encrypted: bool,
    /// Whether there is a connection doctor, with its echo.
    pub(crate) diagnostics: bool,
}

/// The routes.
pub(crate) fn router(app: App, Site { folder, always_encrypted, diagnostics }: Site) -> Router {
    let router = Router::new()
        .route("/ws", get(socket))
        .route("/events", get(events::listen))
        .route("/watch", get(watch_page))
        .route("/healthz", get(health));
    let router = if diagnostics { router.merge(diagnostics::routes(folder)) } else { router };
    let router = match folder {
        Some(folder) => router.fallback_service(assets::from_folder(folder)),
        None => router.fallback(get(assets::built_in)),
    };
    let router = router.layer(map_response(headers::make_safe));
    let router = if always_encrypted {
        router.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, HSTS))
    } else {
        router
    };
    router.with_state(app)
}

/// Leads to the page, which watches at once.
async fn watch_page(request: Request) -> Redirect {
    let query = request.uri().query().map_or_else(String::new, |query| format!("&{query}"));
    Redirect::temporary(&format!("/?watch{query}"))
}

async fn socket(State(app): State<App>, client: ClientAddress, request: Request) -> Response {
    if let Some(refusal) = refuse_origin(&app, &client, &request) {
        return refusal;
    }
    let shared = Arc::clone(&app.shared);
    upgrade_to(&app, &client, request, async move |upgraded, place| {
        connection::serve(upgraded, client, shared, place).await;
    })
}

/// The answer to pages of other origins; `None` to everybody else.
fn refuse_origin(app: &App, client: &ClientAddress, request: &Request) -> Option<Response> {
    let refusal = origin::check(&app.allowed_origins, client, request.headers()).err()?;
    let so_far = app.shared.counters.origins_refused.count();
    if is_told(so_far) {
        warn!(%client, so_far, "refused: {}", refusal.trim_end());
    }
    Some((StatusCode::FORBIDDEN, refusal).into_response())
}

/// Upgrades a request that may have a socket, and has it served.
fn upgrade_to<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    client: &ClientAddress,
    mut request: Request,
    serve: impl FnOnce(Upgraded, Place) -> F + Send + 'static,
) -> Response {
    let headers = request.headers();
    let is_page = headers.contains_key(header::ORIGIN);
    let (response, upgrading) = match upgrade::upgrade(&mut request) {
        Ok(upgrade) if upgrade::is_upgrade_request(&request) => upgrade,
        Ok(_) => return not_a_socket(&request, "the request asks for no upgrade"),
        Err(error) => return not_a_socket(&request, &error.to_string()),
    };
    let (shared, open) = (Arc::clone(&app.shared), app.open.clone());
    match shared.limits.open(client) {
        Ok(place) => tokio::spawn(async move {
            if let Ok(socket) = upgrading.await {
                serve(socket.into_inner().into_inner(), place).await;
            }
            drop(open);
        }),
        // A page cannot read why its socket was refused; it can read why one was closed.
        Err(refused) => match shared.limits.turn_away(client).filter(|_| is_page) {
            Some(place) => tokio::spawn(async move {
                if let Ok(socket) = upgrading.await {
                    let code = turned_away::close_code(refused);
                    connection::turn_away(socket.into_inner().into_inner(), code, shared, place).await;
                }
                drop(open);
            }),
            None => return turned_away::response(refused),
        },
    };
    response.map(Body::new)
}

fn not_a_socket(request: &Request, problem: &str) -> Response {
    let path = request.uri().path();
    let text = format!("{path} is a WebSocket, and this is no WebSocket handshake: {problem}.\n");
    (StatusCode::BAD_REQUEST, text).into_response()
}

/// What `/healthz` answers.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    rooms: Vec<RoomHealth>,
    /// Connections without a game socket, this one included, and game sockets.
    connections: u32,
    sockets: u32,
    /// Tasks of the I/O runtime.
    tasks: usize,
    counters: Counted,
}

/// 503 when a room has ended, which in a server that runs is a bug.
async fn health(State(app): State<App>) -> impl IntoResponse {
    let failed = app.shared.rooms.iter().any(|room| room.inbox.is_closed());
    let code = if failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let (connections, sockets) = app.shared.limits.connections();
    let health = Health {
        status: if failed { "a room has ended" } else { "ok" },
        version: env!("CARGO_PKG_VERSION"),
        rooms: app.shared.rooms.iter().map(RoomHandle::health).collect(),
        connections,
        sockets,
        tasks: Handle::current().metrics().num_alive_tasks(),
        counters: app.shared.counters.read(),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(health))
}
