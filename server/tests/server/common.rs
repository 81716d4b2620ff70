//! What the tests of the server share: a real server on a free port, and a client made by hand, to do what no real one does.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use tickwire::{Config, Server, Source};
use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
use tickwire_sync::{
    PlayerNumber,
    client::{Session, Voice},
    game::Game,
    protocol::{CloseCode, Credentials, Role},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::Mutex,
    time::timeout,
};

/// Longer than anything takes here; only a hang reaches it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// For what takes a whole machine, a browser or a crowd: two cores carry one of them at a good rate.
pub static ALONE: Mutex<()> = Mutex::const_new(());

/// A server of the arena, and its data folder, which goes with it.
pub struct Running {
    pub server: Server,
    config: Config,
    source: Source,
}

impl Running {
    pub fn url(&self) -> String {
        format!("ws://{}/ws", self.address())
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.server.address().port()))
    }

    pub async fn stop(self) {
        self.server.stop().await;
        std::fs::remove_dir_all(self.config.data_dir).expect("the data folder is ours");
    }

    /// Stops it, and starts another one in its place: at the same address, over the same data folder.
    pub async fn restart(self) -> Self {
        let config = Config { port: self.address().port(), ..self.config };
        self.server.stop().await;
        let Source { tuning, map, .. } = &self.source;
        open::<Arena>(config, (tuning, map)).await
    }

    /// A token of somebody with a role, as its operator makes it.
    pub fn appoint(&self, role: &str, name: &str) -> String {
        let mut command = Command::new(crate::process::PROGRAM);
        command.args(["token", "--role", role, "--name", name, "--data-dir"]).arg(&self.config.data_dir);
        let output = command.output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    /// The answer to a whole request, after which the server closes the connection.
    pub async fn exchange(&self, request: &str) -> Answer {
        exchange(self.address(), request).await
    }

    /// All that comes after a piece of a request until the server closes the connection.
    pub async fn begin(&self, request: &str) -> Vec<u8> {
        all_after(self.address(), request).await
    }

    /// A number in `/healthz`, by JSON pointer.
    pub async fn health(&self, pointer: &str) -> u64 {
        health(self.address(), pointer).await
    }

    /// Waits until it has closed so many connections with a code, and their ends are counted.
    pub async fn until_closed(&self, code: CloseCode, count: u64) {
        let patient_until = Instant::now() + PATIENCE;
        while self.closed(code).await < count && Instant::now() < patient_until {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.closed(code).await, count, "{code:?}");
    }

    /// How many connections it closed with a code.
    pub async fn closed(&self, code: CloseCode) -> u64 {
        let counted = report(self.address()).await;
        counted.pointer(&format!("/counters/closed/{}", code.number())).and_then(serde_json::Value::as_u64).unwrap_or(0)
    }
}

/// What a server answered over HTTP.
pub struct Answer {
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Takes an answer apart.
    pub fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
        Self { head, body: bytes[end + 4..].to_vec() }
    }

    pub fn status(&self) -> u16 {
        let status = self.head.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("no status in {}", self.head))
    }

    /// A header's value, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Connects from an address of this machine.
pub async fn connect_from(own: Ipv4Addr, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((own, 0).into()).expect("an address of this machine");
    socket.connect(address).await.expect("the server listens")
}

/// A server's answer to a whole request, after which it closes the connection.
pub async fn exchange(address: SocketAddr, request: &str) -> Answer {
    Answer::read(&all_after(address, request).await)
}

async fn all_after(address: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time").expect("the server answers");
    answer
}

/// A number in a server's `/healthz`, by JSON pointer.
pub async fn health(address: SocketAddr, pointer: &str) -> u64 {
    let health = report(address).await;
    health.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {health}")).as_u64().expect("a number")
}

async fn report(address: SocketAddr) -> serde_json::Value {
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    serde_json::from_slice(&exchange(address, request).await.body).expect("JSON")
}

