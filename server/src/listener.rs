//! A port: connections are accepted, encrypted where TLS is on, and served by the routes.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::{counters::Counters, http::ClientAddress, stream::Stream};

/// What the kernel takes of a connection beyond what is on its way; without it, megabytes of old snapshots.
const UNSENT_BYTES_MAX: u32 = 16 << 10;
/// A peer that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take; on a bad link, its two round trips take a second or two.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request's head may take, the wait for the next request included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How large a request's head may be, in bytes; browsers' have some hundreds.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// When nothing can be accepted (no file descriptors are left), the next try comes after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What everybody who comes to a port meets.
#[derive(Clone)]
pub(crate) struct Door {
    /// `None` where connections are plain.
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) routes: Router,
    pub(crate) counters: Arc<Counters>,
}

/// Serves a port until the sender of `stopping` is dropped, and what was begun until it is done.
pub(crate) async fn serve(listener: TcpListener, door: Door, mut stopping: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(door.clone().serve(stream, peer, stopping.clone()));
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    warn!("no connection can be accepted: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Whether the peer was gone before it was accepted.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl Door {
    /// Serves a connection until it ends or is upgraded.
    async fn serve(self, stream: TcpStream, peer: SocketAddr, mut stopping: watch::Receiver<()>) {
        set_options(&stream);
        let stream = tokio::select! {
            stream = self.encrypt(stream, peer) => stream,
            _ = stopping.changed() => return,
        };
        let Some(stream) = stream else { return };
        let client = ClientAddress::direct(peer, matches!(stream, Stream::Encrypted(_)));
        let routes = TowerToHyperService::new(self.routes);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(client));
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_header_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        // How an HTTP connection ends is its client's business.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    /// Shakes hands where TLS is on; `None` where that fails.
    async fn encrypt(&self, stream: TcpStream, peer: SocketAddr) -> Option<Stream> {
        let Some(tls) = &self.tls else { return Some(Stream::Plain(stream)) };
        let problem = match timeout(TLS_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => return Some(Stream::Encrypted(Box::new(stream))),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took longer than {} s", TLS_TIMEOUT.as_secs()),
        };
        self.counters.tls_handshakes_failed.add(1);
        debug!(%peer, "the TLS handshake failed: {problem}");
        None
    }
}

fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    // A snapshot is worth its own packet, at once; and what the kernel holds of it is not fresh any more.
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX))
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIMEOUT)));
    if let Err(error) = set {
        warn!("a socket's options cannot be set: {error}");
    }
}
