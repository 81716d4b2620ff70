//! How the browser calls the app: each event in a line or two.

use std::{cell::RefCell, rc::Rc};

use glam::Vec2;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, Event, EventTarget, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::{
    app::{App, Shared},
    front::Front,
    page,
    panel::{Panel, Use},
    watch::{Turn, turn_of},
};

/// How often the connection is looked after, in milliseconds.
const POLL_MILLIS: i32 = 250;
/// The key that opens the network panel.
const NETWORK_KEY: &str = "KeyN";
/// The same, also while somebody types.
const NETWORK_KEY_ALWAYS: &str = "F3";
/// The key that opens the settings; in them, it closes them.
const SETTINGS_KEY: &str = "Escape";
/// The key that leads to the sliders of the simulated network, and back.
const LAG_KEY: &str = "KeyL";

/// Calls `hear` for every event of that type, for as long as the page lives.
fn listen<E: JsCast + 'static>(target: &EventTarget, what: &str, hear: impl FnMut(E) + 'static) -> Result<(), JsValue> {
    let mut hear = hear;
    let closure = Closure::<dyn FnMut(Event)>::new(move |event: Event| hear(event.unchecked_into()));
    target.add_event_listener_with_callback(what, closure.as_ref().unchecked_ref())?;
    closure.forget();
    Ok(())
}

/// Connects the page to the app, and starts frames and polls.
///
/// # Errors
/// The page lacks an element.
pub fn connect<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    connect_keys(app)?;
    connect_pointer(app)?;
    connect_buttons(app)?;
    connect_watch_bar(app)?;
    connect_sliders(app)?;
    connect_panel(app)?;
    resize(app)?;
    let shared = app.clone();
    let window = page::window()?;
    listen::<Event>(&window, "resize", move |_| resize(&shared).unwrap_or_else(|error| page::complain(&error)))?;
    let shared = app.clone();
    listen::<Event>(&window, "online", move |_| shared.borrow_mut().online())?;
    let connected = app.borrow().pads.connected();
    listen::<Event>(&window, "gamepadconnected", move |_| connected.set(true))?;
    poll(app)?;
    frames(app.clone())
}

fn connect_keys<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let (window, document) = (page::window()?, page::document()?);
    let shared = app.clone();
    listen::<KeyboardEvent>(&window, "keydown", move |event| key_down(&mut shared.borrow_mut(), &event))?;
    let shared = app.clone();
    listen::<KeyboardEvent>(&window, "keyup", move |event| shared.borrow_mut().input.release(&event.code()))?;
    let shared = app.clone();
    listen::<Event>(&window, "blur", move |_| shared.borrow_mut().input.let_go())?;
    let shared = app.clone();
    let page = document.clone();
    listen::<Event>(&document, "visibilitychange", move |_| shared.borrow_mut().hide(page.hidden()))
}

fn key_down<F: Front>(app: &mut App<F>, event: &KeyboardEvent) {
    let code = event.code();
    if code == NETWORK_KEY_ALWAYS {
        event.prevent_default();
        if !event.repeat() {
            app.network.toggle();
        }
        return;
    }
    if app.chooses() {
        panel_key(app, event);
        return;
    }
    if app.chat.is_open() {
        if code == "Escape" {
            app.chat.close();
        }
        return;
    }
    if app.network.lag.has_keys() {
        match code.as_str() {
            NETWORK_KEY => app.network.toggle(),
            LAG_KEY | "Escape" => app.network.lag.leave(),
            // All others are the slider's.
            _ => {}
        }
        return;
    }
    if !app.flies() || event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    if app.watches() {
        match watcher_key(app, event) {
            WatcherKey::Does => return event.prevent_default(),
            WatcherKey::Browsers => return,
            WatcherKey::Other => {}
        }
    }
    if event.repeat() {
        // Only for the browser's sake: a held Tab must not walk through the page.
        if app.input.bindings.find(&code).is_some() {
            event.prevent_default();
        }
        return;
    }
    let ours = match code.as_str() {
        "Enter" | "NumpadEnter" if app.watches() => {
            app.leave();
            true
        }
        "Enter" | "NumpadEnter" => {
            app.input.let_go();
            app.chat.open();
            true
        }
        SETTINGS_KEY => {
            app.choose();
            true
        }
        NETWORK_KEY => {
            app.network.toggle();
            true
        }
        LAG_KEY => {
            app.input.let_go();
            app.network.enter_lag();
            true
        }
        _ => app.input.press(&code),
    };
    if ours {
        event.prevent_default();
    }
}