/// Starts a server with what `change` makes of the defaults.
pub async fn start(change: impl FnOnce(&mut Config)) -> Running {
    start_on(DEFAULT_MAP, change).await
}

/// The same on a map of its own.
pub async fn start_on(map: &str, change: impl FnOnce(&mut Config)) -> Running {
    open::<Arena>(configured(change), (DEFAULT_TUNING, map)).await
}

/// The same with tuning and map of its own.
pub async fn start_by(rules: (&str, &str), change: impl FnOnce(&mut Config)) -> Running {
    open::<Arena>(configured(change), rules).await
}

/// The same of another game, whose rules read nothing.
pub async fn start_game<G: Game>(change: impl FnOnce(&mut Config)) -> Running {
    open::<G>(configured(change), ("", "")).await
}

fn configured(change: impl FnOnce(&mut Config)) -> Config {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let data_dir = std::env::temp_dir().join(format!("tickwire-test-{}-{number}", std::process::id()));
    let mut config = Config { port: 0, data_dir: data_dir.clone(), seed: Some(7), ..Config::default() };
    // Tests look often, a connection each time.
    config.limits.max_new_per_second = 100_000.try_into().expect("not 0");
    change(&mut config);
    config
}

async fn open<G: Game>(config: Config, (tuning, map): (&str, &str)) -> Running {
    let source = Source { tuning: tuning.into(), map: map.into(), map_name: "foundry".into() };
    let server = Server::start::<G>(&config, source.clone()).await.expect("the server starts");
    Running { server, config, source }
}

/// A request for a socket, with headers of its own, each with its line's end.
pub fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{headers}\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

pub mod opcode {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// How to send a frame.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub fin: bool,
    pub masked: bool,
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn new(opcode: u8, payload: &'a [u8]) -> Self {
        Self { opcode, fin: true, masked: true, payload }
    }
}

/// A WebSocket client made by hand.
pub struct RawClient {
    stream: TcpStream,
}

