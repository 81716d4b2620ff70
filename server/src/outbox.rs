//! All that lies between a room and a socket, on the way out: one unsent batch, one pong, one close, and the end to write them to.

use std::{
    fmt, mem,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use fastwebsockets::OpCode;
use tickwire_sync::protocol::Close;
use tokio::{io::AsyncWrite, sync::Notify};

use crate::{frames, lag::WriteEnd};

/// What a room has for one client in one tick: a few messages in a row, as the frames that go over the socket. Its memory goes from the room to
/// the outbox and back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Messages {
    frames: Vec<u8>,
    /// How many messages there are.
    count: usize,
    /// How many bytes they have, without the frames' heads.
    bytes: usize,
    /// How many bytes of the frames the socket has taken.
    taken: usize,
}

impl Messages {
    /// Forgets everything but the memory.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        (self.count, self.bytes, self.taken) = (0, 0, 0);
    }

    /// Appends a message.
    pub(crate) fn push(&mut self, message: &[u8]) {
        self.push_with(|bytes| {
            bytes.extend_from_slice(message);
            true
        });
    }

    /// Appends what `write` appends as a message, if it says so.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let start = self.frames.len();
        if !write(&mut self.frames) {
            return self.frames.truncate(start);
        }
        self.count += 1;
        self.bytes += self.frames.len() - start;
        frames::put_head(OpCode::Binary, &mut self.frames, start);
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// How many bytes they have, without the frames' heads.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What the socket has yet to take.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.frames[self.taken..]
    }
}

/// Memory above this is given back, in bytes: a keyframe's is not needed for the next snapshot.
const MEMORY_KEPT_MAX: usize = 16 << 10;

/// One client's outbox. The room puts in; the room's delivery writes it at once where the socket takes it, the connection's own task the rest.
pub(crate) struct Outbox {
    /// From when a batch is put in until it is written to the socket.
    busy: AtomicBool,
    waiting: Mutex<Waiting>,
    close: OnceLock<Close>,
    wake: Notify,
}

struct Waiting {
    messages: Option<Messages>,
    /// What was written last, for its memory.
    written: Option<Messages>,
    pong: Option<Bytes>,
    ping: bool,
    /// `None` while the connection's task writes to it, and when that is over.
    writer: Option<WriteEnd>,
}

/// What the connection's task is to write next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The rest of these messages.
    Messages(Messages),
    /// The answer to a ping.
    Pong(Bytes),
    /// A question whether somebody is there.
    Ping,
    /// A goodbye; nothing follows.
    Close(Close),
}

impl Outbox {
    /// The outbox of a connection with this end to write to.
    pub(crate) fn new(writer: WriteEnd) -> Self {
        let waiting = Waiting { messages: None, written: None, pong: None, ping: false, writer: Some(writer) };
        Self { busy: false.into(), waiting: waiting.into(), close: OnceLock::new(), wake: Notify::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no holder panics")
    }

    /// Whether the last batch is on its way, so that the next one can be built.
    pub(crate) fn is_free(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Empty messages to be filled, with the memory of the last ones.
    pub(crate) fn empty(&self) -> Messages {
        let mut messages = self.waiting().written.take().unwrap_or_default();
        messages.clear();
        messages
    }

    /// Gives back messages that were not needed.
    pub(crate) fn keep(&self, messages: Messages) {
        self.waiting().keep(messages);
    }

    /// Puts in a batch. Only the room calls this, and only when the outbox is free; then
    /// [`write_at_once`](Self::write_at_once) is due, or [`write_later`](Self::write_later).
    pub(crate) fn put(&self, messages: Messages) {
        debug_assert!(self.is_free(), "an outbox holds one batch");
        self.busy.store(true, Ordering::Release);
        self.waiting().messages = Some(messages);
    }

    /// Answers a ping. A newer one takes the place of one that could not be answered yet, as RFC 6455 permits.
    pub(crate) fn pong(&self, payload: Bytes) {
        self.waiting().pong = Some(payload);
        self.wake.notify_one();
    }

    /// Asks whether somebody is there.
    pub(crate) fn ping(&self) {
        self.waiting().ping = true;
        self.wake.notify_one();
    }

    /// Ends the connection with a code, after what is already waiting; the first call counts.
    pub(crate) fn close(&self, close: impl Into<Close>) {
        if self.close.set(close.into()).is_ok() {
            self.wake.notify_one();
        }
    }

    /// Writes what the socket takes of the batch without waiting, and leaves the rest, and what goes wrong, to the connection's task.
    pub(crate) fn write_at_once(&self) {
        let mut waiting = self.waiting();
        // Without a writer, the connection's task has it: that looks here again before it waits.
        let Waiting { messages: Some(messages), writer: Some(writer), .. } = &mut *waiting else { return };
        let mut nobody = Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(taken)) = Pin::new(&mut *writer).poll_write(&mut nobody, messages.rest()) {
            messages.taken += taken;
        }
        // What is encrypted may be held back until it is flushed.
        let all = messages.rest().is_empty() && matches!(Pin::new(writer).poll_flush(&mut nobody), Poll::Ready(Ok(())));
        if !all {
            return self.write_later();
        }
        if let Some(messages) = waiting.messages.take() {
            waiting.keep(messages);
        }
        self.busy.store(false, Ordering::Release);
    }

    /// Leaves the batch to the connection's task.
    pub(crate) fn write_later(&self) {
        self.wake.notify_one();
    }

    /// Waits for something that the connection's task has to write, and gives it with where to write it.
    pub(crate) async fn next(&self) -> (WriteEnd, Next) {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.wake.notified().await;
        }
    }

