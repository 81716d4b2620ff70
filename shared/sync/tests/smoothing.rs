//! What the player sees of corrections, gaps and teleports: the state is right at once, the picture follows without a leap.

mod common;

use common::{
    line::{Line, Puck, Push, Thing},
    pair::{Net, TICK_RATE},
};
use tickwire_sync::{
    PlayerNumber, Tick,
    client::Session,
    game::{Game, Life, Pose},
    grid::Position,
    server::Room,
};

/// The player who looks, and the other one.
const OWN: PlayerNumber = 0;
const OTHER: PlayerNumber = 1;
/// Round trips that clocks must first learn take so long.
const SETTLED_TICKS: u32 = 300;
/// From one picture to the next.
const FRAME_SECONDS: f64 = 0.25 / TICK_RATE as f64;
/// Of an offset of one unit, no frame takes more than this: `1 - exp(-FRAME_SECONDS / 0.04)`, rounded up.
const SHARE_A_FRAME: f32 = 0.19;

/// One picture.
#[derive(Clone, Copy, Debug)]
struct Frame {
    now: f64,
    /// The newest snapshot.
    mirror: Tick,
    /// The time at which the other is seen, in ticks.
    view: f64,
    /// Where both are drawn.
    own: f32,
    other: f32,
    /// Where the own puck would be drawn if nothing were smoothed.
    unsmoothed: f32,
}

/// Two pucks that were at rest, from tick `start` on under way from the left to the right, and what the first player saw.
struct Watched {
    net: Net<Line>,
    start: Tick,
    frames: Vec<Frame>,
    /// Where the other truly was at the end of each tick from `start` on.
    truth: Vec<f32>,
}

fn puck(room: &mut Room<Line>, player: PlayerNumber) -> &mut Puck {
    let key = room.players.get(player).expect("it plays").avatar.expect("it has a puck");
    let Some(Thing::Puck(puck)) = room.world.get_mut(key) else { panic!("an avatar is a puck") };
    puck
}

fn shift(room: &mut Room<Line>, player: PlayerNumber, units: f32) {
    puck(room, player).x.0 += Position::from_units(units).0;
}

fn stepped(mut thing: Thing) -> Thing {
    assert_eq!(Line::step(&mut thing, &()), Life::Lives);
    thing
}

fn x(thing: &Thing) -> f32 {
    Line::pose(thing).x
}

fn frame(session: &Session<Line>, now: f64) -> Frame {
    let clock = session.clock();
    let (mut own, mut other) = (None, None);
    session.scene(now, |seen| *if seen.own { &mut own } else { &mut other } = Some(seen.pose.x));
    let avatar = *session.avatar().expect("it plays");
    let ahead = clock.predicted(now).expect("snapshots came") - f64::from(session.predicted_tick().expect("they did"));
    let step = Line::pose(&avatar).blend(Line::pose(&stepped(avatar)), ahead.clamp(0.0, 1.0) as f32);
    Frame {
        now,
        mirror: session.mirror().tick,
        view: clock.view(now).expect("snapshots came"),
        own: own.expect("its own puck is seen"),
        other: other.expect("the other puck is seen"),
        unsmoothed: step.x,
    }
}

/// The state that a snapshot leads to: the prediction must be nothing else, at any time.
fn assert_predicted_from_newest(session: &Session<Line>) {
    let own = session.mirror().iter().find(|(_, held)| Line::avatar_of(&held.state) == Some(OWN));
    let mut state = own.expect("it plays").1.state;
    for _ in session.mirror().tick..session.predicted_tick().expect("snapshots came") {
        state = stepped(state);
    }
    assert_eq!(session.avatar(), Some(&state), "predicted from the snapshot of tick {}", session.mirror().tick);
}

impl Watched {
    /// With `delay_seconds` each way; both pucks have gained speed when it returns.
    fn new(delay_seconds: f64) -> Self {
        let mut net = Net::<Line>::new(1);
        net.delay_seconds = delay_seconds;
        net.join();
        net.join();
        (0..SETTLED_TICKS).for_each(|_| net.tick(|_, _| Push::default()));
        let mut watched = Self { start: net.room.tick + 1, net, frames: Vec::new(), truth: Vec::new() };
        watched.tick(|room| {
            for player in [OWN, OTHER] {
                puck(room, player).x = Position::from_units(-350.0);
            }
        });
        (0..40).for_each(|_| watched.tick(|_| {}));
        watched.frames.clear();
        watched
    }

    /// One tick, with `meddle` doing at its end what nobody could foresee.
    fn tick(&mut self, meddle: impl FnOnce(&mut Room<Line>)) {
        let frames = &mut self.frames;
        let push = Push { way: 1, drop: false };
        self.net.tick_meddling(
            |index, session, now| {
                if index == usize::from(OWN) {
                    session.advance(now, push);
                    frames.push(frame(session, now));
                }
                push
            },
            meddle,
        );
        self.truth.push(x(&(*puck(&mut self.net.room, OTHER)).into()));
    }

