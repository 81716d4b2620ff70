//! All that lies between a room and a socket, on the way out: one unsent batch, one pong, one close.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use tickwire_sync::protocol::CloseCode;
use tokio::sync::Notify;

/// What a room has for one client in one tick: a few messages, in order.
pub(crate) type Messages = Vec<Bytes>;

/// One client's outbox. The room puts in, the socket's writer takes out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// From when a batch is put in until it is written to the socket.
    busy: AtomicBool,
    waiting: Mutex<Waiting>,
    close: OnceLock<CloseCode>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: Option<Messages>,
    pong: Option<Bytes>,
}

/// What the writer is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Write these messages, then call [`Outbox::written`].
    Messages(Messages),
    /// Answer a ping.
    Pong(Bytes),
    /// Say goodbye; nothing follows.
    Close(CloseCode),
}

impl Outbox {
    /// Whether the last batch is on its way, so that the next one can be built.
    pub(crate) fn is_free(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Puts in a batch. Only the room calls this, and only when the outbox is free.
    pub(crate) fn put(&self, messages: Messages) {
        debug_assert!(self.is_free(), "an outbox holds one batch");
        self.busy.store(true, Ordering::Release);
        self.waiting.lock().expect("no holder panics").messages = Some(messages);
        self.wake.notify_one();
    }

    /// Answers a ping. A newer one takes the place of one that could not be answered yet, as RFC 6455 permits.
    pub(crate) fn pong(&self, payload: Bytes) {
        self.waiting.lock().expect("no holder panics").pong = Some(payload);
        self.wake.notify_one();
    }

    /// Ends the connection with a code, after what is already waiting; the first call counts.
    pub(crate) fn close(&self, code: CloseCode) {
        if self.close.set(code).is_ok() {
            self.wake.notify_one();
        }
    }

    /// Waits for something to do.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.wake.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut waiting = self.waiting.lock().expect("no holder panics");
        let pong = waiting.pong.take().map(Next::Pong);
        let next = pong.or_else(|| waiting.messages.take().map(Next::Messages));
        drop(waiting);
        next.or_else(|| self.close.get().copied().map(Next::Close))
    }

    /// The batch is written.
    pub(crate) fn written(&self) {
        self.busy.store(false, Ordering::Release);
    }
}

/// What a room hands over after a tick. Who writes it, and how, is decided here and nowhere else.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    posts: Vec<(Arc<Outbox>, Messages)>,
}

impl Batch {
    /// Adds a client's messages; its outbox is free.
    pub(crate) fn add(&mut self, outbox: &Arc<Outbox>, messages: Messages) {
        self.posts.push((Arc::clone(outbox), messages));
    }

    /// Hands everything to the sockets' writers, and keeps its memory.
    pub(crate) fn deliver(&mut self) {
        for (outbox, messages) in self.posts.drain(..) {
            outbox.put(messages);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_busy_until_the_batch_is_written() {
        let outbox = Outbox::default();
        assert!(outbox.is_free());
        outbox.put(vec![Bytes::from_static(b"a")]);
        assert!(!outbox.is_free());
        assert_eq!(outbox.next().await, Next::Messages(vec![Bytes::from_static(b"a")]));
        assert!(!outbox.is_free());
        outbox.written();
        assert!(outbox.is_free());
    }

    #[tokio::test]
    async fn a_close_comes_after_what_waits_and_the_first_one_counts() {
        let outbox = Outbox::default();
        outbox.put(Vec::new());
        outbox.close(CloseCode::TooSlow);
        outbox.close(CloseCode::Normal);
        assert_eq!(outbox.next().await, Next::Messages(Vec::new()));
        assert_eq!(outbox.next().await, Next::Close(CloseCode::TooSlow));
    }
}