    fn take(&self) -> Option<(WriteEnd, Next)> {
        let mut waiting = self.waiting();
        // Nothing comes between the two halves of a frame.
        let has_begun = waiting.messages.as_ref().is_some_and(|messages| messages.taken > 0);
        let pong = if has_begun { None } else { waiting.pong.take().map(Next::Pong) };
        let asks = !has_begun && pong.is_none() && mem::take(&mut waiting.ping);
        let pong = pong.or(asks.then_some(Next::Ping));
        let next = pong.or_else(|| waiting.messages.take().map(Next::Messages));
        let next = next.or_else(|| self.close.get().cloned().map(Next::Close))?;
        Some((waiting.writer.take().expect("one task takes it, and gives it back"), next))
    }

    /// What was to write next is written.
    pub(crate) fn written(&self, writer: WriteEnd, written: Next) {
        let mut waiting = self.waiting();
        waiting.writer = Some(writer);
        if let Next::Messages(messages) = written {
            waiting.keep(messages);
            self.busy.store(false, Ordering::Release);
        }
    }
}

impl Waiting {
    fn keep(&mut self, messages: Messages) {
        if messages.frames.capacity() <= MEMORY_KEPT_MAX {
            self.written = Some(messages);
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Outbox").field("busy", &self.busy).field("close", &self.close).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tickwire_sync::protocol::CloseCode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// An outbox of a socket that takes so many bytes before somebody reads, and the client's end.
    fn outbox(capacity: usize) -> (Outbox, DuplexStream) {
        let (server, client) = duplex(capacity);
        (Outbox::new(Box::new(server)), client)
    }

    fn messages(all: &[&[u8]]) -> Messages {
        let mut messages = Messages::default();
        for message in all {
            messages.push(message);
        }
        messages
    }

    async fn read(client: &mut DuplexStream, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).await.expect("they come");
        bytes
    }

    /// Writes what is next, as a connection's task does.
    async fn write_next(outbox: &Outbox) {
        let (mut writer, next) = outbox.next().await;
        let bytes = match &next {
            Next::Messages(messages) => messages.rest(),
            Next::Pong(payload) => payload,
            Next::Ping => b"ping",
            Next::Close(_) => b"close",
        };
        writer.write_all(bytes).await.expect("somebody reads");
        outbox.written(writer, next);
    }

    #[tokio::test]
    async fn what_the_socket_takes_at_once_is_written_without_the_connections_task() {
        let (outbox, mut client) = outbox(100);
        assert!(outbox.is_free());
        let mut batch = outbox.empty();
        batch.push(b"a");
        batch.push_with(|bytes| {
            bytes.extend(b"not wanted");
            false
        });
        batch.push_with(|bytes| {
            bytes.extend(b"bc");
            true
        });
        assert_eq!((batch.len(), batch.bytes()), (2, 3));
        outbox.put(batch);
        assert!(!outbox.is_free());
        outbox.write_at_once();
        assert!(outbox.is_free());
        assert_eq!(read(&mut client, 7).await, b"\x82\x01a\x82\x02bc");
        assert_eq!(outbox.empty(), Messages::default());
        assert!(outbox.take().is_none(), "nothing is left");
    }

    #[tokio::test]
    async fn what_a_full_socket_does_not_take_is_written_by_the_connections_task_before_anything_else() {
        let (outbox, mut client) = outbox(4);
        outbox.put(messages(&[b"abcdef"]));
        outbox.write_at_once();
        outbox.ping();
        outbox.pong(Bytes::from_static(b"pong"));
        outbox.close(CloseCode::TooSlow);
        assert!(!outbox.is_free(), "it is busy until the batch is written");
        let ((), came) = tokio::join!(
            async {
                write_next(&outbox).await;
                assert!(outbox.is_free());
                write_next(&outbox).await;
                write_next(&outbox).await;
                write_next(&outbox).await;
            },
            read(&mut client, 21)
        );
        assert_eq!(came, b"\x82\x06abcdefpongpingclose");
    }

    #[tokio::test]
    async fn while_the_connections_task_writes_nobody_else_does() {
        let (outbox, mut client) = outbox(100);
        outbox.pong(Bytes::from_static(b"pong"));
        let (writer, next) = outbox.next().await;
        outbox.put(messages(&[b"a"]));
        outbox.write_at_once();
        assert!(!outbox.is_free());
        outbox.written(writer, next);
        write_next(&outbox).await;
        assert_eq!((read(&mut client, 3).await, outbox.is_free()), (b"\x82\x01a".to_vec(), true));
    }

    #[tokio::test]
    async fn a_close_comes_after_what_waits_and_the_first_one_counts() {
        let (outbox, _client) = outbox(100);
        outbox.put(messages(&[b"a"]));
        outbox.close(CloseCode::TooSlow);
        outbox.close(CloseCode::Normal);
        let (writer, next) = outbox.next().await;
        assert_eq!(next, Next::Messages(messages(&[b"a"])));
        outbox.written(writer, next);
        assert_eq!(outbox.next().await.1, Next::Close(CloseCode::TooSlow.into()));
    }

    #[tokio::test]
    async fn a_broken_socket_is_left_to_the_connections_task() {
        let (outbox, client) = outbox(100);
        drop(client);
        outbox.put(messages(&[b"a"]));
        outbox.write_at_once();
        let (mut writer, next) = outbox.next().await;
        assert_eq!(next, Next::Messages(messages(&[b"a"])));
        assert!(writer.write_all(b"a").await.is_err());
    }
}
