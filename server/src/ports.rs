//! Where a server listens.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

use crate::{Config, StartError};

/// The ports of a server, each with its address: 0 has become a free one.
#[derive(Debug)]
pub(crate) struct Ports {
    /// The page, the game and the health report.
    pub(crate) main: Port,
    /// What leads browsers to the encrypted port.
    pub(crate) redirect: Option<Port>,
    /// What Prometheus reads.
    pub(crate) metrics: Option<Port>,
}

/// A listener and where it listens.
pub(crate) type Port = (TcpListener, SocketAddr);

impl Ports {
    /// Opens all that the operator wants.
    pub(crate) async fn open(config: &Config, encrypted: bool) -> Result<Self, StartError> {
        let flags = [
            (Some(config.port), "--port"),
            (config.network.http_redirect_port, "--http-redirect-port"),
            (config.metrics.metrics_port, "--metrics-port"),
        ];
        for (at, (port, flag)) in flags.iter().enumerate() {
            let same = flags[..at].iter().find(|(other, _)| port.is_some() && *port != Some(0) && other == port);
            if let (Some((_, other)), Some(port)) = (same, port) {
                return Err(StartError::SamePort { port: *port, flags: [other, flag] });
            }
        }
        let main =
            listen(SocketAddr::new(config.host, config.port), |address, error| StartError::Listen { address, error });
        let redirect = match config.network.http_redirect_port {
            Some(_) if !encrypted => return Err(StartError::NowhereToLead),
            Some(port) => {
                let wanted = SocketAddr::new(config.host, port);
                Some(listen(wanted, |address, error| StartError::Redirect { address, error }).await?)
            }
            None => None,
        };
        let metrics = match config.metrics.metrics_port {
            Some(port) => {
                let wanted = SocketAddr::new(config.metrics.metrics_host, port);
                Some(listen(wanted, |address, error| StartError::Metrics { address, error }).await?)
            }
            None => None,
        };
        Ok(Self { main: main.await?, redirect, metrics })
    }

    /// All addresses.
    pub(crate) fn addresses(&self) -> Addresses {
        let address = |port: &Option<Port>| port.as_ref().map(|(_, address)| *address);
        Addresses { main: self.main.1, redirect: address(&self.redirect), metrics: address(&self.metrics) }
    }
}

/// The addresses of [`Ports`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) main: SocketAddr,
    pub(crate) redirect: Option<SocketAddr>,
    pub(crate) metrics: Option<SocketAddr>,
}

async fn listen(wanted: SocketAddr, problem: impl Fn(SocketAddr, io::Error) -> StartError) -> Result<Port, StartError> {
    let problem = |error| problem(wanted, error);
    let listener = TcpListener::bind(wanted).await.map_err(problem)?;
    let address = listener.local_addr().map_err(problem)?;
    Ok((listener, address))
}
