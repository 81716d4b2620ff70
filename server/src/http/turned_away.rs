//! What somebody is told for whom there is no game socket: a program by an HTTP status, a page by a close code.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use tickwire_sync::protocol::CloseCode;

use crate::refusals::{Label, Refused};

/// The close code for a page.
pub(super) fn close_code(refused: Refused) -> CloseCode {
    match refused {
        Refused::SocketsOfAddress => CloseCode::AddressFull,
        Refused::RateOfAddress => CloseCode::TooFast,
        _ => CloseCode::ServerFull,
    }
}

/// The answer to a program, with the seconds after which it may try again.
pub(super) fn response(refused: Refused) -> Response {
    let code = close_code(refused);
    let (status, seconds) = match code {
        CloseCode::TooFast => (StatusCode::TOO_MANY_REQUESTS, "5"),
        CloseCode::AddressFull => (StatusCode::TOO_MANY_REQUESTS, "10"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "10"),
    };
    let text = format!("{} ({}).\n", code.reason(), refused.name());
    (status, [(header::RETRY_AFTER, seconds)], text).into_response()
}
