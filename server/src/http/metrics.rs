//! The port for measurements: `/metrics`, and nothing else.

use axum::{
    Router,
    http::header,
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};

use super::headers;
use crate::metrics::Exporter;

/// Where all is to be had that an exporter writes.
pub(crate) fn router(exporter: Exporter) -> Router {
    let metrics = get(async move || answer(&exporter));
    Router::new().route("/metrics", metrics).layer(map_response(headers::make_safe))
}

fn answer(exporter: &Exporter) -> Response {
    let headers = [(header::CONTENT_TYPE, Exporter::CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, exporter.text()).into_response()
}
