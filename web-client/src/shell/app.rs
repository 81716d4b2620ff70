//! The loop: the browser's events in, the connection driven, the page and the game's picture brought up to date.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use tickwire_sync::{
    client::Voice,
    protocol::{CloseCode, Role},
};
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, Performance};

use super::{
    announcement::Announcement,
    bindings::Bindings,
    chat::Chat,
    commands::{self, Typed},
    connection::{Connection, Connections, Whose},
    front::{Front, Moment},
    input::Input,
    meter::FrameMeter,
    network::Network,
    notice::Notice,
    pad::Pads,
    page,
    panel::{self, Panel},
    renewal::Renewal,
    report::{FrameReport, Report, SessionReport, name_of},
    settings,
    start::StartScreen,
    tokens::Tokens,
    voices::{ANSWER, manner, named, speaker},
    watch::{Gaze, Turn, WatchBar},
    words::text,
};
use crate::net::{
    link::{Order, Phase, Received, Return},
    socket::Happened,
};

/// Texts are looked at anew so often, in seconds: faster, nobody could read them.
const TEXTS_SECONDS: f64 = 0.1;
/// A longer gap between two frames counts as this, in seconds.
const ELAPSED_MAX: f64 = 0.1;

/// Where to connect to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The socket's URL.
    pub url: String,
    /// The room's name; empty for the default one.
    pub room: String,
    /// Whether to watch at once.
    pub watch: bool,
}

/// An app, as the browser's events share it.
pub type Shared<F> = Rc<RefCell<App<F>>>;

/// The page, its connection and its game.
pub struct App<F: Front> {
    me: Weak<RefCell<Self>>,
    place: Place,
    connections: Connections<F::Game>,
    /// What the player does.
    pub input: Input,
    /// The gamepads.
    pub pads: Pads,
    /// The chat.
    pub chat: Chat,
    /// The network panel.
    pub network: Network,
    /// The start screen.
    pub start: StartScreen,
    /// The settings panel, if the page has one.
    pub panel: Option<Panel>,
    watch_bar: WatchBar,
    notice: Notice,
    /// What admins announced.
    pub announcement: Announcement,
    tokens: Tokens,
    front: F,
    body: HtmlElement,
    shown_phase: &'static str,
    performance: Performance,
    renewal: Renewal,
    frames: FrameMeter,
    /// What messages took since the last frame, in milliseconds: it counts to the next.
    messages_ms: f32,
    drawn_at: f64,
    texts_at: f64,
}

impl<F: Front> App<F> {
    /// An app that shows its start screen.
    ///
    /// # Errors
    /// The page lacks an element.
    pub fn new(front: F, place: Place) -> Result<Shared<F>, JsValue> {
        let window = page::window()?;
        let performance = window.performance().ok_or_else(|| JsValue::from_str("this browser has no clock"))?;
        let body = page::document()?.body().ok_or_else(|| JsValue::from_str("the page has no body"))?;
        let (chat, network, start, notice) = (Chat::new()?, Network::new()?, StartScreen::new()?, Notice::new()?);
        let (watch_bar, tokens, announcement) = (WatchBar::new(F::HAS_CAMERA)?, Tokens::new()?, Announcement::new()?);
        let mut bindings = Bindings::new(F::ACTIONS, F::NEEDED);
        if let Some(line) = settings::text(settings::KEYS) {
            bindings.restore(&line);
        }
        panel::hint(&bindings)?;
        let panel = Panel::new(&bindings)?;
        Ok(Rc::new_cyclic(|me| {
            RefCell::new(Self {
                me: me.clone(),
                place,
                connections: Connections::default(),
                input: Input::new(bindings),
                pads: Pads::default(),
                chat,
                network,
                start,
                panel,
                watch_bar,
                notice,
                announcement,
                tokens,
                front,
                body,
                shown_phase: "",
                performance,
                renewal: Renewal::of_tab(),
                frames: FrameMeter::default(),
                messages_ms: 0.0,
                drawn_at: 0.0,
                texts_at: 0.0,
            })
        }))
    }

    /// Seconds since the page began.
    pub fn now(&self) -> f64 {
        self.performance.now() / 1000.0
    }