/// Whose a key is while somebody watches.
enum WatcherKey {
    /// It did something.
    Does,
    /// The browser's, which walks from button to button and presses them.
    Browsers,
    /// It means the same as for a player.
    Other,
}

fn watcher_key<F: Front>(app: &mut App<F>, event: &KeyboardEvent) -> WatcherKey {
    let code = event.code();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let on_button = target.is_some_and(|target| target.matches("button, input").unwrap_or(false));
    if code == "Tab" || on_button && matches!(code.as_str(), "Enter" | "NumpadEnter" | "Space") {
        return WatcherKey::Browsers;
    }
    // The arrows turn from pilot to pilot, unless the camera is in hand.
    let turn = turn_of(&code).filter(|_| !(app.roams() && code.starts_with("Arrow")));
    match turn {
        Some(Turn::Roam | Turn::Director) if !F::HAS_CAMERA => {}
        Some(_) if event.repeat() => return WatcherKey::Does,
        Some(turn) => {
            app.turn(turn);
            return WatcherKey::Does;
        }
        None if F::HAS_CAMERA && app.input.roaming.press(&code, &event.key()) => {
            app.roam();
            return WatcherKey::Does;
        }
        None => {}
    }
    WatcherKey::Other
}

fn connect_pointer<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let window = page::window()?;
    let stage: HtmlElement = page::element("stage")?;
    let shared = app.clone();
    listen::<PointerEvent>(&stage, "pointerdown", move |event| {
        let mut app = shared.borrow_mut();
        event.prevent_default();
        if app.chat.is_open() {
            app.chat.close();
        }
        app.network.lag.leave();
        if !app.flies() {
            return;
        }
        if app.watches() {
            app.input.roaming.grab(event.pointer_id(), place(&event));
        } else if event.pointer_type() == "touch" {
            app.input.touch(event.pointer_id(), place(&event));
        } else {
            app.input.point(place(&event));
            app.input.press(&format!("Mouse{}", event.button()));
        }
    })?;
    let shared = app.clone();
    listen::<PointerEvent>(&window, "pointermove", move |event| {
        let mut app = shared.borrow_mut();
        if app.watches() {
            if F::HAS_CAMERA && app.input.roaming.drag(event.pointer_id(), place(&event)) {
                app.roam();
            }
        } else if event.pointer_type() == "touch" {
            app.input.drag(event.pointer_id(), place(&event));
        } else {
            app.input.point(place(&event));
            further_button(&mut app, &event);
        }
    })?;
    for over in ["pointerup", "pointercancel"] {
        let shared = app.clone();
        listen::<PointerEvent>(&window, over, move |event| {
            let input = &mut shared.borrow_mut().input;
            input.lift(event.pointer_id());
            input.roaming.lift(event.pointer_id());
            input.release(&format!("Mouse{}", event.button()));
        })?;
    }
    let shared = app.clone();
    listen::<WheelEvent>(&stage, "wheel", move |event| {
        let mut app = shared.borrow_mut();
        if F::HAS_CAMERA && app.watches() && app.flies() {
            event.prevent_default();
            app.input.roaming.wheel(event.delta_y() as f32 * unit(&event), place(&event));
            app.roam();
        }
    })?;
    listen::<Event>(&stage, "contextmenu", |event| event.prevent_default())
}

/// What a wheel counts in, in CSS pixels: browsers count pixels, or lines of text, or pages.
fn unit(event: &WheelEvent) -> f32 {
    match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => 33.0,
        WheelEvent::DOM_DELTA_PAGE => 300.0,
        _ => 1.0,
    }
}

