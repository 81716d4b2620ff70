//! `floor`: a server without a game, to compare Tickwire's with.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use clap::Parser;
use tickwire_benches::floor::server::{Offer, serve};
use tickwire_flags::{decimal, whole};
use tokio::net::TcpListener;

/// A bare WebSocket server: it reads and forgets, and sends everybody the same ready-made bytes.
#[derive(Debug, Parser)]
#[command(name = "floor", version, max_term_width = 100)]
struct Cli {
    /// Port to listen on, on the loopback; 0 takes a free one
    #[arg(long, default_value_t = 8090, value_parser = whole(0..=u16::MAX, "(a port; 0 takes a free one)"))]
    port: u16,

    /// Bytes of a message, 1 to 1048576, without WebSocket header
    #[arg(long, default_value_t = 256, value_name = "BYTES", value_parser = whole(1..=1_048_576_u32, "bytes"))]
    size: u32,

    /// Messages a second, 0.1 to 1000
    #[arg(long, default_value_t = 30.0, value_name = "HZ", value_parser = decimal(0.1..=1000.0, "messages a second"))]
    rate: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { port, size, rate } = tickwire_flags::read(&tickwire_flags::command::<Cli>());
    match run(port, Offer { size: size as usize, rate }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: cannot listen on port {port}: {error}; choose another with --port");
            ExitCode::FAILURE
        }
    }
}

async fn run(port: u16, offer: Offer) -> std::io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    println!("listening on ws://{}/", listener.local_addr()?);
    serve(listener, offer).await
}
