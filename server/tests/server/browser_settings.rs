//! The settings panel: keys are chosen, kept and given back, by keyboard and by mouse.

use thirtyfour::Key;
use tickwire_examples::LINE;
use tickwire_line::Line;

use crate::{
    browser_access,
    browser_hud::{SCREENS, open_on},
    common::{ALONE, start, start_game},
    driver::Browser,
};

const IS_OPEN: &str = "document.getElementById('settings').open";
const SAID: &str = "document.getElementById('settings-said').textContent";
const FOCUSED: &str = "document.activeElement.id";

/// Chooses a key, by the keyboard alone.
async fn choose(browser: &Browser, place: &str, key: impl Into<char>) {
    browser.walk_to(place).await;
    browser.press(Key::Enter).await;
    browser.press(key).await;
}

/// Whether all of an element is on the screen.
fn is_seen(id: &str) -> String {
    format!(
        "(() => {{ const part = document.getElementById('{id}'), box = part.getBoundingClientRect(); \
         return part.checkVisibility() && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight; }})()"
    )
}

async fn text(browser: &Browser, id: &str) -> String {
    let text = browser.evaluate(&format!("document.getElementById('{id}').textContent")).await;
    text.as_str().expect("a text").to_owned()
}

async fn said(browser: &Browser) -> String {
    browser.evaluate(SAID).await.as_str().expect("a text").to_owned()
}

