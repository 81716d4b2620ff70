//! All that lies between a room and a socket, on the way out: one unsent batch, one pong, one close.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use tickwire_sync::protocol::Close;
use tokio::sync::Notify;

/// What a room has for one client in one tick: a few messages in a row. Its memory goes from the room to the writer and back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    /// Where each message ends.
    ends: Vec<usize>,
}

impl Messages {
    /// Forgets everything but the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Appends a message.
    pub(crate) fn push(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.ends.push(self.bytes.len());
    }

    /// Appends what `write` appends as a message, if it says so.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        if write(&mut self.bytes) {
            self.ends.push(self.bytes.len());
        }
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The messages, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}

/// Memory above this is given back, in bytes: a keyframe's is not needed for the next snapshot.
const MEMORY_KEPT_MAX: usize = 16 << 10;

/// One client's outbox. The room puts in, the socket's writer takes out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// From when a batch is put in until it is written to the socket.
    busy: AtomicBool,
    waiting: Mutex<Waiting>,
    close: OnceLock<Close>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: Option<Messages>,
    /// What was written last, for its memory.
    written: Option<Messages>,
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
    Close(Close),
}

impl Outbox {
    /// Whether the last batch is on its way, so that the next one can be built.
    pub(crate) fn is_free(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Empty messages to be filled, with the memory of the last ones.
    pub(crate) fn empty(&self) -> Messages {
        let mut messages = self.waiting.lock().expect("no holder panics").written.take().unwrap_or_default();
        messages.clear();
        messages
    }

    /// Gives back messages that were not needed.
    pub(crate) fn keep(&self, messages: Messages) {
        if messages.bytes.capacity() <= MEMORY_KEPT_MAX {
            self.waiting.lock().expect("no holder panics").written = Some(messages);
        }
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
    pub(crate) fn close(&self, close: impl Into<Close>) {
        if self.close.set(close.into()).is_ok() {
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
        next.or_else(|| self.close.get().cloned().map(Next::Close))
    }

    /// The batch is written.
    pub(crate) fn written(&self, messages: Messages) {
        self.keep(messages);
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
    use tickwire_sync::protocol::CloseCode;

    use super::*;

    #[tokio::test]
    async fn it_is_busy_until_the_batch_is_written() {
        let outbox = Outbox::default();
        assert!(outbox.is_free());
        let mut batch = outbox.empty();
        batch.push(b"a");
        batch.push_with(|bytes| {
            bytes.extend(b"bc");
            true
        });
        outbox.put(batch);
        assert!(!outbox.is_free());
        let Next::Messages(batch) = outbox.next().await else { panic!("a batch waits") };
        assert!(batch.iter().eq([&b"a"[..], b"bc"]));
        assert!(!outbox.is_free());
        outbox.written(batch);
        assert!(outbox.is_free());
        assert_eq!(outbox.empty(), Messages::default());
    }

    #[tokio::test]
    async fn a_close_comes_after_what_waits_and_the_first_one_counts() {
        let outbox = Outbox::default();
        outbox.put(Messages::default());
        outbox.close(CloseCode::TooSlow);
        outbox.close(CloseCode::Normal);
        assert_eq!(outbox.next().await, Next::Messages(Messages::default()));
        assert_eq!(outbox.next().await, Next::Close(CloseCode::TooSlow.into()));
    }
}
