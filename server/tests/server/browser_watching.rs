//! Looking on in a real browser: the director, the watcher's own camera, the keys of the bar, and the ticker of the page.

use serde_json::{Value, json};
use thirtyfour::Key;
use tickwire_arena::DEFAULT_TUNING;

use crate::{
    browser_hud::{SCREENS, YARD, open_on},
    common::{ALONE, start, start_by},
    driver::Browser,
};

/// What the bar says.
const LINE: &str = "document.getElementById('watch-line').textContent";

/// After so many ticks at most, at 30 a second, the director is with another subject: the time that it stays, that of a kill, and some slack.
const TICKS_MAX: i64 = 30 * (14 + 2 + 2);

/// Looks at every frame until the director shows other pilots. Gives how often the one it is about was in the middle of the picture, and how often it was
/// seen at all. Near a border of the map, which is 2400 by 1600 units, the picture goes no farther.
const UNTIL_ANOTHER: &str = "
    const key = (s) => s.view.subject.join();
    const first = window.tickwire.state(), seen = { subject: key(first), from: first.tick, inside: 0, frames: 0 };
    let settled = 0;
    for (;;) {
        await new Promise(requestAnimationFrame);
        const s = window.tickwire.state(), { view } = s;
        if (key(s) !== seen.subject) return { ...seen, to: s.tick, next: key(s), gaze: s.gaze };
        const ship = s.ships.find((ship) => ship.player === view.subject[0]);
        // What is near is glided to.
        if (!ship || ++settled < 60) continue;
        const middle = (at, centre, half, size) =>
            Math.abs(at - centre) < 0.6 * half || centre - half < -100 || centre + half > size + 100;
        seen.frames++;
        seen.inside += middle(ship.x, view.x, view.half[0], 2400) && middle(ship.y, view.y, view.half[1], 1600);
    }";

