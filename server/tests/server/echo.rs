//! The echo of the connection doctor: the very same message, and everything refused that the game's socket refuses.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use crate::common::{Frame, RawClient, Running, handshake, opcode, start};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// As the server has them.
const MESSAGE_MAX: usize = 16 << 20;
const FRAGMENTS_MAX: usize = 1 << 17;
const ECHOES_MAX: usize = 16;

async fn with_doctor() -> Running {
    start(|config| config.diagnostics = true).await
}

async fn connect(server: &Running) -> RawClient {
    RawClient::connect_to("/echo", Ipv4Addr::LOCALHOST, server.address()).await
}

/// The status of the answer to a request for a socket.
async fn status(server: &Running, path: &str, headers: &str) -> u16 {
    let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
    stream.write_all(handshake(path, headers).as_bytes()).await.expect("the server reads");
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.expect("a status line");
    let text = String::from_utf8_lossy(&head).into_owned();
    text.rsplit(' ').next().and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status in {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_very_same_message_and_fragments_are_joined() {
    let server = with_doctor().await;
    let mut client = connect(&server).await;
    let large: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
    for (kind, payload) in [
        (opcode::TEXT, "hello".as_bytes()),
        (opcode::TEXT, "Grüße, 世界".as_bytes()),
        (opcode::TEXT, b""),
        (opcode::BINARY, b""),
        (opcode::BINARY, b"\xff\x00\xfe"),
        (opcode::BINARY, &large),
    ] {
        client.send(Frame::new(kind, payload)).await;
        assert_eq!(client.receive().await, Some((kind, payload.to_vec())));
    }
    // Three fragments, the second and the third of half a letter each, and a ping between them, which is answered at once.
    client.send(Frame { fin: false, ..Frame::new(opcode::TEXT, b"a") }).await;
    client.send(Frame { fin: false, ..Frame::new(opcode::CONTINUATION, b"\xc3") }).await;
    client.send(Frame::new(opcode::PING, b"are you there")).await;
    assert_eq!(client.receive().await, Some((opcode::PONG, b"are you there".to_vec())));
    client.send(Frame::new(opcode::PONG, b"nobody asked")).await;
    client.send(Frame::new(opcode::CONTINUATION, b"\xbcz")).await;
    assert_eq!(client.receive().await, Some((opcode::TEXT, "aüz".as_bytes().to_vec())));
    // A goodbye is answered by its code.
    client.send(Frame::new(opcode::CLOSE, b"\x0f\xa1bye")).await;
    assert_eq!(client.receive().await, Some((opcode::CLOSE, b"\x0f\xa1".to_vec())));
    assert_eq!(client.receive().await, None, "then the connection ends");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_games_socket_refuses_the_echo_refuses_too() {
    let server = with_doctor().await;
    let whole = Frame::new(opcode::TEXT, b"hello");
    let first = Frame { fin: false, ..whole };
    let rest = |fin| Frame { fin, ..Frame::new(opcode::CONTINUATION, b"x") };
    let long = [0; 126];
    let mut refused: Vec<(Vec<Frame>, u16)> = vec![
        // A second beginning, and an end or a middle without one.
        (vec![first, first], 1002),
        (vec![first, whole], 1002),
        (vec![rest(true)], 1002),
        (vec![rest(false)], 1002),
        (vec![Frame::new(opcode::CLOSE, b"\x03")], 1002),
        (vec![Frame::new(opcode::CLOSE, b"\x03\xed")], 1002),
        // Text that is none, as soon as that is clear.
        (vec![Frame::new(opcode::TEXT, b"\xff")], 1007),
        (vec![first, Frame { fin: false, ..Frame::new(opcode::CONTINUATION, b"\xff") }], 1007),
        (vec![first, Frame::new(opcode::CONTINUATION, b"\xc3")], 1007),
        (vec![first, Frame { masked: false, ..rest(true) }], 1002),
    ];
    for kind in [opcode::TEXT, opcode::BINARY, opcode::PING, opcode::PONG, opcode::CLOSE] {
        refused.push((vec![Frame { masked: false, ..Frame::new(kind, b"") }], 1002));
    }
    for kind in [opcode::PING, opcode::PONG, opcode::CLOSE] {
        let fragment = Frame { fin: false, ..Frame::new(kind, b"") };
        refused.extend([(vec![Frame::new(kind, &long)], 1002), (vec![fragment], 1002)]);
    }
    for kind in [0x40 | opcode::TEXT, 0x20 | opcode::TEXT, 0x10 | opcode::TEXT, 3, 7, 11, 15] {
        refused.push((vec![Frame::new(kind, b"hello")], 1002));
    }
    for (frames, code) in &refused {
        let mut client = connect(&server).await;
        for frame in frames {
            client.send(*frame).await;
        }
        let sent: Vec<_> = frames.iter().map(|frame| (frame.opcode, frame.fin, frame.masked)).collect();
        assert_eq!(client.close_code().await, Some(*code), "{sent:x?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_a_limit_whole_or_in_endless_fragments() {
    let server = with_doctor().await;
    let most = vec![7; MESSAGE_MAX];
    let mut client = connect(&server).await;
    client.send(Frame::new(opcode::BINARY, &most)).await;
    let (kind, payload) = client.receive().await.expect("it comes back");
    assert!(kind == opcode::BINARY && payload == most);

    client.send(Frame::new(opcode::BINARY, &vec![7; MESSAGE_MAX + 1])).await;
    let (code, reason) = client.farewell().await;
    assert!(code == 1009 && reason.contains("16777216"), "{code} {reason}");
    // A length that is only claimed is refused before anything of it comes.
    let mut client = connect(&server).await;
    client.send_bytes(b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04").await;
    assert_eq!(client.close_code().await, Some(1009));
    // So are fragments that are too much together, and empty ones that never end.
    let mut client = connect(&server).await;
    client.send(Frame { fin: false, ..Frame::new(opcode::BINARY, &most[..MESSAGE_MAX - 3]) }).await;
    client.send(Frame { fin: false, ..Frame::new(opcode::CONTINUATION, &[7; 200]) }).await;
    assert_eq!(client.close_code().await, Some(1009));
    let mut client = connect(&server).await;
    client.send(Frame { fin: false, ..Frame::new(opcode::BINARY, b"") }).await;
    client.send_bytes(&b"\x00\x80\x01\x02\x03\x04".repeat(FRAGMENTS_MAX)).await;
    assert_eq!(client.close_code().await, Some(1009));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_echoes_are_open_at_once_and_a_page_of_another_origin_has_none() {
    let server = with_doctor().await;
    assert_eq!(status(&server, "/echo", "Origin: http://evil.example\r\n").await, 403);
    assert_eq!(status(&server, "/echo", "Origin: http://localhost\r\n").await, 101);
    // The one that was just dropped may hold its place for a moment.
    let mut clients = Vec::new();
    while clients.len() < ECHOES_MAX {
        clients.extend(RawClient::ask("/echo", Ipv4Addr::LOCALHOST, server.address(), "").await.ok());
    }
    assert_eq!(status(&server, "/echo", "").await, 503);
    let mut gone = clients.pop().expect("some");
    gone.send(Frame::new(opcode::CLOSE, b"")).await;
    while gone.receive().await.is_some() {}
    while status(&server, "/echo", "").await != 101 {
        tokio::task::yield_now().await;
    }
    // The game has its own places.
    RawClient::join(server.address(), "Ada").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_tells_an_echo_and_does_not_wait_for_it() {
    let server = with_doctor().await;
    let mut client = connect(&server).await;
    client.send(Frame::new(opcode::TEXT, b"hello")).await;
    assert!(client.receive().await.is_some());
    let began = Instant::now();
    let stopping = tokio::spawn(server.stop());
    assert_eq!(client.close_code().await, Some(1001));
    drop(client);
    stopping.await.expect("it stops");
    assert!(began.elapsed() < Duration::from_secs(30), "an idle echo lasts for a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_flag_there_is_neither_doctor_nor_echo() {
    let server = start(|_| {}).await;
    for path in ["/diagnostics", "/diagnostics.js", "/diagnostics.css", "/diagnostics/seen", "/echo"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(server.exchange(&request).await.status(), 404, "{path}");
    }
    assert_eq!(status(&server, "/echo", "").await, 404);
    server.stop().await;
}
