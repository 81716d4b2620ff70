//! The browser's `WebSocket`, as three things that can happen.

use js_sys::{ArrayBuffer, Uint8Array};
use tickwire_sync::protocol::CloseCode;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// What a socket reports.
#[derive(Clone, Copy, Debug)]
pub enum Happened<'a> {
    /// It can send now.
    Opened,
    /// A binary message came.
    Message(&'a [u8]),
    /// It is over.
    Closed {
        /// The close code; 1006 for a line that broke.
        code: u16,
        /// The server's text.
        reason: &'a str,
    },
}

/// An open or opening socket. Dropping it closes it and silences it.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocket,
    // The browser calls these for as long as they are set.
    _opened: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to open a socket to `url`; `report` hears all that happens to it.
    ///
    /// # Errors
    /// The browser refuses the URL.
    pub fn open(url: &str, report: impl Fn(Happened) + Clone + 'static) -> Result<Self, JsValue> {
        let inner = WebSocket::new(url)?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let opened = Closure::<dyn FnMut()>::new({
            let report = report.clone();
            move || report(Happened::Opened)
        });
        let message = Closure::<dyn FnMut(MessageEvent)>::new({
            let report = report.clone();
            let mut bytes = Vec::new();
            move |event: MessageEvent| {
                // Text cannot come from a server of ours; as an empty message it ends the session with a sentence.
                bytes.clear();
                if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                    let array = Uint8Array::new(&buffer);
                    bytes.resize(array.length() as usize, 0);
                    array.copy_to(&mut bytes);
                }
                report(Happened::Message(&bytes));
            }
        });
        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            report(Happened::Closed { code: event.code(), reason: &event.reason() });
        });
        inner.set_onopen(Some(opened.as_ref().unchecked_ref()));
        inner.set_onmessage(Some(message.as_ref().unchecked_ref()));
        inner.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self { inner, _opened: opened, _message: message, _closed: closed })
    }

    /// Sends a message. What cannot be sent is lost: the end of the socket is reported anyway.
    pub fn send(&self, bytes: &[u8]) {
        if self.inner.ready_state() == WebSocket::OPEN {
            let _ = self.inner.send_with_u8_array(bytes);
        }
    }

    /// Says goodbye by a code; nothing is reported from here on.
    pub fn close(&self, code: CloseCode) {
        self.inner.set_onopen(None);
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        let _ = self.inner.close_with_code(code.number());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.close(CloseCode::Normal);
    }
}
