//! A frame of a fight takes nothing from the heap once it is warm: ships, shots, sparks, names, sounds.

#[path = "../../../shared/sync/tests/common/allocations.rs"]
mod allocations;
#[path = "../../../shared/sync/tests/common/pair.rs"]
mod pair;

use glam::Vec2;
use pair::{Net, TICK_RATE};
use tickwire_arena::{
    Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls,
    kinds::{Entity, Event},
};
use tickwire_arena_client::{
    camera::Camera,
    director::Director,
    effects::Effects,
    picture::{Frame, paint},
    shapes::{Shape, Stamps},
    sheet::Sheet,
};
use tickwire_sync::{client::Seen, game::RulesSource, grid::Angle, random::Random};

const PLAYERS: usize = 24;
/// So many frames a tick.
const FRAMES: u32 = 2;
/// Long enough for most ships to have burst, and for every pool to have been full.
const WARM_TICKS: u32 = 1800;
const COUNTED_TICKS: u32 = 900;

fn controls(index: usize, tick: u32) -> ShipControls {
    let mut random = Random::keyed(1, 0, index as u32, tick / 15);
    ShipControls {
        aim: Angle::from_steps(random.below(1024) as i32),
        turn: random.below(3) as i8 - 1,
        thrust: random.below(10) < 7,
        fire: random.below(3) > 0,
        rail: random.below(4) == 0,
        ..ShipControls::default()
    }
}

/// What a page keeps from frame to frame.
struct Page {
    camera: Camera,
    director: Director,
    effects: Effects,
    sheet: Sheet,
    stamps: Stamps,
    seen: Vec<Seen<Entity>>,
}

impl Page {
    fn draw(&mut self, net: &Net<Arena>, now: f64) {
        let session = &net.clients[0].session;
        let elapsed = 1.0 / (TICK_RATE * FRAMES) as f32;
        self.stamps.clear();
        self.sheet.begin(true);
        self.seen.clear();
        session.scene(now, |seen| self.seen.push(seen));
        if let Some(view) = session.clock().view(now) {
            self.director.look(&self.seen, view / f64::from(TICK_RATE), &self.camera);
            // Everything stays in view, and so is drawn.
            self.director.framing(&self.camera).expect("somebody is there");
            self.effects.show_until(view, session.player(), &self.camera, &self.seen);
        }
        self.effects.advance(elapsed, &mut self.camera);
        let frame = Frame { session, rules: session.rules(), seen: &self.seen, aim: 0.0, elapsed, now, ratio: 2.0 };
        paint(&frame, &self.camera, &mut self.effects, &mut self.sheet, &mut self.stamps);
        self.sheet.take_fresh().for_each(drop);
        self.effects.cues.clear();
    }
}

#[test]
fn a_warm_frame_takes_nothing_from_the_heap() {
    let rules = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
    let mut net = Net::<Arena>::with_rules(1, rules);
    (0..PLAYERS).for_each(|_| _ = net.join());
    let mut page = Page {
        camera: Camera::default(),
        director: Director::default(),
        effects: Effects::new(false),
        sheet: Sheet::default(),
        stamps: Stamps::default(),
        seen: Vec::new(),
    };
    let terrain = &net.clients[0].session.rules().map.terrain;
    page.camera.resize(Vec2::new(1440.0, 900.0));
    page.camera.enter(terrain.size, terrain.wraps);
    page.camera.look_at_everything();
    page.director.begin(net.clients[0].session.rules().hull_max);
    let (mut shapes, mut kinds) = (0, [false; Shape::ALL.len()]);
    for tick in 0..WARM_TICKS + COUNTED_TICKS {
        net.tick(controls);
        net.deliver();
        let session = &mut net.clients[0].session;
        let at = session.mirror().tick;
        session.take_events().for_each(|event| {
            if let Event::Kill(kill) = event {
                page.director.killed(kill, f64::from(at) / f64::from(TICK_RATE));
            }
            page.effects.expect(at, event);
        });
        allocations::count(tick >= WARM_TICKS);
        for frame in 0..FRAMES {
            page.draw(
                &net,
                f64::from(net.room.tick) / f64::from(TICK_RATE) + f64::from(frame) / f64::from(TICK_RATE * FRAMES),
            );
        }
        allocations::count(false);
        if tick >= WARM_TICKS {
            shapes += page.stamps.len();
            kinds.iter_mut().zip(Shape::ALL).for_each(|(drawn, shape)| *drawn |= !page.stamps.rows(*shape).is_empty());
        }
    }
    assert!(shapes > 100 * COUNTED_TICKS as usize, "{shapes} shapes");
    for shape in [Shape::Spark, Shape::Smoke, Shape::Blast, Shape::Beam, Shape::Tracer, Shape::Ship, Shape::Text] {
        assert!(kinds[shape as usize], "no {shape:?}: this showed little");
    }
    assert_eq!(allocations::counted(), 0);
}
