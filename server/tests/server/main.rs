//! The real server, on a free port, with real and with hostile clients.

mod bad_input;
mod browser;
mod browser_chat;
mod browser_identity;
mod cable;
mod chat;
mod common;
mod driver;
mod http;
mod identity;
mod lag;
#[path = "../../../shared/sync/tests/common/line.rs"]
mod line;
mod moderation;
mod origin;
mod pace;
mod process;
mod recording;
mod returning;
mod slow_link;
mod throttle;
mod tls;
mod watching;
mod whole;
