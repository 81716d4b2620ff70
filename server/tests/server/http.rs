//! The page and the health report over HTTP, as browsers, caches and crawlers ask for them.

use std::path::Path;

use crate::common::{Answer, Running, start};

/// The answer to a request line and some headers.
async fn ask(server: &Running, line: &str, headers: &[&str]) -> Answer {
    let first = format!("{line} HTTP/1.1");
    let lines = [&[first.as_str(), "Host: localhost"], headers, &["Connection: close\r\n\r\n"]].concat();
    server.exchange(&lines.join("\r\n")).await
}

/// The name with a hash under which a text names a file.
fn named(text: &str, stem: &str, extension: &str) -> String {
    let quoted = text.split('"').find(|part| part.starts_with(&format!("/{stem}.")) && part.ends_with(extension));
    quoted.unwrap_or_else(|| panic!("no {stem} in {text}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_asked_for_each_time_and_what_it_loads_is_kept_for_good() {
    let server = start(|_| {}).await;
    let page = ask(&server, "GET /", &[]).await;
    assert_eq!((page.status(), page.header("cache-control")), (200, Some("no-cache")));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let script = ask(&server, &format!("GET {}", named(&page.text(), "main", ".js")), &[]).await;
    for (name, text, kind) in [
        (named(&page.text(), "style", ".css"), page.text(), "text/css; charset=utf-8"),
        (named(&page.text(), "favicon", ".svg"), page.text(), "image/svg+xml"),
        (named(&script.text(), "tickwire", ".js"), script.text(), "text/javascript; charset=utf-8"),
        (named(&script.text(), "tickwire_bg", ".wasm"), script.text(), "application/wasm"),
    ] {
        let file = ask(&server, &format!("GET {name}"), &[]).await;
        assert_eq!((file.status(), file.header("content-type")), (200, Some(kind)), "{name} of {text}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{name}");
    }
    assert_eq!(ask(&server, "GET /main.js", &[]).await.status(), 404, "only names with a hash are kept for good");

    // Who has it is not sent it again.
    let tag = format!("If-None-Match: {}", page.header("etag").expect("a tag"));
    let again = ask(&server, "GET /", &[&tag]).await;
    assert_eq!((again.status(), again.body.len(), again.header("etag")), (304, 0, page.header("etag")));
    assert_eq!(ask(&server, "GET /", &["If-None-Match: \"other\""]).await.status(), 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn brotli_and_gzip_are_sent_to_those_who_take_them() {
    let server = start(|_| {}).await;
    let mut lengths = Vec::new();
    for (accept, coding) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
        let accept = format!("Accept-Encoding: {accept}");
        let page = ask(&server, "GET /", &[&accept]).await;
        assert_eq!((page.header("content-encoding"), page.header("vary")), (coding, Some("accept-encoding")));
        lengths.push(page.body.len());
        // Each variant is its own, for caches.
        let tag = format!("If-None-Match: {}", page.header("etag").expect("a tag"));
        assert_eq!(ask(&server, "GET /", &[&accept, &tag]).await.status(), 304);
        assert_eq!(ask(&server, "GET /", &["Accept-Encoding: deflate", &tag]).await.status() == 304, coding.is_none());
    }
    assert!(lengths.is_sorted() && lengths[0] * 2 < lengths[2], "{lengths:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_request_gets_the_head_and_what_cannot_be_answered_is_told_by_its_status() {
    let server = start(|_| {}).await;
    let (page, head) = (ask(&server, "GET /", &[]).await, ask(&server, "HEAD /", &[]).await);
    assert_eq!((head.status(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(page.body.len().to_string().as_str()));
    assert_eq!(head.header("etag"), page.header("etag"));
    assert_eq!(ask(&server, "GET /nothing", &[]).await.status(), 404);
    for path in ["/", "/healthz", "/ws", "/nothing"] {
        let refused = ask(&server, &format!("POST {path}"), &["Content-Length: 0"]).await;
        assert_eq!((refused.status(), refused.header("allow")), (405, Some("GET,HEAD")), "{path}");
    }
    assert_eq!(ask(&server, "GET /ws", &[]).await.status(), 400);
    let health = ask(&server, "GET /healthz", &[]).await;
    assert_eq!((health.status(), health.header("cache-control")), (200, Some("no-store")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_forbids_what_a_page_could_be_made_to_do() {
    let server = start(|_| {}).await;
    for line in ["GET /", "GET /nothing", "GET /healthz", "POST /", "GET /ws"] {
        let answer = ask(&server, line, &[]).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';") && !policy.contains("unsafe-inline"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{line}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{line}");
        assert!(answer.header("permissions-policy").expect("a policy").contains("camera=()"), "{line}");
        assert_eq!(answer.header("strict-transport-security"), None, "{line}: there is no TLS");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_or_too_slow_ends_its_connection() {
    let server = start(|_| {}).await;
    let large = format!("X-Large: {}", "a".repeat(20_000));
    assert_eq!(ask(&server, "GET /", &[&large]).await.status(), 431);
    // No blank line follows: the server ends it, not this side.
    let slow = server.begin("GET / HTTP/1.1\r\nHost: localhost\r\n").await;
    assert!(!String::from_utf8_lossy(&slow).contains("200 OK"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_page_built_in_or_in_a_folder() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    for folder in [None, Some(assets)] {
        let from_disk = folder.is_some();
        let server = start(|config| config.assets = folder).await;
        for path in [
            "/../Cargo.toml",
            "/../../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/..%2fCargo.toml",
            "/..%5cCargo.toml",
            "/maps/../../Cargo.toml",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/maps/..%2f..%2fCargo.toml",
            "/main.js%00.html",
        ] {
            let answer = ask(&server, &format!("GET {path}"), &[]).await;
            assert!([400, 404].contains(&answer.status()), "{path}: {}", answer.head);
            assert!(!answer.text().contains("[workspace]") && !answer.text().contains("root:"), "{path}");
        }
        if from_disk {
            // What somebody works on is read anew each time; what the build made is there too, by its plain name.
            for path in ["/", "/main.js", "/style.css", "/tickwire.js", "/tickwire_bg.wasm"] {
                let answer = ask(&server, &format!("GET {path}"), &[]).await;
                assert_eq!((answer.status(), answer.header("cache-control")), (200, Some("no-store")), "{path}");
            }
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_for_big_screens_leads_to_the_page_that_watches() {
    let server = start(|config| config.bots = 0).await;
    for (asked, led_to) in [("/watch", "/?watch"), ("/watch?room=main", "/?watch&room=main")] {
        let request = format!("GET {asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = server.exchange(&request).await;
        assert_eq!((answer.status(), answer.header("location")), (307, Some(led_to)));
    }
    server.stop().await;
}
