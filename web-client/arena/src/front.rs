//! The arena on the page: what the shell calls, frame by frame.

use glam::Vec2;
use tickwire_arena::{
    Arena, Rules, ShipControls,
    kinds::{Entity, Event, Kill, Phase, RoundBegins},
};
use tickwire_sync::{
    PlayerNumber, Tick,
    client::{Seen, Session},
};
use wasm_bindgen::JsValue;

use super::{
    backdrop,
    board::{self, Board},
    briefing::{self, Briefing},
    camera::Camera,
    controls::{self, ACTIONS, BOARD, NEEDED, PAD},
    cover::{Cover, Looker},
    director::Director,
    effects::{Effects, RECOIL},
    feed::{Feed, epitaph},
    gauges::Vitals,
    hud::Hud,
    lead::Lead,
    livery::livery,
    looks::push,
    minimap::Minimap,
    picture::{Frame, beam, paint},
    renderer::{Renderer, View},
    report::{self, PictureReport, Report, ViewReport},
    scenery,
    scores::{clock, name, rows},
    shapes::Stamps,
    sheet::Sheet,
    sides::{self, Standoff},
    sound::{Sound, Speakers},
};
use crate::shell::{
    bindings::Action,
    front::{Front, Moment},
    input::Input,
    pad::Jolt,
    page, settings,
    watch::Gaze,
    words::{apart, fill},
};

/// Texts are looked at anew so often, in seconds.
const TEXTS_SECONDS: f64 = 0.1;
/// How fast the sky drifts behind the start screen, in units a second.
const DRIFT: f32 = 26.0;
/// Below this share of the hull an alarm is heard, once in so many seconds.
const ALARM_BELOW: f32 = 0.3;
const ALARM_SECONDS: f64 = 1.2;

/// Whether the view must keep still: the player asked their system for less motion, or chose so here.
fn calm() -> bool {
    page::wants_calm() || settings::flag(settings::CALM) == Some(true)
}

/// The arena's picture and its instruments.
#[derive(Debug)]
pub struct ArenaFront {
    renderer: Renderer,
    camera: Camera,
    cover: Cover,
    director: Director,
    effects: Effects,
    scenery: Stamps,
    /// Whether the scenery must go to the card.
    scenery_is_new: bool,
    scene: Stamps,
    /// Everything in view in the last frame.
    seen: Vec<Seen<Entity>>,
    /// Where the own ship was drawn last, in CSS pixels.
    ship_on_page: Vec2,
    /// Whether there was a ship to follow in this session.
    followed: bool,
    /// The tick of the own beam that was shown last.
    beamed: Tick,
    /// How often the session had gone over to other rules when its map was taken in.
    rules_renewed: u32,
    sheet: Sheet,
    speakers: Speakers,
    /// When the hull was last said to be nearly gone, in seconds.
    alarmed_at: f64,
    /// The birth of the own ship that was greeted last.
    greeted: Tick,
    hud: Hud,
    standoff: Standoff,
    board: Board,
    briefing: Briefing,
    minimap: Minimap,
    feed: Feed,
    lead: Lead,
    /// How the own ship was lost last.
    epitaph: String,
    texts_at: f64,
    now: f64,
}

