//! The director: it chooses what those look at who look on. It rates every pilot a few times a second, by what goes on around it, and stays with its
//! choice for long enough to be followed. The same world at the same times leads to the same choices.

use glam::Vec2;
use tickwire_arena::kinds::{Entity, Kill, Side};
use tickwire_sync::{PlayerNumber, Tick, client::Seen};

use super::camera::Camera;

/// It decides so often, in seconds: nothing that is worth a cut begins and ends faster.
const DECIDE_SECONDS: f64 = 0.25;
/// It stays with a subject for at least so long, in seconds: whoever looks has to find out who is who.
const STAY_MIN: f64 = 4.0;
/// It leaves a subject after so long, in seconds, if there is another: a room is more than its best pilot.
const STAY_MAX: f64 = 14.0;
/// It stays where somebody was destroyed for so long, in seconds: the blast takes most of it.
const LINGER: f64 = 1.6;
/// Another subject has to be better by this factor, and by so much more, before the director leaves one early.
const BETTER_BY: f32 = 1.3;
const BETTER_BY_MORE: f32 = 1.5;
/// Two are a fight from this distance on, in units: what a gun reaches in its first half second.
const FIGHT_RANGE: f32 = 560.0;
/// Both are framed once they are this near, until they are so far apart; in units. Between the two nothing changes.
const FRAME_WITHIN: f32 = 500.0;
const FRAME_UNTIL: f32 = 720.0;
/// A foe gives way to a nearer one after so long, in seconds, if that is nearer by this factor.
const FOE_STAYS: f64 = 2.0;
const NEARER_BY: f32 = 0.5;
/// What is framed around a ship, in units: its name, its shots, and where it will be in a moment.
const AROUND: f32 = 130.0;
/// What a pilot is worth seeing for: a fight nose to nose, with the half of it as soon as guns speak; a hull nearly gone; a core carried; the lead;
/// a kill of just now.
const FIGHT: f32 = 4.0;
const HURT: f32 = 1.5;
const CARRIES: f32 = 4.0;
const LEADS: f32 = 1.0;
const KILLED: f32 = 2.0;
/// A kill is of just now for so long, in seconds.
const KILL_SECONDS: f64 = 4.0;
/// So many kills are remembered: more within that time nobody can follow.
const KILLS_MAX: usize = 16;

/// Whom the director shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who it is about.
    pub pilot: PlayerNumber,
    /// Whom it fights.
    pub foe: Option<PlayerNumber>,
}

impl Subject {
    fn has(self, player: PlayerNumber) -> bool {
        self.pilot == player || self.foe == Some(player)
    }
}

/// What is to be in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// The middle, in units.
    pub at: Vec2,
    /// How far to each side of it the picture has to reach at least, in units.
    pub reach: Vec2,
    /// Which take it is: another number, another subject.
    pub take: u32,
}

/// A ship that was seen last at a place.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    at: Vec2,
    /// The tick at which it came into view: after another one the same pilot has another ship.
    since: Tick,
    /// Whether it is there still.
    is_there: bool,
}

/// A pilot's ship, and what it is worth seeing for.
#[derive(Clone, Copy, Debug)]
struct Rated {
    player: PlayerNumber,
    at: Vec2,
    side: Side,
    fires: bool,
    alone: f32,
    /// With the fight that is around it.
    whole: f32,
    /// Whom it fights most, and how far off that is, in units.
    foe: Option<(PlayerNumber, f32)>,
}

/// The director of a room.
#[derive(Debug, Default)]
pub struct Director {
    subject: Option<Subject>,
    pilot: Option<Sighting>,
    foe: Option<Sighting>,
    take: u32,
    /// When the subject was chosen, when its foe, and until when it stays for the sake of a kill; in seconds.
    since: f64,
    foe_since: f64,
    lingers_until: f64,
    /// When it decides next.
    due: f64,
    kills: Vec<(f64, Kill)>,
    /// A whole hull, in points.
    hull_max: f32,
    rated: Vec<Rated>,
}

