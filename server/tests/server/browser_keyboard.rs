//! The page without a mouse: each menu but the settings, which have tests of their own, by keys alone.

use thirtyfour::Key;

use crate::{
    common::{ALONE, start},
    driver::Browser,
};

/// What shows that an element is there to be seen.
fn seen(id: &str) -> String {
    format!("document.getElementById('{id}').checkVisibility()")
}

async fn is_seen(browser: &Browser, id: &str) -> bool {
    browser.evaluate(&seen(id)).await == true
}

async fn keys(browser: &Browser, text: &str) {
    for letter in text.chars() {
        browser.press(letter).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_without_a_mouse_begins_talks_looks_at_the_network_and_mutes() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 2).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    // The field has the focus from the beginning.
    keys(&browser, "Ada").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'playing' && s.ship").await;

    browser.press(Key::Enter).await;
    assert!(is_seen(&browser, "chat-form").await);
    keys(&browser, "waves").await;
    browser.press(Key::Enter).await;
    browser.until("s.chat.includes('Ada: waves')").await;
    assert!(!is_seen(&browser, "chat-form").await);
    browser.press(Key::Enter).await;
    keys(&browser, "/help").await;
    browser.press(Key::Enter).await;
    browser.until("s.chat.some((line) => line.includes('/who'))").await;
    assert!(is_seen(&browser, "chat-form").await, "the help is to be read");
    keys(&browser, "never said").await;
    browser.press(Key::Escape).await;
    assert!(!is_seen(&browser, "chat-form").await);

    for key in ['n', Key::F3.into()] {
        browser.press(key).await;
        assert!(is_seen(&browser, "network").await);
        browser.press(key).await;
        assert!(!is_seen(&browser, "network").await);
    }
    browser.press('l').await;
    assert_eq!(browser.evaluate("document.activeElement.id").await, "lag-time");
    browser.press(Key::Right).await;
    assert_eq!(browser.evaluate("document.getElementById('lag-time').value").await, "10");
    browser.press(Key::Home).await;
    browser.press('l').await;
    assert_eq!(browser.evaluate("document.activeElement.id").await, "", "back at the ship");
    browser.press('n').await;

    browser.press('m').await;
    assert_eq!(browser.evaluate("document.getElementById('sound-mute').getAttribute('aria-pressed')").await, "true");
    let state = browser.until("s.ship").await;
    assert!(!state["chat"].to_string().contains("never said"), "{state}");
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_connection_tries_again_or_goes_back_by_keys_and_watches_from_there() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (2, 0)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    let address = server.address();
    server.stop().await;
    browser.until("s.phase === 'lost'").await;
    browser.walk_to("lost-retry").await;
    let tries = browser.until("s.phase === 'lost'").await["tries"].as_u64().expect("a number");
    browser.press(Key::Enter).await;
    browser.until(&format!("s.tries > {tries}")).await;
    browser.walk_to("lost-back").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'start'").await;
    let server = start(|config| (config.port, config.bots, config.watch_delay) = (address.port(), 2, 0)).await;
    assert_eq!(browser.evaluate("document.activeElement.id").await, "name");
    browser.walk_to("watch-start").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'playing' && s.watches && s.ships.length > 0").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'start'").await;
    // Chromium logs each try that nobody answered.
    browser.close(&["ERR_CONNECTION_REFUSED"]).await;
    server.stop().await;
}
