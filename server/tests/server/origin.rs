//! Pages of other origins get nothing, programs are let in, and proxies are believed only where they are trusted.

use std::{net::SocketAddr, str::FromStr};

use tickwire::Origin;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    common::{ALONE, Running, start},
    driver::Browser,
};

/// A page that tries to open the socket of the server that its address names behind `#`, and to read its health report.
const CURIOUS: &str = r#"<!doctype html><title>Curious</title><link rel="icon" href="data:,"><script>
    const state = { opened: false, ended: false, read: null };
    window.tickwire = { state: () => state };
    const server = location.hash.slice(1);
    const socket = new WebSocket(`ws://${server}/ws`);
    socket.onopen = () => { state.opened = true; socket.close(); };
    socket.onmessage = () => { throw new Error("something was heard"); };
    socket.onclose = () => { state.ended = true; };
    fetch(`http://${server}/healthz`).then(() => { state.read = true; }, () => { state.read = false; });
</script>"#;

/// Serves that page to all who come, for as long as the test's runtime lives.
async fn serve_curious() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let length = CURIOUS.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(format!("{head}\r\n\r\n{CURIOUS}").as_bytes()).await;
        }
    });
    address
}

/// Asks for the socket with these headers. Where the origin is right, the request fails at something else: it is no handshake.
async fn ask(server: &Running, headers: &[&str]) -> (u16, String) {
    let lines = [&["GET /ws HTTP/1.1"], headers, &["Connection: close\r\n\r\n"]].concat();
    let answer = server.exchange(&lines.join("\r\n")).await;
    (answer.status(), answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_gets_nothing_in_a_browser_unless_it_is_allowed() {
    let _alone = ALONE.lock().await;
    let other = serve_curious().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{other}/#{}", server.address())).await;
    let state = browser.until("s.ended && s.read !== null").await;
    assert_eq!((&state["opened"], &state["read"]), (&false.into(), &false.into()));
    assert_eq!(server.health("/counters/origins_refused").await, 1);
    assert_eq!(server.health("/counters/connections").await, 0);
    browser.close(&["403", "CORS", "ERR_FAILED"]).await;
    server.stop().await;

    let allowed = vec![Origin::from_str(&format!("http://{other}")).expect("an origin")];
    let server = start(|config| (config.bots, config.network.allowed_origins) = (0, allowed)).await;
    let browser = Browser::open(&format!("http://{other}/#{}", server.address())).await;
    let state = browser.until("s.ended && s.read !== null").await;
    assert_eq!((&state["opened"], &state["read"]), (&true.into(), &false.into()), "the socket, and nothing else");
    assert_eq!(server.health("/counters/origins_refused").await, 0);
    browser.close(&["CORS", "ERR_FAILED"]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_page_is_told_in_a_sentence_and_a_program_is_let_in() {
    let server = start(|config| config.bots = 0).await;
    let (status, text) = ask(&server, &["Host: games.example", "Origin: http://evil.example"]).await;
    assert_eq!(status, 403);
    assert!(text.contains("http://evil.example") && text.contains("http://games.example"), "{text}");
    assert!(text.contains("--allowed-origins"), "{text}");
    for headers in [&["Host: games.example", "Origin: http://games.example"][..], &["Host: games.example"]] {
        assert_eq!(ask(&server, headers).await.0, 400, "{headers:?}");
    }
    assert_eq!(server.health("/counters/origins_refused").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_that_ends_tls_the_page_is_an_encrypted_one() {
    const PAGE: [&str; 3] = ["Host: games.example", "Origin: https://games.example", "X-Forwarded-Proto: https"];
    for (trusted, expected) in [("192.0.2.0/24", 403), ("127.0.0.1/32", 400)] {
        let proxies = vec![trusted.parse().expect("a network")];
        let server = start(|config| (config.bots, config.network.trusted_proxies) = (0, proxies)).await;
        assert_eq!(ask(&server, &PAGE).await.0, expected, "{trusted}");
        server.stop().await;
    }
}