/// While one button of a mouse is held, the browser tells of the others by moves.
fn further_button<F: Front>(app: &mut App<F>, event: &PointerEvent) {
    // As bits of `buttons`, the middle button and the right one have changed places.
    let bit = match event.button() {
        0 => 1,
        1 => 4,
        2 => 2,
        _ => return,
    };
    let button = format!("Mouse{}", event.button());
    if event.buttons() & bit == 0 {
        app.input.release(&button);
    } else if app.flies() && !app.chat.is_open() {
        app.input.press(&button);
    }
}

fn place(event: &MouseEvent) -> Vec2 {
    Vec2::new(event.client_x() as f32, event.client_y() as f32)
}

fn connect_buttons<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let on = |id: &str, what: &str, act: fn(&mut App<F>)| {
        let (target, shared) = (page::element::<HtmlElement>(id)?, app.clone());
        let clicked = target.clone();
        listen::<Event>(&target, what, move |event| {
            event.prevent_default();
            // A button that keeps the focus would take the space bar for itself.
            let _ = clicked.blur();
            act(&mut shared.borrow_mut());
        })
    };
    on("start-form", "submit", App::play)?;
    on("chat-form", "submit", App::say)?;
    on("chat-button", "click", |app| app.chat.open())?;
    on("ping", "click", |app| app.network.toggle())?;
    on("announcement-close", "click", |app| app.announcement.dismiss())?;
    on("notify-button", "click", |app| app.announcement.ask())?;
    on("lost-retry", "click", App::retry_now)?;
    on("lost-back", "click", App::leave)?;
    on("watch-start", "click", App::watch)?;
    connect_parts(app)
}

/// The watcher's buttons. One that was pressed by key keeps the focus: whoever has no mouse goes on from there.
fn connect_watch_bar<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let on = |id: &str, act: fn(&mut App<F>)| {
        let (button, shared) = (page::element::<HtmlElement>(id)?, app.clone());
        let clicked = button.clone();
        listen::<MouseEvent>(&button, "click", move |event| {
            // So many times in a row: none, if it was a key.
            if event.detail() > 0 {
                let _ = clicked.blur();
            }
            act(&mut shared.borrow_mut());
        })
    };
    on("watch-previous", |app| app.turn(Turn::Previous))?;
    on("watch-next", |app| app.turn(Turn::Next))?;
    on("watch-all", |app| app.turn(Turn::Everything))?;
    on("watch-play", App::leave)?;
    if F::HAS_CAMERA {
        on("watch-director", |app| app.turn(Turn::Director))?;
        on("watch-roam", |app| app.turn(Turn::Roam))?;
    }
    Ok(())
}

/// The sliders of the simulated network.
fn connect_sliders<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let panel: HtmlElement = page::element("lag")?;
    let shared = app.clone();
    listen::<Event>(&panel, "input", move |_| shared.borrow_mut().lag_changed())?;
    let shared = app.clone();
    listen::<Event>(&panel, "pointerdown", move |_| shared.borrow_mut().input.let_go())?;
    // Who slides with the mouse goes on flying; only the keyboard stays with a slider.
    let shared = app.clone();
    listen::<Event>(&panel, "pointerup", move |_| shared.borrow_mut().network.lag.leave())
}

