//! The flags that say where measurements are to be had.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

use crate::config::{SHOWING, address, port};

/// Where measurements are to be had.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = SHOWING)]
pub struct MetricsFlags {
    /// Port of its own for /metrics, in Prometheus' text format; 0 takes a free one [default: none]
    #[arg(long, env = "TICKWIRE_METRICS_PORT", value_name = "PORT", value_parser = port())]
    pub metrics_port: Option<u16>,

    /// Address for that port: this machine alone, unless another one is given
    #[arg(long, env = "TICKWIRE_METRICS_HOST", default_value = "127.0.0.1", value_name = "ADDRESS", value_parser = address)]
    pub metrics_host: IpAddr,
}

impl Default for MetricsFlags {
    fn default() -> Self {
        Self { metrics_port: None, metrics_host: Ipv4Addr::LOCALHOST.into() }
    }
}