    fn phase(&self) -> &'static str {
        match self.connections.own.link.phase() {
            Phase::Idle => "start",
            Phase::Connecting => "connecting",
            Phase::Playing => "playing",
            Phase::Lost { .. } => "lost",
            Phase::Refused { .. } => "refused",
        }
    }

    /// Whether keys fly a ship or turn a watcher now.
    pub fn flies(&self) -> bool {
        *self.connections.own.link.phase() == Phase::Playing && !self.chat.is_open() && !self.chooses()
    }

    /// Whether the settings panel is open.
    pub fn chooses(&self) -> bool {
        self.panel.as_ref().is_some_and(Panel::is_open)
    }

    /// The player wants to choose.
    pub fn choose(&mut self) {
        if let Some(panel) = &mut self.panel {
            self.input.let_go();
            panel.open();
        }
    }

    /// The player chose something other than a key.
    pub fn chose(&mut self) {
        if let Some(panel) = &self.panel {
            panel.chosen();
            self.front.settings_changed();
        }
    }

    /// The page speaks another language now. What is said again and again needs no more; what was said stays as it was.
    pub fn words_changed(&mut self) {
        panel::hint(&self.input.bindings).unwrap_or_else(|error| page::complain(&error));
        if let Some(panel) = &mut self.panel {
            panel.words_changed(&self.input.bindings);
        }
        self.network.lag.words_changed();
    }

    /// Whether this is a watcher.
    pub fn watches(&self) -> bool {
        *self.connections.own.link.phase() != Phase::Idle && self.connections.own.link.role() == Role::Watcher
    }

    /// The player pressed "Play".
    pub fn play(&mut self) {
        // After a reload it is the player who comes back, and not the watcher whom the link made.
        if std::mem::take(&mut self.place.watch) {
            page::forget_parameter("watch").unwrap_or_else(|error| page::complain(&error));
        }
        self.enter(Role::Player);
    }

    /// The player pressed "Watch".
    pub fn watch(&mut self) {
        self.watch_bar.begin(F::HAS_CAMERA);
        self.enter(Role::Watcher);
    }

    fn enter(&mut self, role: Role) {
        if *self.connections.own.link.phase() == Phase::Idle {
            let (name, now) = (self.start.name(), self.now());
            // It makes room first; what was seen of it stays until the own world is there.
            self.connections.preview.link.stop(now);
            self.obey(Whose::Preview);
            self.connect(Whose::Own, role, &name);
        }
    }

    /// Shows a live match behind the start screen, for as long as nobody plays or watches.
    fn preview(&mut self) {
        self.connect(Whose::Preview, Role::Watcher, &text("start.nameless"));
    }

    fn connect(&mut self, whose: Whose, role: Role, name: &str) {
        let (token, now) = (self.tokens.token(), self.now());
        let link = &mut self.connections.of(whose).link;
        if let Some((token, is_given)) = token {
            link.show_token(token, is_given);
        }
        link.enter(role, name, &self.place.room, now);
        self.obey(whose);
    }

    /// The watcher wants to see somebody or something else.
    pub fn turn(&mut self, turn: Turn) {
        if let Some(session) = self.connections.own.link.running().filter(|session| session.player().is_none()) {
            self.watch_bar.turn(session, turn);
            self.watch_bar.show(Some(&*session), &self.front);
            self.connections.own.send();
        }
    }

    /// Whether a watcher leads the camera.
    pub fn roams(&self) -> bool {
        self.watch_bar.gaze() == Gaze::Roam
    }

    /// The watcher takes the camera, if it has not.
    pub fn roam(&mut self) {
        if !self.roams() {
            self.turn(Turn::Roam);
        }
    }

    /// The player does not want to wait.
    pub fn retry_now(&mut self) {
        self.connections.own.link.retry_now(self.now());
        self.obey(Whose::Own);
    }

    /// The browser is back on the network.
    pub fn online(&mut self) {
        let now = self.now();
        for whose in Whose::ALL {
            self.connections.of(whose).link.online(now, js_sys::Math::random());
            self.obey(whose);
        }
    }

    /// The page was hidden, or is seen again.
    pub fn hide(&mut self, hidden: bool) {
        self.input.let_go();
        let now = self.now();
        for whose in Whose::ALL {
            let connection = self.connections.of(whose);
            connection.link.hide(hidden, now);
            connection.send();
            self.obey(whose);
        }
    }

    /// The player goes back to the start screen.
    pub fn leave(&mut self) {
        self.connections.own.link.leave();
        self.obey(Whose::Own);
        self.preview();
        self.start.focus();
    }

    /// The player said what is in the chat's field, or ordered it.
    pub fn say(&mut self) {
        let (said, now) = (self.chat.take(), self.now());
        let (Some(line), Some(session)) = (said, self.connections.own.link.running()) else { return };
        let players: Vec<_> = session.players().collect();
        let answers = match commands::read(&line, &players) {
            Err(why) => vec![why],
            Ok(Typed::Help) => commands::help(session.rank()),
            Ok(Typed::Who) => {
                let numbered: Vec<_> = players.iter().map(|(number, name)| format!("#{number} {name}")).collect();
                vec![numbered.join(" · ")]
            }
            Ok(typed) => {
                match typed {
                    Typed::Chat(text) => session.chat(text),
                    Typed::Team(text) => session.chat_to_team(text),
                    Typed::Whisper(to, text) => session.whisper(to, text),
                    Typed::Order(order) => session.order(order),
                    Typed::Help | Typed::Who => {}
                }
                self.connections.own.send();
                return;
            }
        };
        for answer in answers {
            self.hear(ANSWER, ("", ""), &answer, now);
        }
        // All of it is to be read, or the line to be typed once more.
        self.chat.open();
    }

    fn hear(&mut self, manner: &str, name: (&str, &str), text: &str, now: f64) {
        if let Err(error) = self.chat.add(manner, name, text, now) {
            page::complain(&error);
        }
    }

    /// Does what the link wants done, and shows what became of it.
    fn obey(&mut self, whose: Whose) {
        while let Some(order) = self.connections.of(whose).link.take_order() {
            match (order, whose) {
                (Order::Open, _) => self.open(whose),
                (Order::Close, _) => self.connections.of(whose).close(CloseCode::Normal),
                (Order::GiveUp, _) => self.connections.of(whose).close(CloseCode::ComingBack),
                (Order::Remember, Whose::Own) => self.tokens.remember(self.connections.own.link.token()),
                (Order::ForgetGiven, Whose::Own) => {
                    self.tokens.forget_given();
                    if let Some((token, is_given)) = self.tokens.token() {
                        self.connections.own.link.show_token(token, is_given);
                    }
                }
                (Order::Reload, Whose::Own) => {
                    if self.renewal.reload(self.connections.own.link.role()) {
                        // It goes on for a moment, in which it need not say why.
                        let _ = self.body.set_attribute("data-reloads", "");
                    } else {
                        self.connections.own.link.cannot_reload();
                    }
                }
                // Whoever is only at the start screen is told, and asked, nothing.
                (Order::Remember | Order::ForgetGiven | Order::Reload, Whose::Preview) => {}
            }
        }
        if whose == Whose::Own {
            self.show_phase();
        }
    }

    fn show_phase(&mut self) {
        let phase = self.phase();
        if phase != self.shown_phase {
            self.shown_phase = phase;
            let _ = self.body.set_attribute("data-phase", phase);
            let _ = self.body.set_attribute("data-role", if self.watches() { "watcher" } else { "player" });
            let world = if self.connections.own.link.shown(0.0).is_some() { "shown" } else { "none" };
            let _ = self.body.set_attribute("data-world", world);
            if phase != "playing" {
                self.input.let_go();
                self.chat.close();
            }
            // The card leads to another room, where nobody asked to play.
            if self.connections.own.link.has_no_room() {
                self.renewal.done();
            }
        }
        self.notice.show(&self.connections.own.link, self.now());
    }

    fn open(&mut self, whose: Whose) {
        let me = self.me.clone();
        let report = move |happened: Happened| {
            if let Some(app) = me.upgrade() {
                app.borrow_mut().happened(whose, happened);
            }
        };
        let lag = self.network.lag.settings();
        self.connections.of(whose).open(&self.place.url, lag, report);
    }

    /// The player moved a slider of the simulated network.
    pub fn lag_changed(&mut self) {
        let settings = self.network.lag.changed();
        self.connections.own.change_lag(settings);
    }

    /// The page is ready: shows the start screen, or goes on at once with what the player did already, before a reload, or asked for by the
    /// address.
    pub fn begin(&mut self) {
        match self.renewal.before() {
            Some(role) => self.enter(role),
            None if self.place.watch => self.watch(),
            None => {
                self.obey(Whose::Own);
                self.preview();
                self.start.focus();
            }
        }
    }

    fn happened(&mut self, whose: Whose, happened: Happened) {
        let now = self.now();
        let connection = self.connections.of(whose);
        match happened {
            Happened::Opened => connection.say_hello(),
            Happened::Message(bytes) => match connection.link.received(bytes, now) {
                Received::Welcome => self.welcomed(whose),
                Received::Message => self.received(whose, now),
                Received::Nothing => {}
                Received::Broken(why) => page::complain(&why.into()),
            },
            Happened::Closed { code, reason } => {
                connection.close(CloseCode::Normal);
                connection.link.closed(code, reason, now, js_sys::Math::random());
                if whose == Whose::Preview && connection.link.has_no_room() {
                    // It is said at once, not only to those who want to play.
                    self.connections.own.link.refuse_room(&self.place.room);
                    self.show_phase();
                }
            }
        }
        self.obey(whose);
        self.messages_ms += self.millis_since(now);
    }

    fn millis_since(&self, start: f64) -> f32 {
        (self.performance.now() - start * 1000.0) as f32
    }

    fn welcomed(&mut self, whose: Whose) {
        if whose == Whose::Own {
            self.renewal.done();
            self.notice.welcomed(&self.connections.own.link, self.now());
            self.connections.preview = Connection::default();
        }
        if let Some(session) = self.connections.of(whose).link.running() {
            self.front.welcomed(session);
        }
    }

    fn received(&mut self, whose: Whose, now: f64) {
        let Some(session) = self.connections.of(whose).link.running() else { return };
        self.front.received(session);
        let said: Vec<_> = session.take_talk().filter(|_| whose == Whose::Own).collect();
        let said: Vec<_> = said
            .into_iter()
            .map(|(voice, text)| {
                let badge = speaker(voice).map_or("", |player| self.front.badge(session, player));
                (voice, badge, named(session, voice), text)
            })
            .collect();
        for (voice, badge, name, text) in said {
            if voice == Voice::Announcement {
                self.announcement.add(&text, now);
            }
            self.hear(manner(voice), (badge, &name), &text, now);
        }
        // A hidden page gets no frames, but its ship must go on answering.
        self.drive(whose, now);
    }

    fn drive(&mut self, whose: Whose, now: f64) {
        let Some(session) = self.connections.of(whose).link.running() else { return };
        let before = session.predicted_tick();
        session.advance(now, self.front.controls(&self.input, session));
        if session.predicted_tick() != before {
            self.input.seen_by_tick();
        }
        self.connections.of(whose).send();
    }

    /// A frame is due.
    pub fn frame(&mut self) {
        let now = self.now();
        let elapsed = (now - self.drawn_at).clamp(0.0, ELAPSED_MAX) as f32;
        self.drawn_at = now;
        let texts_are_due = now - self.texts_at >= TEXTS_SECONDS;
        if texts_are_due {
            // A silence is to be noticed within half a second.
            self.poll();
        }
        self.look_at_gamepads();
        for whose in Whose::ALL {
            self.drive(whose, now);
        }
        let shown = self.connections.shown();
        let link = &self.connections.get(shown).link;
        let running = *link.phase() == Phase::Playing;
        let (session, seen) = link.shown(now).map_or((None, now), |(session, time)| (Some(session), time));
        let preview = shown == Whose::Preview;
        let gaze = if preview { Gaze::Director } else { self.watch_bar.gaze() };
        self.front.draw(session, &self.input, Moment { now, elapsed, seen, running, preview, gaze });
        self.input.roaming.seen_by_frame();
        if let Some(jolt) = self.front.felt().filter(|_| self.input.by_gamepad()) {
            self.pads.shake(jolt);
        }
        if texts_are_due {
            self.texts_at = now;
            self.chat.age(now);
            self.announcement.age(now);
            self.announcement.offer(self.network.is_open());
            self.notice.show(&self.connections.own.link, now);
            let session = session.filter(|_| !preview);
            self.watch_bar.show(session, &self.front);
            if let (Some(session), true) = (session, running) {
                self.network.show(session, &self.frames, now);
            }
        }
        let messages = core::mem::take(&mut self.messages_ms);
        self.frames.add(messages + self.millis_since(now));
    }

    /// Takes in what gamepads hold; a button of theirs begins to play, or tries again.
    fn look_at_gamepads(&mut self) {
        let (held, begins) = self.pads.poll(F::PAD, self.flies());
        self.input.grip(held);
        if begins && !self.chooses() {
            match self.connections.own.link.phase() {
                Phase::Idle => self.play(),
                Phase::Lost { .. } => self.retry_now(),
                _ => {}
            }
        }
    }

    /// To be called a few times a second, frames or not.
    pub fn poll(&mut self) {
        let now = self.now();
        for whose in Whose::ALL {
            self.connections.of(whose).poll(now, js_sys::Math::random());
            self.obey(whose);
        }
    }

    /// What is going on, as JSON, from the same state that is drawn.
    pub fn report(&self) -> String {
        let now = self.now();
        let session = self.connections.own.link.shown(now).map(|(session, _)| session);
        let report = Report {
            phase: self.phase(),
            no_signal: self.connections.own.link.no_signal(),
            resumed: self.connections.own.link.came_back().map(|back| back == Return::ToSeat),
            tries: self.connections.own.link.tries(),
            watches: self.watches(),
            preview: self.connections.preview.link.shown(now).map(|(session, _)| session.mirror().tick),
            gaze: self.watches().then(|| name_of(self.watch_bar.gaze())),
            frame_ms: FrameReport::of(&self.frames),
            chat: self.chat.lines().collect(),
            session: session
                .map(|session| SessionReport::of(session, now, self.performance.time_origin()))
                .unwrap_or_default(),
            game: self.front.report(session),
        };
        serde_json::to_string(&report).expect("plain data becomes JSON")
    }
}