impl Director {
    /// Forgets all: another world begins, in which a whole hull has so many points.
    pub fn begin(&mut self, hull_max: u8) {
        let (kills, rated) = (Vec::with_capacity(KILLS_MAX), std::mem::take(&mut self.rated));
        *self = Self { take: self.take, hull_max: hull_max.max(1).into(), kills, rated, ..Self::default() };
    }

    /// Somebody was destroyed, which the view reaches at a time in seconds.
    pub fn killed(&mut self, kill: Kill, time: f64) {
        if self.kills.len() == KILLS_MAX {
            self.kills.remove(0);
        }
        self.kills.push((time, kill));
    }

    /// Whom it shows; `None` while nobody is there.
    pub fn subject(&self) -> Option<Subject> {
        self.subject
    }

    /// Looks at what is seen at a time, in seconds, and decides if that is due. `camera` knows how its world wraps.
    pub fn look(&mut self, seen: &[Seen<Entity>], time: f64, camera: &Camera) {
        self.find(seen);
        let own = |(at, kill): &&(f64, Kill)| {
            *at <= time && *at + LINGER > time && self.subject.is_some_and(|subject| subject.has(kill.target))
        };
        if let Some((at, _)) = self.kills.iter().find(own) {
            self.lingers_until = at + LINGER;
        }
        // Another round, another map or a keyframe may have turned the time back.
        if time >= self.due || time < self.due - DECIDE_SECONDS {
            self.due = time + DECIDE_SECONDS;
            self.kills.retain(|(at, _)| time - at < KILL_SECONDS);
            self.decide(seen, time, camera);
        }
    }

    /// What is to be in the picture; `None` for everything.
    pub fn framing(&self, camera: &Camera) -> Option<Framing> {
        let pilot = self.pilot?;
        let half = self.foe.map_or(Vec2::ZERO, |foe| camera.way(pilot.at, foe.at) / 2.0);
        Some(Framing { at: pilot.at + half, reach: half.abs() + AROUND, take: self.take })
    }

    /// Where those are now whom it shows. Who is gone stays where it was.
    fn find(&mut self, seen: &[Seen<Entity>]) {
        let Some(subject) = self.subject else { return };
        let now = |player| sighting(seen, player);
        let shown = [(&mut self.pilot, now(subject.pilot)), (&mut self.foe, subject.foe.and_then(now))];
        for (known, now) in shown {
            if let Some(known) = known {
                match now {
                    Some(now) if now.since == known.since => *known = now,
                    _ => known.is_there = false,
                }
            }
        }
    }

    fn decide(&mut self, seen: &[Seen<Entity>], time: f64, camera: &Camera) {
        self.rate(seen, time, camera);
        if time < self.lingers_until {
            return;
        }
        let current = self.subject.filter(|_| self.pilot.is_some_and(|pilot| pilot.is_there));
        let Some(current) = current else {
            let best = self.best(|_| true);
            return self.choose(best, seen, time);
        };
        let worth = self.rating(current.pilot).map_or(0.0, |rated| rated.whole);
        let stayed = time - self.since;
        let best = self.best(|player| !current.has(player));
        let leaves = best.is_some_and(|best| {
            stayed >= STAY_MAX || stayed >= STAY_MIN && best.whole > worth * BETTER_BY + BETTER_BY_MORE
        });
        if leaves {
            self.choose(best, seen, time);
        } else {
            self.look_for_foe(current, seen, time, camera);
        }
    }

    fn choose(&mut self, best: Option<Rated>, seen: &[Seen<Entity>], time: f64) {
        self.take = self.take.wrapping_add(1);
        (self.since, self.foe_since) = (time, time);
        self.subject = best.map(|best| {
            let foe = best.foe.filter(|(_, distance)| *distance < FRAME_WITHIN);
            Subject { pilot: best.player, foe: foe.map(|(player, _)| player) }
        });
        self.pilot = self.subject.and_then(|subject| sighting(seen, subject.pilot));
        self.foe = self.subject.and_then(|subject| sighting(seen, subject.foe?));
    }

