//! The network as a player feels and sees it, in a real browser, held against the server's own clock.

use std::{
    net::SocketAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use thirtyfour::Key;
use tickwire::View;
use tickwire_arena::DEFAULT_TUNING;
use tickwire_sync::protocol::{ClientMessage, decode_client};

use crate::{
    cable::Cable,
    common::{ALONE, health, start, start_by},
    driver::Browser,
};

const TICK_RATE: f64 = 30.0;

async fn playing(address: SocketAddr, lag: &str) -> Browser {
    let browser = Browser::open(&format!("http://{address}/")).await;
    browser.until("s.phase === 'start'").await;
    // As the sliders remember it: lag, jitter, stalls.
    browser.evaluate(&format!("(sessionStorage.setItem('tickwire-lag', '{lag}'), 0)")).await;
    browser.reload().await;
    browser.begin("Ada").await;
    browser.until("s.ship && s.ship.alive && s.stats.snapshots > 60").await;
    browser
}

/// When tick 0 began, in milliseconds since 1970, by what the server says of itself: the earliest that any answer allows.
async fn origin(address: SocketAddr) -> f64 {
    let (start, mut earliest) = (Instant::now(), f64::MAX);
    while start.elapsed() < Duration::from_secs(2) {
        let tick = health(address, "/rooms/0/tick").await as f64;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs_f64() * 1000.0;
        earliest = earliest.min(now - tick * 1000.0 / TICK_RATE);
    }
    earliest
}

fn number(state: &Value, pointer: &str) -> f64 {
    state.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {state:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_shown_at_most_half_a_round_trip_jitter_and_two_ticks_behind_the_server() {
    /// For what else this machine does: a clock that still slews, a frame that comes late.
    const SLACK_MS: f64 = 1000.0 / TICK_RATE;
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (3, View::All)).await;
    for (lag, jitter) in [(0.0, 0.0), (100.0, 0.0), (100.0, 30.0)] {
        let browser = playing(server.address(), &format!("{lag} {jitter} 0")).await;
        browser.until("s.stats.snapshots > 150").await;
        let mut behind = Vec::new();
        for _ in 0..20 {
            let state = browser.until("s.clock").await;
            behind.push((number(&state, "/clock/atMs"), number(&state, "/clock/view"), state));
        }
        let origin = origin(server.address()).await;
        let mut late: Vec<f64> = behind.iter().map(|(at, view, _)| at - origin - view * 1000.0 / TICK_RATE).collect();
        late.sort_by(f64::total_cmp);
        let (_, _, last) = behind.last().expect("twenty");
        let (ping, measured) = (number(last, "/pingMs"), number(last, "/clock/jitterMs"));
        // What is simulated, or, where the machine itself adds more, what there is.
        let way = f64::max(lag / 2.0 + jitter, ping / 2.0 + measured);
        let bound = way + 2000.0 / TICK_RATE;
        println!(
            "lag {lag:.0} ms, jitter {jitter:.0} ms: others are shown {:.0} ms behind the server in the middle, {:.0} at most, of {bound:.0}; \
             ping {ping:.0} ms, measured jitter {measured:.1} ms",
            late[late.len() / 2],
            late[late.len() - 1]
        );
        assert!(late[late.len() / 2] <= bound + SLACK_MS, "{late:?} for lag {lag}, jitter {jitter}");
        browser.close(&[]).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_player_does_goes_into_the_very_next_tick_and_out_in_the_frame_in_which_it_begins() {
    /// Presses a key, and notes what was predicted then, in which frame each message was sent, and in which the next tick began.
    const PRESS: &str = "
        const frame = () => document.timeline.currentTime, sent = [], send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (bytes) {
          sent.push({ frame: frame(), bytes: [...new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength)] });
          return send.call(this, bytes);
        };
        const before = window.tickwire.state().predictedTick, pressedIn = frame();
        window.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyA' }));
        const after = new MessageChannel();
        after.port1.onmessage = () => {
          if (window.tickwire.state().predictedTick === before) return look();
          const beganIn = frame();
          window.dispatchEvent(new KeyboardEvent('keyup', { code: 'KeyA' }));
          WebSocket.prototype.send = send;
          done({ before, pressedIn, beganIn, sent });
        };
        // After the page's own frame, whichever was asked for first.
        const look = () => requestAnimationFrame(() => after.port2.postMessage(0));
        look();";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 0).await;
    // The page itself is to send, so nothing is simulated between it and the socket; the lag is the server's business in the other test.
    let browser = playing(server.address(), "0 0 0").await;
    for round in 0..5 {
        let pressed = browser.script(PRESS).await;
        let before = number(&pressed, "/before") as u32;
        let inputs = pressed["sent"].as_array().expect("messages").iter().filter_map(|message| {
            let bytes: Vec<u8> =
                message["bytes"].as_array()?.iter().filter_map(|byte| Some(byte.as_u64()? as u8)).collect();
            match decode_client(&bytes) {
                Ok(ClientMessage::Input(input)) => Some((number(message, "/frame"), input.tick)),
                _ => None,
            }
        });
        let inputs: Vec<_> = inputs.collect();
        println!(
            "round {round}: tick {before} was predicted, inputs (frame, tick) {inputs:?}, tick began in {}",
            pressed["beganIn"]
        );
        let (sent_in, _) =
            *inputs.iter().find(|(_, tick)| *tick == before + 1).expect("an input for the very next tick");
        assert!(sent_in <= number(&pressed, "/beganIn"), "{pressed:#}");
        browser.until(&format!("s.predictedTick > {before} + 10")).await;
    }
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_panel_shows_numbers_and_is_open_again_after_a_reload_and_bad_settings_are_forgotten() {
    const OPEN: &str = "!document.getElementById('network').hidden";
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (6, View::All)).await;
    let browser = playing(server.address(), "100 30 1").await;
    assert_eq!(browser.evaluate(OPEN).await, false);
    browser.press(Key::F3).await;
    assert_eq!(browser.evaluate(OPEN).await, true);
    browser.hold(&['w', 'd']).await;
    browser.until("s.stats.snapshots > 130 && s.stats.audits > 1").await;
    browser.release(&['w', 'd']).await;
    for (row, unit) in [
        ("frame", " ms, worst "),
        ("ping", " ms"),
        ("jitter", " ms"),
        ("age", " ms"),
        ("margin", " ms"),
        ("delay", " ms"),
        ("bytes", " KB/s"),
        ("kinds", "changes "),
        ("timeline", " received"),
    ] {
        let text = browser.text_of(&format!("network-{row}")).await;
        assert!(text.contains(unit) && text.contains(|c: char| c.is_ascii_digit()), "{row}: {text}");
    }
    browser.picture("network.png").await;

    // What was chosen is there after a reload, the name too.
    browser.reload().await;
    browser.until("s.phase === 'start'").await;
    assert_eq!(browser.evaluate(OPEN).await, true);
    assert_eq!(browser.evaluate("document.getElementById('name').value").await, "Ada");

    // What nobody could have chosen counts as not chosen.
    for bad in [
        "nonsense",
        "[1]",
        "{\\\"version\\\":99,\\\"name\\\":\\\"Eve\\\"}",
        "{\\\"version\\\":1,\\\"name\\\":7,\\\"networkPanel\\\":\\\"yes\\\"}",
    ] {
        browser.evaluate(&format!("(localStorage.setItem('tickwire-settings', \"{bad}\"), 0)")).await;
        browser.reload().await;
        browser.until("s.phase === 'start'").await;
        assert_eq!(browser.evaluate(OPEN).await, false, "{bad}");
        assert_eq!(browser.evaluate("document.getElementById('name').value").await, "", "{bad}");
    }
    browser.enter("name", "Grace").await;
    browser.until("s.phase === 'playing'").await;
    let kept = browser.evaluate("JSON.parse(localStorage.getItem('tickwire-settings')).name").await;
    assert_eq!(kept, "Grace");
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_connection_is_noticed_and_the_world_comes_back_by_itself() {
    let _alone = ALONE.lock().await;
    let server = start(|config| (config.bots, config.view) = (3, View::All)).await;
    let cable = Cable::lay(server.address()).await;
    let browser = playing(cable.address(), "0 0 0").await;
    browser.press(Key::F3).await;
    // The page says how long it took: from the last snapshot to the notice.
    let watch = browser.script(
        "let last = performance.now(), tick = window.tickwire.state().tick;
         window.noticed = new Promise(found => (function look() {
           const s = window.tickwire.state();
           if (s.tick !== tick) { tick = s.tick; last = performance.now(); }
           if (!document.getElementById('no-signal').hidden) return found(performance.now() - last);
           requestAnimationFrame(look);
         })());
         done(0);",
    );
    watch.await;
    cable.clog();
    let noticed = browser.script("window.noticed.then(done);").await;
    println!("a silence was noticed after {:.0} ms", noticed.as_f64().expect("a time"));
    browser.until("document.getElementById('network-delay').textContent === 'stalled'").await;
    browser.picture("no-signal.png").await;
    browser.until("s.phase === 'lost'").await;
    let ships = browser.until("s.ships.length > 0").await["ships"].clone();
    browser.picture("frozen.png").await;
    assert_eq!(browser.until("s.ships.length > 0").await["ships"], ships, "the world stands still");
    cable.plug_in();
    let back = browser.until("s.phase === 'playing' && s.ship && s.resumed === true").await;
    assert_eq!(back["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}

/// The frames of some seconds: ships and shots in view at least, the page's own timers, and the tasks that the browser calls long.
const FIGHT: &str = "
    const long = [], end = performance.now() + 5000;
    const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((task) => Math.round(task.duration))));
    watch.observe({ type: 'longtask' });
    let ships = Infinity, shots = Infinity;
    while (performance.now() < end) {
        await new Promise((done) => setTimeout(done, 250));
        const state = window.tickwire.state();
        [ships, shots] = [Math.min(ships, state.ships.length), Math.min(shots, state.shots)];
    }
    const { picture, frameMs, stats } = window.tickwire.state();
    return { ships, shots, shapes: picture.shapes, frameMs, long, desyncs: stats.desyncs };";

/// Leaves everything as it is but the size of the picture in memory: without a graphics card, its pixels take the cores that the page needs.
const FEW_PIXELS: &str = "
    for (const side of ['width', 'height']) {
        const real = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, side), told = `told-${side}`;
        Object.defineProperty(HTMLCanvasElement.prototype, side, {
            get() { return this[told] ?? real.get.call(this); },
            set(to) {
                if (this.id === 'stage') this[told] = to;
                real.set.call(this, this.id === 'stage' && !window.allPixels ? 16 : to);
            },
        });
    }";
const ALL_PIXELS: &str = "(() => {
    const stage = document.getElementById('stage');
    window.allPixels = true;
    for (const side of ['width', 'height']) stage[side] = stage[side];
})()";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_fight_is_drawn_and_its_frames_are_timed() {
    let _alone = ALONE.lock().await;
    // Nobody is lost, so that all stay; nobody looks twice, and no magazine is ever empty; ten ticks a second, since whoever else works here needs the
    // cores as well.
    let in_a_crowd = |line: &str| match line.split_once(" = ") {
        Some(("damage", _)) => "damage = 0".to_owned(),
        Some(("reaction", _)) => "reaction = 0.0".to_owned(),
        Some(("recharge", rest)) if rest.starts_with("1.6 ") => "recharge = 6.0".to_owned(),
        _ => line.to_owned(),
    };
    let tuning = DEFAULT_TUNING.lines().map(in_a_crowd).collect::<Vec<_>>().join("\n");
    // No wall ends a shot, and there is room for it to fly: some 700 are in the air.
    let spawns: Vec<_> = (0..60).map(|at| format!("[{}, {}]", 150 + at % 10 * 330, 150 + at / 10 * 380)).collect();
    let field =
        format!("name = \"Field\"\nwidth = 3300\nheight = 2200\nrounds = false\nspawns = [{}]", spawns.join(", "));
    let server = start_by((&tuning, &field), |config| {
        (config.bots, config.view, config.watch_delay, config.tick_rate) = (300, View::All, 0, 10);
    })
    .await;
    let browser = Browser::open("about:blank").await;
    browser.before_each_page(FEW_PIXELS).await;
    browser.load(&format!("http://{}/?watch", server.address())).await;
    let preferred = browser.prefer();
    browser.until("s.ships.length === 300 && s.shots > 500").await;
    // Everything is in view.
    browser.press('3').await;
    for what in ["few pixels", "all of them, drawn by the processor"] {
        let fight = browser.run(FIGHT).await;
        println!("{what}, the page {}before all else on this machine: {fight}", if preferred { "" } else { "not " });
        assert_eq!((&fight["ships"], &fight["desyncs"]), (&300.into(), &0.into()));
        browser.evaluate(ALL_PIXELS).await;
    }
    browser.picture("crowd.png").await;
    browser.close(&[]).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_slept_wakes_into_the_present() {
    const SLEEP: &str = "(Object.defineProperty(document, 'hidden', { get: () => true, configurable: true }), \
                         document.dispatchEvent(new Event('visibilitychange')), 0)";
    const WAKE: &str = "(delete document.hidden, document.dispatchEvent(new Event('visibilitychange')), 0)";
    let _alone = ALONE.lock().await;
    let server = start(|config| config.bots = 3).await;
    let browser = playing(server.address(), "0 0 0").await;
    browser.evaluate(SLEEP).await;
    let asleep = health(server.address(), "/rooms/0/tick").await;
    while health(server.address(), "/rooms/0/tick").await < asleep + 90 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        number(&browser.until("s.tick").await, "/tick") < (asleep + 60) as f64,
        "nothing is sent to a page that nobody sees"
    );
    let present = health(server.address(), "/rooms/0/tick").await;
    browser.evaluate(WAKE).await;
    // Not one tick of the time between is played through: the next that comes is of now.
    let awake = browser.until(&format!("s.tick > {}", asleep + 60)).await;
    assert!(number(&awake, "/tick") >= present as f64, "{present}: {awake:#}");
    let settled = browser.until(&format!("s.tick > {present} + 30 && s.ship")).await;
    assert!((number(&settled, "/tick") - number(&settled, "/clock/view")).abs() < TICK_RATE / 2.0, "{settled:#}");
    assert_eq!(settled["stats"]["desyncs"], 0);
    browser.close(&[]).await;
    server.stop().await;
}
