//! The connection doctor, in a browser: where all is well, and where something is wrong, which it must name.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{
    common::{ALONE, start},
    driver::Browser,
};

const TOO_WIDE: &str = "document.documentElement.scrollWidth > document.documentElement.clientWidth";

/// The lines of a request's head, to be changed.
type Head = Vec<String>;

/// A proxy that changes the head of each request, and lets each connection carry one.
async fn proxy(target: SocketAddr, change: fn(&mut Head)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, target, change));
        }
    });
    address
}

async fn pass_on(mut client: TcpStream, target: SocketAddr, change: fn(&mut Head)) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        bytes.push(byte);
    }
    let text = String::from_utf8(bytes).expect("a head is text");
    let mut head: Head = text.trim_end().lines().map(str::to_owned).collect();
    change(&mut head);
    if !head.iter().any(|line| is(line, "upgrade")) {
        remove(&mut head, "connection");
        head.push("Connection: close".to_owned());
    }
    let mut server = TcpStream::connect(target).await.expect("the server listens");
    let sent = server.write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes()).await;
    if sent.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

fn is(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

fn remove(head: &mut Head, name: &str) {
    head.retain(|line| !is(line, name));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_well_the_doctor_says_so() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.diagnostics = true).await;
    let browser = Browser::open(&format!("http://{}/diagnostics", server.address())).await;
    let state = browser.until("s.finished").await;
    for check in ["page", "tls", "proxy", "origin", "socket", "echo", "clock"] {
        assert_eq!(state["checks"][check]["state"], "good", "{check}: {state:#}");
    }
    for measured in ["roundTrip", "jitter", "throughput"] {
        // How fast this machine is today is no matter of the doctor's.
        let found = state["checks"][measured]["state"].as_str().expect("text");
        assert!(["good", "warn", "bad"].contains(&found), "{measured}: {state:#}");
    }
    assert_ne!(state["verdict"], "bad", "{state:#}");
    browser.picture("diagnostics.png").await;
    browser.narrow().await;
    browser.picture("diagnostics-phone.png").await;
    assert_eq!(browser.evaluate(TOO_WIDE).await, false, "nothing sticks out of a phone's screen");
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_drops_the_upgrade_the_doctor_says_so_and_what_to_do() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.diagnostics = true).await;
    let between = proxy(server.address(), |head| remove(head, "upgrade")).await;
    let browser = Browser::open(&format!("http://{between}/diagnostics")).await;
    let state = browser.until("s.finished").await;
    let checks = &state["checks"];
    for socket in ["socket", "echo"] {
        assert_eq!(checks[socket]["state"], "bad", "{state:#}");
        let text = checks[socket]["sentence"].as_str().expect("text");
        assert!(text.contains("drops the `Upgrade` header"), "{text}");
    }
    assert!(checks["socket"]["advice"].as_str().expect("text").contains("For nginx"), "{state:#}");
    assert_eq!((&checks["origin"]["state"], &checks["clock"]["state"]), (&"good".into(), &"good".into()), "{state:#}");
    assert_eq!((&checks["roundTrip"]["state"], &state["verdict"]), (&"skipped".into(), &"bad".into()));
    browser.picture("diagnostics-upgrade-dropped.png").await;
    browser.narrow().await;
    browser.picture("diagnostics-upgrade-dropped-phone.png").await;
    assert_eq!(browser.evaluate(TOO_WIDE).await, false, "nor do the lines for nginx");
    browser.close(&["WebSocket connection", "400"]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_names_another_host_the_doctor_says_that_the_origin_is_refused_and_which_flag_allows_it() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.diagnostics = true).await;
    let between = proxy(server.address(), |head| {
        remove(head, "host");
        head.extend(["Host: backend.internal", "X-Forwarded-For: 203.0.113.9"].map(str::to_owned));
    })
    .await;
    let browser = Browser::open(&format!("http://{between}/diagnostics")).await;
    let state = browser.until("s.finished").await;
    let checks = &state["checks"];
    assert_eq!(checks["origin"]["state"], "bad", "{state:#}");
    let advice = format!("{}{}", checks["origin"]["sentence"], checks["origin"]["advice"]);
    assert!(advice.contains("http://backend.internal"), "{advice}");
    assert!(advice.contains(&format!("--allowed-origins http://{between}")), "{advice}");
    assert!(checks["socket"]["sentence"].as_str().expect("text").contains("origin is refused"), "{state:#}");
    assert_eq!(checks["proxy"]["state"], "warn", "{state:#}");
    assert!(checks["proxy"]["advice"].as_str().expect("text").contains("--trusted-proxies 127.0.0.1"), "{state:#}");
    browser.picture("diagnostics-origin-refused.png").await;
    browser.close(&["WebSocket connection", "403"]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_ends_tls_the_doctor_goes_by_what_the_server_believes() {
    // Without a browser: this is what its page goes by.
    let seen = async |trusted: &[&str]| {
        let networks = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        let server = start(|config| {
            config.diagnostics = true;
            config.network.trusted_proxies = networks;
        })
        .await;
        let request = "GET /diagnostics/seen HTTP/1.1\r\nHost: games.example\r\nX-Page-Origin: https://games.example\r\n\
                       X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
        let answer = server.exchange(request).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        server.stop().await;
        serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON")
    };
    let stranger = seen(&[]).await;
    assert_eq!((&stranger["encrypted"], &stranger["peer_is_trusted"]), (&false.into(), &false.into()), "{stranger:#}");
    assert_eq!(stranger["address"], "127.0.0.1");
    assert_eq!(stranger["forwarded"], serde_json::json!(["X-Forwarded-For", "X-Forwarded-Proto"]));
    assert!(stranger["origin_refused"].as_str().expect("a sentence").contains("--allowed-origins"), "{stranger:#}");
    let trusted = seen(&["127.0.0.1/32"]).await;
    assert_eq!((&trusted["encrypted"], &trusted["address"]), (&true.into(), &"203.0.113.9".into()), "{trusted:#}");
    assert_eq!((&trusted["own_origin"], &trusted["origin_refused"]), (&"https://games.example".into(), &().into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_doctor_finds_page_and_sockets_encrypted() {
    let _alone = ALONE.lock().await;
    let server = start(|config| {
        config.diagnostics = true;
        config.network.tls_self_signed = true;
    })
    .await;
    let url = format!("https://localhost:{}/diagnostics", server.address().port());
    let browser = Browser::open_with(&url, &["--ignore-certificate-errors"]).await;
    let state = browser.until("s.finished").await;
    for check in ["tls", "origin", "socket", "echo"] {
        assert_eq!(state["checks"][check]["state"], "good", "{check}: {state:#}");
    }
    assert!(state["checks"]["tls"]["sentence"].as_str().expect("text").contains("are encrypted"), "{state:#}");
    browser.close(&[]).await;
    server.stop().await;
}
