//! How the page is played: by thumbs and by gamepad.

use serde_json::json;
use tickwire::View;
use tickwire_arena::{DEFAULT_MAP, DEFAULT_TUNING};

use crate::{
    common::{ALONE, start, start_by, start_on},
    driver::{Browser, PHONE},
};

/// By how many CSS pixels the start screen is wider than its window.
const OVERFLOW: &str = "document.getElementById('start').scrollWidth - innerWidth";

/// What a thumb needs; the first three are its own.
const PARTS: [&str; 10] = [
    "rail-button",
    "mine-button",
    "boost-button",
    "chat-button",
    "standing",
    "gauges",
    "ping",
    "sound-mute",
    "settings-button",
    "clock",
];

/// Which of these parts of the page is not wholly in the window, or, of the first three, too small for a thumb.
const CRAMPED: &str = "ids.flatMap((id, at) => {
    const { left, top, right, bottom, width, height } = document.getElementById(id).getBoundingClientRect();
    const seen = width > 0 && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return [seen ? [] : id + ' is not wholly seen', at >= 3 || (width >= 44 && height >= 44) ? [] : id + ' is small'].flat();
})";

/// A finger comes down on a part of the page, or up from it.
async fn finger(browser: &Browser, id: &str, what: &str) {
    let event = format!("new PointerEvent('pointer{what}', {{ pointerId: 9, pointerType: 'touch', bubbles: true }})");
    browser.run(&format!("document.getElementById('{id}').dispatchEvent({event});")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_held_either_way_has_a_button_for_the_rail_for_mines_and_for_boost() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 2).await;
    let (width, height) = PHONE;
    for (screen, name) in [(PHONE, "touch-upright.png"), ((height, width), "touch-across.png")] {
        let browser = Browser::open_on_screen(&format!("http://{}/", server.address()), screen).await;
        browser.until("s.phase === 'start'").await;
        assert!(browser.evaluate(OVERFLOW).await.as_i64().expect("a width") <= 0);
        browser.picture(&format!("start-{name}")).await;
        browser.enter("name", "Ada").await;
        browser.until("s.phase === 'playing' && s.ship && document.getElementById('clock-time').textContent").await;
        let cramped = browser.run(&format!("const ids = {}; return {CRAMPED};", json!(PARTS))).await;
        assert_eq!((cramped, browser.overlaps(&PARTS).await), (json!([]), Vec::new()), "{name}");
        // Boost shows only while the engine burns.
        browser.hold(&['w']).await;
        for (id, shows) in [
            ("mine-button", "s.minesLeft < before"),
            ("rail-button", "s.railTicks > before"),
            ("boost-button", "s.boost < before"),
        ] {
            let before = browser.until("s.ship && s.minesLeft > 0 && s.railTicks === 0").await;
            let number = shows.split([' ', '.']).nth(1).expect("a name");
            finger(&browser, id, "down").await;
            browser.until(&shows.replace("before", &before[number].to_string())).await;
            browser.picture(name).await;
            finger(&browser, id, "up").await;
        }
        browser.release(&['w']).await;
        browser.close(&[]).await;
    }
    server.stop().await;
}

/// Nothing is fired, and nothing aims but the nose.
const RESTS: &str = "s.shots === 0 && Math.abs(s.ship.aim - s.ship.heading) < 0.01";

/// A gamepad of the standard layout that the page cannot tell from a real one; it counts how often it is to shake, and how hard at most.
const FAKE: &str = "
    const pad = window.pad = {
        index: 1, id: 'fake', connected: true, mapping: 'standard', axes: [0, 0, 0, 0],
        buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
        shakes: 0, hardest: 0,
        vibrationActuator: { playEffect: async (kind, { duration, strongMagnitude }) => {
            if (kind !== 'dual-rumble' || !(duration > 0)) throw new Error(kind);
            pad.shakes++;
            pad.hardest = Math.max(pad.hardest, strongMagnitude);
            return 'complete';
        } },
    };
    window.hold = (button, pressed) => Object.assign(pad.buttons[button], { pressed, value: +pressed });
    navigator.getGamepads = () => [null, pad.connected ? pad : null, null, null];
    dispatchEvent(new Event('gamepadconnected'));";

