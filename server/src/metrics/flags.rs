//! The flags that say where measurements are to be had.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

/// Where measurements are to be had.
#[derive(Args, Clone, Debug)]
pub struct MetricsFlags {
    /// Port of its own for /metrics, in Prometheus' text format; 0 takes a free one [default: none]
    #[arg(long, env = "TICKWIRE_METRICS_PORT", value_name = "PORT")]
    pub metrics_port: Option<u16>,

    /// Address for that port: this machine alone, unless another one is given
    #[arg(long, env = "TICKWIRE_METRICS_HOST", default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub metrics_host: IpAddr,
}

impl Default for MetricsFlags {
    fn default() -> Self {
        Self { metrics_port: None, metrics_host: Ipv4Addr::LOCALHOST.into() }
    }
}
