//! Whether people can use the page who cannot see it well, or use no mouse.

use std::{fs, process::Command};

use thirtyfour::Key;

use crate::{
    common::{ALONE, start},
    driver::Browser,
};

/// What `script/axe` ends with where axe-core cannot be had on this machine.
const NOT_TO_BE_HAD: i32 = 77;

/// axe-core, where it can be had.
pub fn axe() -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../script/axe");
    let output = Command::new(script).output().expect("bash runs the script");
    if output.status.code() == Some(NOT_TO_BE_HAD) {
        eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = String::from_utf8(output.stdout).expect("a path");
    Some(fs::read_to_string(path.trim_end()).expect("it lies there"))
}

/// Has axe look at the page as it is, and fails on what is serious.
pub async fn look(browser: &Browser, axe: &str, state: &str) {
    let found = browser.accessibility(axe).await;
    let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{state}:\n{}", lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_any_screen() {
    let Some(axe) = axe() else { return };
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay, config.diagnostics) = (3, 0, true)).await;
    let url = format!("http://{}/", server.address());
    let browser = Browser::open(&url).await;
    browser.until("s.phase === 'start'").await;
    look(&browser, &axe, "start").await;
    browser
        .evaluate("document.getElementById('start').appendChild(document.createElement('button')).id = 'mute-button'")
        .await;
    let found = browser.accessibility(&axe).await;
    assert!(
        found.iter().any(|line| line.to_string().contains("button-name")),
        "a button without a name is found: {found:?}"
    );
    browser.evaluate("document.getElementById('mute-button').remove()").await;
    browser.enter("name", "Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.until("document.getElementById('feed').childElementCount > 0").await;
    look(&browser, &axe, "playing, with news").await;
    browser.hold(&[Key::Tab.into()]).await;
    look(&browser, &axe, "scores").await;
    browser.release(&[Key::Tab.into()]).await;
    browser.press('n').await;
    look(&browser, &axe, "network").await;
    browser.press('n').await;
    browser.press(Key::Enter).await;
    look(&browser, &axe, "chat").await;
    browser.load(&format!("{url}?watch")).await;
    browser.until("s.phase === 'playing' ").await;
    look(&browser, &axe, "watching").await;
    browser.load(&format!("{url}diagnostics")).await;
    browser.text_of("verdict").await;
    look(&browser, &axe, "doctor").await;
    browser.close(&[]).await;
    let phone = Browser::open_on_phone(&url).await;
    phone.until("s.phase === 'start'").await;
    look(&phone, &axe, "start on a phone").await;
    phone.enter("name", "Ada").await;
    phone.until("s.phase === 'playing' && s.ship").await;
    look(&phone, &axe, "playing on a phone").await;
    server.stop().await;
    phone.until("s.phase === 'lost'").await;
    look(&phone, &axe, "lost on a phone").await;
    phone.close(&["ERR_CONNECTION_REFUSED"]).await;
}
