//! A second game in a real browser: what any game needs there is there without the arena.

use tickwire_examples::LINE;
use tickwire_line::Line;

use crate::{
    common::{ALONE, start_game},
    driver::Browser,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_game_brings_its_page_and_its_drawing_and_finds_all_else_there() {
    let _alone = ALONE.lock().await;
    let server = start_game::<Line>(|config| (config.assets, config.bots) = (Some(LINE.into()), 2)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;

    // It is played: the puck moves to the right, and drops a mine.
    let joined = browser.until("s.phase === 'playing' && s.x !== null && s.pucks > 1").await;
    let x = joined["x"].to_string();
    browser.hold(&['d', ' ']).await;
    browser.until(&format!("s.x > {x} + 20 && s.mines > 0 && s.minesLeft < 500")).await;
    browser.release(&['d', ' ']).await;
    browser.picture("line.png").await;

    // Chat, network panel, simulated lag and the way back after a loss are the shell's.
    browser.press('\u{e007}').await;
    browser.enter("chat-input", "well pushed").await;
    browser.until("s.chat.some(line => line.includes('well pushed'))").await;
    browser.press('n').await;
    assert_eq!(browser.evaluate("document.getElementById('network').hidden").await, false);
    browser.until("s.stats.audits > 1 && s.stats.desyncs === 0").await;

    let address = server.address();
    server.stop().await;
    browser.until("s.phase === 'lost'").await;
    let again = start_game::<Line>(|config| (config.assets, config.port) = (Some(LINE.into()), address.port())).await;
    browser.until("s.phase === 'playing' && s.x !== null").await;
    browser.close(&["ERR_CONNECTION_REFUSED"]).await;
    again.stop().await;
}
