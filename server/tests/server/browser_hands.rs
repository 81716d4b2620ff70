//! How the page is played: by thumbs.

use serde_json::Value;

use crate::{
    common::{ALONE, start},
    driver::{Browser, PHONE},
};

/// By how many CSS pixels the start screen is wider than its window.
const OVERFLOW: &str = "document.getElementById('start').scrollWidth - innerWidth";

/// Which two of these parts of the page overlap, or which one is not wholly in the window or too small for a thumb.
const CRAMPED: &str = "
    const ids = ['rail-button', 'mine-button', 'boost-button', 'chat-button', 'standing', 'gauges', 'ping', 'sound-mute'];
    const boxes = ids.map((id) => document.getElementById(id).getBoundingClientRect());
    const found = [];
    boxes.forEach((one, at) => {
        if (one.left < 0 || one.top < 0 || one.right > innerWidth || one.bottom > innerHeight) found.push(ids[at] + ' is not wholly seen');
        if (at < 3 && (one.width < 44 || one.height < 44)) found.push(ids[at] + ' is small');
        boxes.slice(0, at).forEach((other, before) => {
            const apart = one.left >= other.right || one.right <= other.left || one.top >= other.bottom || one.bottom <= other.top;
            if (!apart) found.push(ids[before] + ' lies under ' + ids[at]);
        });
    });
    return found;";

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
        assert!(browser.evaluate(OVERFLOW).await.as_i64() <= Some(0));
        browser.picture(&format!("start-{name}")).await;
        browser.enter("name", "Ada").await;
        browser.until("s.phase === 'playing' && s.ship").await;
        assert_eq!(browser.run(CRAMPED).await, Value::Array(Vec::new()), "{name}");
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