impl ArenaFront {
    /// The arena, before anybody plays.
    ///
    /// # Errors
    /// The page lacks an element, or the browser WebGL2.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            renderer: Renderer::new()?,
            camera: Camera::default(),
            cover: Cover::new()?,
            director: Director::default(),
            effects: Effects::new(calm()),
            scenery: Stamps::default(),
            scenery_is_new: false,
            scene: Stamps::default(),
            seen: Vec::new(),
            ship_on_page: Vec2::ZERO,
            followed: false,
            beamed: 0,
            rules_renewed: 0,
            sheet: Sheet::default(),
            speakers: Speakers::new()?,
            alarmed_at: 0.0,
            greeted: 0,
            hud: Hud::new()?,
            standoff: Standoff::new()?,
            board: Board::new()?,
            briefing: Briefing::new()?,
            minimap: Minimap::new()?,
            feed: Feed::new()?,
            lead: Lead::default(),
            epitaph: String::new(),
            texts_at: 0.0,
            now: 0.0,
        })
    }

    fn own(&self) -> Option<&Seen<Entity>> {
        self.seen.last().filter(|seen| seen.own)
    }

    /// Keeps the picture clear of what covers it.
    fn make_room(&mut self, session: Option<&Session<Arena>>, window: Vec2, moment: Moment) {
        let looker = match session {
            None => Looker::Visitor,
            Some(_) if moment.preview => Looker::Visitor,
            Some(session) if session.player().is_some() => {
                Looker::Pilot(session.avatar().is_some().then_some(self.ship_on_page))
            }
            Some(_) => Looker::Watcher(moment.gaze),
        };
        let insets = self.cover.insets(looker, window, moment.now);
        self.camera.cover(insets, moment.elapsed);
    }

    fn look(&mut self, aim: f32, elapsed: f32) {
        let Some((at, since)) = self.own().map(|own| (Vec2::new(own.pose.x, own.pose.y), own.since)) else {
            self.camera.stay();
            return;
        };
        self.camera.follow(at, Vec2::from_angle(aim), since, !self.followed, elapsed);
        self.followed = true;
        self.ship_on_page = self.camera.on_page(self.camera.nearest(at));
    }

    /// Somebody looks on: the view at a time, in seconds, goes as it says.
    fn look_on(&mut self, gaze: Gaze, time: Option<f64>, input: &Input, elapsed: f32) {
        match gaze {
            Gaze::Follow(player) => self.look_after(player, elapsed),
            Gaze::Everything => self.camera.look_at_everything(),
            Gaze::Roam => self.camera.roam(&input.roaming, elapsed),
            Gaze::Director => {
                if let Some(time) = time {
                    self.director.look(&self.seen, time, &self.camera);
                }
                match self.director.framing(&self.camera) {
                    Some(framing) => self.camera.frame(framing, self.effects.calm, elapsed),
                    None => self.camera.look_at_everything(),
                }
            }
        }
    }

    /// The view goes with somebody else's ship.
    fn look_after(&mut self, player: PlayerNumber, elapsed: f32) {
        let ship = self.seen.iter().find(|seen| matches!(&seen.state, Entity::Ship(ship) if ship.player == player));
        let Some((at, aim, since)) = ship.map(|ship| (Vec2::new(ship.pose.x, ship.pose.y), ship.pose.aim, ship.since))
        else {
            self.camera.stay();
            return;
        };
        self.camera.look_near();
        self.camera.follow(at, Vec2::from_angle(aim), since, !self.followed, elapsed);
        self.followed = true;
    }

    fn heading(session: &Session<Arena>) -> f32 {
        match session.avatar() {
            Some(Entity::Ship(ship)) => ship.heading.radians(),
            _ => 0.0,
        }
    }

    fn draw_session(&mut self, session: &Session<Arena>, input: &Input, moment: Moment) -> Result<(), JsValue> {
        let elapsed = if moment.running { moment.elapsed } else { 0.0 };
        self.seen.clear();
        session.scene(moment.seen, |seen| self.seen.push(seen));
        let aim = controls::aim(input, self.ship_on_page, Self::heading(session));
        if session.player().is_some() {
            self.look(aim, elapsed);
        } else {
            let time = session.clock().view(moment.seen).map(|view| view / f64::from(session.tick_rate()));
            self.look_on(moment.gaze, time, input, elapsed);
        }
        for seen in &mut self.seen {
            let at = self.camera.nearest(Vec2::new(seen.pose.x, seen.pose.y));
            (seen.pose.x, seen.pose.y) = at.into();
        }
        if let Some(view) = session.clock().view(moment.seen) {
            self.effects.show_until(view, session.player(), &self.camera, &self.seen);
        }
        self.show_own_beam(session);
        self.effects.advance(elapsed, &mut self.camera);
        let ratio = self.renderer.ratio();
        let frame = Frame { session, rules: session.rules(), seen: &self.seen, aim, elapsed, now: moment.seen, ratio };
        scenery::endless_grid(&self.camera, &mut self.scene);
        paint(&frame, &self.camera, &mut self.effects, &mut self.sheet, &mut self.scene);
        let texts_are_due = moment.now - self.texts_at >= TEXTS_SECONDS || moment.now < self.texts_at;
        if texts_are_due {
            self.texts_at = moment.now;
        }
        if moment.preview {
            self.effects.cues.clear();
            if texts_are_due {
                self.briefing.invite(session);
            }
            return Ok(());
        }
        self.sound_own_ship(session, moment);
        self.hud.hurt(self.effects.hurt());
        if texts_are_due {
            self.texts(session, input, moment.seen)?;
            self.feed.age(moment.now);
        }
        Ok(())
    }

    /// The own rail fires as soon as it is predicted to.
    fn show_own_beam(&mut self, session: &Session<Arena>) {
        let (loadout, rules) = (session.own().loadout(), session.rules());
        let (Some(tick), Some(Entity::Ship(ship))) = (session.predicted_tick(), session.avatar()) else { return };
        if loadout.rail == 0 {
            return;
        }
        // A slow page draws fewer frames than there are ticks. A correction may move the tick a little: the same beam all the same.
        let fired = (tick + u32::from(loadout.rail)).saturating_sub(rules.rail_ticks.into());
        if fired >= self.beamed + u32::from(rules.rail_ticks) / 2 {
            self.beamed = fired;
            self.effects.feel(RECOIL);
            if let Some((from, to)) = beam(rules, &self.seen, ship.controls.aim.radians()) {
                self.effects.beam(from, to, livery(ship.player, ship.side, session.player()).colour, 1.0);
            }
        }
    }

    /// What the own ship alone is heard by: its engine, its hull when that is nearly gone, its beginning.
    fn sound_own_ship(&mut self, session: &Session<Arena>, moment: Moment) {
        let own = self.own().map(|own| (own.state, own.since));
        let Some((Entity::Ship(ship), since)) = own.filter(|_| moment.running) else {
            self.speakers.engine(0.0);
            return;
        };
        self.speakers.engine(push(&ship));
        if since != self.greeted {
            self.greeted = since;
            self.effects.cues.everywhere(Sound::Spawn);
        }
        let share = f32::from(ship.hull) / f32::from(session.rules().hull_max.max(1));
        if share <= ALARM_BELOW && moment.now - self.alarmed_at >= ALARM_SECONDS {
            self.alarmed_at = moment.now;
            self.effects.cues.everywhere(Sound::Alarm);
        }
    }

    fn texts(&mut self, session: &Session<Arena>, input: &Input, seen: f64) -> Result<(), JsValue> {
        let rules: &Rules = session.rules();
        let loadout = session.own().loadout();
        let ship = match self.own().map(|own| own.state) {
            Some(Entity::Ship(ship)) => Some(ship),
            _ => None,
        };
        self.hud.vitals(Vitals::of(loadout, ship.as_ref(), rules));
        let clock = clock(session);
        let rate = f64::from(session.tick_rate());
        let tick = session.clock().view(seen).unwrap_or(f64::from(session.mirror().tick));
        let left = clock.map_or(0.0, |clock| ((f64::from(clock.ends_at) - tick) / rate).max(0.0));
        self.hud.clock(clock.as_ref(), left);
        self.standoff.show(session, clock.as_ref());
        self.minimap.show(&self.seen, session.player())?;
        let rows = rows(session);
        if let Some(news) = self.lead.news(&rows, clock.as_ref(), session.player(), self.now) {
            self.feed.news(&news, self.now)?;
        }
        self.board.show(
            &rows,
            session.player(),
            clock.as_ref(),
            left,
            input.does(BOARD),
            &briefing::goal(&rules.map),
        )?;
        let playing = clock.is_none_or(|clock| clock.phase == Phase::Playing);
        let waits = playing && session.player().is_some() && session.avatar().is_none() && loadout.respawn > 0;
        self.hud.death(waits.then_some((self.epitaph.as_str(), f64::from(loadout.respawn) / rate)));
        Ok(())
    }

    fn happened(&mut self, session: &Session<Arena>, event: Event) -> Result<(), JsValue> {
        self.effects.expect(session.mirror().tick, event);
        match event {
            Event::Kill(kill) => {
                self.director.killed(kill, f64::from(session.mirror().tick) / f64::from(session.tick_rate()));
                self.killed(session, kill)
            }
            Event::RoundBegins(RoundBegins { round }) => {
                self.effects.cues.everywhere(Sound::RoundBegins);
                self.feed.news(&fill("feed.round-begins", &[("number", &round)]), self.now)
            }
            Event::RoundOver(over) => {
                self.effects.cues.everywhere(Sound::RoundOver);
                let clock = clock(session).unwrap_or_default();
                self.feed.news(&board::result(&clock, over, &rows(session), session.player()), self.now)
            }
            Event::CoreMoved(moved) => {
                self.effects.cues.everywhere(Sound::Core);
                self.feed.news(&sides::news(moved, |player| name(session, player)), self.now)
            }
            Event::Took(took) if Some(took.player) == session.player() => {
                let told = self.briefing.took(took.what, session);
                told.map_or(Ok(()), |told| self.feed.news(&told, self.now))
            }
            Event::Hit(_) | Event::Took(_) | Event::Wreck(_) | Event::Beam(_) | Event::Burst(_) => Ok(()),
        }
    }

    fn killed(&mut self, session: &Session<Arena>, kill: Kill) -> Result<(), JsValue> {
        let named = |player| name(session, player);
        if Some(kill.target) == session.player() {
            self.epitaph = epitaph(kill, named);
        }
        let marked = |player| (named(player), sides::of(session, player));
        self.feed.kill(kill, session.player(), marked, self.now)
    }
}

