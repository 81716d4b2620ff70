//! The page in a real browser: known again, cut off and back, in two tabs, with a token of the site around it.

use std::time::Instant;

use serde_json::json;
use tickwire::View;

use crate::{
    cable::Cable,
    common::{ALONE, start},
    driver::Browser,
    identity::{KeyFile, SECRET, of_issuer, token},
};

const NOTICE: &str = "document.getElementById('lost').innerText";
const RETURN: &str = "document.getElementById('came-back').textContent";

fn text(value: &serde_json::Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_cut_off_comes_back_by_itself_to_its_ship_as_soon_as_it_can() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (1, View::All)).await;
    let cable = Cable::lay(server.address()).await;
    let browser = Browser::open(&format!("http://{}/", cable.address())).await;
    let witness = Browser::open(&format!("http://{}/", server.address())).await;
    for (browser, name) in [(&browser, "Ada"), (&witness, "Grace")] {
        browser.begin(name).await;
    }
    let before = browser.until("s.phase === 'playing' && s.ship && s.scores.length > 1").await;
    cable.pull();
    browser.until("s.phase === 'lost'").await;
    let words = browser.evaluate(NOTICE).await;
    assert!(text(&words).contains("Connection lost.") && text(&words).contains("your place is kept for"), "{words}");
    browser.picture("lost-place-kept.png").await;
    witness.until("s.ships.some(ship => ship.name === 'Ada' && ship.away)").await;
    witness.picture("away.png").await;
    browser.until("s.tries > 2").await;

    cable.plug_in();
    let plugged_in = Instant::now();
    let after = browser.until("s.phase === 'playing' && s.resumed === true && s.ship").await;
    println!("back in the game after {} ms", plugged_in.elapsed().as_millis());
    assert_eq!(after["player"], before["player"]);
    assert_eq!(browser.evaluate(RETURN).await, "Welcome back: your place was kept.");
    browser.picture("came-back.png").await;
    witness.until("s.ships.some(ship => ship.name === 'Ada' && !ship.away)").await;
    assert_eq!(server.health("/counters/joins").await, 2);
    // Chromium logs each try that nobody answered.
    browser.close(&["WebSocket connection to"]).await;
    witness.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_browser_is_the_same_player_and_its_second_tab_takes_over() {
    const TOKEN: &str = "localStorage.getItem('tickwire-token')";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let page = format!("http://{}/", server.address());
    let browser = Browser::open(&page).await;
    browser.begin("Ada").await;
    let first = browser.until("s.phase === 'playing' && s.ship").await;
    let token = browser.evaluate(TOKEN).await;
    assert!(text(&token).split('.').count() == 3, "it remembers a token");

    browser.open_tab(&page).await;
    browser.begin("").await;
    let second = browser.until("s.phase === 'playing' && s.ship").await;
    assert_eq!((&second["player"], &browser.evaluate(TOKEN).await), (&first["player"], &token));
    browser.first_tab().await;
    browser.until("s.phase === 'refused'").await;
    let words = browser.evaluate(NOTICE).await;
    assert!(text(&words).contains("You play in another tab"), "{words}");
    browser.picture("taken-over.png").await;
    browser.click("lost-retry").await;
    let back = browser.until("s.phase === 'playing' && s.ship").await;
    assert_eq!(back["player"], first["player"]);
    assert_eq!(server.health("/counters/takeovers").await, 2);
    assert_eq!(server.health("/rooms/0/people").await, 1);

    // A server that starts anew elsewhere does not know it: it is a new guest, without a question.
    browser.evaluate("localStorage.setItem('tickwire-token', 'a.b.c')").await;
    browser.reload().await;
    browser.begin("").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    assert_ne!(browser.evaluate(TOKEN).await, "a.b.c");
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_named_and_so_is_what_became_of_the_seat() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    let again = server.restart().await;
    browser.until("s.phase === 'playing' && s.ship && s.resumed === false").await;
    let words = browser.evaluate(RETURN).await;
    assert_eq!(text(&words), "Welcome back. Your place was kept no longer, so you begin anew.");
    browser.picture("begin-anew.png").await;
    browser.close(&["WebSocket connection to"]).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_gives_its_player_a_token_by_the_fragment_and_a_refused_one_is_explained() {
    let _alone = ALONE.lock().await;
    let key = KeyFile::new("browser");
    let server = start(|config| {
        of_issuer(config, &key);
        config.bots = 0;
    })
    .await;
    let page = format!("http://{}/", server.address());
    let given = token(SECRET, 600, json!({ "name": "Ada" }));
    let browser = Browser::open(&format!("{page}#token={given}")).await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(browser.evaluate("location.href").await, page);
    browser.enter("name", "Grace").await;
    browser.until("s.ships.some(ship => ship.own && ship.name === 'Ada')").await;
    browser.open_tab(&format!("{page}#token={}", token(SECRET, -600, json!({})))).await;
    browser.begin("Grace").await;
    browser.until("s.phase === 'refused'").await;
    let words = browser.evaluate(NOTICE).await;
    assert!(text(&words).contains("The token has expired; get a new one where you got it."), "{words}");
    browser.picture("token-expired.png").await;
    browser.close(&[]).await;
    server.stop().await;
}
