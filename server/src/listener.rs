//! A port: connections are accepted, encrypted where TLS is on, and served by the routes.

use std::{
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

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

use crate::{
    counters::Counters,
    http::ClientAddress,
    limits::{Limits, Place},
    refusals::Refused,
    stream::Stream,
};

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
/// A connection that has not become a game socket by then begins nothing more.
const REQUESTS_TIMEOUT: Duration = Duration::from_mins(1);
/// What was begun by then has so long to end: the page, on a slow link.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// What the kernel takes in of a connection before this program does, in bytes; it takes twice as much memory.
const RECEIVED_BYTES_MAX: usize = 64 << 10;
/// When nothing can be accepted (no file descriptors are left), the next try comes after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What everybody who comes to a port meets.
#[derive(Clone)]
pub(crate) struct Door {
    /// `None` where connections are plain.
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) routes: Router,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limits: Arc<Limits>,
}

/// Serves a port until the sender of `stopping` is dropped, and what was begun until it is done.
pub(crate) async fn serve(listener: TcpListener, door: Door, mut stopping: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    // Its connections have it from their first packet on.
    if let Err(error) = SockRef::from(&listener).set_recv_buffer_size(RECEIVED_BYTES_MAX) {
        warn!("a port's options cannot be set: {error}");
    }
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                // Whoever is one too many is cut off at once: nothing is read, encrypted or answered.
                Ok((stream, peer)) => if let Ok(place) = door.limits.connect(peer.ip()) {
                    connections.spawn(door.clone().serve((stream, peer), place, stopping.clone()));
                },
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
    /// Serves a connection until it ends or is upgraded, and keeps its place until then.
    async fn serve(self, (stream, peer): (TcpStream, SocketAddr), _place: Place, mut stopping: watch::Receiver<()>) {
        set_options(&stream);
        let stream = tokio::select! {
            stream = self.encrypt(stream, peer) => stream,
            _ = stopping.changed() => return,
        };
        let Some(stream) = stream else { return };
        let client = ClientAddress::direct(peer, matches!(stream, Stream::Encrypted(_)));
        let routes = TowerToHyperService::new(self.routes);
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let service = service_fn(move |mut request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(client));
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_header_size(HEAD_BYTES_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let counters = self.counters;
        tokio::select! {
            ended = connection.as_mut() => {
                let refused = ended.err().and_then(|error| refused_by(&error, asked.load(Ordering::Relaxed)));
                if let Some(refused) = refused {
                    counters.refused.count(refused);
                }
                return;
            }
            () = sleep(REQUESTS_TIMEOUT) => {}
            _ = stopping.changed() => {}
        }
        connection.as_mut().graceful_shutdown();
        if timeout(LAST_REQUEST_TIMEOUT, connection).await.is_err() {
            counters.refused.count(Refused::RequestTime);
        }
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

/// What an HTTP connection was ended for, if the server ended it. Otherwise that is its client's business, and so is silence after a request.
fn refused_by(error: &hyper::Error, asked: bool) -> Option<Refused> {
    if error.is_parse_too_large() {
        return Some(Refused::HeadBytes);
    }
    (error.is_timeout() && !asked).then_some(Refused::HeadTime)
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

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::{LimitFlags, http::TrustedProxies, refusals::Label};

    #[tokio::test(start_paused = true)]
    async fn who_takes_an_answer_in_for_ever_is_cut_off_and_its_place_is_free() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let counters = Arc::new(Counters::default());
        let limits =
            Limits::new(LimitFlags::default(), Arc::new(TrustedProxies::new(Vec::new())), Arc::clone(&counters));
        // More than all kernel buffers on the way take.
        let routes = Router::new().route("/", get(async || vec![0_u8; 64 << 20]));
        let door = Door { tls: None, routes, counters: Arc::clone(&counters), limits: Arc::clone(&limits) };
        let (_stop, stopping) = watch::channel(());
        tokio::spawn(serve(listener, door, stopping));
        let mut client = TcpStream::connect(address).await.expect("it listens");
        client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it reads");
        let mut waited = Duration::ZERO;
        while !counters.refused.read().iter().any(|count| count == (Refused::RequestTime.name(), 1)) {
            assert!(waited < 2 * (REQUESTS_TIMEOUT + LAST_REQUEST_TIMEOUT), "it is still served");
            sleep(Duration::from_secs(1)).await;
            waited += Duration::from_secs(1);
        }
        let longest = waited + Duration::from_secs(1);
        assert!(longest >= REQUESTS_TIMEOUT + LAST_REQUEST_TIMEOUT, "{waited:?}");
        assert_eq!(limits.connections(), (0, 0));
    }
}