    fn ticks(&mut self, ticks: u32) {
        (0..ticks).for_each(|_| self.tick(|_| {}));
    }

    /// Where the other truly was, at a time in ticks.
    fn true_other(&self, time: f64) -> f32 {
        let since = time - f64::from(self.start);
        let [before, after] =
            [since as usize, since as usize + 1].map(|at| Pose { x: self.truth[at], ..Pose::default() });
        before.blend(after, since.fract() as f32).x
    }

    /// The furthest that one of the drawn pucks went from one frame to the next.
    fn furthest(&self, which: impl Fn(&Frame) -> f32) -> f32 {
        self.frames.windows(2).map(|two| (which(&two[1]) - which(&two[0])).abs()).fold(0.0, f32::max)
    }

    /// When the snapshot of a tick, or of a later one, had come.
    fn came(&self, tick: Tick) -> f64 {
        self.frames.iter().find(|frame| frame.mirror >= tick).expect("it came").now
    }

    fn frames_after(&self, time: f64) -> impl Iterator<Item = &Frame> {
        self.frames.iter().filter(move |frame| frame.now >= time - FRAME_SECONDS / 2.0)
    }
}

/// A puck under way goes no further than this from one frame to the next by itself.
const OWN_MOTION: f32 = 1.0;

#[test]
fn a_push_is_in_the_state_at_once_and_in_the_picture_after_a_tenth_of_a_second() {
    for delay_seconds in [0.0, 0.02, 0.05, 0.1] {
        let mut watched = Watched::new(delay_seconds);
        let before = watched.net.clients[0].session.stats().mispredictions;
        let push = 30.0;
        watched.tick(|room| shift(room, OWN, push));
        let tick = watched.net.room.tick;
        for _ in 0..30 {
            watched.tick(|_| {});
            assert_predicted_from_newest(&watched.net.clients[0].session);
        }
        assert_eq!(watched.net.clients[0].session.stats().mispredictions, before + 1, "delay {delay_seconds} s");
        let furthest = watched.furthest(|frame| frame.own);
        assert!(furthest < OWN_MOTION + SHARE_A_FRAME * push, "delay {delay_seconds} s: a leap of {furthest} units");
        let came = watched.came(tick);
        let at_once = watched.frames_after(came).next().expect("it was drawn");
        let off = (at_once.own - at_once.unsmoothed).abs();
        assert!(off > 0.7 * push, "delay {delay_seconds} s: only {off} units are smoothed");
        for (after, left) in [(0.1, 0.1), (0.15, 0.03)] {
            let off = watched
                .frames_after(came + after)
                .map(|frame| (frame.own - frame.unsmoothed).abs())
                .fold(0.0, f32::max);
            assert!(off < left * push, "delay {delay_seconds} s: {off} units off after {after} s");
        }
    }
}

#[test]
fn pushes_in_a_row_are_no_leap_either() {
    let mut watched = Watched::new(0.05);
    for _ in 0..10 {
        watched.tick(|room| shift(room, OWN, 15.0));
        watched.tick(|_| {});
    }
    watched.ticks(20);
    let furthest = watched.furthest(|frame| frame.own);
    // Each leaves 19 % to the next, 67 ms later: 18.5 units at most are smoothed at once.
    assert!(furthest < OWN_MOTION + SHARE_A_FRAME * 18.5, "a leap of {furthest} units");
    let last = watched.frames.last().expect("it was drawn");
    assert!((last.own - last.unsmoothed).abs() < 0.1, "{last:?}");
}

#[test]
fn a_short_gap_is_bridged_by_the_step() {
    let mut watched = Watched::new(0.05);
    for blocked in [true, false] {
        watched.net.clients[0].blocked = blocked;
        watched.ticks(4);
    }
    for frame in &watched.frames {
        let truth = watched.true_other(frame.view);
        assert!((frame.other - truth).abs() < 0.05, "at tick {} the other is at {truth}: {frame:?}", frame.view);
    }
    let beyond = watched.frames.iter().map(|frame| frame.view - f64::from(frame.mirror)).fold(0.0, f64::max);
    assert!(beyond > 2.0, "up to {beyond} ticks are bridged");
}

