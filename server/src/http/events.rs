//! The way to a room's ticker. Pages of any origin may listen: it tells what anybody may hear, and nobody is known by it.

use axum::{
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{App, ClientAddress, turned_away, upgrade_to};
use crate::{events, rooms};

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    /// A room by its name; without, the first.
    #[serde(default)]
    room: String,
}

pub(super) async fn listen(
    State(app): State<App>,
    client: ClientAddress,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let Some(room) = rooms::find(&app.shared.rooms, &which.room).cloned() else {
        return (StatusCode::NOT_FOUND, "There is no room of that name.\n").into_response();
    };
    let place = match app.shared.limits.listen(&client) {
        Ok(place) => place,
        Err(refused) => return turned_away::response(refused),
    };
    let (shared, stopping) = (std::sync::Arc::clone(&app.shared), app.stopping.clone());
    upgrade_to(&app, &client, request, async move |upgraded, socket| {
        events::serve(upgraded, client, (shared, room), [socket, place], stopping).await;
    })
}
