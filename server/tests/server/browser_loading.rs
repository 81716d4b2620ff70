//! What the page shows while the game loads, and what it says where it cannot run.

use serde_json::Value;
use tickwire_sync::protocol::CloseCode;

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

/// Notes each frame from the click on "Play" to the first with a ship: when it was, and whether a world was to be seen.
const FROM_CLICK_TO_SHIP: &str = "
    const play = document.getElementById('play'), frames = [];
    let clicked = 0;
    play.addEventListener('click', () => {
        clicked = performance.now();
        (function look() {
            const s = window.tickwire.state();
            frames.push([performance.now() - clicked, s.preview !== null || s.tick !== null, document.getElementById('lost').checkVisibility({ opacityProperty: true })]);
            if (s.ship) done(frames); else requestAnimationFrame(look);
        })();
    });
    play.click();";

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_seen_behind_the_start_screen_and_from_a_click_to_the_ship_something_is_always_seen() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 7).await;
    let url = format!("http://{}/", server.address());
    for screen in ["desktop", "phone"] {
        let browser = if screen == "phone" { Browser::open_on_phone(&url).await } else { Browser::open(&url).await };
        let seen = browser.until("s.phase === 'start' && s.preview !== null && s.picture.shapes > 20").await;
        assert_eq!(
            (&seen["tick"], &seen["player"]),
            (&Value::Null, &Value::Null),
            "nobody plays or watches yet: {seen}"
        );
        browser.until(&format!("s.preview > {} + 60", seen["preview"])).await;
        assert_eq!(server.health("/rooms/0/watchers").await, 1);
        assert_eq!(browser.evaluate("document.getElementById('hud').checkVisibility()").await, false);
        let said = browser.evaluate("document.getElementById('start-match').textContent").await;
        assert_eq!(said, "Free-for-all on Foundry · Pilots: 7");
        browser.picture(&format!("start-live-{screen}.png")).await;
        let frames = browser.script(FROM_CLICK_TO_SHIP).await;
        let frames: Vec<(f64, bool, bool)> = serde_json::from_value(frames).expect("frames");
        let took = frames.last().expect("some").0;
        println!("{screen}: from the click to the ship {took:.0} ms and {} frames", frames.len());
        assert!(
            frames.iter().all(|(_, seen, card)| *seen && !card),
            "a frame without a world, or a card's flash: {frames:?}"
        );
        let seen = browser.until("s.phase === 'playing' && s.ship").await;
        assert_eq!(seen["preview"], Value::Null, "the match behind the start screen is over");
        while server.health("/rooms/0/watchers").await > 0 {
            tokio::task::yield_now().await;
        }
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_more_watchers_are_let_in_stars_drift_behind_the_start_screen_and_one_can_play() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.max_watchers) = (2, 0)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    server.until_closed(CloseCode::WatchersFull, 1).await;
    let seen = browser.until("s.picture.shapes > 0").await;
    assert_eq!(seen["preview"], Value::Null);
    assert_eq!(browser.evaluate("document.getElementById('lost').checkVisibility()").await, false, "nobody asked");
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_back_to_the_start_screen_sees_and_does_not_hear_the_match_behind_it_go_on() {
    const SOUNDS: &str = "window.tickwire.sound.report().started";
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (7, 0)).await;
    let browser = Browser::open(&format!("http://{}/?watch", server.address())).await;
    browser.until("s.phase === 'playing' && s.watches && s.ships.length > 0").await;
    browser.click("watch-play").await;
    let begun = browser.until("s.phase === 'start' && s.preview !== null").await;
    // A match that nobody asked for is not heard, though a click has woken the sound.
    browser.until("window.tickwire.sound.report().state === 'running'").await;
    let before = browser.evaluate(SOUNDS).await;
    browser.until(&format!("s.preview > {} + 300", begun["preview"])).await;
    assert_eq!(browser.evaluate(SOUNDS).await, before);
    assert_eq!(server.health("/rooms/0/watchers").await, 1, "the same page, once");
    assert_eq!(browser.evaluate("document.getElementById('name').value").await, "", "nobody gave a name");
    // Who then plays, plays after a reload too, and does not watch again.
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    assert_eq!(browser.evaluate("location.pathname + location.search").await, "/");
    browser.close(&[]).await;
    server.stop().await;
}
