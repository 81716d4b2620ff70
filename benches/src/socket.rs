//! A bot's WebSocket, with every byte counted that is read.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use fastwebsockets::{Role, WebSocketRead, WebSocketWrite, after_handshake_split, handshake};
use http_body_util::Empty;
use hyper::{Request, Uri, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use thiserror::Error;
use tickwire_sync::protocol::limits::SERVER_MESSAGE_MAX;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream, rustls::pki_types::ServerName};

use crate::tls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a bot could not connect.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address makes no sense.
    #[error("{0} is no address of a game socket; it looks like ws://host:8080/ws or wss://host/ws")]
    Url(String),
    /// Nobody answers.
    #[error(
        "cannot connect to {0}: {1}; is a server running there, as `cargo run --release` starts one on this machine? --url says where another is"
    )]
    Tcp(String, io::Error),
    /// The server's certificate is not trusted, or there is no TLS.
    #[error("no TLS with {0}: {1}; --insecure takes any certificate")]
    Tls(String, io::Error),
    /// The answer is no WebSocket.
    #[error("there is no WebSocket: {0}; a game socket is at /ws, and behind wss:// where the server has TLS")]
    Handshake(#[from] fastwebsockets::WebSocketError),
    /// No answer in time.
    #[error("no answer from {0} within {seconds} s; does --url name a server?", seconds = CONNECT_TIMEOUT.as_secs())]
    Timeout(String),
    /// The server lets nobody in.
    #[error("nobody is let in: {0}")]
    TurnedAway(String),
    /// There is no room of that name.
    #[error("--room {0}: {1}")]
    NoSuchRoom(String, String),
}

type ReadEnd = Box<dyn AsyncRead + Send + Unpin>;
type WriteEnd = Box<dyn AsyncWrite + Send + Unpin>;
pub(crate) type Reader = WebSocketRead<tokio::io::Chain<io::Cursor<Bytes>, Counting<ReadEnd>>>;
pub(crate) type Writer = WebSocketWrite<WriteEnd>;

/// Connects to one address again and again.
pub(crate) struct Dialer {
    uri: Uri,
    host: String,
    address: String,
    /// `None` for plain connections.
    tls: Option<TlsConnector>,
}

impl Dialer {
    /// For an address of `ws://` or `wss://`; if `insecure`, the server's certificate may be any.
    pub(crate) fn new(url: &str, insecure: bool) -> Result<Self, ConnectError> {
        let wrong = || ConnectError::Url(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.to_owned();
        let (encrypted, usual_port) = match uri.scheme_str() {
            Some("ws") => (false, 80),
            Some("wss") => (true, 443),
            _ => return Err(wrong()),
        };
        let address = format!("{host}:{}", uri.port_u16().unwrap_or(usual_port));
        let no_tls = |error| ConnectError::Tls(address.clone(), error);
        let tls = if encrypted { Some(tls::connector(insecure).map_err(no_tls)?) } else { None };
        Ok(Self { uri, host, address, tls })
    }

    /// Connects; bytes that are read are added to `read`, before encryption.
    pub(crate) async fn connect(&self, read: Arc<AtomicU64>) -> Result<(Reader, Writer), ConnectError> {
        timeout(CONNECT_TIMEOUT, self.connect_without_end(read))
            .await
            .map_err(|_| ConnectError::Timeout(self.address.clone()))?
    }

    async fn connect_without_end(&self, read: Arc<AtomicU64>) -> Result<(Reader, Writer), ConnectError> {
        let tcp = |error| ConnectError::Tcp(self.address.clone(), error);
        let stream = TcpStream::connect(&self.address).await.map_err(tcp)?;
        stream.set_nodelay(true).map_err(tcp)?;
        let Some(tls) = &self.tls else {
            let upgraded = self.shake_hands(Counting { inner: stream, read }).await?;
            return Ok(halves(upgraded, TcpStream::into_split));
        };
        let name = self.host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| ConnectError::Url(self.uri.to_string()))?;
        let no_tls = |error| ConnectError::Tls(self.address.clone(), error);
        let stream = tls.connect(name, stream).await.map_err(no_tls)?;
        let upgraded = self.shake_hands(Counting { inner: stream, read }).await?;
        Ok(halves(upgraded, tokio::io::split::<TlsStream<TcpStream>>))
    }

    /// Upgrades an HTTP connection on `stream`.
    async fn shake_hands<S>(&self, stream: Counting<S>) -> Result<(Counting<S>, Bytes), ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let request = Request::get(self.uri.path())
            .header(header::HOST, &self.address)
            .header(header::UPGRADE, "websocket")
            .header(header::CONNECTION, "upgrade")
            .header("Sec-WebSocket-Key", handshake::generate_key())
            .header("Sec-WebSocket-Version", "13")
            .body(Empty::<Bytes>::new())
            .map_err(|_| ConnectError::Url(self.uri.to_string()))?;
        let (socket, _) = handshake::client(&TokioExecutor::new(), request, stream).await?;
        let upgraded = socket.into_inner().into_inner();
        let parts = upgraded.downcast::<TokioIo<Counting<S>>>().expect("the stream is the one we passed in");
        Ok((parts.io.into_inner(), parts.read_buf))
    }
}

/// The two halves of a WebSocket; `first` was read already.
fn halves<S, R, W>((stream, first): (Counting<S>, Bytes), split: impl FnOnce(S) -> (R, W)) -> (Reader, Writer)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let Counting { inner, read } = stream;
    let (read_half, write_half) = split(inner);
    let inner: ReadEnd = Box::new(read_half);
    let chained = AsyncReadExt::chain(io::Cursor::new(first), Counting { inner, read });
    let write_half: WriteEnd = Box::new(write_half);
    let (mut reader, writer) = after_handshake_split(chained, write_half, Role::Client);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    reader.set_max_message_size(SERVER_MESSAGE_MAX + 1);
    (reader, writer)
}

/// Counts what is read through it.
#[derive(Debug)]
pub(crate) struct Counting<S> {
    inner: S,
    read: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counting<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.read.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counting<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