    /// Takes another into the picture, or lets one go.
    fn look_for_foe(&mut self, current: Subject, seen: &[Seen<Entity>], time: f64, camera: &Camera) {
        let most = self.rating(current.pilot).and_then(|rated| rated.foe);
        let most = most.filter(|(_, distance)| *distance < FRAME_WITHIN);
        let foe = self.foe.filter(|foe| foe.is_there).zip(self.pilot);
        let kept = foe.map(|(foe, pilot)| camera.way(pilot.at, foe.at).length());
        let kept = kept.filter(|kept| {
            let other = most.filter(|(player, _)| Some(*player) != current.foe);
            let nearer = other.is_some_and(|(_, distance)| distance < kept * NEARER_BY);
            *kept < FRAME_UNTIL && !(nearer && time - self.foe_since >= FOE_STAYS)
        });
        let to = if kept.is_some() { current.foe } else { most.map(|(player, _)| player) };
        if to != current.foe {
            self.subject = Some(Subject { foe: to, ..current });
            self.foe = to.and_then(|foe| sighting(seen, foe));
            self.foe_since = time;
            self.take = self.take.wrapping_add(1);
        }
    }

    /// The one most worth seeing among those; of equals, the one whose number follows on that of the last.
    fn best(&self, among: impl Fn(PlayerNumber) -> bool) -> Option<Rated> {
        let last = self.subject.map_or(0, |subject| subject.pilot);
        let turn = |rated: &Rated| rated.player.wrapping_sub(last).wrapping_sub(1);
        let all = self.rated.iter().filter(|rated| among(rated.player));
        all.copied().max_by(|a, b| a.whole.total_cmp(&b.whole).then(turn(b).cmp(&turn(a))))
    }

    fn rating(&self, player: PlayerNumber) -> Option<&Rated> {
        let at = self.rated.binary_search_by_key(&player, |rated| rated.player).ok()?;
        Some(&self.rated[at])
    }

    /// Rates everybody who has a ship.
    fn rate(&mut self, seen: &[Seen<Entity>], time: f64, camera: &Camera) {
        let Self { rated, kills, hull_max, .. } = self;
        rated.clear();
        let (mut most, mut leader) = (0, None);
        for one in seen {
            match &one.state {
                Entity::Ship(ship) => {
                    let gone = 1.0 - f32::from(ship.hull) / *hull_max;
                    let carries = if ship.core == Side::None { 0.0 } else { CARRIES };
                    // In order of numbers, to be found by them; a sort would be more code than all else here.
                    let Err(place) = rated.binary_search_by_key(&ship.player, |rated| rated.player) else { continue };
                    let one = Rated {
                        player: ship.player,
                        at: Vec2::new(one.pose.x, one.pose.y),
                        side: ship.side,
                        fires: false,
                        alone: HURT * gone.max(0.0) + carries,
                        whole: 0.0,
                        foe: None,
                    };
                    rated.insert(place, one);
                }
                Entity::Pilot(pilot) if pilot.score > most => (most, leader) = (pilot.score, Some(pilot.player)),
                Entity::Pilot(pilot) if pilot.score == most => leader = None,
                _ => {}
            }
        }
        let find = |rated: &[Rated], player| rated.binary_search_by_key(&player, |rated| rated.player).ok();
        for one in seen {
            if let Entity::Shot(shot) = &one.state
                && let Some(at) = find(rated, shot.player)
            {
                rated[at].fires = true;
            }
        }
        if let Some(at) = leader.and_then(|leader| find(rated, leader)) {
            rated[at].alone += LEADS;
        }
        for (at, kill) in kills.iter().filter(|(at, _)| *at <= time) {
            if let Some(killer) = find(rated, kill.by) {
                rated[killer].alone += KILLED * (1.0 - (time - at) / KILL_SECONDS).max(0.0) as f32;
            }
        }
        rate_fights(rated, camera);
    }
}

