//! Everything encrypted: browsers, bots and openssl, and a certificate that is exchanged under them.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rcgen::{CertifiedKey, KeyPair};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

use crate::{
    common::{ALONE, Answer, exchange, start},
    driver::Browser,
    process::{address, program, refusal, signal},
};

/// A certificate for this machine that signed itself, and the files that hold it and its key.
struct Pair {
    made: CertifiedKey<KeyPair>,
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    /// Makes one, in files of a folder.
    fn make(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        fs::write(&certificate, made.cert.pem()).expect("a file");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
        Self { made, certificate, key }
    }

    /// The flags that have a server use it.
    fn flags(&self) -> [&str; 4] {
        let [certificate, key] = [&self.certificate, &self.key].map(|path| path.to_str().expect("a plain name"));
        ["--tls-cert", certificate, "--tls-key", key]
    }

    /// The answer to a whole request, over TLS with a server that has this certificate.
    async fn exchange(&self, address: SocketAddr, request: &str) -> Answer {
        let mut roots = RootCertStore::empty();
        roots.add(self.made.cert.der().clone()).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("the server answers, and says that it is done");
        Answer::read(&answer)
    }

    /// Whether openssl is shown this certificate.
    fn is_shown_by(&self, address: SocketAddr) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        plain(&openssl(address, &[]).1).contains(&plain(&self.made.cert.pem()))
    }
}

