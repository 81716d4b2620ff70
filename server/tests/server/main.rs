//! The real server, on a free port, with real and with hostile clients.

mod bad_input;
mod browser;
mod common;
mod driver;
mod http;
mod lag;
mod origin;
mod pace;
mod process;
mod recording;
mod slow_link;
mod throttle;
mod tls;
mod watching;
mod whole;
