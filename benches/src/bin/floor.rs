//! `floor`: a server without a game, to compare Tickwire's with.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use clap::Parser;
use tickwire_benches::floor::server::{Offer, serve};
use tokio::net::TcpListener;

/// A bare WebSocket server: it reads and forgets, and sends everybody the same ready-made bytes.
#[derive(Debug, Parser)]
#[command(name = "floor", version, max_term_width = 100)]
struct Cli {
    /// Port to listen on, on the loopback; 0 takes a free one
    #[arg(long, default_value_t = 8090)]
    port: u16,

    /// Bytes of a message, without WebSocket header
    #[arg(long, default_value_t = 256, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    size: u32,

    /// Messages a second
    #[arg(long, default_value_t = 30.0, value_name = "HZ", value_parser = rate)]
    rate: f64,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.1..=1000.0).contains(rate));
    rate.ok_or_else(|| "a rate is a number from 0.1 to 1000".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { port, size, rate } = Cli::parse();
    match run(port, Offer { size: size as usize, rate }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(port: u16, offer: Offer) -> std::io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    println!("listening on ws://{}/", listener.local_addr()?);
    serve(listener, offer).await
}
