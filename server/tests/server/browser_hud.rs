//! What stands around the arena's picture, in a real browser.

use thirtyfour::Key;
use tickwire::View;

use crate::{
    common::{ALONE, start},
    driver::Browser,
};

/// A browser on each of three screens; of the wide one's window, 1280 x 720 pixels are the page.
async fn screens(url: &str) -> [(&'static str, Browser); 3] {
    [
        ("wide", Browser::open_with(url, &["--window-size=1280,863"]).await),
        ("phone", Browser::open_on_phone(url).await),
        ("sideways", Browser::open_on_phone_sideways(url).await),
    ]
}

/// How a gauge is read out: its role, its name, its number and the most that this can be; nothing for one that is not shown.
fn gauge(id: &str) -> String {
    format!(
        "(() => {{ const e = document.getElementById('{id}'); return e.hidden ? null : \
         [e.getAttribute('role'), e.getAttribute('aria-label'), +e.getAttribute('aria-valuenow'), +e.getAttribute('aria-valuemax')]; }})()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_say_what_is_left_of_boost_and_mines_and_none_stands_there_for_what_one_has_not() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    browser.enter("name", "Ada").await;
    let mines = browser.until("s.ship && s.minesLeft > 0 && s.boost > 59000").await["minesLeft"].clone();
    let shown = format!("{}?.[2] === 100", gauge("boost"));
    browser.until(&shown).await;
    assert_eq!(browser.evaluate(&gauge("mines")).await, serde_json::json!(["meter", "Mines", mines, mines]));
    for id in ["shield", "overdrive"] {
        assert_eq!(browser.evaluate(&gauge(id)).await, serde_json::Value::Null, "{id}");
    }
    browser.press('q').await;
    browser.until(&format!("{}[2] === {mines} - 1", gauge("mines"))).await;
    browser.hold(&['w', Key::Shift.into()]).await;
    browser.until(&format!("{}[2] < 80", gauge("boost"))).await;
    browser.picture("gauges.png").await;
    browser.release(&['w', Key::Shift.into()]).await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_around_the_picture_covers_anything_else_on_any_screen() {
    /// Which of what is shown overlap, in pairs.
    const OVERLAPS: &str = "(() => {
        const shown = ['standing', 'clock', 'line', 'gauges', 'chat-button', 'rail-button', 'sound-mute'].map((id) => document.getElementById(id)).filter((e) => e && e.checkVisibility());
        const boxes = shown.map((e) => [e.id, e.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
        return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
            .map(([other]) => `${one} and ${other}`));
    })()";
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (7, View::All)).await;
    let url = format!("http://{}/", server.address());
    for (screen, browser) in screens(&url).await {
        browser.until("s.phase === 'start'").await;
        browser.enter("name", "Ada").await;
        browser.until("s.phase === 'playing' && s.ship && s.scores.length > 5").await;
        browser.until("document.getElementById('leaders').children.length >= 5").await;
        browser.picture(&format!("hud-{screen}.png")).await;
        assert_eq!(browser.evaluate(OVERLAPS).await, serde_json::json!([]), "on the {screen} screen");
        browser.close(&[]).await;
    }
    server.stop().await;
}
