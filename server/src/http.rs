//! One port: the page, `/healthz`, and the upgrade to the game's socket at `/ws`.

mod assets;
mod client_address;
mod headers;
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
    response::{IntoResponse, Response},
    routing::get,
};
use fastwebsockets::upgrade;
use serde::Serialize;
use tokio::{runtime::Handle, sync::mpsc};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    connection::{self, Shared},
    counters::Counted,
    rooms::{RoomHandle, RoomHealth},
};

pub(crate) use self::client_address::{ClientAddress, TrustedProxies};
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
}

/// The routes; the page comes from `folder` if there is one. If `always_encrypted`, browsers are told so.
pub(crate) fn router(app: App, folder: Option<&Path>, always_encrypted: bool) -> Router {
    let router = Router::new().route("/ws", get(socket)).route("/healthz", get(health));
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

async fn socket(
    State(App { shared, allowed_origins, open, .. }): State<App>,
    client: ClientAddress,
    mut request: Request,
) -> Response {
    let headers = request.headers();
    let is_page = headers.contains_key(header::ORIGIN);
    if let Err(refusal) = origin::check(&allowed_origins, &client, headers) {
        shared.counters.origins_refused.add(1);
        return (StatusCode::FORBIDDEN, refusal).into_response();
    }
    let (response, upgrading) = match upgrade::upgrade(&mut request) {
        Ok(upgrade) if upgrade::is_upgrade_request(&request) => upgrade,
        Ok(_) => return not_a_socket("the request asks for no upgrade"),
        Err(error) => return not_a_socket(&error.to_string()),
    };
    match shared.limits.open(&client) {
        Ok(place) => tokio::spawn(async move {
            if let Ok(socket) = upgrading.await {
                connection::serve(socket.into_inner().into_inner(), client, shared, place).await;
            }
            drop(open);
        }),
        // A page cannot read why its socket was refused; it can read why one was closed.
        Err(refused) => match shared.limits.turn_away(&client).filter(|_| is_page) {
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

fn not_a_socket(problem: &str) -> Response {
    let text = format!("/ws is the game's WebSocket, and this is no WebSocket handshake: {problem}.\n");
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
