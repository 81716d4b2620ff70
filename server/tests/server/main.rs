//! The real server, on a free port, with real and with hostile clients.

mod autobahn;
mod bad_input;
mod browser;
mod browser_identity;
mod cable;
mod common;
mod diagnostics;
mod driver;
mod echo;
mod http;
mod identity;
mod lag;
mod metrics;
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
