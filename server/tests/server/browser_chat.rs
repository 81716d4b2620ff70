//! What people and admins write, on the page.

use serde_json::json;
use thirtyfour::Key;
use tickwire_sync::protocol::CloseCode;

use crate::{
    common::{ALONE, Listener, start},
    driver::Browser,
};

const ANNOUNCED: &str =
    "document.getElementById('announcement').hidden ? '' : document.getElementById('announcement-text').textContent";

/// Types a line into the chat.
async fn type_line(browser: &Browser, line: &str) {
    browser.press(Key::Enter).await;
    browser.enter("chat-input", line).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_that_somebody_writes_is_shown_as_text() {
    const MARKUP: &str = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    let token = server.appoint("admin", "<i>Root</i>");
    let mut root = Listener::come(server.address(), "", crate::identity::shown(&token)).await;
    let ada = root.number_of("Ada").await;
    root.say(|session| session.chat(MARKUP)).await;
    root.say(|session| session.whisper(ada, MARKUP)).await;
    let announcement = tickwire_sync::protocol::Order::Announce { everywhere: false, text: MARKUP };
    root.say(|session| session.order(announcement)).await;
    let state = browser.until("s.chat.filter(line => line.includes('onerror')).length === 3").await;
    assert_eq!(state["chat"][0], format!("<i>Root</i>: {MARKUP}"));
    assert_eq!(browser.evaluate(ANNOUNCED).await, MARKUP);
    let elements =
        "document.querySelectorAll('img, #chat-log i, #leaders i, #chat-log span *, #announcement-text *').length";
    assert_eq!(browser.evaluate(elements).await, 0);
    assert_eq!(browser.evaluate("document.title").await, "Tickwire Arena");
    browser.picture("markup.png").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_asked_for_notifications_by_a_click_alone() {
    /// A stand-in for the browser's own, which counts the questions.
    const STAND_IN: &str = "(window.asked = 0, window.Notification = class { static permission = 'default'; \
                            static requestPermission() { window.asked++; this.permission = 'granted'; return Promise.resolve('granted'); } }, 0)";
    const BUTTON_IS_HIDDEN: &str = "document.getElementById('notify-button').hidden";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    browser.evaluate(STAND_IN).await;
    browser.enter("name", "Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.press('n').await;
    browser.until(&format!("!{BUTTON_IS_HIDDEN}")).await;
    browser.picture("notify.png").await;
    assert_eq!(browser.evaluate("window.asked").await, 0);
    browser.click("notify-button").await;
    browser.until(&format!("{BUTTON_IS_HIDDEN} && window.asked === 1")).await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_types_orders_and_who_is_meant_sees_what_came_of_them() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 2).await;
    let page = format!("http://{}/", server.address());
    let admin = Browser::open(&format!("{page}#token={}", server.appoint("admin", "Root"))).await;
    admin.begin("whoever").await;
    let player = Browser::open_on_phone(&page).await;
    player.begin("Ada Lovelace").await;
    for browser in [&admin, &player] {
        browser.until("s.phase === 'playing' && s.scores.some(row => row.name === 'Ada Lovelace')").await;
    }
    type_line(&admin, "/help").await;
    admin.until("s.chat.some(line => line.includes('/announce-all TEXT'))").await;
    admin.picture("chat-help.png").await;
    admin.press(Key::Escape).await;
    player.click("chat-button").await;
    player.enter("chat-input", "/help").await;
    let told = player.until("s.chat.some(line => line.includes('/who'))").await;
    assert!(!told["chat"].to_string().contains("/kick"), "whoever may give no orders is told of none: {told}");
    player.press(Key::Escape).await;
    type_line(&admin, "/w ada lovelace look out").await;
    admin.until("s.chat.includes('To Ada Lovelace: look out')").await;
    player.until("s.chat.includes('Root whispers: look out')").await;
    type_line(&admin, "/t left").await;
    admin.until("s.chat.includes('There are no teams here.')").await;
    admin.picture("chat-admin.png").await;

    // A page that nobody looks at, and that may, shows the browser's own notice; a stand-in for it says so.
    player.evaluate("(window.told = [], Document.prototype.__lookupGetter__('hidden') && Object.defineProperty(document, 'hidden', { get: () => true, configurable: true }), window.Notification = class { static permission = 'granted'; constructor(title, options) { window.told.push(title + ': ' + options.body); } }, 0)").await;
    type_line(&admin, "/announce Restart at ten: finish your round, the server is back a minute later").await;
    player.until("document.getElementById('announcement').hidden === false").await;
    admin.until("document.getElementById('announcement').hidden === false").await;
    let told = json!(["Tickwire: Restart at ten: finish your round, the server is back a minute later"]);
    assert_eq!(player.evaluate("window.told").await, told);
    assert_eq!(admin.evaluate("document.visibilityState").await, "visible");
    player.picture("announcement-phone.png").await;
    admin.picture("announcement.png").await;
    admin.click("announcement-close").await;
    assert_eq!(admin.evaluate(ANNOUNCED).await, "");

    type_line(&admin, "/mute Ada Lovelace 10m spam").await;
    admin.until("s.chat.some(line => line.includes('1: Ada Lovelace is muted for 10 min: spam (by Root)'))").await;
    player.click("chat-button").await;
    player.enter("chat-input", "hello?").await;
    player.until("s.chat.some(line => line.startsWith('You are muted for'))").await;
    player.click("chat-button").await;
    player.picture("chat-phone.png").await;
    type_line(&admin, "/kick Nobody").await;
    admin.until("s.chat.includes('Nobody here is called Nobody.')").await;
    admin.press(Key::Escape).await;
    type_line(&admin, "/kick Ada Lovelace <b>caps lock</b>").await;
    player.until("s.phase === 'refused'").await;
    assert_eq!(
        player.evaluate("document.getElementById('lost-why').textContent").await,
        "A moderator removed you: <b>caps lock</b>."
    );
    player.picture("kicked-phone.png").await;
    admin.until("s.chat.includes('Ada Lovelace is removed.')").await;
    server.until_closed(CloseCode::Kicked, 1).await;
    admin.close(&[]).await;
    player.close(&[]).await;
    server.stop().await;
}
