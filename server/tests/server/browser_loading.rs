//! What the page shows while the game loads, and what it says where it cannot run.

use crate::{
    common::{ALONE, start},
    driver::Browser,
};

/// What a browser may lack, how it is taken from this one, and the words that name it.
const LACKS: [(&str, &str, &str); 3] = [
    ("webassembly", "delete window.WebAssembly", "This browser has no WebAssembly."),
    ("websocket", "delete window.WebSocket", "This browser has no WebSocket"),
    (
        "webgl2",
        "const get = HTMLCanvasElement.prototype.getContext;
         HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
           return kind === 'webgl2' ? null : get.call(this, kind, ...more);
         }",
        "This browser cannot draw with WebGL2.",
    ),
];

/// Hands over the card's words once the page shows it.
const TOLD: &str = "(function look() {
    if (document.body.dataset.phase === 'broken') done(document.getElementById('trouble-why').textContent);
    else setTimeout(look, 20);
  })();";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_lacks_what_the_game_needs_is_told_which_and_what_helps() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    for (lack, removal, words) in LACKS {
        let browser = Browser::open("about:blank").await;
        browser.before_each_page(removal).await;
        browser.load(&format!("http://{}/", server.address())).await;
        let told = browser.script(TOLD).await;
        let told = told.as_str().expect("text");
        assert!(told.starts_with(words) && told.contains("Firefox, Chrome, Edge or Safari can"), "{lack}: {told}");
        let seen = browser.evaluate("document.getElementById('trouble').checkVisibility()").await;
        assert_eq!(seen, true, "{lack}: the card is seen");
        let form = browser.evaluate("document.getElementById('start').checkVisibility()").await;
        assert_eq!(form, false, "{lack}: nothing invites to play");
        browser.picture(&format!("lacks-{lack}.png")).await;
        browser.close(&[]).await;
    }
    server.stop().await;
}

/// Notes what the bar shows and what moves by itself, from the first moment on.
const NOTING: &str = "
    window.bar = []; window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shift += entry.value)).observe({ type: 'layout-shift', buffered: true });
    (function look() {
        const bar = document.getElementById('loading-bar');
        if (bar?.checkVisibility() && bar.hasAttribute('value')) window.bar.push(bar.value);
        if (document.body?.dataset.phase !== 'start') requestAnimationFrame(look);
    })();";

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_grows_while_the_game_loads_and_nothing_on_the_page_moves() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open("about:blank").await;
    browser.before_each_page(NOTING).await;
    browser.slow_down(100_000).await;
    browser.load(&format!("http://{}/", server.address())).await;
    browser.picture("loading.png").await;
    browser.until("s.phase === 'start'").await;
    let (bar, shift) = (browser.evaluate("window.bar").await, browser.evaluate("window.shift").await);
    let bar: Vec<f64> = serde_json::from_value(bar).expect("numbers");
    assert!(bar.is_sorted() && bar.last() > Some(&0.9), "{bar:?}");
    let between = bar.iter().filter(|share| (0.1..0.9).contains(*share)).count();
    assert!(between > 10, "{bar:?}");
    assert_eq!(shift, 0, "nothing moves");
    browser.close(&[]).await;
    server.stop().await;
}