impl Front for ArenaFront {
    type Game = Arena;
    type Report = Report;
    const ACTIONS: &'static [Action] = ACTIONS;
    const NEEDED: &'static [&'static str] = NEEDED;
    const PAD: &'static [(u8, u8)] = PAD;
    const HAS_CAMERA: bool = true;

    fn welcomed(&mut self, session: &Session<Arena>) {
        self.effects.clear();
        self.effects.calm = calm();
        self.feed.clear();
        self.lead.begin();
        self.epitaph.clear();
        self.followed = false;
        self.beamed = session.mirror().tick;
        self.survey(session);
    }

    fn received(&mut self, session: &mut Session<Arena>) {
        if self.rules_renewed != session.rules_renewed() {
            self.survey(session);
        }
        let events: Vec<Event> = session.take_events().collect();
        for event in events {
            self.happened(session, event).unwrap_or_else(|error| page::complain(&error));
        }
    }

    fn controls(&self, input: &Input, session: &Session<Arena>) -> ShipControls {
        let heading = Self::heading(session);
        controls::controls(input, controls::aim(input, self.ship_on_page, heading), heading)
    }

    fn draw(&mut self, session: Option<&Session<Arena>>, input: &Input, moment: Moment) {
        self.now = moment.now;
        self.camera.resize(input.size);
        self.make_room(session, input.size, moment);
        self.scene.clear();
        self.sheet.begin(!moment.preview);
        let drawn = if let Some(session) = session {
            self.draw_session(session, input, moment)
        } else {
            self.leave(moment);
            self.speakers.engine(0.0);
            Ok(())
        };
        self.speakers.play(&mut self.effects.cues, &self.camera);
        let view = View::of(&self.camera, input.size, moment.now);
        let anew = std::mem::take(&mut self.scenery_is_new);
        let drawn =
            drawn.and(self.renderer.draw(&view, moment.elapsed, &self.scenery, anew, &self.scene, &mut self.sheet));
        drawn.unwrap_or_else(|error| page::complain(&error));
    }

    fn badge(&self, session: &Session<Arena>, player: PlayerNumber) -> &'static str {
        sides::badge(sides::of(session, player))
    }

    fn subject(&self, session: &Session<Arena>) -> Option<String> {
        let subject = self.director.subject()?;
        let pilot = name(session, subject.pilot);
        Some(match subject.foe {
            Some(foe) => fill("watch.duel", &[("name", &pilot), ("foe", &name(session, foe))]),
            None => apart(&pilot),
        })
    }

    fn felt(&mut self) -> Option<Jolt> {
        self.effects.take_felt()
    }

    fn settings_changed(&mut self) {
        self.effects.calm = calm();
    }

    fn report(&self, session: Option<&Session<Arena>>) -> Report {
        let picture = PictureReport {
            restored: self.renderer.restored(),
            shapes: self.scene.len(),
            particles: self.effects.particles(),
            trauma: self.effects.trauma(),
            shake: self.camera.shake.length(),
        };
        let view = ViewReport::of(&self.camera, self.ship_on_page, self.director.subject());
        report::report(session, &self.seen, self.minimap.marked(), (picture, view))
    }
}

impl ArenaFront {
    /// Takes in the map that the session's rules have.
    fn survey(&mut self, session: &Session<Arena>) {
        self.rules_renewed = session.rules_renewed();
        self.scenery = scenery::stamps(session.rules());
        self.scenery_is_new = true;
        let terrain = &session.rules().map.terrain;
        self.camera.enter(terrain.size, terrain.wraps);
        self.director.begin(session.rules().hull_max);
        self.minimap.survey(session.rules()).unwrap_or_else(|error| page::complain(&error));
    }

    /// Nobody plays: stars and rocks drift by.
    fn leave(&mut self, moment: Moment) {
        if !self.scenery.is_empty() {
            self.scenery.clear();
            self.scenery_is_new = true;
            self.seen.clear();
            self.board.hide();
            self.camera.enter(Vec2::ZERO, false);
        }
        self.camera.centre += Vec2::new(DRIFT, DRIFT * 0.3) * moment.elapsed;
        self.camera.shake = Vec2::ZERO;
        backdrop::paint(&self.camera, moment.now, &mut self.scene);
    }
}
