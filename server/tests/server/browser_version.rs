//! A page of another version than the server: what a browser has from before an update.

use std::time::{Duration, Instant};

use tickwire_sync::protocol::CloseCode;

use crate::{
    common::{ALONE, PATIENCE, start},
    driver::Browser,
};

/// Counts how often the page is loaded, and notes whether the card about the connection was seen before it was loaded anew; while `old` holds, it says in its `Hello` that it is of a later version.
fn page_of_other_version(old: &str) -> String {
    format!(
        "const loads = sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1, send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (bytes) {{
             if (!this.greets && ({old})) {{
                 bytes = bytes.slice();
                 bytes[1] += 1;
             }}
             this.greets = true;
             send.call(this, bytes);
         }};
         let since = null;
         (function look() {{
             const lost = document.getElementById('lost');
             if (document.body?.matches('[data-reloads], [data-phase=refused]')) {{
                 since ??= performance.now();
                 sessionStorage.looked = true;
             }}
             if (since && performance.now() - since < 400 && lost.checkVisibility({{ opacityProperty: true }})) {{
                 sessionStorage.flashed = lost.textContent;
             }}
             requestAnimationFrame(look);
         }})();"
    )
}

const LOADS: &str = "Number(sessionStorage.loads)";
const FLASHED: &str = "sessionStorage.flashed ?? null";

/// Waits until the page has loaded itself anew: a script that waits inside of it would end with it.
async fn until_reloaded(browser: &Browser) {
    let patient_until = Instant::now() + PATIENCE;
    while browser.evaluate(LOADS).await != 2 {
        assert!(Instant::now() < patient_until, "it is not loaded anew");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_before_an_update_loads_itself_anew_and_goes_on_without_asking() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open("about:blank").await;
    browser.before_each_page(&page_of_other_version("loads === 1")).await;
    browser.load(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    // Time enough for some frames between the order to reload and the next page.
    browser.delay_answers(200).await;
    browser.enter("name", "Ada").await;
    until_reloaded(&browser).await;
    let there = browser.until("s.phase === 'playing' && s.ship").await;
    assert_eq!((there["scores"][0]["name"].as_str(), browser.evaluate(LOADS).await), (Some("Ada"), 2.into()));
    assert_eq!(browser.evaluate("sessionStorage.looked").await, "true", "there were frames to look at");
    assert_eq!(browser.evaluate(FLASHED).await, serde_json::Value::Null, "no card flashed by");
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_of_another_version_even_after_a_reload_says_so_and_what_to_do() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open("about:blank").await;
    browser.before_each_page(&page_of_other_version("true")).await;
    browser.load(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    server.until_closed(CloseCode::WrongVersion, 1).await;
    browser.until("s.phase === 'start' && s.preview === null").await;
    assert_eq!(browser.evaluate(LOADS).await, 1, "nobody has asked for anything yet");
    browser.enter("name", "Ada").await;
    until_reloaded(&browser).await;
    browser.until("s.phase === 'refused'").await;
    let why = browser.text_of("lost-why").await;
    assert!(why.contains("different versions, even after a reload") && why.contains("try again"), "{why}");
    browser.picture("other-version.png").await;
    assert_eq!(browser.evaluate(LOADS).await, 2, "once, and not again and again");
    browser.close(&[]).await;
    server.stop().await;
}
