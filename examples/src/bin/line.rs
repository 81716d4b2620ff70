//! Serves the line, the smallest game: `cargo run --release -p tickwire-examples --bin line`.

use tickwire::{Cli, Config, Server, Source};
use tickwire_line::Line;

#[tokio::main]
async fn main() {
    let Cli { config, .. } = Cli::read(&[]);
    let config = Config { assets: Some(tickwire_examples::LINE.into()), ..config };
    let source = Source { tuning: String::new(), map: String::new(), map_name: "the line".into() };
    match Server::start::<Line>(&config, source).await {
        Ok(server) => {
            println!("the line is at http://{}", server.address());
            if tokio::signal::ctrl_c().await.is_ok() {
                server.stop().await;
            }
        }
        Err(error) => eprintln!("{error}"),
    }
}
