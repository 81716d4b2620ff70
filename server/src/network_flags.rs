//! The flags that say how the server meets the internet.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;
use ipnet::IpNet;
use tickwire_flags::yes_or_no;

use crate::{config::port, http::Origin};

/// How the server meets the internet.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "How it meets the internet")]
pub struct NetworkFlags {
    /// Origins whose pages may open the game's socket, beside the server's own, as in `https://games.example` [default: none]
    #[arg(long, env = "TICKWIRE_ALLOWED_ORIGINS", value_name = "ORIGIN,...", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,

    /// Proxies whose X-Forwarded-For and X-Forwarded-Proto count, by address or network, as in 10.0.0.0/8 [default: none]
    #[arg(long, env = "TICKWIRE_TRUSTED_PROXIES", value_name = "CIDR,...", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Encrypt everything, with the certificate chain in this PEM file; SIGHUP has it and its key read again
    #[arg(long, env = "TICKWIRE_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file
    #[arg(long, env = "TICKWIRE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// For developers: encrypt everything with a certificate that this server makes for itself at each start
    #[arg(long, env = "TICKWIRE_TLS_SELF_SIGNED", value_parser = yes_or_no, conflicts_with_all = ["tls_cert", "tls_key"])]
    pub tls_self_signed: bool,

    /// With TLS, a second port, unencrypted, that leads browsers to the encrypted one; 0 takes a free one [default: none]
    #[arg(long, env = "TICKWIRE_HTTP_REDIRECT_PORT", value_name = "PORT", value_parser = port())]
    pub http_redirect_port: Option<u16>,
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into()));
    let network: IpNet =
        network.map_err(|_| "expected an address or a network, as in 127.0.0.1 or 10.0.0.0/8".to_owned())?;
    if network.prefix_len() == 0 {
        return Err("everybody would be trusted to say where they are; name the proxies' own network".to_owned());
    }
    Ok(network)
}