#[tokio::test(flavor = "multi_thread")]
async fn a_gamepad_plays_from_the_start_screen_flies_aims_fires_shakes_and_lets_go() {
    let _alone = ALONE.lock().await;
    // Nobody and nothing else is there to be struck by.
    let server = start_on(include_str!("../../../assets/maps/open.toml"), |_| {}).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    // A stick that hangs a little does nothing.
    browser.run(FAKE).await;
    browser.run("pad.axes = [0.1, -0.1, 0.12, 0]; hold(9, true);").await;
    browser.until("s.phase === 'playing' && s.ship && s.ship.alive").await;
    browser.run("hold(9, false);").await;
    let rests = browser
        .until(&format!("s.stats.audits > 0 && s.ammo > 5 && s.minesLeft > 0 && s.railTicks === 0 && {RESTS}"))
        .await;

    // The left stick turns the nose and pushes, the right one aims apart from it.
    browser.run("pad.axes = [0, 1, -1, 0];").await;
    browser.until("Math.abs(s.ship.heading - Math.PI / 2) < 0.2 && s.ship.speed > 50").await;
    browser.until("Math.abs(Math.abs(s.ship.aim) - Math.PI) < 0.05").await;

    // Triggers fire, others boost and lay mines; the rail is felt.
    browser.run("hold(7, true); hold(5, true); hold(4, true);").await;
    let (ammo, mines, boost) = (&rests["ammo"], &rests["minesLeft"], &rests["boost"]);
    browser.until(&format!("s.ammo < {ammo} && s.minesLeft < {mines} && s.boost < {boost} && pad.shakes === 0")).await;
    browser.run("hold(6, true);").await;
    // Let go in the same frame: a second beam would be felt too.
    browser.until("s.railTicks > 0 && hold(6, false) && pad.shakes === 1 && pad.hardest > 0").await;
    browser.picture("gamepad.png").await;

    // Whoever turns to another window, or loses the gamepad, holds nothing any more.
    browser.run("hold(5, false); hold(4, false); document.hasFocus = () => false;").await;
    browser.until(RESTS).await;
    browser.run("delete document.hasFocus;").await;
    browser.until("s.shots > 0").await;
    browser.run("pad.connected = false;").await;
    browser.until(RESTS).await;

    // Who takes to the keyboard again is not shaken, nor is who does not want it.
    browser.run("pad.connected = true; pad.axes = [0, 0, 0, 0]; hold(7, false);").await;
    browser.press('e').await;
    browser.until("s.railTicks > 0").await;
    browser.until("s.railTicks === 0").await;
    let kept = "{ version: 1, ...JSON.parse(localStorage.getItem('tickwire-settings')), rumble: false }";
    browser.run(&format!("localStorage.setItem('tickwire-settings', JSON.stringify({kept})); hold(6, true);")).await;
    browser.until("s.railTicks > 0 && hold(6, false)").await;
    let state = browser.until("s.railTicks === 0 && pad.shakes === 1").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gamepad_is_felt_when_the_ship_is_hit_and_lost_unless_less_motion_is_wanted() {
    let _alone = ALONE.lock().await;
    for (flags, shakes) in [(&[][..], true), (&["--force-prefers-reduced-motion"][..], false)] {
        // Two hits are the end.
        let frail = DEFAULT_TUNING.replace("hull = 100 ", "hull = 15 ");
        let server = start_by((&frail, DEFAULT_MAP), |config| (config.bots, config.view) = (12, View::All)).await;
        let browser = Browser::open_with(&format!("http://{}/", server.address()), flags).await;
        browser.until("s.phase === 'start'").await;
        browser.run(FAKE).await;
        browser.run("hold(0, true);").await;
        browser.until("s.ship && s.ship.alive").await;
        browser.run("hold(0, false); pad.axes = [0, 0, 1, 0];").await;
        browser.until("s.respawnTicks > 0").await;
        if shakes {
            browser.until("pad.hardest === 1").await;
        } else {
            browser.until("s.ship && s.ship.alive").await;
            assert_eq!(browser.evaluate("pad.shakes").await, 0);
        }
        browser.close(&[]).await;
        server.stop().await;
    }
}
