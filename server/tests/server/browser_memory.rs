//! What the page holds after long play.

use serde_json::Value;
use tickwire::View;
use tickwire_arena::{DEFAULT_MAP, DEFAULT_TUNING};

use crate::{
    common::{ALONE, start_by},
    driver::Browser,
};

/// So fast that five minutes of play at the default rate pass in a quarter of the time.
const TICK_RATE: u32 = 120;
/// Ticks of five minutes at the default rate.
const TICKS: u64 = 5 * 60 * 30;
/// By then pools, chat and feed are as full as they get, and every round's end was shown once.
const WARM_TICKS: u64 = 3000;
/// What the JavaScript heap may differ by between two looks, in bytes: strings and caches come and go.
const HEAP_SLACK: i64 = 64 * 1024;

/// What is held once all garbage is gone, in bytes.
const HELD: &str = "
    for (let turn = 0; turn < 3; turn += 1) { window.gc(); await new Promise(requestAnimationFrame); }
    return { heap: performance.memory.usedJSHeapSize, wasm: window.tickwire.wasmBytes(), nodes: document.querySelectorAll('*').length };";

/// Gives the tick after a while.
const PASSING: &str = "await new Promise((done) => setTimeout(done, 2000)); return window.tickwire.state().tick;";

fn bytes(held: &Value, of: &str) -> i64 {
    held[of].as_i64().unwrap_or_else(|| panic!("no number {of} in {held}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_grows_in_a_page_over_the_ticks_of_five_minutes() {
    let _alone = ALONE.lock().await;
    // Rounds end and begin all the time.
    let tuning = DEFAULT_TUNING.replace("play = 180.0 ", "play = 10.0 ").replace("results = 10.0", "results = 1.0");
    assert_ne!(tuning, DEFAULT_TUNING);
    let server = start_by((&tuning, DEFAULT_MAP), |config| {
        (config.bots, config.view, config.tick_rate) = (12, View::All, TICK_RATE);
    })
    .await;
    let flags = ["--js-flags=--expose-gc", "--enable-precise-memory-info"];
    let browser = Browser::open_with(&format!("http://{}/", server.address()), &flags).await;
    browser.begin("Ada").await;
    let begun = browser.until("s.phase === 'playing' && s.ship").await["tick"].as_u64().expect("a tick");
    browser.point(900, 300).await;
    browser.hold(&['w', 'd', ' ']).await;

    let mut looked = Vec::new();
    for tick in [WARM_TICKS, WARM_TICKS.midpoint(TICKS), TICKS] {
        // Looked at seldom, for what the driver itself leaves behind counts too. In pieces, for a wait has an end.
        while browser.run(PASSING).await.as_u64().expect("a tick") < begun + tick {}
        looked.push((tick, browser.run(HELD).await));
    }
    println!("bytes after so many ticks: {looked:?}");
    let ((_, warm), (_, last)) = (&looked[0], &looked[2]);
    assert_eq!(bytes(last, "wasm"), bytes(warm, "wasm"), "{looked:?}");
    assert!(bytes(last, "heap") <= bytes(warm, "heap") + HEAP_SLACK, "{looked:?}");

    let state = browser.until("s.stats").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.release(&['w', 'd', ' ']).await;
    browser.close(&[]).await;
    server.stop().await;
}
