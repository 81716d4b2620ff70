//! The page in other languages than English: chosen by the browser or by the player, with long words, and from right to left.

use serde_json::{Value, json};
use thirtyfour::Key;
use tickwire::View;
use tickwire_arena::DEFAULT_TUNING;

use crate::{
    browser_hud::YARD,
    common::{ALONE, start, start_by},
    driver::{Browser, PHONE},
};

/// The files of words that the page has loaded.
const LOADED: &str = "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('/words/')).length";
const DIRECTION: &str = "[document.documentElement.lang, document.documentElement.dir]";

async fn text(browser: &Browser, selector: &str) -> Value {
    browser.evaluate(&format!("document.querySelector({selector:?}).textContent")).await
}

/// Chooses a language in the settings, which are open.
async fn choose(browser: &Browser, language: &str) {
    let script = format!(
        "(() => {{ const list = document.getElementById('settings-language'); list.value = '{language}'; \
         list.dispatchEvent(new Event('change', {{ bubbles: true }})); return [...list.options].map((option) => option.text); }})()"
    );
    assert_eq!(browser.evaluate(&script).await, json!(["English", "Deutsch", "العربية"]));
    browser.until(&format!("document.documentElement.lang === '{language}'")).await;
}

/// Takes a picture, and tells what is seen of the page and does not fit: parts beyond the window's sides, and buttons and labels that are
/// smaller than their text.
async fn misfits(browser: &Browser, state: &str) -> Vec<String> {
    browser.picture(&format!("words-{state}.png")).await;
    let found = browser
        .evaluate(
            "[...document.querySelectorAll('body *')].filter((part) => part.checkVisibility({ visibilityProperty: true }) && !part.closest('.unseen, svg')).flatMap((part) => {
               const box = part.getBoundingClientRect();
               const beyond = box.width > 0 && (box.left < -1 || box.right > innerWidth + 1);
               const full = part.matches('button, .what, .number, th, td, dt, dd') && part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1;
               return beyond || full ? [`${part.id || part.tagName}: ${part.textContent.slice(0, 40)}`] : [];
             })",
        )
        .await;
    found.as_array().expect("a list").iter().map(|part| format!("{state}: {part}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_german_browser_gets_a_german_page_from_the_start_to_a_lost_connection() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 3).await;
    let browser = Browser::open_in("de-AT", &format!("http://{}/", server.address()), None).await;
    browser.until("s.phase === 'start'").await;
    assert_eq!((browser.evaluate(DIRECTION).await, browser.evaluate(LOADED).await), (json!(["de", "ltr"]), json!(1)));
    assert_eq!(
        (text(&browser, "#play").await, text(&browser, "[data-hint=fire]").await),
        (json!("Spielen"), json!("KlickLeertaste"))
    );
    assert_eq!(browser.evaluate("document.getElementById('name').placeholder").await, "Pilot");

    browser.enter("name", "Jürgen").await;
    browser.until("s.phase === 'playing' && s.ship && s.round").await;
    browser.until("document.getElementById('clock-round').textContent === 'Runde 1'").await;
    assert_eq!(browser.evaluate("document.getElementById('hull').getAttribute('aria-label')").await, "Hülle");
    browser.hold(&[Key::Tab.into()]).await;
    browser.until("document.getElementById('scores-title').textContent === 'Runde 1'").await;
    browser.until("document.getElementById('scores-rows').textContent.includes(' · Bot')").await;
    browser.release(&[Key::Tab.into()]).await;
    browser.press('n').await;
    browser
        .until("/^\\d+,\\d ms, max\\. \\d+,\\d ms$/.test(document.getElementById('network-frame').textContent)")
        .await;
    browser.press('n').await;
    browser.press(Key::Enter).await;
    browser.enter("chat-input", "/fliegen").await;
    browser
        .until("s.chat.some((line) => line === 'Den Befehl /fliegen gibt es nicht; /help zeigt, was es gibt.')")
        .await;
    browser.press(Key::Escape).await;
    browser.press(Key::Escape).await;
    browser.until("document.getElementById('settings').open").await;
    assert_eq!(text(&browser, "#settings-keys th").await, "Links drehen");
    browser.press(Key::Escape).await;

    server.stop().await;
    browser.until("s.phase === 'lost'").await;
    assert_eq!(text(&browser, "#lost-why").await, "Der Server startet neu.");
    browser
        .until("/^Neue Verbindung in \\d+,\\d s · Versuch/.test(document.getElementById('lost-next').textContent)")
        .await;
    browser.close(&["ERR_CONNECTION_REFUSED"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_is_chosen_takes_effect_at_once_and_is_kept_over_a_reload() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.ship && document.getElementById('clock-round').textContent === 'Round 1'").await;
    browser.press(Key::Escape).await;
    browser.until("document.getElementById('settings').open").await;
    assert_eq!(browser.evaluate("document.getElementById('settings-language').value").await, "en");
    choose(&browser, "de").await;
    assert_eq!(text(&browser, "#settings-title").await, "Einstellungen");
    assert_eq!(
        (text(&browser, "#settings-keys th").await, text(&browser, "#key-fire-0").await),
        (json!("Links drehen"), json!("Klick"))
    );
    browser.until("document.getElementById('clock-round').textContent === 'Runde 1'").await;

    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!((text(&browser, "#play").await, browser.evaluate(LOADED).await), (json!("Spielen"), json!(1)));
    browser.click("settings-button").await;
    choose(&browser, "ar").await;
    assert_eq!(browser.evaluate(DIRECTION).await, json!(["ar", "rtl"]));

    // What is kept and is no language counts as nothing.
    browser
        .run("localStorage.setItem('tickwire-settings', JSON.stringify({ version: 1, language: 'toString' }))")
        .await;
    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(browser.evaluate(DIRECTION).await, json!(["en", "ltr"]));
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_of_another_language_gets_english_and_one_that_lacks_something_is_told_in_its_own() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let url = format!("http://{}/", server.address());
    let browser = Browser::open_in("tlh,fi", &url, None).await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(
        (browser.evaluate(DIRECTION).await, text(&browser, "#play").await),
        (json!(["en", "ltr"]), json!("Play"))
    );
    browser.close(&[]).await;

    let browser = Browser::open_in("ar", "about:blank", None).await;
    browser.before_each_page("delete window.WebSocket").await;
    browser.load(&url).await;
    let told = browser.text_of("trouble-why").await;
    assert!(told.contains("WebSocket") && told.contains("الخادم"), "{told}");
    browser.picture("words-ar-lacks.png").await;
    browser.close(&[]).await;

    // Without any words, one sentence is left.
    let browser = Browser::open("about:blank").await;
    browser.before_each_page("const get = fetch; window.fetch = (url, ...more) => get(url.includes?.('/words/') ? '/nothing' : url, ...more)").await;
    browser.load(&url).await;
    browser
        .script(
            "(function look() { if (document.body.dataset.phase === 'broken') done(1); else setTimeout(look, 20); })()",
        )
        .await;
    assert_eq!(
        text(&browser, "#trouble-why").await,
        "The game could not be loaded. Check the connection, then load the page again."
    );
    browser.close(&["404", "cannot be loaded"]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_words_and_words_from_the_right_fit_on_every_screen() {
    const PARTS: [&str; 11] = [
        "standing",
        "match",
        "line",
        "gauges",
        "minimap",
        "chat-button",
        "rail-button",
        "mine-button",
        "boost-button",
        "sound-mute",
        "settings-button",
    ];
    let _alone = ALONE.lock().await;
    let tuning = DEFAULT_TUNING.replace("play = 180.0", "play = 12.0");
    let server =
        start_by((&tuning, YARD), |config| (config.bots, config.view, config.watch_delay) = (7, View::All, 0)).await;
    let url = format!("http://{}/", server.address());
    let mut found = Vec::new();
    for language in ["de", "ar"] {
        for (name, screen) in [("wide", None), ("phone", Some(PHONE)), ("sideways", Some((844, 390)))] {
            let browser = Browser::open_in(language, &url, screen).await;
            let state = |what: &str| format!("{language}-{name}-{what}");
            browser.until("s.phase === 'start'").await;
            found.extend(misfits(&browser, &state("start")).await);
            browser.click("settings-button").await;
            found.extend(misfits(&browser, &state("settings")).await);
            browser.click("settings-close").await;
            browser.enter("name", "Ada").await;
            browser
                .until("s.phase === 'playing' && s.ship && s.scores.length > 5 && s.round.phase === 'playing'")
                .await;
            browser.until("document.getElementById('leaders').children.length >= 5 && document.getElementById('feed').children.length > 0").await;
            found.extend(misfits(&browser, &state("playing")).await);
            let overlaps = browser.overlaps(&PARTS).await;
            found.extend(overlaps.iter().map(|pair| format!("{language}, {name}: {pair}")));
            browser.click("ping").await;
            browser.until("document.getElementById('network-timeline').textContent").await;
            found.extend(misfits(&browser, &state("network")).await);
            browser.click("ping").await;
            browser.until("s.round?.phase === 'results' && document.getElementById('scores-note').textContent").await;
            found.extend(misfits(&browser, &state("results")).await);
            browser.load(&format!("{url}?watch")).await;
            browser.until("s.phase === 'playing' && s.watches && s.scores.length > 5").await;
            browser.press(Key::Right).await;
            browser.until("s.watched !== null && document.getElementById('watch-whom').textContent").await;
            found.extend(misfits(&browser, &state("watching")).await);
            browser.close(&[]).await;
        }
    }
    server.stop().await;
    assert!(found.is_empty(), "{found:#?}");
}
