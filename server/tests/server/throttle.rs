//! A link that is slow: a TCP proxy that carries so many bytes a second each way, later than they came, and can stop reading.
//! It holds as little as it can, so that what is in flight is where it would be on a real link: with the sender.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// What the proxy asks for as the buffers of its sockets, in bytes; Linux doubles it, and keeps half for itself. A welcome fits: a window smaller
/// than what waits in one piece is a closed one to Linux, which gives up such a connection after some seconds.
const SOCKET_BUFFER: u32 = 16 << 10;
/// The largest segment, as on a real link: loopback's own are 64 KiB, more than the buffers.
const SEGMENT: u32 = 1_448;
/// A link without a limit has so many bytes under way at most.
const UNDER_WAY_MAX: usize = 64 << 10;

/// What a link can do, each way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// How much it carries, the content of TCP alone; `None` for no limit.
    pub bytes_per_second: Option<u32>,
    /// How long each byte is under way.
    pub delay: Duration,
}

impl Link {
    /// How many bytes are under way when the link is full: those that left the sender and are not delivered.
    fn under_way(self) -> usize {
        let full = |rate: u32| (f64::from(rate) * self.delay.as_secs_f64()) as usize + 2 * self.packet();
        self.bytes_per_second.map_or(UNDER_WAY_MAX, full)
    }

    /// What goes in one piece: a segment, or what a slow link carries in a fiftieth of a second.
    fn packet(self) -> usize {
        let slow = self.bytes_per_second.map_or(SEGMENT, |rate| rate / 50);
        slow.clamp(1, SEGMENT) as usize
    }

    fn takes(self, bytes: usize) -> Duration {
        let seconds = self.bytes_per_second.map_or(0.0, |rate| bytes as f64 / f64::from(rate));
        Duration::from_secs_f64(seconds)
    }
}

/// A proxy in front of a server; every connection through it has a link of its own. It ends with this.
pub struct Throttle {
    address: SocketAddr,
    reading: watch::Sender<bool>,
    carried: Arc<AtomicU64>,
    _connections: JoinSet<()>,
}

impl Throttle {
    /// Listens on a free port, and leads to `server` over links of this kind.
    pub fn start(server: SocketAddr, link: Link) -> Self {
        let listener = socket();
        listener.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let listener = listener.listen(1024).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (reading, is_reading) = watch::channel(true);
        let carried = Arc::new(AtomicU64::new(0));
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, server, link, is_reading, Arc::clone(&carried)));
        Self { address, reading, carried, _connections: connections }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes nothing more from the server, on all connections; what clients send is still carried.
    pub fn stop_reading(&self) {
        self.reading.send_replace(false);
    }

    /// Goes on after [`stop_reading`](Self::stop_reading).
    pub fn read_again(&self) {
        self.reading.send_replace(true);
    }

    /// How many bytes were carried from the server to clients.
    pub fn bytes_carried(&self) -> u64 {
        self.carried.load(Ordering::Relaxed)
    }
}

/// A socket with small buffers and small segments: both must be set before there is a connection.
fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(SOCKET_BUFFER).expect("a buffer");
    socket.set_send_buffer_size(SOCKET_BUFFER).expect("a buffer");
    SockRef::from(&socket).set_tcp_mss(SEGMENT).expect("a segment size");
    socket.set_nodelay(true).expect("an option");
    socket
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    link: Link,
    reading: watch::Receiver<bool>,
    carried: Arc<AtomicU64>,
) {
    let mut lines = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // A server that does not listen refuses the proxy's client too.
        let Ok(upstream) = socket().connect(server).await else { continue };
        client.set_nodelay(true).expect("an option");
        lay(&mut lines, (client, upstream), link, (reading.clone(), Arc::clone(&carried)));
        while lines.try_join_next().is_some() {}
    }
}

/// Lets a connection's bytes through, both ways.
fn lay(
    lines: &mut JoinSet<()>,
    (client, server): (TcpStream, TcpStream),
    link: Link,
    (reading, carried): (watch::Receiver<bool>, Arc<AtomicU64>),
) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let always = watch::channel(true).1;
    for (from, to, reading, carried) in
        [(from_server, to_client, reading, carried), (from_client, to_server, always, Arc::default())]
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        lines.spawn(take(from, link, reading, sender));
        lines.spawn(deliver(to, receiver, carried));
    }
}