/// Adds to everybody what goes on between it and others.
fn rate_fights(rated: &mut [Rated], camera: &Camera) {
    for one in &mut *rated {
        one.whole = one.alone;
    }
    for at in 1..rated.len() {
        let (before, from) = rated.split_at_mut(at);
        let one = &mut from[0];
        for other in before {
            if one.side.is_with(other.side) {
                continue;
            }
            let way = camera.way(one.at, other.at);
            if way.length_squared() >= FIGHT_RANGE * FIGHT_RANGE {
                continue;
            }
            let distance = way.length();
            let speaks = if one.fires || other.fires { 1.0 } else { 0.5 };
            let fight = FIGHT * speaks * (1.0 - distance / FIGHT_RANGE);
            let (its, others) = ((one.alone, one.player), (other.alone, other.player));
            for (pilot, (worth, foe)) in [(&mut *one, others), (other, its)] {
                let whole = pilot.alone + fight + 0.5 * worth;
                if whole > pilot.whole {
                    (pilot.whole, pilot.foe) = (whole, Some((foe, distance)));
                }
            }
        }
    }
}

fn sighting(seen: &[Seen<Entity>], player: PlayerNumber) -> Option<Sighting> {
    seen.iter().find_map(|one| match &one.state {
        Entity::Ship(ship) if ship.player == player => {
            Some(Sighting { at: Vec2::new(one.pose.x, one.pose.y), since: one.since, is_there: true })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use tickwire_arena::kinds::{Cause, Pilot, Ship, Shot};
    use tickwire_sync::game::Pose;

    use super::*;

    const HULL: u8 = 100;

    fn camera(wraps: bool) -> Camera {
        let mut camera = Camera::default();
        camera.resize(Vec2::new(1440.0, 900.0));
        camera.enter(Vec2::splat(4000.0), wraps);
        camera
    }

    fn director() -> Director {
        let mut director = Director::default();
        director.begin(HULL);
        director
    }

    fn seen(state: Entity, (x, y): (f32, f32), since: Tick) -> Seen<Entity> {
        Seen { id: 0, since, state, pose: Pose { x, y, heading: 0.0, aim: 0.0 }, own: false }
    }

    fn ship(player: PlayerNumber, at: (f32, f32)) -> Seen<Entity> {
        seen(Entity::Ship(Ship { player, hull: HULL, ..Ship::default() }), at, 1)
    }

    /// Looks at what stays as it is, from one time to another.
    fn look(director: &mut Director, seen: &[Seen<Entity>], (from, to): (f64, f64)) -> Option<Subject> {
        let camera = camera(false);
        (0..((to - from) * 60.0) as u32).for_each(|frame| director.look(seen, from + f64::from(frame) / 60.0, &camera));
        director.subject()
    }

    fn single(pilot: PlayerNumber) -> Subject {
        Subject { pilot, foe: None }
    }

    #[test]
    fn a_fight_is_better_than_a_flight_and_both_are_in_the_picture() {
        let mut director = director();
        let room = [ship(1, (500.0, 500.0)), ship(2, (3000.0, 3000.0)), ship(3, (3200.0, 3100.0))];
        let subject = look(&mut director, &room, (0.0, 0.1)).unwrap();
        assert!(subject.has(2) && subject.has(3), "{subject:?}");
        let framing = director.framing(&camera(false)).unwrap();
        assert_eq!((framing.at, framing.reach), (Vec2::new(3100.0, 3050.0), Vec2::new(100.0 + AROUND, 50.0 + AROUND)));
    }

    #[test]
    fn friends_are_no_fight_and_nobody_there_is_nothing_to_frame() {
        let friend = |player, at| {
            let ship = Ship { player, hull: HULL, side: Side::Amber, ..Ship::default() };
            seen(Entity::Ship(ship), at, 1)
        };
        let room = [friend(2, (3000.0, 3000.0)), friend(3, (3100.0, 3000.0))];
        assert_eq!(look(&mut director(), &room, (0.0, 0.1)).unwrap().foe, None);
        let mut director = director();
        assert_eq!(look(&mut director, &[], (0.0, 5.0)), None);
        assert_eq!(director.framing(&camera(false)), None);
    }

    #[test]
    fn who_carries_a_core_is_nearly_gone_or_leads_is_worth_seeing() {
        let plain = || ship(1, (500.0, 500.0));
        let other = |ship: Ship| seen(Entity::Ship(Ship { player: 7, ..ship }), (3000.0, 3000.0), 1);
        let carrier = other(Ship { hull: HULL, core: Side::Azure, ..Ship::default() });
        let hurt = other(Ship { hull: 20, ..Ship::default() });
        let score = |player, score| seen(Entity::Pilot(Pilot { player, score, ..Pilot::default() }), (0.0, 0.0), 1);
        let leader = [ship(7, (3000.0, 3000.0)), score(1, 2), score(7, 3)];
        for room in [vec![plain(), carrier], vec![plain(), hurt], [vec![plain()], leader.to_vec()].concat()] {
            assert_eq!(look(&mut director(), &room, (0.0, 0.1)), Some(single(7)));
        }
    }

    #[test]
    fn it_stays_for_some_seconds_whatever_happens_and_leaves_after_some_more_though_nothing_does() {
        let mut director = director();
        let quiet = [ship(1, (500.0, 500.0)), ship(2, (3000.0, 3000.0))];
        let first = look(&mut director, &quiet, (0.0, 0.1)).unwrap();
        let other = if first.pilot == 1 { 2 } else { 1 };
        let place = if other == 1 { (600.0, 600.0) } else { (3000.0, 3100.0) };
        let fight = [quiet[0], quiet[1], ship(3, place)];
        assert_eq!(look(&mut director, &fight, (0.1, STAY_MIN - 0.1)), Some(first));
        assert!(look(&mut director, &fight, (STAY_MIN - 0.1, STAY_MIN + 0.4)).unwrap().has(other));

        let mut director = self::director();
        assert_eq!(look(&mut director, &quiet, (0.0, STAY_MAX - 0.1)), Some(first));
        assert_eq!(look(&mut director, &quiet, (STAY_MAX - 0.1, STAY_MAX + 0.4)), Some(single(other)));
        assert_eq!(look(&mut director, &quiet[..1], (STAY_MAX + 0.4, 99.0)), Some(single(1)), "nobody else is there");
    }

    #[test]
    fn what_is_hardly_better_is_no_reason_to_leave() {
        let mut director = director();
        let duels = |gap: f32| {
            [
                ship(1, (500.0, 500.0)),
                ship(2, (800.0, 500.0)),
                ship(3, (3000.0, 3000.0)),
                ship(4, (3000.0 + gap, 3000.0)),
            ]
        };
        let first = look(&mut director, &duels(310.0), (0.0, 0.1)).unwrap();
        assert!(first.has(1) && first.has(2), "{first:?}");
        let mut takes = Vec::new();
        // The other duel is now a little better, now a little worse.
        for turn in 0..40 {
            let at = 0.1 + f64::from(turn) * 0.3;
            look(&mut director, &duels(if turn % 2 == 0 { 280.0 } else { 320.0 }), (at, at + 0.3));
            takes.push(director.take);
        }
        assert!(takes.iter().all(|take| *take == takes[0]), "{takes:?}");
    }

    #[test]
    fn two_stay_in_the_picture_until_they_are_well_apart() {
        let mut director = director();
        let pair = |gap: f32| [ship(1, (500.0, 500.0)), ship(2, (500.0 + gap, 500.0))];
        assert_eq!(look(&mut director, &pair(FRAME_WITHIN + 50.0), (0.0, 0.5)).unwrap().foe, None);
        assert!(look(&mut director, &pair(FRAME_WITHIN - 50.0), (0.5, 1.0)).unwrap().foe.is_some());
        let take = director.take;
        for (turn, gap) in [FRAME_WITHIN + 60.0, FRAME_WITHIN - 60.0, FRAME_UNTIL - 20.0].into_iter().enumerate() {
            let at = 1.0 + turn as f64 * 0.5;
            assert!(look(&mut director, &pair(gap), (at, at + 0.5)).unwrap().foe.is_some());
        }
        assert_eq!(director.take, take);
        assert_eq!(look(&mut director, &pair(FRAME_UNTIL + 20.0), (2.5, 3.0)).unwrap().foe, None);
    }

    #[test]
    fn it_lingers_where_somebody_was_destroyed_and_then_goes_on_with_the_killer() {
        let mut director = director();
        let hurt = seen(Entity::Ship(Ship { player: 2, hull: 1, ..Ship::default() }), (500.0, 500.0), 1);
        let room = [ship(1, (600.0, 500.0)), hurt, ship(3, (3000.0, 3000.0))];
        let subject = look(&mut director, &room, (0.0, 5.0)).unwrap();
        assert!(subject.has(1) && subject.has(2));
        director.killed(Kill { by: 1, target: 2, with: Cause::Gun }, 5.0);
        let after = [room[0], room[2]];
        let framed = director.framing(&camera(false)).unwrap();
        assert_eq!(look(&mut director, &after, (5.0, 5.0 + LINGER - 0.1)), Some(subject));
        assert_eq!(director.framing(&camera(false)).unwrap(), framed, "where it was destroyed is in the picture");
        assert_eq!(look(&mut director, &after, (5.0 + LINGER - 0.1, 5.0 + LINGER + 0.4)).unwrap().pilot, 1);
    }

    #[test]
    fn a_new_ship_of_the_same_pilot_is_another_subject() {
        let mut director = director();
        look(&mut director, &[ship(1, (500.0, 500.0))], (0.0, 1.0));
        let take = director.take;
        let again = seen(Entity::Ship(Ship { player: 1, hull: HULL, ..Ship::default() }), (3000.0, 3000.0), 90);
        assert_eq!(look(&mut director, &[again], (1.0, 1.5)), Some(single(1)));
        assert_ne!(director.take, take);
        assert_eq!(director.framing(&camera(false)).unwrap().at, Vec2::splat(3000.0));
    }

    #[test]
    fn two_on_both_sides_of_an_edge_that_is_none_are_near_each_other() {
        let (mut director, camera) = (director(), camera(true));
        director.look(&[ship(1, (3900.0, 2000.0)), ship(2, (100.0, 2000.0))], 0.0, &camera);
        assert!(director.subject().unwrap().foe.is_some());
        let framing = director.framing(&camera).unwrap();
        assert_eq!(camera.nearest_to(framing.at, Vec2::new(0.0, 2000.0)), Vec2::new(0.0, 2000.0));
        assert_eq!(framing.reach, Vec2::new(100.0 + AROUND, AROUND));
    }

    #[test]
    fn guns_that_speak_make_a_fight_and_the_same_world_leads_to_the_same_choices() {
        let room = || {
            let mut room: Vec<_> =
                (0..40).map(|at| ship(at, (f32::from(at % 8) * 450.0, f32::from(at / 8) * 700.0))).collect();
            room.push(seen(Entity::Shot(Shot { player: 21, ..Shot::default() }), (0.0, 0.0), 1));
            room
        };
        assert!(look(&mut director(), &room(), (0.0, 0.1)).unwrap().has(21));
        let subjects = || {
            let mut director = director();
            (0..60)
                .map(|second| look(&mut director, &room(), (second.into(), f64::from(second) + 1.0)))
                .collect::<Vec<_>>()
        };
        let once = subjects();
        assert_eq!(once, subjects());
        let changes = once.windows(2).filter(|two| two[0] != two[1]).count();
        assert!((3..=15).contains(&changes), "{changes}");
    }
}
