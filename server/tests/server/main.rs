//! The real server, on a free port, with real and with hostile clients.

mod autobahn;
mod bad_input;
mod browser;
mod browser_chat;
mod browser_identity;
mod browser_limits;
mod cable;
mod chat;
mod common;
mod diagnostics;
mod driver;
mod echo;
mod events;
mod http;
mod identity;
mod lag;
mod left_behind;
mod limits;
#[path = "../../../shared/sync/tests/common/line.rs"]
mod line;
mod metrics;
mod moderation;
mod origin;
mod pace;
mod process;
mod recording;
mod returning;
mod secrecy;
mod slow_link;
mod throttle;
mod tls;
mod watching;
mod whole;