fn integer(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("no number {name} in {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_watch_begins_with_a_director_who_shows_one_pilot_after_the_other_in_the_middle() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (6, 0)).await;
    let browser = Browser::open(&format!("http://{}/?watch", server.address())).await;
    browser.until("s.gaze === 'director' && s.view.subject.length > 0").await;
    let mut subjects = std::collections::BTreeSet::new();
    for turn in 0..3 {
        let seen = browser.run(UNTIL_ANOTHER).await;
        assert_eq!(seen["gaze"], "director");
        assert!(integer(&seen, "to") - integer(&seen, "from") <= TICKS_MAX, "{seen}");
        assert!(integer(&seen, "inside") * 10 >= integer(&seen, "frames") * 9, "{seen}");
        subjects.extend([seen["subject"].to_string(), seen["next"].to_string()]);
        browser.picture(&format!("watch-director-{turn}.png")).await;
    }
    assert!(subjects.len() >= 2, "{subjects:?}");

    // The bar names whom it shows.
    let named = "(() => { const name = (player) => s.scores.find((row) => row.player === player)?.name; \
                 const [pilot, foe] = s.view.subject.map(name); const line = document.getElementById('watch-whom').textContent; \
                 return line === (foe ? `${pilot} against ${foe}` : pilot); })()";
    browser.until(named).await;
    assert!(browser.evaluate(LINE).await.as_str().expect("text").starts_with("Director:"));

    // Its cuts are not read out, but what the watcher turns to is.
    let live = "document.getElementById('watch-whom').getAttribute('aria-live')";
    assert_eq!(browser.evaluate(live).await, "off");
    browser.press(Key::Right).await;
    browser.until(&format!("s.watched !== null && {live} === 'polite'")).await;
    let state = browser.until("s.stats.audits > 3").await;
    assert_eq!(state["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}

/// The view after it came to rest: it did not move for a third of a second.
async fn rest(browser: &Browser) -> Value {
    let look = "
        const place = () => JSON.stringify(window.tickwire.state().view);
        let before = place(), since = performance.now();
        while (performance.now() - since < 333) {
            await new Promise(requestAnimationFrame);
            if (place() !== before) [before, since] = [place(), performance.now()];
        }
        return JSON.parse(before);";
    browser.run(look).await
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("no number {name} in {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_leads_the_camera_by_keys_mouse_and_wheel_and_it_stays_where_it_is_let_go() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (3, 0)).await;
    let browser = Browser::open(&format!("http://{}/?watch", server.address())).await;
    browser.until("s.gaze === 'director' && s.view.subject.length > 0").await;

    // From everything, the wheel leads nearer, and what is under the mouse stays there.
    browser.press('3').await;
    let whole = rest(&browser).await;
    browser.wheel(640, 400, -300).await;
    browser.until("s.gaze === 'roam'").await;
    let nearer = rest(&browser).await;
    assert!(number(&nearer, "scale") > 1.7 * number(&whole, "scale"), "{whole} {nearer}");

    // A held key leads on evenly, and a short way after it is let go the view rests.
    browser.hold(&['d']).await;
    browser.until(&format!("s.view.x > {} + 100", nearer["x"])).await;
    browser.release(&['d']).await;
    let moved = rest(&browser).await;
    assert!(moved["y"] == nearer["y"] && moved["scale"] == nearer["scale"], "{nearer} {moved}");
    browser.hold(&[Key::Up.into()]).await;
    browser.until(&format!("s.view.y < {} - 60", moved["y"])).await;
    browser.release(&[Key::Up.into()]).await;
    browser.picture("watch-roam.png").await;

    // The picture goes with the hand.
    let before = rest(&browser).await;
    browser.drag((600, 300), (700, 340)).await;
    let dragged = rest(&browser).await;
    let scale = number(&before, "scale");
    assert!((number(&dragged, "x") - number(&before, "x") + 100.0 / scale).abs() < 2.0, "{before} {dragged}");
    assert!((number(&dragged, "y") - number(&before, "y") + 40.0 / scale).abs() < 2.0, "{before} {dragged}");

    // Keys zoom, too, and the arena bounds both.
    browser.press('-').await;
    let out = rest(&browser).await;
    assert!(number(&out, "scale") < 0.9 * scale, "{out}");
    browser.press('+').await;
    let back = rest(&browser).await;
    assert!((number(&back, "scale") / scale - 1.0).abs() < 0.02, "{back}");
    browser.hold(&['a']).await;
    browser.until("s.view.x - s.view.half[0] < -105").await;
    let left = rest(&browser).await;
    assert!(number(&left, "x") - left["half"][0].as_f64().expect("half") > -112.0, "{left}");
    browser.release(&['a']).await;
    browser.until("s.gaze === 'roam' && s.stats.desyncs === 0").await;
    browser.close(&[]).await;

    // One finger drags and two zoom.
    let phone = Browser::open_on_phone(&format!("http://{}/?watch", server.address())).await;
    phone.until("s.gaze === 'director' && s.view.subject.length > 0").await;
    phone.press('2').await;
    let before = rest(&phone).await;
    phone.fingers(&[&[(200, 300), (180, 320), (150, 340)]]).await;
    let dragged = rest(&phone).await;
    let scale = number(&before, "scale");
    let inside = |view: &Value| number(view, "x") - view["half"][0].as_f64().expect("half") > -100.0;
    assert!(!inside(&dragged) || number(&dragged, "x") > number(&before, "x") + 20.0 / scale, "{before} {dragged}");
    phone.fingers(&[&[(180, 400), (160, 400), (130, 400)], &[(220, 400), (240, 400), (270, 400)]]).await;
    let pinched = rest(&phone).await;
    assert!(number(&pinched, "scale") > 1.5 * scale, "{dragged} {pinched}");
    phone.until("s.gaze === 'roam'").await;
    phone.picture("watch-roam-phone.png").await;
    phone.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_the_watchers_bar_is_reached_by_keys_alone() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (3, 0)).await;
    let url = format!("http://{}/?watch", server.address());
    let browser = Browser::open(&url).await;
    browser.until("s.gaze === 'director' && s.scores.length === 3").await;
    let pressed = "[...document.querySelectorAll('#watch [aria-pressed=true]')].map((button) => button.id)";
    for (key, gaze, button) in [
        ('2', "roam", Some("watch-roam")),
        ('3', "everything", Some("watch-all")),
        ('e', "follow", None),
        (' ', "everything", Some("watch-all")),
        (' ', "follow", None),
        ('q', "follow", None),
        ('1', "director", Some("watch-director")),
        (Key::Right.into(), "follow", None),
        ('w', "roam", Some("watch-roam")),
    ] {
        browser.press(key).await;
        browser.until(&format!("s.gaze === '{gaze}'")).await;
        assert_eq!(browser.evaluate(pressed).await, json!(button.into_iter().collect::<Vec<_>>()), "{key}");
    }

    // Tab leads from button to button, and Enter or Space presses the one that has the focus, and does nothing else.
    for (id, gaze) in [
        ("watch-director", "director"),
        ("watch-roam", "roam"),
        ("watch-all", "everything"),
        ("watch-next", "follow"),
        ("watch-previous", "follow"),
    ] {
        for key in [char::from(Key::Enter), ' '] {
            browser.walk_to(id).await;
            browser.press(key).await;
            browser.until(&format!("s.phase === 'playing' && s.gaze === '{gaze}'")).await;
            assert_eq!(browser.evaluate("document.activeElement.id").await, id, "it can be pressed again");
            if id == "watch-next" {
                browser.picture("watch-focus.png").await;
            }
        }
    }
    let watched = browser.until("s.watched !== null").await["watched"].clone();
    browser.press(Key::Enter).await;
    browser.until(&format!("s.gaze === 'follow' && s.watched !== null && s.watched !== {watched}")).await;
    browser.press('b').await;
    browser.until("s.phase === 'playing'").await;

    // Settings open and close as elsewhere; then Enter leads to the start screen, as does the button.
    browser.press(Key::Escape).await;
    browser.until("document.getElementById('settings').open").await;
    browser.press(Key::Escape).await;
    browser.until("!document.getElementById('settings').open && document.activeElement === document.body").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'start'").await;
    browser.load(&url).await;
    browser.until("s.gaze === 'director'").await;
    browser.walk_to("watch-play").await;
    browser.press(Key::Enter).await;
    browser.until("s.phase === 'start'").await;
    browser.close(&[]).await;
    server.stop().await;
}

/// Keeps all that the feed tells.
const LISTEN: &str = "(window.told = [], new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((line) => \
                      setTimeout(() => window.told.push(line.textContent))))).observe(document.getElementById('feed'), { childList: true }), 0)";

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_kills_who_takes_the_lead_and_the_result() {
    let _alone = ALONE.lock().await;
    let tuning = DEFAULT_TUNING.replace("play = 180.0", "play = 15.0");
    let (alone, sides) = (YARD.replace("mode = \"core\"\n", ""), YARD.replace("\"core\"", "\"teams\""));
    for (map, kind, lead, result) in [
        (&*alone, "ffa", r"^.+ takes the lead with \d+$", r"^(.+ wins round \d+ · \d+ points|Round \d+ is a draw)"),
        (
            &*sides,
            "teams",
            r"^(Amber|Azure) takes the lead with \d+$",
            r"^((Amber|Azure) wins round \d+ · \d+ to|Round \d+ is a draw)",
        ),
    ] {
        let server = start_by((&tuning, map), |config| (config.bots, config.watch_delay) = (7, 0)).await;
        let browser = Browser::open(&format!("http://{}/?watch", server.address())).await;
        browser.until("s.phase === 'playing'").await;
        browser.evaluate(LISTEN).await;
        let told = |line: &str| format!("window.told.some((line) => /{line}/.test(line))");
        browser.until(&told(r"^.+destroyed.+$")).await;
        browser.until(&told(lead)).await;
        browser.picture(&format!("watch-feed-{kind}.png")).await;
        browser.until(&told(result)).await;
        browser.picture(&format!("watch-result-{kind}.png")).await;
        browser.close(&[]).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watchers_bar_covers_nothing_on_any_screen() {
    const PARTS: [&str; 8] = ["standing", "match", "line", "feed", "minimap", "watch", "sound-mute", "settings-button"];
    const SEEN: &str = "[...document.querySelectorAll('#watch, #watch button')].every((part) => {
        const { left, top, right, bottom } = part.getBoundingClientRect();
        return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight; })";
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.watch_delay) = (12, 10)).await;
    for screen in SCREENS {
        let browser = open_on(screen, &format!("http://{}/?watch", server.address())).await;
        browser.until("s.gaze === 'director' && s.view.subject.length === 2").await;
        browser.until("document.getElementById('leaders').children.length >= 5").await;
        for (key, gaze) in [('1', "director"), ('2', "roam"), ('3', "everything"), ('e', "follow")] {
            browser.press(key).await;
            browser.until(&format!("s.gaze === '{gaze}'")).await;
            browser.picture(&format!("watch-{gaze}-{screen}.png")).await;
            assert_eq!(browser.overlaps(&PARTS).await, [] as [Value; 0], "{gaze} on the {screen} screen");
            assert_eq!(browser.evaluate(SEEN).await, true, "{gaze} on the {screen} screen");
        }
        browser.close(&[]).await;
    }
    server.stop().await;
}