#[test]
fn in_a_long_gap_everything_stands_still_and_goes_on_without_a_leap() {
    let mut watched = Watched::new(0.05);
    let newest = watched.net.room.tick;
    watched.net.clients[0].blocked = true;
    watched.ticks(20);
    let bridged_until = |frame: &Frame| f64::from(frame.mirror) + 0.25 * f64::from(TICK_RATE);
    let (bridged, stopped): (Vec<_>, Vec<_>) =
        watched.frames.iter().copied().partition(|frame: &Frame| frame.view <= bridged_until(frame));
    for frame in &bridged {
        assert!((frame.other - watched.true_other(frame.view)).abs() < 0.05, "{frame:?}");
    }
    assert!(stopped.len() > 30 && stopped.iter().all(|frame| frame.other == stopped[0].other), "{stopped:?}");

    watched.net.clients[0].blocked = false;
    watched.ticks(30);
    let (tick, furthest) = (newest + 1, watched.furthest(|frame| frame.other));
    assert!(furthest < OWN_MOTION + SHARE_A_FRAME * 40.0, "a leap of {furthest} units");
    for frame in watched.frames_after(watched.came(tick) + 0.2) {
        let truth = watched.true_other(frame.view);
        assert!((frame.other - truth).abs() < 0.5, "the other is at {truth}: {frame:?}");
    }
}

/// How the messages of a gap come after it.
#[derive(Clone, Copy, Debug)]
enum After {
    /// As one snapshot: the server had skipped the client.
    One,
    /// All at once: the network had held them up.
    Burst,
}

#[test]
fn who_was_pushed_during_a_gap_is_brought_to_its_place_without_a_leap() {
    for (ticks, after) in [(3, After::One), (3, After::Burst), (6, After::One), (6, After::Burst)] {
        let mut watched = Watched::new(0.03);
        let newest = watched.net.room.tick;
        match after {
            After::One => watched.net.clients[0].blocked = true,
            After::Burst => watched.net.delay_seconds += f64::from(ticks) / f64::from(TICK_RATE),
        }
        let push = 30.0;
        watched.tick(|room| shift(room, OTHER, push));
        watched.ticks(ticks - 1);
        watched.net.clients[0].blocked = false;
        watched.net.delay_seconds = 0.03;
        watched.ticks(30);
        let furthest = watched.furthest(|frame| frame.other);
        assert!(furthest < OWN_MOTION + SHARE_A_FRAME * push, "{ticks} ticks, {after:?}: a leap of {furthest} units");
        let came = watched.came(newest + 1);
        for frame in watched.frames_after(came + 0.2) {
            let truth = watched.true_other(frame.view);
            assert!((frame.other - truth).abs() < 0.05 * push, "{ticks} ticks, {after:?}: it is at {truth}, {frame:?}");
        }
    }
}

#[test]
fn a_teleport_is_shown_as_one() {
    for (player, ticks) in [(OWN, 1), (OTHER, 1), (OWN, 4), (OTHER, 4)] {
        let mut watched = Watched::new(0.05);
        watched.net.clients[0].blocked = ticks > 1;
        let way = 250.0;
        watched.tick(|room| shift(room, player, way));
        watched.ticks(ticks);
        watched.net.clients[0].blocked = false;
        watched.ticks(20);
        let drawn = |frame: &Frame| if player == OWN { frame.own } else { frame.other };
        let leaps: Vec<_> = watched
            .frames
            .windows(2)
            .map(|two| drawn(&two[1]) - drawn(&two[0]))
            .filter(|leap| *leap > OWN_MOTION)
            .collect();
        assert!(matches!(leaps[..], [leap] if leap > 0.95 * way), "player {player}, {ticks} ticks: {leaps:?}");
    }
}

#[test]
fn a_new_puck_does_not_slide_from_where_the_old_one_was() {
    for player in [OWN, OTHER] {
        let mut watched = Watched::new(0.05);
        watched.tick(|room| {
            let mut puck = *puck(room, player);
            puck.x.0 += Position::from_units(40.0).0;
            room.embody(player, puck.into());
        });
        watched.ticks(20);
        let drawn = |frame: &Frame| if player == OWN { frame.own } else { frame.other };
        let leaps: Vec<_> = watched
            .frames
            .windows(2)
            .map(|two| drawn(&two[1]) - drawn(&two[0]))
            .filter(|leap| *leap > OWN_MOTION)
            .collect();
        assert!(matches!(leaps[..], [leap] if leap > 38.0), "player {player}: {leaps:?}");
    }
}

#[test]
fn after_a_keyframe_nothing_is_seen_of_what_was_before() {
    let mut watched = Watched::new(0.0);
    watched.net.clients[0].session.go_away();
    watched.ticks(30);
    watched.net.clients[0].session.come_back();
    let asleep = watched.net.room.tick;
    watched.frames.clear();
    watched.ticks(10);
    assert_eq!(watched.net.clients[0].keyframes, 1);
    let back: Vec<_> = watched.frames.iter().filter(|frame| frame.mirror > asleep).collect();
    let first = back.first().expect("it came back");
    let truth = watched.true_other(f64::from(first.mirror));
    assert!(back.len() > 20 && back.iter().all(|frame| frame.other >= truth - 0.01), "{truth}: {back:?}");
}
