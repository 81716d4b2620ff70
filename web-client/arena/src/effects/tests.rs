//! What is shown and heard of what happens, and when.

use tickwire_arena::kinds::Beam;
use tickwire_sync::game::Pose;

use super::{
    super::{shapes::Stamps, sheet::Sheet},
    *,
};

fn hit(target: PlayerNumber) -> Event {
    Hit { by: 1, target, damage: 10, ..Hit::default() }.into()
}

#[test]
fn an_event_shows_when_the_view_reaches_its_tick() {
    let mut effects = Effects::new(false);
    effects.expect(10, hit(2));
    effects.show_until(9.9, Some(7), &Camera::default(), &[]);
    assert!(effects.particles.is_empty() && effects.looks.of(2).flash() < 0.5);
    effects.show_until(10.0, Some(7), &Camera::default(), &[]);
    assert!(!effects.particles.is_empty() && effects.looks.of(2).flash() > 0.9);
}

#[test]
fn only_hits_on_the_own_ship_hurt_and_shake() {
    let mut camera = Camera::default();
    let mut effects = Effects::new(false);
    effects.expect(0, hit(2));
    effects.show_until(1.0, Some(7), &camera, &[]);
    effects.advance(0.01, &mut camera);
    assert!(effects.hurt() < 0.1 && camera.shake == Vec2::ZERO);
    effects.expect(0, hit(7));
    effects.show_until(1.0, Some(7), &camera, &[]);
    effects.advance(0.01, &mut camera);
    assert!(effects.hurt() > 0.9 && camera.shake != Vec2::ZERO);
}

#[test]
fn hands_feel_the_hardest_of_what_concerns_the_own_ship_once() {
    let mut effects = Effects::new(false);
    for event in [hit(2), Wreck { player: 2, ..Wreck::default() }.into()] {
        effects.expect(0, event);
    }
    effects.show_until(1.0, Some(7), &Camera::default(), &[]);
    assert_eq!(effects.take_felt(), None);
    for event in [hit(7), Wreck { player: 7, ..Wreck::default() }.into(), hit(7)] {
        effects.expect(0, event);
    }
    effects.show_until(1.0, Some(7), &Camera::default(), &[]);
    assert_eq!((effects.take_felt(), effects.take_felt()), (Some(WRECKED), None));
}

#[test]
fn a_player_who_wants_less_motion_gets_no_shake() {
    let (mut camera, mut effects) = (Camera::default(), Effects::new(true));
    effects.expect(0, Wreck { player: 7, ..Wreck::default() }.into());
    effects.show_until(1.0, Some(7), &camera, &[]);
    effects.advance(0.01, &mut camera);
    assert_eq!(camera.shake, Vec2::ZERO);
}

#[test]
fn beams_of_others_show_over_the_edge_and_the_own_one_is_not_shown_twice() {
    let mut camera = Camera::default();
    camera.enter(Vec2::splat(4000.0), true);
    camera.centre = Vec2::new(4020.0, 100.0);
    let beam = |by| {
        let (y, to_y) = (Position::from_units(100.0), Position::from_units(3900.0));
        Beam { by, x: Position::from_units(3900.0), y, to_x: Position::from_units(500.0), to_y }
    };
    let mut effects = Effects::new(false);
    effects.expect(0, beam(7).into());
    effects.expect(0, beam(2).into());
    effects.show_until(1.0, Some(7), &camera, &[]);
    let rays: Vec<_> = effects.rays.iter().copied().collect();
    let [ray] = rays[..] else { panic!("{rays:?}") };
    assert_eq!((ray.from, ray.to), (Vec2::new(3900.0, 100.0), Vec2::new(4500.0, -100.0)));
}

fn ship(player: PlayerNumber, x: f32) -> Seen<Entity> {
    let state = Ship { player, ..Ship::default() }.into();
    Seen { id: player.into(), since: 0, state, pose: Pose { x, ..Pose::default() }, own: player == 7 }
}

#[test]
fn a_hit_on_the_own_ship_shows_where_it_came_from_and_how_much_it_took() {
    let (camera, mut stamps, mut sheet) = (Camera::default(), Stamps::default(), Sheet::default());
    let mut effects = Effects::new(false);
    let seen = [ship(2, -500.0), ship(7, 0.0)];
    effects.expect(0, Hit { by: 2, target: 7, x: Position::from_units(-14.0), damage: 14, ..Hit::default() }.into());
    effects.show_until(1.0, Some(7), &camera, &seen);
    effects.draw_wounds(Vec2::ZERO, &mut stamps);
    let arc = stamps.rows(Shape::Arc);
    assert!((arc[4].abs() - std::f32::consts::PI).abs() < 1e-3, "from the left: {}", arc[4]);
    effects.draw(&camera, &mut sheet, &mut stamps);
    assert_eq!(effects.numbers.iter().map(|number| number.points).collect::<Vec<_>>(), [14]);
    assert_eq!(effects.cues.iter().map(|cue| cue.sound).collect::<Vec<_>>(), [Sound::Struck]);
}

#[test]
fn hits_among_others_have_no_number_and_are_heard_from_afar() {
    let (camera, mut effects) = (Camera::default(), Effects::new(false));
    effects.expect(0, Hit { by: 1, target: 2, damage: 14, ..Hit::default() }.into());
    effects.expect(0, Hit { by: 7, target: 2, damage: 40, ..Hit::default() }.into());
    effects.show_until(1.0, Some(7), &camera, &[]);
    assert_eq!(effects.numbers.iter().map(|number| number.points).collect::<Vec<_>>(), [40]);
    let levels: Vec<_> = effects.cues.iter().map(|cue| cue.level).collect();
    assert_eq!(levels, [ASIDE, 1.0]);
}

#[test]
fn a_hull_smokes_only_when_it_is_hurt_and_the_more_the_less_is_left() {
    let smoke = |share| {
        let mut effects = Effects::new(false);
        (0..60).for_each(|_| effects.smoulder(Vec2::ZERO, Vec2::ZERO, share, 1.0 / 60.0));
        effects.particles()
    };
    assert_eq!(smoke(0.8), 0);
    assert!(smoke(0.5) > 0 && smoke(0.1) > 2 * smoke(0.5));
}

#[test]
fn everything_fades_by_itself() {
    let (mut camera, mut effects, mut stamps) = (Camera::default(), Effects::new(false), Stamps::default());
    camera.resize(Vec2::new(1440.0, 900.0));
    effects.expect(0, Wreck { player: 7, ..Wreck::default() }.into());
    effects.show_until(1.0, Some(7), &camera, &[]);
    let mut sheet = Sheet::default();
    effects.draw(&camera, &mut sheet, &mut stamps);
    assert!(stamps.len() > 40);
    (0..30).for_each(|_| effects.advance(0.1, &mut camera));
    stamps.clear();
    effects.draw(&camera, &mut sheet, &mut stamps);
    assert!(stamps.is_empty() && camera.shake == Vec2::ZERO);
}
