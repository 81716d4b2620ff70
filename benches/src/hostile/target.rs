//! Whom one may attack: oneself.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hyper::Uri;
use tokio::{net::lookup_host, time::timeout};

use super::line::get;

/// So long a stranger has to say that it may be attacked.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Finds the server of an address, if it may be attacked: it is on this machine, or was started for it.
pub(super) async fn find(url: &str) -> Result<SocketAddr, String> {
    let wrong = || format!("{url} is no address of a game socket; it looks like ws://127.0.0.1:8080/ws");
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("ws")).ok_or_else(wrong)?;
    let port = uri.port_u16().unwrap_or(80);
    let found = lookup_host((host.trim_matches(['[', ']']), port)).await.map_err(|error| format!("{url}: {error}"))?;
    // Attackers come from IPv4 addresses.
    let server = found.into_iter().find(SocketAddr::is_ipv4).ok_or_else(|| format!("{url} has no IPv4 address"))?;
    if is_own(server.ip()) || has_diagnostics(server).await {
        return Ok(server);
    }
    Err(format!(
        "{server} is no loopback address, and its server was not started with --diagnostics: --hostile attacks only what its operator has opened for it"
    ))
}

fn is_own(address: IpAddr) -> bool {
    address.is_loopback()
}

/// Whether the server's operator has opened it to those who look for trouble.
async fn has_diagnostics(server: SocketAddr) -> bool {
    timeout(ANSWER_TIMEOUT, get(server, "/diagnostics"))
        .await
        .is_ok_and(|got| got.is_ok_and(|(status, _)| status == 200))
}
