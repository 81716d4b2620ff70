//! The page in a real browser, on the real server.

use std::time::Duration;

use serde_json::Value;
use thirtyfour::Key;
use tickwire::View;
use tickwire_arena::{Arena, trace};
use tickwire_benches::load::{self, Options};
use tickwire_sync::protocol::{ClientMessage, CloseCode, encode_client};

use crate::{
    common::{ALONE, Frame, RawClient, opcode, start},
    driver::Browser,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_types_a_name_flies_shoots_and_meets_others() {
    let _alone = ALONE.lock().await;
    // Whoever comes is in sight, wherever ships happen to begin.
    let server = start(|config| (config.bots, config.view) = (3, View::All)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    browser.picture("start.png").await;

    browser.enter("name", "Ada").await;
    let joined = browser.until("s.phase === 'playing' && s.ship && s.ships.length > 1").await;
    assert!(joined["ships"].as_array().expect("ships").iter().any(|ship| ship["name"] == "Ada" && ship["own"] == true));

    // It flies: the ship moves under thrust, and turns.
    let (x, y) = (joined["ship"]["x"].to_string(), joined["ship"]["y"].to_string());
    browser.hold(&['w', 'd']).await;
    browser.until(&format!("s.ship && Math.hypot(s.ship.x - {x}, s.ship.y - {y}) > 60 && s.ship.speed > 50")).await;
    browser.release(&['w', 'd']).await;

    // It shoots: the ammunition goes down, and there are shots about.
    browser.point(900, 300).await;
    let ammo = browser.until("s.ship && s.ammo > 3").await["ammo"].to_string();
    browser.hold(&[' ']).await;
    browser.until(&format!("s.shots > 0 && s.ammo < {ammo}")).await;
    browser.picture("fight.png").await;
    browser.release(&[' ']).await;

    // It meets a second person, and hears them.
    let mut friend = RawClient::join(server.address(), "Grace").await;
    browser.until("s.ships.some(ship => ship.name === 'Grace')").await;
    let line = encode_client(&ClientMessage::Chat("well flown"));
    friend.send(Frame::new(opcode::BINARY, &line)).await;
    browser.until("s.chat.some(line => line.includes('well flown'))").await;

    // It is heard, and typing does not fly the ship.
    browser.press(Key::Enter).await;
    browser.enter("chat-input", "thank you").await;
    browser.until("s.chat.some(line => line.includes('thank you'))").await;
    browser.hold(&[char::from(Key::Tab)]).await;
    browser.picture("scores.png").await;
    browser.release(&[char::from(Key::Tab)]).await;

    let state = browser.until("s.stats.audits > 3").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_see_each_other_fly_and_come_to_rest_at_the_same_place() {
    /// A place on the map of one page, and of the same ship on the other.
    fn place(state: &Value, name: &str) -> (f64, f64) {
        let ship = state["ships"].as_array().expect("ships").iter().find(|ship| ship["name"] == name);
        let ship = ship.unwrap_or_else(|| panic!("{name} is not in {state:#}"));
        (ship["x"].as_f64().expect("x"), ship["y"].as_f64().expect("y"))
    }
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (0, View::All)).await;
    let url = format!("http://{}/", server.address());
    let pages = [("Ada", "Grace"), ("Grace", "Ada")];
    let mut browsers = Vec::new();
    for (name, _) in pages {
        let browser = Browser::open(&url).await;
        browser.begin(name).await;
        browser.until("s.phase === 'playing' && s.ship").await;
        browsers.push(browser);
    }
    for (at, (pilot, seen_by)) in pages.into_iter().enumerate() {
        let (own, other) = (&browsers[at], &browsers[1 - at]);
        let found = format!("s.ships.find((ship) => ship.name === '{pilot}')");
        let (x, y) = place(&other.until(&format!("s.ship && {found}")).await, pilot);
        own.hold(&['w', 'd']).await;
        other.until(&format!("{found} && Math.hypot({found}.x - {x}, {found}.y - {y}) > 60")).await;
        other.picture(&format!("seen-by-{}.png", seen_by.to_lowercase())).await;
        own.release(&['w', 'd']).await;
        own.hold(&['s']).await;
        let rested = place(&own.until("s.ship && s.ship.speed === 0").await, pilot);
        let (x, y) = rested;
        other.until(&format!("{found} && Math.hypot({found}.x - {x}, {found}.y - {y}) < 0.5")).await;
        own.release(&['s']).await;
    }
    for browser in browsers {
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_server_leads_to_a_notice_and_a_new_one_to_a_rejoin() {
    let _alone = ALONE.lock().await;
    let server = start(|_| {}).await;
    let address = server.address();
    let browser = Browser::open(&format!("http://{address}/")).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship").await;
    server.stop().await;
    browser.until("s.phase === 'lost'").await;
    assert_eq!(browser.evaluate("document.getElementById('lost').hidden").await, false);
    browser.picture("lost.png").await;

    let again = start(|config| config.port = address.port()).await;
    let back = browser.until("s.phase === 'playing' && s.ship").await;
    assert!(back["ships"].as_array().expect("ships").iter().any(|ship| ship["name"] == "Ada" && ship["own"] == true));
    assert_eq!(browser.evaluate("document.getElementById('lost').hidden").await, true);
    // Chromium logs each try that nobody answered.
    browser.close(&["ERR_CONNECTION_REFUSED"]).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wasm_and_this_machine_compute_the_same_game() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.assets = Some(tickwire_examples::TRACE.into())).await;
    let browser = Browser::open("about:blank").await;
    for seed in 0..3_u32 {
        browser.load(&format!("http://{}/?seed={seed}&ticks=1500", server.address())).await;
        let there = browser.text_of("hash").await;
        let here = format!("{:016x}", trace::hash(u64::from(seed), 1500));
        assert_eq!(there, here, "seed {seed}");
    }
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slider_adds_lag_to_the_ping_and_a_badge_says_so() {
    const BADGE_IS_HIDDEN: &str = "document.getElementById('lag-badge').hidden";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    let near = browser.until("s.ship && s.ship.alive && s.pingMs !== null && s.stats.snapshots > 30").await;
    assert_eq!(browser.evaluate(BADGE_IS_HIDDEN).await, true);

    // The arrows move the slider, and the ship does not turn.
    browser.press('l').await;
    for key in [Key::Home, Key::Right, Key::Right, Key::End, Key::Left] {
        browser.press(key).await;
    }
    assert_eq!(browser.evaluate("document.getElementById('lag-time-value').textContent").await, "390 ms");
    assert_eq!(browser.evaluate(BADGE_IS_HIDDEN).await, false);
    let far = browser.until(&format!("s.pingMs > {} + 330", near["pingMs"])).await;
    assert_eq!(far["ship"]["heading"], near["ship"]["heading"]);
    assert_eq!(far["stats"]["desyncs"], 0);
    browser.picture("lag.png").await;

    // A reload keeps it; back at zero the ping falls, on the same connection.
    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(browser.evaluate(BADGE_IS_HIDDEN).await, false);
    browser.enter("name", "").await;
    browser.until("s.phase === 'playing' && s.pingMs > 300").await;
    browser.press('l').await;
    browser.press(Key::Home).await;
    assert_eq!(browser.evaluate(BADGE_IS_HIDDEN).await, true);
    browser.until(&format!("s.pingMs < {} + 60 && s.tries === 0", near["pingMs"])).await;

    // Escape gives the keys back to the ship.
    browser.press(Key::Escape).await;
    browser.hold(&['d']).await;
    browser.until(&format!("s.ship && Math.abs(s.ship.heading - {}) > 0.3", near["ship"]["heading"])).await;
    browser.release(&['d']).await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_is_told_in_words_and_tried_again() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.max_players = 1).await;
    let mut first = RawClient::join(server.address(), "Grace").await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'lost'").await;
    let words = browser.evaluate("document.getElementById('lost').textContent").await;
    assert!(words.as_str().expect("text").contains("full"), "{words}");
    browser.picture("full.png").await;
    // Who only dropped its connection would keep its seat.
    first.say_goodbye(CloseCode::Normal).await;
    browser.until("s.phase === 'playing' && s.ship").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_follows_one_pilot_after_the_other_sees_everything_and_then_plays() {
    const LINE: &str = "document.getElementById('watch-whom').textContent";
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (6, 1)).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.until("s.phase === 'start'").await;
    browser.picture("start.png").await;
    browser.click("watch-start").await;
    browser.until("s.phase === 'playing' && s.gaze === 'director'").await;
    browser.press('3').await;
    let all = browser.until("s.phase === 'playing' && s.ships.length === 6 && s.stats.audits > 0").await;
    assert_eq!((&all["watches"], &all["player"], &all["ship"]), (&true.into(), &Value::Null, &Value::Null));
    assert_eq!(browser.evaluate(LINE).await, "everything");
    assert_eq!(browser.evaluate("document.getElementById('watch-when').textContent").await, "1 s behind");
    browser.picture("watch-everything.png").await;

    // The arrows go from pilot to pilot, and the line says whom one sees.
    browser.press(Key::Right).await;
    let first = browser.until("s.watched !== null && s.watchedShip").await;
    let named = |state: &Value| {
        let scores = state["scores"].as_array().expect("scores");
        scores.iter().find(|row| row["player"] == state["watched"]).expect("it plays")["name"].clone()
    };
    assert_eq!(browser.evaluate(LINE).await, named(&first));
    browser.picture("watch-pilot.png").await;
    browser.press(Key::Right).await;
    let second = browser.until(&format!("s.watched !== {} && s.watchedShip", first["watched"])).await;
    assert_eq!(browser.evaluate(LINE).await, named(&second));
    browser.click("watch-previous").await;
    browser.until(&format!("s.watched === {}", first["watched"])).await;
    browser.press(' ').await;
    browser.until("s.watched === null && s.ships.length === 6").await;
    browser.press(' ').await;
    browser.until(&format!("s.watched === {}", first["watched"])).await;
    let state = browser.until("s.stats.audits > 3").await;
    assert_eq!(state["stats"]["desyncs"], 0);

    // Nobody knows that it watched; then it plays.
    assert_eq!(server.health("/rooms/0/people").await, 0);
    browser.click("watch-play").await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing' && s.ship && !s.watches").await;
    assert_eq!(browser.evaluate("document.getElementById('watch').hidden").await, true);
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_watch_leads_there_at_once_and_goes_on_after_a_lost_connection() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.max_watchers, config.watch_delay) = (2, 1, 0)).await;
    let address = server.address();
    let other = RawClient::watch(address).await;
    let browser = Browser::open(&format!("http://{address}/?watch")).await;
    browser.until("s.phase === 'lost'").await;
    let words = browser.evaluate("document.getElementById('lost').textContent").await;
    assert!(words.as_str().expect("text").contains("No more watchers are let in now"), "{words}");
    drop(other);
    browser.until("s.phase === 'playing' && s.watches && s.ships.length === 2").await;
    browser.press(Key::Right).await;
    browser.until("s.watched !== null").await;
    server.stop().await;
    browser.until("s.phase === 'lost'").await;
    let again = start(|config| (config.port, config.bots, config.watch_delay) = (address.port(), 2, 0)).await;
    browser.until("s.phase === 'playing' && s.watches && s.watched !== null && s.watchedShip").await;
    browser.close(&["ERR_CONNECTION_REFUSED"]).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_bots_flies_past_without_a_desync() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.view = View::All).await;
    let options = Options::new(server.url(), 12, Duration::from_secs(8));
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    browser.until("s.phase === 'playing'").await;
    let crowd = tokio::spawn(async move { load::run::<Arena>(&options, |_, _| {}).await });
    browser.until("s.ships.length > 8").await;
    browser.picture("crowd.png").await;
    let report = crowd.await.expect("no panic").expect("they connect");
    assert!(report.is_clean(), "{report}");
    let state = browser.until("s.stats && s.stats.audits > 5").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}