/// Whether openssl shakes hands, and what it prints.
fn openssl(address: SocketAddr, flags: &[&str]) -> (bool, String) {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-showcerts", "-connect", &address.to_string()]).args(flags).stdin(Stdio::null());
    let output = command.output().expect("openssl runs; Debian's package openssl has it");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("tickwire-tls-{name}-{}", std::process::id()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_plays_over_wss() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.network.tls_self_signed = true).await;
    let browser = Browser::open_with(&format!("https://{}/", server.address()), &["--ignore-certificate-errors"]).await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(browser.evaluate("window.isSecureContext").await, true);
    browser.enter("name", "Ada").await;
    let state = browser.until("s.phase === 'playing' && s.ship && s.stats.audits > 2").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_over_wss_and_distrust_a_certificate_that_nobody_vouches_for() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.network.tls_self_signed = true).await;
    let url = format!("wss://{}/ws", server.address());
    let options = Options { insecure: true, ..Options::new(url.clone(), 8, Duration::from_secs(5)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.clients_connected, 8);
    let refused = load::run::<Arena>(&Options::new(url, 1, Duration::from_secs(4)), |_, _| {}).await;
    let refused = refused.expect_err("nobody vouches for it").to_string();
    assert!(refused.contains("--insecure"), "{refused}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_after_sighup_while_old_connections_play_on() {
    let _alone = ALONE.lock().await;
    let folder = folder("sighup");
    let first = Pair::make(&folder);
    let arguments = [&["--port", "0", "--host", "127.0.0.1"][..], &first.flags()].concat();
    let (mut command, data_dir) = program("sighup", &arguments);
    let mut child = command.spawn().expect("the program starts");
    let (address, _said) = address(&mut child);
    let mut log = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let options = Options { insecure: true, ..Options::new(format!("wss://{address}/ws"), 4, Duration::from_secs(10)) };
    let playing = tokio::spawn(async move { load::run::<Arena>(&options, |_, _| {}).await });
    for _ in 0..4 {
        log.by_ref().find(|line| line.contains("joined")).expect("they come in");
    }
    assert!(first.is_shown_by(address));

    let second = Pair::make(&folder);
    signal(&child, "HUP");
    log.by_ref().find(|line| line.contains("was read again")).expect("it says so");
    assert!(second.is_shown_by(address) && !first.is_shown_by(address));

    // A broken file, and a key that is not the certificate's, change nothing.
    fs::write(&second.certificate, "no certificate").expect("a file");
    signal(&child, "HUP");
    log.by_ref().find(|line| line.contains("the old certificate stays")).expect("it says so");
    fs::write(&second.certificate, first.made.cert.pem()).expect("a file");
    signal(&child, "HUP");
    let told = log.by_ref().find(|line| line.contains("the old certificate stays")).expect("it says so");
    assert!(told.contains("cannot be used together"), "{told}");
    assert!(second.is_shown_by(address));

    assert!(!playing.is_finished(), "the old connections have lived through all of it");
    let report = playing.await.expect("no panic").expect("they connect");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.clients_connected, 4);
    let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let health: serde_json::Value = serde_json::from_str(&second.exchange(address, ask).await.text()).expect("JSON");
    assert_eq!(health["counters"]["certificates_reloaded"], 1);
    assert_eq!(health["counters"]["certificates_refused"], 2);
    signal(&child, "TERM");
    assert!(child.wait().expect("it ends").success());
    for folder in [folder, data_dir] {
        fs::remove_dir_all(folder).expect("it is ours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_server_says_so_to_browsers_and_leads_them_from_the_other_port() {
    let folder = folder("hsts");
    let pair = Pair::make(&folder);
    let server = start(|config| {
        config.network.tls_cert = Some(pair.certificate.clone());
        config.network.tls_key = Some(pair.key.clone());
        config.network.http_redirect_port = Some(0);
    })
    .await;
    let ask = |line: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let page = pair.exchange(server.address(), &ask("GET /")).await;
    assert_eq!((page.status(), page.header("strict-transport-security")), (200, Some("max-age=31536000")));

    // Its own page is an encrypted one.
    for (origin, expected) in [("https://localhost", 400), ("http://localhost", 403)] {
        let request = ask("GET /ws").replace("\r\n\r\n", &format!("\r\nOrigin: {origin}\r\n\r\n"));
        assert_eq!(pair.exchange(server.address(), &request).await.status(), expected, "{origin}");
    }

    let redirect = ([127, 0, 0, 1], server.server.redirect_address().expect("a port").port()).into();
    for method in ["GET", "POST"] {
        let answer = exchange(redirect, &ask(&format!("{method} /?watch&room=a"))).await;
        let there = format!("https://localhost:{}/?watch&room=a", server.address().port());
        assert_eq!((answer.status(), answer.header("location")), (308, Some(there.as_str())), "{method}");
    }
    let lost = exchange(redirect, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert_eq!(lost.status(), 400, "{}", lost.head);

    // Who is not encrypted gets nothing, and who wants another protocol than HTTP/1.1 neither.
    let mut plain = TcpStream::connect(server.address()).await.expect("the server listens");
    plain.write_all(ask("GET /").as_bytes()).await.expect("the server reads");
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard).await;
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    assert!(openssl(server.address(), &["-alpn", "http/1.1"]).1.contains("ALPN protocol: http/1.1"));
    assert!(!openssl(server.address(), &["-alpn", "h2"]).0);
    let health = pair.exchange(server.address(), &ask("GET /healthz")).await.text();
    let health: serde_json::Value = serde_json::from_str(&health).expect("JSON");
    assert_eq!(health["counters"]["tls_handshakes_failed"], 2);
    server.stop().await;
    fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn what_cannot_be_encrypted_is_refused_in_a_sentence() {
    let folder = folder("refused");
    let pair = Pair::make(&folder);
    let [_, certificate, _, key] = pair.flags();
    let refused = |flags: &[&str]| refusal("tls", &[&["--port", "0"], flags].concat());
    assert!(refused(&["--http-redirect-port", "0"]).contains("--tls-self-signed"));
    assert!(refused(&["--tls-cert", "/nowhere.pem", "--tls-key", key]).contains("--tls-cert /nowhere.pem: "));
    assert!(refused(&["--tls-cert", key, "--tls-key", key]).contains("expected a certificate chain"));
    assert!(
        refused(&["--tls-cert", certificate, "--tls-key", certificate])
            .contains("expected the certificate's private key")
    );
    let other = Pair::make(&folder.join("other"));
    assert!(refused(&["--tls-cert", certificate, "--tls-key", other.flags()[3]]).contains("cannot be used together"));
    fs::remove_dir_all(folder).expect("it is ours");
}
