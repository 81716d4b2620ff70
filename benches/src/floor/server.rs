//! A bare server: a thread that ticks, and a reader and a writer a connection, as `server/src/connection.rs` has them.

use std::{
    io,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocketError, after_handshake_split, upgrade};
use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};

/// What the kernel takes of a connection beyond what is on its way, as Tickwire sets it.
const UNSENT_BYTES_MAX: u32 = 16 << 10;
/// Messages that wait for a socket; while one does, its client is left out.
const OUTBOX_MAX: usize = 1;

/// What everybody is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// Bytes of a message, without WebSocket header.
    pub size: usize,
    /// Messages a second.
    pub rate: f64,
}

/// The ways to the writers of all connections.
type Outboxes = Arc<Mutex<Vec<mpsc::Sender<Bytes>>>>;

/// Serves until the process ends, or the listener fails.
///
/// # Errors
/// No more connections can be accepted.
pub async fn serve(listener: TcpListener, offer: Offer) -> io::Result<()> {
    let outboxes = Outboxes::default();
    let ticking = Arc::clone(&outboxes);
    thread::Builder::new().name("ticks".into()).spawn(move || tick(&ticking, offer))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        let outboxes = Arc::clone(&outboxes);
        let service = service_fn(move |request| {
            let outboxes = Arc::clone(&outboxes);
            async move { shake_hands(request, &outboxes) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}

/// Hands everybody the same bytes at every deadline, until the process ends.
fn tick(outboxes: &Outboxes, offer: Offer) {
    let message = Bytes::from(vec![0; offer.size]);
    let (start, period) = (Instant::now(), Duration::from_secs_f64(1.0 / offer.rate));
    for tick in 1.. {
        thread::sleep((start + period * tick).saturating_duration_since(Instant::now()));
        let mut outboxes = outboxes.lock().expect("no holder panics");
        outboxes.retain(|outbox| !outbox.is_closed());
        for outbox in &*outboxes {
            // A client whose outbox is full is left out.
            let _ = outbox.try_send(message.clone());
        }
    }
}

fn shake_hands(mut request: Request<Incoming>, outboxes: &Outboxes) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgrading) = upgrade::upgrade(&mut request)?;
    let outboxes = Arc::clone(outboxes);
    tokio::spawn(async move {
        let Ok(socket) = upgrading.await else { return };
        let Ok(parts) = socket.into_inner().into_inner().downcast::<TokioIo<TcpStream>>() else { return };
        let (read, write) = parts.io.into_inner().into_split();
        let (sender, outbox) = mpsc::channel(OUTBOX_MAX);
        outboxes.lock().expect("no holder panics").push(sender);
        tokio::spawn(write_all(write, outbox));
        read_all(read).await;
    });
    Ok(response)
}

/// Reads until the client leaves.
async fn read_all(read: OwnedReadHalf) {
    let (mut reader, _) = after_handshake_split(read, tokio::io::sink(), Role::Server);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    while let Ok(frame) = reader.read_frame(&mut |_| async { Ok::<(), WebSocketError>(()) }).await {
        if frame.opcode == OpCode::Close {
            break;
        }
    }
}

/// Writes until the client has left.
async fn write_all(write: OwnedWriteHalf, mut outbox: mpsc::Receiver<Bytes>) {
    let (_, mut writer) = after_handshake_split(tokio::io::empty(), write, Role::Server);
    while let Some(message) = outbox.recv().await {
        if writer.write_frame(Frame::binary(Payload::Borrowed(&message))).await.is_err() {
            break;
        }
    }
}
