//! What stands around the arena's picture, in a real browser.

use thirtyfour::Key;
use tickwire::View;
use tickwire_arena::DEFAULT_TUNING;

use crate::{
    common::{ALONE, start, start_by, start_on},
    driver::Browser,
};

/// Two bases so close to each other that somebody soon has a core.
pub const YARD: &str = "name = \"Yard\"\nwidth = 1100\nheight = 700\nmode = \"core\"\nspawns = [[550, 350]]\n\
                    walls = [[530, 100, 40, 120], [530, 480, 40, 120]]\n\
                    [amber]\ncore = [200, 350]\nspawns = [[80, 120], [80, 580]]\n\
                    [azure]\ncore = [900, 350]\nspawns = [[1020, 120], [1020, 580]]\n";

pub const SCREENS: [&str; 3] = ["wide", "phone", "sideways"];

/// A browser on one of the screens; of the wide one's window, 1280 x 720 pixels are the page.
pub async fn open_on(screen: &str, url: &str) -> Browser {
    match screen {
        "phone" => Browser::open_on_phone(url).await,
        "sideways" => Browser::open_on_screen(url, (844, 390)).await,
        _ => Browser::open_with(url, &["--window-size=1280,863"]).await,
    }
}

/// How a gauge is read out: its role, its name, its number and the most that this can be; nothing for one that is not shown.
fn gauge(id: &str) -> String {
    format!(
        "(() => {{ const e = document.getElementById('{id}'); return e.hidden ? null : \
         [e.getAttribute('role'), e.getAttribute('aria-label'), +e.getAttribute('aria-valuenow'), +e.getAttribute('aria-valuemax')]; }})()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_say_what_is_left_of_boost_and_mines_and_none_stands_there_for_what_one_has_not() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    let browser = Browser::open(&format!("http://{}/", server.address())).await;
    browser.begin("Ada").await;
    let mines = browser.until("s.ship && s.minesLeft > 0 && s.boost > 59000").await["minesLeft"].clone();
    let shown = format!("{}?.[2] === 100", gauge("boost"));
    browser.until(&shown).await;
    assert_eq!(browser.evaluate(&gauge("mines")).await, serde_json::json!(["meter", "Mines", mines, mines]));
    for id in ["shield", "overdrive"] {
        assert_eq!(browser.evaluate(&gauge(id)).await, serde_json::Value::Null, "{id}");
    }
    browser.press('q').await;
    browser.until(&format!("{}[2] === {mines} - 1", gauge("mines"))).await;
    browser.hold(&['w', Key::Shift.into()]).await;
    browser.until(&format!("{}[2] < 80", gauge("boost"))).await;
    browser.picture("gauges.png").await;
    browser.release(&['w', Key::Shift.into()]).await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_around_the_picture_covers_anything_else_on_any_screen() {
    const PARTS: [&str; 8] =
        ["standing", "match", "line", "gauges", "minimap", "chat-button", "rail-button", "sound-mute"];
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (7, View::All)).await;
    let url = format!("http://{}/", server.address());
    for screen in SCREENS {
        let browser = open_on(screen, &url).await;
        browser.begin("Ada").await;
        browser.until("s.phase === 'playing' && s.ship && s.scores.length > 5").await;
        browser.until("document.getElementById('leaders').children.length >= 5").await;
        browser.picture(&format!("hud-{screen}.png")).await;
        assert_eq!(browser.overlaps(&PARTS).await, [] as [serde_json::Value; 0], "on the {screen} screen");

        // Nor do what is said of the connection and the network panel, which lies over much else.
        browser.evaluate("(document.getElementById('no-signal').hidden = false)").await;
        browser.picture(&format!("hud-pill-{screen}.png")).await;
        let around = ["no-signal", "standing", "match", "line", "gauges", "mine-button"];
        assert_eq!(browser.overlaps(&around).await, [] as [serde_json::Value; 0], "on the {screen} screen");
        browser.click("ping").await;
        browser.until("document.getElementById('network-timeline').textContent").await;
        browser.picture(&format!("hud-network-{screen}.png")).await;
        let around = ["network", "line", "match", "gauges", "minimap", "mine-button", "chat-button", "settings-button"];
        assert_eq!(browser.overlaps(&around).await, [] as [serde_json::Value; 0], "on the {screen} screen");
        let rows = "[...document.querySelectorAll('#lag label')].every((label) => { \
                    const [one, other] = [label, document.getElementById(`${label.htmlFor}-value`)].map((part) => part.getBoundingClientRect()); \
                    return Math.abs(one.top - other.top) < 8; })";
        assert_eq!(
            browser.evaluate(rows).await,
            true,
            "each slider has its number beside its name on the {screen} screen"
        );
        let feed = "(() => { const feed = document.getElementById('feed'), box = feed.getBoundingClientRect(); \
                    return getComputedStyle(feed).clipPath !== 'none' || box.bottom <= document.getElementById('minimap').getBoundingClientRect().top; })()";
        assert_eq!(browser.evaluate(feed).await, true, "the feed has room on the {screen} screen, or is not seen");
        browser.close(&[]).await;
    }
    server.stop().await;
}

/// Everybody begins in the corner that the list of leaders covers.
const CORNER: &str = "name = \"Corner\"\nwidth = 2400\nheight = 1600\nmode = \"teams\"\ncontacts = false\nspawns = [[20, 20]]\n\
                      [amber]\ncore = [600, 600]\nspawns = [[20, 20]]\n[azure]\ncore = [1800, 1000]\nspawns = [[20, 20]]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_ship_in_a_corner_is_clear_of_what_stands_there_or_shows_through_it() {
    // What covers the ship's hull and does not give way.
    const OVER: &str = "[...document.querySelectorAll('#standing, #match, #line, #feed, #gauges, #minimap, #chat-button, #thumbs')] \
        .filter((part) => part.checkVisibility() && !part.classList.contains('under')).filter((part) => { \
          const box = part.getBoundingClientRect(), [x, y] = s.view.ship, reach = 14 * s.view.scale; \
          return box.width > 0 && x + reach > box.left && x - reach < box.right && y + reach > box.top && y - reach < box.bottom; }) \
        .map((part) => part.id)";
    let _alone = ALONE.lock().await;
    let server = start_on(CORNER, |config| (config.bots, config.view) = (7, View::All)).await;
    for screen in SCREENS {
        let browser = open_on(screen, &format!("http://{}/", server.address())).await;
        browser.begin("Ada").await;
        let begun = "s.ship?.alive && Math.hypot(s.ship.x, s.ship.y) < 45 \
                     && document.getElementById('leaders').children.length >= 5";
        browser.until(&format!("{begun} && ({OVER}).length === 0 && getComputedStyle(document.getElementById('standing')).opacity < 0.5")).await;
        browser.picture(&format!("corner-{screen}.png")).await;
        // A ship begins with its nose to the middle. Who flies there, or has no ship, sees the list again.
        browser.hold(&['w']).await;
        let away = "(!s.ship || Math.hypot(s.ship.x, s.ship.y) > 500)";
        browser
            .until(&format!("{away} && getComputedStyle(document.getElementById('standing')).opacity === '1'"))
            .await;
        browser.release(&['w']).await;
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sides_play_their_points_and_cores_are_said_and_names_bear_their_badge() {
    let _alone = ALONE.lock().await;
    let server = start_on(YARD, |config| (config.bots, config.view) = (7, View::All)).await;
    for screen in SCREENS {
        let browser = open_on(screen, &format!("http://{}/", server.address())).await;
        browser.begin("Ada").await;
        browser.until("s.phase === 'playing' && s.scores.length > 6").await;
        browser.until("document.querySelector('#cores p:not(:empty)')?.textContent.includes('core')").await;
        browser
            .until("document.querySelectorAll('#leaders [data-badge=amber], #leaders [data-badge=azure]').length >= 5")
            .await;
        browser.picture(&format!("sides-{screen}.png")).await;
        assert_eq!(browser.evaluate("document.querySelectorAll('.points:not([hidden])').length").await, 2);
        browser.until("document.querySelector('#feed b[data-badge=amber], #feed b[data-badge=azure]')").await;

        // Held, the whole board has a heading for each side, and everybody under one of them.
        if screen == "wide" {
            browser.hold(&[char::from(Key::Tab)]).await;
            browser.until("document.querySelectorAll('#scores-amber tr:not([hidden]), #scores-azure tr:not([hidden])').length === s.scores.length + 2").await;
            assert_eq!(browser.evaluate("document.querySelectorAll('#scores-rows tr:not([hidden])').length").await, 0);
            browser.picture("sides-board.png").await;
            browser.release(&[char::from(Key::Tab)]).await;
            browser.press(Key::Enter).await;
            browser.enter("chat-input", "for the side").await;
            browser.until("document.querySelector('#chat-log b:is([data-badge=amber], [data-badge=azure])')").await;
        }
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_map_marks_what_is_known_and_is_not_there_where_there_is_no_room() {
    const WALLS: &str = "(() => { const c = document.getElementById('minimap-walls'); \
                         return c.width && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((part) => part > 0); })()";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 7).await;
    for screen in SCREENS {
        let browser = open_on(screen, &format!("http://{}/", server.address())).await;
        browser.begin("Ada").await;
        browser.until(&format!("s.ship && {WALLS}")).await;
        let is_shown = browser.evaluate("document.getElementById('minimap').checkVisibility()").await;
        assert_eq!(is_shown, screen == "wide", "on the {screen} screen");
        let marks = if screen == "wide" { "s.marked > 0" } else { "s.marked === 0" };
        browser.until(&format!("{marks} && s.marked <= s.ships.length + s.pickups + s.cores")).await;
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_say_who_won_by_how_much_and_when_the_next_round_begins() {
    const NOTE: &str = "document.getElementById('scores-note').textContent";
    const TITLE: &str = "document.getElementById('scores-title').textContent";
    const TOP: &str = "document.getElementById('scores-title').getBoundingClientRect().top \
                       >= document.getElementById('scores').getBoundingClientRect().top";
    let _alone = ALONE.lock().await;
    let alone = YARD.replace("mode = \"core\"\n", "");
    let tuning = DEFAULT_TUNING.replace("play = 180.0", "play = 12.0");
    for (map, kind, by) in [(&*alone, "ffa", "point"), (YARD, "sides", "cores brought home")] {
        // Without a past, in which the bot might have won that makes way.
        let server = start_by((&tuning, map), |config| {
            (config.bots, config.view, config.watch_delay) = (7, View::All, 0);
        })
        .await;
        for screen in SCREENS {
            let browser = open_on(screen, &format!("http://{}/", server.address())).await;
            browser.begin("Ada").await;
            browser.until("s.phase === 'playing' && s.round?.phase === 'results'").await;
            browser.until(&format!("{NOTE}.includes('Next round in')")).await;
            browser.picture(&format!("results-{kind}-{screen}.png")).await;
            let (title, note) = (browser.evaluate(TITLE).await.to_string(), browser.evaluate(NOTE).await.to_string());
            assert!(title.to_lowercase().contains("round"), "{title}");
            assert!(note.to_lowercase().contains(by) || title.contains("draw"), "{title}: {note}");
            let top = browser.evaluate(TOP).await;
            assert_eq!(top, true, "the title lies inside the card on a screen that is {screen}");
            let above = browser.overlaps(&["scores", "settings-button", "sound-mute"]).await;
            assert_eq!(above, [] as [serde_json::Value; 0], "nothing lies over the card on the {screen} screen");
            browser.close(&[]).await;
        }
        server.stop().await;
    }
}
