//! What the page says when there is no place for it, and when its player did nothing for too long.

use std::time::Duration;

use tickwire_sync::protocol::CloseCode;

use crate::{
    browser_hud::{SCREENS, open_on},
    common::{ALONE, RawClient, start},
    driver::Browser,
};

const CARD: &str = "document.getElementById('lost').textContent";
const BUTTON: &str = "document.getElementById('lost-retry').textContent";

async fn says(browser: &Browser, words: &str) {
    let card = browser.evaluate(CARD).await;
    assert!(card.as_str().expect("text").contains(words), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_told_in_words_on_every_screen_and_tried_again_by_itself_and_by_a_button() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.limits.max_connections) = (0, 1)).await;
    let inside = RawClient::join(server.address(), "Grace").await;
    let url = format!("http://{}/", server.address());
    for screen in ["desktop", "phone"] {
        let browser = if screen == "phone" { Browser::open_on_phone(&url).await } else { Browser::open(&url).await };
        browser.begin("Ada").await;
        browser.until("s.phase === 'lost'").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        says(&browser, "The server is full.").await;
        says(&browser, "Trying again in").await;
        assert_eq!(browser.evaluate(BUTTON).await, "Try again");
        browser.picture(&format!("server-full-{screen}.png")).await;
        let told = server.closed(CloseCode::ServerFull).await;
        browser.click("lost-retry").await;
        browser.until("s.phase === 'lost' && s.tries >= 2").await;
        assert!(server.closed(CloseCode::ServerFull).await > told, "the button tries at once");
        browser.close(&[]).await;
    }
    let browser = Browser::open(&url).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'lost'").await;
    drop(inside);
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_nothing_is_told_so_and_comes_back_by_a_button() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.limits.idle_minutes) = (0, 0.05)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'refused'").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    says(&browser, "You did nothing for a while").await;
    assert_eq!(browser.evaluate(BUTTON).await, "Come back");
    server.until_closed(CloseCode::Idle, 1).await;
    browser.picture("idle.png").await;
    browser.click("lost-retry").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_does_not_exist_is_named_at_once_and_a_link_leads_to_the_one_that_does() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (2, 0)).await;
    let url = format!("http://{}/", server.address());
    for screen in SCREENS {
        // Nobody has pressed anything yet.
        let browser = open_on(screen, &format!("{url}?room=nowhere&x=1")).await;
        browser.until("s.phase === 'refused'").await;
        browser.until("document.getElementById('lost').checkVisibility()").await;
        says(&browser, "There is no room called “nowhere” here.").await;
        browser.picture(&format!("no-room-{screen}.png")).await;
        let buttons = "[...document.querySelectorAll('#lost .row > *')].filter((part) => part.checkVisibility()).map((part) => part.id)";
        assert_eq!(browser.evaluate(buttons).await, serde_json::json!(["lost-room"]));
        let speak = "(() => { const list = document.getElementById('settings-language'); list.value = 'de'; \
                     list.dispatchEvent(new Event('change', { bubbles: true })); return true; })()";
        browser.evaluate(speak).await;
        browser.until(&format!("{CARD}.includes('Einen Raum namens „nowhere“ gibt es hier nicht.')")).await;
        browser.click("lost-room").await;
        browser.until("s.phase === 'start' && s.preview !== null && location.search === '?x=1'").await;
        browser.close(&[]).await;
    }
    let browser = Browser::open(&format!("{url}?watch&room=nowhere")).await;
    browser.until("s.phase === 'refused'").await;
    browser.until("document.getElementById('lost').checkVisibility()").await;
    browser.click("lost-room").await;
    browser.until("s.phase === 'playing' && s.watches").await;
    browser.close(&[]).await;
    server.stop().await;
}
