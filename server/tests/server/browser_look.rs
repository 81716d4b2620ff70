//! What the arena looks and sounds like, in a real browser.

use serde_json::Value;
use thirtyfour::Key;
use tickwire::View;

use crate::{
    common::{ALONE, Running, start},
    driver::Browser,
};

/// How many colours the picture has, of 16 shades for each part, how many of its pixels are of the own ship's colour, and how many are not as they
/// were a third of a second before.
const PICTURE: &str = "
    const stage = document.getElementById('stage'), gl = stage.getContext('webgl2');
    // Asked for after the page's own frame, this one sees what that drew.
    const pixels = () => new Promise((done) => requestAnimationFrame(() => {
        const seen = new Uint8Array(4 * stage.width * stage.height);
        gl.readPixels(0, 0, stage.width, stage.height, gl.RGBA, gl.UNSIGNED_BYTE, seen);
        done(seen);
    }));
    const before = await pixels();
    await new Promise((done) => setTimeout(done, 333));
    const after = await pixels();
    const colours = new Set();
    let changed = 0, own = 0;
    for (let at = 0; at < after.length; at += 4) {
        const [r, g, b] = after.subarray(at, at + 3);
        colours.add((r >> 4) << 8 | (g >> 4) << 4 | b >> 4);
        own += r < 150 && g > 170 && b > 190;
        changed += Math.abs(r - before[at]) + Math.abs(g - before[at + 1]) + Math.abs(b - before[at + 2]) > 24;
    }
    return { colours: colours.size, own, changed };";

async fn fly(config: impl FnOnce(&mut tickwire::Config), flags: &[&str]) -> (Running, Browser) {
    let server = start(config).await;
    let browser = Browser::open_with(&format!("http://{}/", server.address()), flags).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    (server, browser)
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("no number {name} in {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_the_browser_took_away_comes_back_with_all_its_colours() {
    let _alone = ALONE.lock().await;
    let (server, browser) = fly(|config| (config.bots, config.view) = (6, View::All), &[]).await;
    browser.hold(&['w']).await;
    let shown = browser.run(PICTURE).await;
    assert!(number(&shown, "colours") > 60.0 && number(&shown, "own") > 20.0, "{shown}");
    assert!(number(&shown, "changed") > 200.0, "{shown}");

    browser.run("window.lose = document.getElementById('stage').getContext('webgl2').getExtension('WEBGL_lose_context'); window.lose.loseContext();").await;
    browser.until("s.picture.restored === null").await;
    // The very same look at it finds nothing now.
    let gone = browser.run(PICTURE).await;
    assert!(number(&gone, "colours") < 3.0 && number(&gone, "own") == 0.0 && number(&gone, "changed") == 0.0, "{gone}");

    browser.run("window.lose.restoreContext();").await;
    browser.until("s.picture.restored === 1 && s.ship").await;
    let back = browser.run(PICTURE).await;
    assert!(number(&back, "colours") > 60.0 && number(&back, "own") > 20.0, "{back}");
    assert!(number(&back, "changed") > 200.0, "{back}");
    browser.picture("context-back.png").await;
    browser.release(&['w']).await;
    browser.close(&[]).await;
    server.stop().await;
}

/// Looks at every frame until the view was to be shaken hard, and gives how far it was shaken at most.
const SHAKEN: &str = "
    let most = 0;
    for (;;) {
        await new Promise(requestAnimationFrame);
        const { trauma, shake } = window.tickwire.state().picture;
        most = Math.max(most, shake);
        if (trauma > 0.3 && (most > 0 || window.matchMedia('(prefers-reduced-motion: reduce)').matches)) return most;
    }";

#[tokio::test(flavor = "multi_thread")]
async fn the_view_shakes_only_for_those_who_did_not_ask_for_less_motion() {
    let _alone = ALONE.lock().await;
    for (flags, shakes) in [(&[][..], true), (&["--force-prefers-reduced-motion"][..], false)] {
        // So many that something soon happens close by.
        let (server, browser) = fly(|config| (config.bots, config.view) = (30, View::All), flags).await;
        let most = browser.run(SHAKEN).await.as_f64().expect("a number");
        assert_eq!(most > 0.0, shakes, "{most} with {flags:?}");
        browser.close(&[]).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_heard_before_a_gesture_while_muted_or_in_a_hidden_tab() {
    const SOUND: &str = "window.tickwire.sound.report()";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    let sound = browser.evaluate(SOUND).await;
    assert_eq!((&sound["state"], number(&sound, "started")), (&"none".into(), 0.0));

    // The first key wakes it, and what happens is heard.
    browser.enter("name", "Ada").await;
    browser.until("s.ship && window.tickwire.sound.report().state === 'running' && window.tickwire.sound.report().started > 0").await;
    let before = number(&browser.evaluate(SOUND).await, "started");
    browser.hold(&['w', ' ']).await;
    browser
        .until(&format!(
            "window.tickwire.sound.report().started > {before} + 3 && window.tickwire.sound.report().push === 1"
        ))
        .await;

    // Muted, it fires as before, and starts no sound.
    browser.press('m').await;
    let muted = browser.evaluate(SOUND).await;
    assert_eq!(muted["muted"], true);
    let ammo = browser.until("s.ammo > 6").await["ammo"].to_string();
    browser.until(&format!("s.ammo < {ammo} - 3")).await;
    assert_eq!(browser.evaluate(SOUND).await["started"], muted["started"]);
    browser.release(&['w', ' ']).await;

    // The volume is set by the keyboard, without turning the ship; Escape gives the keys back.
    let heading = browser.until("s.ship").await["ship"]["heading"].clone();
    browser.run("document.getElementById('sound-volume').focus()").await;
    browser.press(Key::Left).await;
    let sound = browser.evaluate(SOUND).await;
    assert_eq!((&sound["muted"], number(&sound, "volume")), (&false.into(), 0.55));
    browser.press(Key::Escape).await;
    assert_eq!(browser.until("s.ship").await["ship"]["heading"], heading);

    // A reload keeps both.
    browser.press('m').await;
    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    let sound = browser.evaluate(SOUND).await;
    assert_eq!((&sound["muted"], number(&sound, "volume")), (&true.into(), 0.55));
    browser.click("sound-mute").await;
    browser.enter("name", "").await;
    browser
        .until("s.ship && window.tickwire.sound.report().state === 'running' && !window.tickwire.sound.report().muted")
        .await;

    // Typing is not pressing keys.
    browser.press(Key::Enter).await;
    browser.enter("chat-input", "mmm").await;
    browser.until("s.chat.some(line => line.includes('mmm')) && !window.tickwire.sound.report().muted").await;

    // A headless browser hides no tab, so it is told that this one is hidden.
    for (hidden, state) in [(true, "suspended"), (false, "running")] {
        browser.run(&format!("Object.defineProperty(document, 'hidden', {{ get: () => {hidden}, configurable: true }}); document.dispatchEvent(new Event('visibilitychange'));")).await;
        browser.until(&format!("window.tickwire.sound.report().state === '{state}'")).await;
    }
    browser.close(&[]).await;
    server.stop().await;
}