/// The settings panel, and the button that opens it.
fn connect_panel<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let (dialog, rows) = match &app.borrow().panel {
        Some(panel) => (panel.dialog().clone(), panel.rows().clone()),
        None => return Ok(()),
    };
    let button = |id: &str, act: fn(&mut App<F>)| {
        let (button, shared) = (page::element::<HtmlElement>(id)?, app.clone());
        listen::<Event>(&button, "click", move |_| act(&mut shared.borrow_mut()))
    };
    button("settings-button", App::choose)?;
    button("settings-close", |app| app.panel.iter_mut().for_each(Panel::close))?;
    button("settings-reset", |app| {
        if let Some(panel) = &mut app.panel {
            panel.reset(&mut app.input.bindings);
        }
    })?;
    let shared = app.clone();
    listen::<Event>(&dialog, "change", move |_| shared.borrow_mut().chose())?;
    // No key that is pressed in here is anybody else's.
    let shared = app.clone();
    listen::<KeyboardEvent>(&dialog, "keydown", move |event| {
        event.stop_propagation();
        panel_key(&mut shared.borrow_mut(), &event);
    })?;
    let shared = app.clone();
    listen::<PointerEvent>(&dialog, "pointerdown", move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let app = &mut *shared.borrow_mut();
        if let (Some(panel), Some(target), "mouse") = (&mut app.panel, target, event.pointer_type().as_str())
            && panel.mouse(event.button(), &target, &mut app.input.bindings) == Use::Taken
        {
            event.prevent_default();
        }
    })?;
    listen::<Event>(&dialog, "contextmenu", |event| event.prevent_default())?;
    let shared = app.clone();
    listen::<MouseEvent>(&rows, "click", move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let app = &mut *shared.borrow_mut();
        if let (Some(panel), Some(target)) = (&mut app.panel, target) {
            panel.choose(&target, &app.input.bindings);
        }
    })?;
    let shared = app.clone();
    listen::<Event>(&dialog, "close", move |_| {
        let app = &mut *shared.borrow_mut();
        if let Some(panel) = &mut app.panel {
            panel.closed(&app.input.bindings);
        }
        // A button that keeps the focus would take the space bar for itself.
        if app.flies()
            && let Some(focused) = page::document().ok().and_then(|page| page.active_element())
        {
            let _ = focused.unchecked_into::<HtmlElement>().blur();
        }
    })
}

fn panel_key<F: Front>(app: &mut App<F>, event: &KeyboardEvent) {
    if let Some(panel) = &mut app.panel
        && panel.key(&event.code(), event.repeat(), &mut app.input.bindings) == Use::Taken
    {
        event.prevent_default();
    }
}

/// Parts of the page with a `data-action` do the action of that name: for screens without a keyboard.
fn connect_parts<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let parts = page::document()?.query_selector_all("[data-action]")?;
    for at in 0..parts.length() {
        let Some(part) = parts.get(at).and_then(|node| node.dyn_into::<HtmlElement>().ok()) else { continue };
        let name = part.get_attribute("data-action").unwrap_or_default();
        let Some(action) = F::ACTIONS.iter().find(|action| action.name == name).map(|action| action.number) else {
            continue;
        };
        let shared = app.clone();
        listen::<Event>(&part, "pointerdown", move |event| {
            event.prevent_default();
            shared.borrow_mut().input.press_part(action);
        })?;
        for over in ["pointerup", "pointercancel", "pointerleave"] {
            let shared = app.clone();
            listen::<Event>(&part, over, move |_| shared.borrow_mut().input.release_part(action))?;
        }
    }
    Ok(())
}

fn resize<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let window = page::window()?;
    let side = |side: Result<JsValue, JsValue>| side.map(|side| side.as_f64().unwrap_or(1.0) as f32);
    app.borrow_mut().input.size = Vec2::new(side(window.inner_width())?, side(window.inner_height())?);
    Ok(())
}

fn poll<F: Front>(app: &Shared<F>) -> Result<(), JsValue> {
    let shared = app.clone();
    let tick = Closure::<dyn FnMut()>::new(move || shared.borrow_mut().poll());
    let callback = tick.as_ref().unchecked_ref();
    page::window()?.set_interval_with_callback_and_timeout_and_arguments_0(callback, POLL_MILLIS)?;
    tick.forget();
    Ok(())
}

/// What a frame calls: itself, once it is known.
type Again = Rc<RefCell<Option<Closure<dyn FnMut()>>>>;

/// Asks for frame after frame.
fn frames<F: Front>(app: Shared<F>) -> Result<(), JsValue> {
    let again = Again::default();
    let next = again.clone();
    *again.borrow_mut() = Some(Closure::new(move || {
        app.borrow_mut().frame();
        ask(&next).unwrap_or_else(|error| page::complain(&error));
    }));
    ask(&again)
}

fn ask(again: &Again) -> Result<(), JsValue> {
    if let Some(frame) = again.borrow().as_ref() {
        page::window()?.request_animation_frame(frame.as_ref().unchecked_ref())?;
    }
    Ok(())
}