/// A piece that is under way: when it arrives, and its place on the link, which is free again once it is delivered.
struct Piece {
    due: Instant,
    bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

/// Takes bytes as fast as the link carries them. The queue behind has its bound in `places`.
async fn take(
    mut from: OwnedReadHalf,
    link: Link,
    mut reading: watch::Receiver<bool>,
    queue: mpsc::UnboundedSender<Piece>,
) {
    let places = Arc::new(Semaphore::new(link.under_way()));
    let mut packet = vec![0; link.packet()];
    let mut idle_from = Instant::now();
    loop {
        // A proxy that is gone stops nobody.
        let _ = reading.wait_for(|reading| *reading).await;
        let Ok(mut place) = Arc::clone(&places).acquire_many_owned(packet.len() as u32).await else { return };
        let length = tokio::select! {
            biased;
            Ok(_) = reading.wait_for(|reading| !*reading) => continue,
            read = from.read(&mut packet) => match read {
                Ok(length @ 1..) => length,
                Ok(0) | Err(_) => return,
            }
        };
        drop(place.split(packet.len() - length));
        idle_from = idle_from.max(Instant::now()) + link.takes(length);
        sleep_until(idle_from).await;
        let piece = Piece { due: idle_from + link.delay, bytes: packet[..length].to_vec(), _place: place };
        if queue.send(piece).is_err() {
            return;
        }
    }
}

async fn deliver(mut to: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Piece>, carried: Arc<AtomicU64>) {
    while let Some(piece) = queue.recv().await {
        sleep_until(piece.due).await;
        if to.write_all(&piece.bytes).await.is_err() {
            return;
        }
        carried.fetch_add(piece.bytes.len() as u64, Ordering::Relaxed);
    }
    // The end of the connection goes through too; the other side may be gone already.
    let _ = to.shutdown().await;
}

mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::{common::start, lag::round_trip};

    /// A server's and a client's end of a connection over a link.
    async fn connect(link: Link) -> (Throttle, TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let throttle = Throttle::start(listener.local_addr().expect("an address"), link);
        let client = TcpStream::connect(throttle.address()).await.expect("the proxy listens");
        let (server, _) = listener.accept().await.expect("the proxy connects");
        // As Tickwire's own sockets: what the kernel keeps unsent is bounded.
        SockRef::from(&server).set_tcp_notsent_lowat(16 << 10).expect("an option");
        (throttle, server, client)
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_carries_as_many_bytes_a_second_as_it_should_each_way_and_late() {
        let link = Link { bytes_per_second: Some(40_000), delay: Duration::from_millis(200) };
        let (throttle, mut server, mut client) = connect(link).await;
        let (sent, began) = (pattern(60_000), Instant::now());
        for way in ["down", "up"] {
            let (from, to) = if way == "down" { (&mut server, &mut client) } else { (&mut client, &mut server) };
            let began_way = Instant::now();
            let mut came = vec![0; sent.len()];
            let (written, read) = tokio::join!(from.write_all(&sent), to.read_exact(&mut came));
            written.and(read.map(drop)).expect("it is carried");
            assert_eq!(came, sent, "{way}");
            let seconds = began_way.elapsed().as_secs_f64();
            assert!((1.69..2.2).contains(&seconds), "{way}: {seconds} s, not 1.5 and 0.2");
        }
        assert!(began.elapsed() > Duration::from_secs(3));
        assert_eq!(throttle.bytes_carried(), 60_000);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_proxy_that_stops_reading_is_felt_by_the_server_within_some_kilobytes() {
        let (throttle, mut server, mut client) = connect(Link::default()).await;
        throttle.stop_reading();
        let (pattern, mut written) = (pattern(4 << 20), 0);
        // 2 MB would fit the buffers of the kernel if nobody bounded them.
        while let Ok(sent) = timeout(Duration::from_millis(300), server.write(&pattern[written..])).await {
            written += sent.expect("the connection stands");
        }
        assert!(written < 100_000, "{written} bytes were taken");
        client.write_all(b"still here").await.expect("the proxy reads");
        let mut heard = [0; 10];
        server.read_exact(&mut heard).await.expect("the other way is open");
        assert_eq!((&heard, throttle.bytes_carried()), (b"still here", 0));
        throttle.read_again();
        let mut came = vec![0; written];
        client.read_exact(&mut came).await.expect("nothing is lost");
        assert!(came == pattern[..written], "what came is not what was sent");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_end_of_a_connection_goes_through() {
        let (_throttle, mut server, mut client) = connect(Link::default()).await;
        server.write_all(b"bye").await.expect("it is taken");
        drop(server);
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.expect("it ends");
        assert_eq!(heard, b"bye");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_real_session_finds_the_delay_of_the_link() {
        let _alone = crate::common::ALONE.lock().await;
        let server = start(|_| {}).await;
        let link = Link { bytes_per_second: Some(100_000), delay: Duration::from_millis(60) };
        let throttle = Throttle::start(server.address(), link);
        let (near, far) = tokio::join!(round_trip(server.address()), round_trip(throttle.address()));
        assert!((0.110..0.160).contains(&(far - near)), "{near} s, and {far} s over a link of 60 ms each way");
        drop(throttle);
        server.stop().await;
    }
}