impl RawClient {
    /// Connects and shakes hands.
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_from(Ipv4Addr::LOCALHOST, address).await
    }

    /// The same, from another address of this machine.
    pub async fn connect_from(own: Ipv4Addr, address: SocketAddr) -> Self {
        Self::connect_to("/ws", own, address).await
    }

    /// The same, to any socket.
    pub async fn connect_to(path: &str, own: Ipv4Addr, address: SocketAddr) -> Self {
        let connected = Self::ask(path, own, address, "").await;
        connected.unwrap_or_else(|answer| panic!("no socket: {} {}", answer.head, answer.text()))
    }

    /// The same as [`connect_from`](Self::connect_from) with more headers, a line each; or what was answered in place of a socket.
    pub async fn ask_from(own: Ipv4Addr, address: SocketAddr, headers: &str) -> Result<Self, Answer> {
        Self::ask("/ws", own, address, headers).await
    }

    /// The same, of any socket.
    pub async fn ask(path: &str, own: Ipv4Addr, address: SocketAddr, headers: &str) -> Result<Self, Answer> {
        let mut stream = connect_from(own, address).await;
        stream.write_all(handshake(path, headers).as_bytes()).await.expect("the server reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("a handshake"));
        }
        if answer.starts_with(b"HTTP/1.1 101") {
            return Ok(Self { stream });
        }
        let length = Answer::read(&answer).header("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.expect("an answer with a body")];
        stream.read_exact(&mut body).await.expect("the body");
        answer.append(&mut body);
        Err(Answer::read(&answer))
    }

    /// Sends anything at all.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Connects and plays.
    pub async fn join(address: SocketAddr, name: &str) -> Self {
        Self::enter(address, name, Role::Player).await
    }

    /// Connects and watches.
    pub async fn watch(address: SocketAddr) -> Self {
        Self::enter(address, "", Role::Watcher).await
    }

    /// Connects and asks to watch; what the server answers is not read yet.
    pub async fn ask_to_watch(address: SocketAddr) -> Self {
        let mut client = Self::connect(address).await;
        client.send(Frame::new(opcode::BINARY, &Session::<Arena>::hello("", "", Role::Watcher))).await;
        client
    }

    async fn enter(address: SocketAddr, name: &str, role: Role) -> Self {
        Self::connect(address).await.say_hello(name, role).await
    }

    /// Plays, as somebody who is connected.
    pub async fn enter_as(self, name: &str) -> Self {
        self.say_hello(name, Role::Player).await
    }

    async fn say_hello(mut self, name: &str, role: Role) -> Self {
        self.send(Frame::new(opcode::BINARY, &Session::<Arena>::hello(name, "", role))).await;
        let (kind, _) = self.receive().await.expect("a welcome");
        assert_eq!(kind, opcode::BINARY);
        self
    }

    /// Sends a frame; whether the server still reads it is not this side's business.
    pub async fn send(&mut self, frame: Frame<'_>) {
        let mut bytes = vec![u8::from(frame.fin) << 7 | frame.opcode];
        let mask_bit = u8::from(frame.masked) << 7;
        match frame.payload.len() {
            length @ 0..126 => bytes.push(mask_bit | length as u8),
            length => {
                bytes.push(mask_bit | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        let mask = if frame.masked { [1, 2, 3, 4] } else { [0; 4] };
        if frame.masked {
            bytes.extend(mask);
        }
        bytes.extend(frame.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        let _ = self.stream.write_all(&bytes).await;
    }

    /// Whether something comes, or the connection ends, within that time; nothing is taken.
    pub async fn hears_within(&self, time: Duration) -> bool {
        timeout(time, self.stream.peek(&mut [0])).await.is_ok()
    }

    /// The next frame's opcode and payload; `None` when the connection is gone.
    pub async fn receive(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(PATIENCE, self.read_frame()).await.expect("something happens").ok()
    }

    async fn read_frame(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let first = self.stream.read_u8().await?;
        let length = match self.stream.read_u8().await? {
            126 => usize::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await? as usize,
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        Ok((first & 0xf, payload))
    }

    /// The first frame of a kind.
    pub async fn receive_kind(&mut self, kind: u8) -> Option<Vec<u8>> {
        loop {
            let (got, payload) = self.receive().await?;
            if got == kind {
                return Some(payload);
            }
        }
    }

    /// Says goodbye by a code.
    pub async fn say_goodbye(&mut self, code: CloseCode) {
        self.send(Frame::new(opcode::CLOSE, &code.number().to_be_bytes())).await;
    }

    /// The code and the reason of the server's close frame.
    pub async fn farewell(&mut self) -> (u16, String) {
        let payload = self.receive_kind(opcode::CLOSE).await.expect("a close frame");
        let (code, reason) = payload.split_at(2);
        (u16::from_be_bytes([code[0], code[1]]), String::from_utf8(reason.to_vec()).expect("text"))
    }

    /// The code of the server's close frame; `None` if the connection ends without.
    pub async fn close_code(&mut self) -> Option<u16> {
        let payload = self.receive_kind(opcode::CLOSE).await?;
        payload.first_chunk().map(|code| u16::from_be_bytes(*code))
    }
}

/// A client by hand with a session behind it, so that it acknowledges what it hears: who does not is sent less.
pub struct Listener<G: Game = Arena> {
    pub client: RawClient,
    pub session: Session<G>,
    /// What was said, as far as it was heard.
    pub heard: Vec<(Voice, String)>,
    began: Instant,
}

impl Listener {
    /// Connects to play, and is welcomed.
    pub async fn join(address: SocketAddr, name: &str) -> Self {
        Self::enter(address, name, Role::Player).await
    }

    /// Connects to watch, and is welcomed.
    pub async fn watch(address: SocketAddr) -> Self {
        Self::enter(address, "", Role::Watcher).await
    }

    async fn enter(address: SocketAddr, name: &str, role: Role) -> Self {
        Self::hello(RawClient::connect(address).await, &Session::<Arena>::hello(name, "", role)).await
    }

    /// Connects to play with what shows who it is, and is welcomed.
    pub async fn come(address: SocketAddr, name: &str, credentials: Credentials<'_>) -> Self {
        Self::come_from(Ipv4Addr::LOCALHOST, address, name, credentials).await
    }

    /// The same, from another address of this machine.
    pub async fn come_from(own: Ipv4Addr, address: SocketAddr, name: &str, credentials: Credentials<'_>) -> Self {
        let hello = Session::<Arena>::hello_again(name, "", Role::Player, credentials);
        Self::hello(RawClient::connect_from(own, address).await, &hello).await
    }

    /// Connects to another room to play.
    pub async fn join_room(address: SocketAddr, name: &str, room: &str) -> Self {
        Self::hello(RawClient::connect(address).await, &Session::<Arena>::hello(name, room, Role::Player)).await
    }
}

impl<G: Game> Listener<G> {
    /// Connects to play or to watch another game, and is welcomed.
    pub async fn enter_game(address: SocketAddr, name: &str, role: Role) -> Self {
        Self::hello(RawClient::connect(address).await, &Session::<G>::hello(name, "", role)).await
    }

    /// Sends a hello by a connection that is there, and is welcomed.
    pub async fn hello(mut client: RawClient, hello: &[u8]) -> Self {
        client.send(Frame::new(opcode::BINARY, hello)).await;
        let welcome = client.receive_kind(opcode::BINARY).await.expect("a welcome");
        let session = Session::welcome(&welcome).expect("the same rules");
        Self { client, session, heard: Vec::new(), began: Instant::now() }
    }

    /// Hears until something is so.
    pub async fn hear_until(&mut self, so: impl Fn(&Session<G>) -> bool) {
        while !so(&self.session) {
            self.hear().await;
        }
    }

    /// Hears until a line with that text was said, and gives whose it is, with all bytes that came meanwhile.
    pub async fn hears(&mut self, text: &str) -> (Voice, Vec<u8>) {
        let (mut bytes, patient_until) = (Vec::new(), Instant::now() + 2 * PATIENCE);
        loop {
            if let Some((voice, _)) = self.heard.iter().find(|(_, line)| line.contains(text)) {
                return (*voice, bytes);
            }
            assert!(Instant::now() < patient_until, "{text:?} was never said, but {:?}", self.heard);
            bytes.extend(self.hear().await);
        }
    }

    /// Says something by the session, and sends it.
    pub async fn say(&mut self, say: impl FnOnce(&mut Session<G>)) {
        say(&mut self.session);
        self.send_outgoing().await;
    }

    /// The number of a player of that name, once it is known.
    pub async fn number_of(&mut self, name: &str) -> PlayerNumber {
        loop {
            if let Some((number, _)) = self.session.players().find(|(_, known)| *known == name) {
                return number;
            }
            self.hear().await;
        }
    }

    /// The next message, which the session has heard too.
    pub async fn hear(&mut self) -> Vec<u8> {
        let message = loop {
            // The next message may be waiting for what this side has yet to acknowledge.
            while !self.client.hears_within(Duration::from_millis(10)).await {
                self.advance().await;
            }
            match self.client.receive().await.expect("the game goes on") {
                (opcode::BINARY, message) => break message,
                (opcode::PING, payload) => self.client.send(Frame::new(opcode::PONG, &payload)).await,
                _ => {}
            }
        };
        let now = self.began.elapsed().as_secs_f64();
        self.session.receive(&message, now).expect("a message that makes sense");
        self.heard.extend(self.session.take_talk());
        self.advance().await;
        message
    }

    async fn advance(&mut self) {
        self.session.advance(self.began.elapsed().as_secs_f64(), G::Controls::default());
        self.send_outgoing().await;
    }

    /// Sends what the session has to say.
    pub async fn send_outgoing(&mut self) {
        for message in self.session.take_outgoing() {
            self.client.send(Frame::new(opcode::BINARY, &message)).await;
        }
    }
}