async fn hint(browser: &Browser) -> String {
    let keys = "[...document.querySelectorAll('[data-hint=fire] kbd')].map((key) => key.textContent).join(' ')";
    browser.evaluate(keys).await.as_str().expect("a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_chosen_by_the_keyboard_alone_and_kept_over_a_reload() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(hint(&browser).await, "Click Space");
    browser.walk_to("settings-button").await;
    browser.press(Key::Enter).await;
    assert_eq!(browser.evaluate(IS_OPEN).await, true);
    browser.picture("settings.png").await;

    // Of what is asked for, a key of the page is refused, Escape leaves all as it was, Delete takes the key away.
    choose(&browser, "key-fire-1", 'n').await;
    assert!(said(&browser).await.starts_with("N is taken by the page"), "{}", said(&browser).await);
    browser.press(Key::Escape).await;
    assert_eq!(
        (browser.evaluate(IS_OPEN).await, text(&browser, "key-fire-1").await),
        (true.into(), "Space".to_owned())
    );
    choose(&browser, "key-fire-1", Key::Delete).await;
    assert_eq!(text(&browser, "key-fire-1").await, "none");

    // A new key; then another action wants it, and gets it.
    choose(&browser, "key-fire-1", 'f').await;
    assert_eq!((said(&browser).await, text(&browser, "key-fire-1").await), ("Fire: F.".to_owned(), "F".to_owned()));
    choose(&browser, "key-mine-1", 'f').await;
    assert_eq!(said(&browser).await, "Lay a mine: F, which was taken from: Fire.");
    assert_eq!(
        (text(&browser, "key-mine-1").await, text(&browser, "key-fire-1").await),
        ("F".to_owned(), "none".to_owned())
    );
    choose(&browser, "key-fire-1", 'f').await;
    browser.press(Key::Escape).await;
    assert_eq!(
        (browser.evaluate(IS_OPEN).await, browser.evaluate(FOCUSED).await),
        (false.into(), "settings-button".into())
    );
    assert_eq!(hint(&browser).await, "Click F");

    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(hint(&browser).await, "Click F");
    browser.enter("name", "Ada").await;
    let ammo = browser.until("s.ship && s.ship.alive && s.ammo > 6").await["ammo"].to_string();
    browser.hold(&[' ', 'f']).await;
    browser.until(&format!("s.shots > 0 && s.ammo < {ammo} - 1")).await;

    // What is held when the panel opens is let go of, and what is pressed in it stays there.
    browser.press(Key::Escape).await;
    let rests = browser.until(&format!("{IS_OPEN} && s.shots === 0")).await;
    browser.hold(&['w', 'd']).await;
    let audits = rests["stats"]["audits"].as_u64().expect("a count");
    let still = browser.until(&format!("s.stats.audits > {}", audits + 1)).await;
    assert_eq!((&still["ship"]["heading"], &still["shots"]), (&rests["ship"]["heading"], &0.into()));
    browser.release(&['w', 'd', ' ', 'f']).await;
    browser.press(Key::Escape).await;
    browser.until(&format!("!{IS_OPEN}")).await;
    browser.hold(&['d']).await;
    browser.until(&format!("Math.abs(s.ship.heading - {}) > 0.3", rests["ship"]["heading"])).await;
    browser.release(&['d']).await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_of_the_mouse_are_chosen_too_and_what_is_no_choice_is_ignored() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.ship && s.ship.alive").await;
    browser.click("settings-button").await;
    browser.until(IS_OPEN).await;

    // A click on the place that waits is the click itself; one on something else is a change of mind.
    browser.click("key-mine-1").await;
    browser.click("key-mine-1").await;
    assert_eq!(said(&browser).await, "Lay a mine: Click, which was taken from: Fire.");
    browser.click("key-rail-1").await;
    browser.click("key-rail-0").await;
    assert_eq!(text(&browser, "key-rail-1").await, "E");
    browser.picture("settings-asks.png").await;
    browser.click("settings-calm").await;
    browser.click("settings-close").await;
    browser.until(&format!("!{IS_OPEN}")).await;
    let mines = browser.until("s.minesLeft > 0").await["minesLeft"].to_string();
    browser.click("stage").await;
    browser.until(&format!("s.minesLeft < {mines}")).await;

    // All goes back at once; what else was chosen stays.
    browser.click("settings-button").await;
    browser.click("settings-reset").await;
    assert_eq!(
        (text(&browser, "key-fire-0").await, text(&browser, "key-mine-1").await),
        ("Click".to_owned(), "none".to_owned())
    );
    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(hint(&browser).await, "Click Space");
    assert_eq!(browser.evaluate("document.getElementById('settings-calm').checked").await, true);

    for kept in ["7", "'fire'", "'fire=<b>,F5;mine;=;left=KeyN'", "{ fire: ['KeyF'] }"] {
        browser
            .run(&format!("localStorage.setItem('tickwire-settings', JSON.stringify({{ version: 1, keys: {kept}, calm: 'yes', rumble: 3 }}))"))
            .await;
        browser.reload().await;
        browser.until("s.phase === 'start'").await;
        let choices = "['calm', 'rumble'].map((id) => document.getElementById('settings-' + id).checked)";
        assert_eq!(browser.evaluate(choices).await, serde_json::json!([false, true]), "{kept}");
        assert_eq!(text(&browser, "key-mine-0").await, "Q", "{kept}");
    }
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_touch_screen_what_fingers_need_comes_first_and_keys_are_folded_away() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let url = format!("http://{}/", server.address());
    for screen in SCREENS {
        let browser = open_on(screen, &url).await;
        browser.until("s.phase === 'start'").await;
        browser.click("settings-button").await;
        assert_eq!(browser.evaluate(&is_seen("settings-goes-on")).await, false, "nobody plays yet");
        browser.click("settings-close").await;
        browser.enter("name", "Ada").await;
        browser.until("s.phase === 'playing' && s.ship").await;
        browser.click("settings-button").await;
        browser.picture(&format!("settings-{screen}.png")).await;
        for part in ["goes-on", "language", "volume", "mute", "calm", "rumble", "more", "close"] {
            let seen = browser.evaluate(&is_seen(&format!("settings-{part}"))).await;
            assert_eq!(seen, true, "{part} on the {screen} screen");
        }
        assert_eq!(browser.evaluate(&is_seen("key-fire-0")).await, screen == "wide", "on the {screen} screen");
        if screen == "wide" {
            let apart = "document.querySelector('#settings th + th').getBoundingClientRect().left + 6 \
                         - document.getElementById('key-left-0').getBoundingClientRect().left";
            assert_eq!(browser.evaluate(apart).await, 0, "keys stand below their head");
        }
        let choose = "for (const [id, value, what] of [['volume', 20, 'input'], ['mute', null, 'click']]) {
                          const choice = document.getElementById(`settings-${id}`);
                          if (value) choice.value = value;
                          choice.dispatchEvent(new MouseEvent(what, { bubbles: true }));
                      }
                      const { volume, muted } = window.tickwire.sound.report();
                      return [volume, muted, document.getElementById('sound-volume').value, document.getElementById('sound').className];";
        assert_eq!(browser.run(choose).await, serde_json::json!([0.2, true, "20", "muted"]));
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_in_the_settings() {
    let Some(axe) = browser_access::axe() else { return };
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let url = format!("http://{}/", server.address());
    let wide = Browser::open(&url).await;
    let phone = Browser::open_on_phone(&url).await;
    for (browser, name) in [(wide, "settings"), (phone, "settings-phone")] {
        browser.until("s.phase === 'start'").await;
        browser.click("settings-button").await;
        browser_access::look(&browser, &axe, name).await;
        browser.picture(&format!("{name}.png")).await;
        if name == "settings-phone" {
            browser.click("settings-more").await;
        }
        browser.click("key-fire-0").await;
        browser_access::look(&browser, &axe, name).await;
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_game_has_its_own_actions_in_the_panel() {
    let _alone = ALONE.lock().await;
    let server = start_game::<Line>(|config| config.assets = Some(LINE.into())).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    browser.click("settings-button").await;
    choose(&browser, "key-right-0", 'g').await;
    browser.press(Key::Escape).await;
    browser.enter("name", "Ada").await;
    let x = browser.until("s.phase === 'playing' && s.x !== null").await["x"].to_string();
    browser.hold(&['g']).await;
    browser.until(&format!("s.x > {x} + 20")).await;
    browser.release(&['g']).await;
    browser.close(&[]).await;
    server.stop().await;
}
