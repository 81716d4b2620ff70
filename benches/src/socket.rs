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
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a bot could not connect.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address makes no sense.
    #[error("{0} is no address of a game socket; it looks like ws://host:8080/ws")]
    Url(String),
    /// Nobody answers.
    #[error("cannot connect to {0}: {1}")]
    Tcp(String, io::Error),
    /// The answer is no WebSocket.
    #[error("the WebSocket handshake failed: {0}")]
    Handshake(#[from] fastwebsockets::WebSocketError),
    /// No answer in time.
    #[error("no answer within {} s", CONNECT_TIMEOUT.as_secs())]
    Timeout,
}

pub(crate) type Reader = WebSocketRead<tokio::io::Chain<io::Cursor<Bytes>, Counting<OwnedReadHalf>>>;
pub(crate) type Writer = WebSocketWrite<OwnedWriteHalf>;

/// Connects to `url`; bytes that are read are added to `read`.
pub(crate) async fn connect(url: &str, read: Arc<AtomicU64>) -> Result<(Reader, Writer), ConnectError> {
    timeout(CONNECT_TIMEOUT, connect_without_end(url, read)).await.map_err(|_| ConnectError::Timeout)?
}

async fn connect_without_end(url: &str, read: Arc<AtomicU64>) -> Result<(Reader, Writer), ConnectError> {
    let wrong = || ConnectError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("ws")).ok_or_else(wrong)?;
    let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
    let tcp = |error| ConnectError::Tcp(address.clone(), error);
    let stream = TcpStream::connect(&address).await.map_err(tcp)?;
    stream.set_nodelay(true).map_err(tcp)?;
    let request = Request::get(uri.path())
        .header(header::HOST, &address)
        .header(header::UPGRADE, "websocket")
        .header(header::CONNECTION, "upgrade")
        .header("Sec-WebSocket-Key", handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())
        .map_err(|_| wrong())?;
    let (socket, _) = handshake::client(&TokioExecutor::new(), request, Counting { inner: stream, read }).await?;
    let upgraded = socket.into_inner().into_inner();
    let parts = upgraded.downcast::<TokioIo<Counting<TcpStream>>>().expect("the stream is the one we passed in");
    let Counting { inner, read } = parts.io.into_inner();
    let (read_half, write_half) = inner.into_split();
    let chained = AsyncReadExt::chain(io::Cursor::new(parts.read_buf), Counting { inner: read_half, read });
    let (mut reader, writer) = after_handshake_split(chained, write_half, Role::Client);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    reader.set_max_message_size(SERVER_MESSAGE_MAX + 1);
    Ok((reader, writer))
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
