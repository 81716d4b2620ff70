//! A socket behind a simulated bad network, whose settings can change at any time. Without settings it is the socket alone.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use tickwire_sync::{
    lag::{LagLine, LagSettings},
    protocol::CloseCode,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Performance, Window};

use super::socket::{Happened, Socket};

/// What came in, until it is due.
#[derive(Debug)]
enum Incoming {
    Message(Vec<u8>),
    Closed { code: u16, reason: String },
}

/// A [`Socket`] with a line in each direction. Dropping it closes and silences it.
#[derive(Debug)]
pub struct LaggedSocket {
    wire: Rc<RefCell<Wire>>,
}

#[derive(Debug)]
struct Wire {
    /// `None` until it begins to open. It stays to the end: it may be given up in the middle of its own report.
    socket: Option<Socket>,
    given_up: bool,
    incoming: LagLine<Incoming>,
    outgoing: LagLine<Vec<u8>>,
    window: Window,
    performance: Performance,
    /// When the timer goes off, in seconds, and its handle.
    timer: Option<(f64, i32)>,
    /// What the timer calls.
    wake: Closure<dyn FnMut()>,
}

impl LaggedSocket {
    /// Begins to open a socket to `url`; `report` hears all that happens to it, as late as `settings` say.
    ///
    /// # Errors
    /// The browser refuses the URL, or has no clock.
    pub fn open(
        url: &str,
        settings: LagSettings,
        report: impl Fn(Happened) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let window = web_sys::window().ok_or_else(|| JsValue::from_str("there is no window here"))?;
        let performance = window.performance().ok_or_else(|| JsValue::from_str("this browser has no clock"))?;
        let wire = Rc::new_cyclic(|wire: &Weak<RefCell<Wire>>| {
            let (woken, report) = (wire.clone(), report.clone());
            let wake = Closure::new(move || {
                if let Some(wire) = woken.upgrade() {
                    wire.borrow_mut().timer = None;
                    deliver(&wire, &report);
                }
            });
            let [incoming, outgoing] = [(), ()].map(|()| (js_sys::Math::random() * 2_f64.powi(53)) as u64);
            RefCell::new(Wire {
                socket: None,
                given_up: false,
                incoming: LagLine::new(settings, incoming),
                outgoing: LagLine::new(settings, outgoing),
                window,
                performance,
                timer: None,
                wake,
            })
        });
        let hears = Rc::downgrade(&wire);
        let socket = Socket::open(url, move |happened| {
            if let Some(wire) = hears.upgrade() {
                happen(&wire, &report, happened);
            }
        })?;
        wire.borrow_mut().socket = Some(socket);
        Ok(Self { wire })
    }

    /// Changes the network from now on; what is under way arrives when it would have.
    pub fn change(&self, settings: LagSettings) {
        let wire = &mut *self.wire.borrow_mut();
        wire.incoming.change(settings);
        wire.outgoing.change(settings);
    }

    /// Sends a message. What cannot be sent is lost: the end of the socket is reported anyway.
    pub fn send(&self, bytes: &[u8]) {
        let wire = &mut *self.wire.borrow_mut();
        if let (true, Some(socket)) = (wire.outgoing.is_clear(), &wire.socket) {
            socket.send(bytes);
            return;
        }
        let now = wire.now();
        wire.outgoing.push(bytes.to_vec(), now);
        wire.send_due();
        wire.set_timer();
    }

    /// Sends what is still under way and says goodbye by a code; nothing is reported from here on.
    pub fn close(&self, code: CloseCode) {
        self.wire.borrow_mut().close(code);
    }
}

impl Drop for LaggedSocket {
    fn drop(&mut self) {
        self.close(CloseCode::Normal);
    }
}

impl Wire {
    fn now(&self) -> f64 {
        self.performance.now() / 1000.0
    }

    fn send_due(&mut self) {
        let (now, Some(socket)) = (self.now(), &self.socket) else { return };
        while let Some(message) = self.outgoing.take(now) {
            socket.send(&message);
        }
    }

    fn take_incoming(&mut self) -> Option<Incoming> {
        let now = self.now();
        if self.given_up { None } else { self.incoming.take(now) }
    }

    /// Makes the timer go off when something is due.
    fn set_timer(&mut self) {
        let due = self.incoming.next_due().into_iter().chain(self.outgoing.next_due()).reduce(f64::min);
        let Some(due) = due.filter(|due| self.timer.is_none_or(|(at, _)| *due < at)) else { return };
        self.clear_timer();
        let millis = ((due - self.now()) * 1000.0).ceil().max(0.0) as i32;
        let wake = self.wake.as_ref().unchecked_ref();
        let timer = self.window.set_timeout_with_callback_and_timeout_and_arguments_0(wake, millis);
        self.timer = timer.ok().map(|handle| (due, handle));
    }

    fn clear_timer(&mut self) {
        if let Some((_, handle)) = self.timer.take() {
            self.window.clear_timeout_with_handle(handle);
        }
    }

    fn close(&mut self, code: CloseCode) {
        self.given_up = true;
        self.clear_timer();
        if let Some(socket) = &self.socket {
            while let Some(message) = self.outgoing.take_early() {
                socket.send(&message);
            }
            socket.close(code);
        }
    }
}

/// Something happened to the socket: it is reported now, or put into the line.
fn happen(wire: &RefCell<Wire>, report: &impl Fn(Happened), happened: Happened) {
    let is_clear = wire.borrow().incoming.is_clear();
    let incoming = match happened {
        // There is no line before there is a connection.
        Happened::Opened => return report(happened),
        _ if is_clear => return report(happened),
        Happened::Message(bytes) => Incoming::Message(bytes.to_vec()),
        Happened::Closed { code, reason } => Incoming::Closed { code, reason: reason.to_owned() },
    };
    let now = wire.borrow().now();
    wire.borrow_mut().incoming.push(incoming, now);
    deliver(wire, report);
}

/// Reports and sends all that is due. A report may send, and may close the socket.
fn deliver(wire: &RefCell<Wire>, report: &impl Fn(Happened)) {
    loop {
        let next = wire.borrow_mut().take_incoming();
        match next {
            Some(Incoming::Message(bytes)) => report(Happened::Message(&bytes)),
            Some(Incoming::Closed { code, reason }) => report(Happened::Closed { code, reason: &reason }),
            None => break,
        }
    }
    let wire = &mut *wire.borrow_mut();
    if !wire.given_up {
        wire.send_due();
        wire.set_timer();
    }
}
