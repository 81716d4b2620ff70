//! The flags that say how the server meets the internet.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use crate::http::Origin;

/// How the server meets the internet.
#[derive(Args, Clone, Debug, Default)]
pub struct NetworkFlags {
    /// Origins whose pages may open the game's socket, beside the server's own, as in `https://games.example` [default: none]
    #[arg(long, env = "TICKWIRE_ALLOWED_ORIGINS", value_name = "ORIGIN,...", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,

    /// Proxies whose X-Forwarded-For and X-Forwarded-Proto count, by address or network, as in 10.0.0.0/8 [default: none]
    #[arg(long, env = "TICKWIRE_TRUSTED_PROXIES", value_name = "CIDR,...", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into()));
    network.map_err(|_| "expected an address or a network, as in 127.0.0.1 or 10.0.0.0/8".to_owned())
}
