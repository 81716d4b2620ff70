//! Who writes what a room hands over: one task for all its sockets. Waking a task for each of them would cost more than the writing itself needs
//! beside the kernel (`docs/performance.md`).

use std::{
    mem,
    sync::{Arc, Mutex},
};

use tokio::{
    sync::Notify,
    task::{self, AbortHandle},
};

use crate::outbox::Outbox;

/// So many sockets are written to in a row before other tasks have their turn: less than a millisecond, and within the runtime's budget of 128
/// operations a turn.
const IN_A_ROW_MAX: usize = 64;

/// So many outboxes may wait for the task, several times what a room has; beyond that, connections' own tasks write.
const FILLED_MAX: usize = 1 << 16;

/// A room's way to its sockets; ends with the room.
#[derive(Debug)]
pub(crate) struct Delivery {
    filled: Arc<Filled>,
    task: AbortHandle,
}

/// The outboxes that were filled since the task last looked.
#[derive(Debug, Default)]
struct Filled {
    outboxes: Mutex<Vec<Arc<Outbox>>>,
    wake: Notify,
}

impl Delivery {
    /// Starts the task, on the runtime that this is called on.
    pub(crate) fn start() -> Self {
        let filled = Arc::new(Filled::default());
        let task = task::spawn(deliver(Arc::clone(&filled))).abort_handle();
        Self { filled, task }
    }

    /// Has the batches of these outboxes written, and takes them out of the list.
    pub(crate) fn deliver(&self, outboxes: &mut Vec<Arc<Outbox>>) {
        if outboxes.is_empty() {
            return;
        }
        let mut filled = self.filled.outboxes.lock().expect("no holder panics");
        if filled.len() + outboxes.len() > FILLED_MAX {
            for outbox in outboxes.drain(..) {
                outbox.write_later();
            }
            return;
        }
        filled.append(outboxes);
        drop(filled);
        self.filled.wake.notify_one();
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // What is not written yet is, with the goodbyes, by the connections' own tasks.
        self.task.abort();
    }
}

async fn deliver(filled: Arc<Filled>) {
    let mut outboxes = Vec::new();
    loop {
        filled.wake.notified().await;
        mem::swap(&mut *filled.outboxes.lock().expect("no holder panics"), &mut outboxes);
        for (number, outbox) in outboxes.drain(..).enumerate() {
            if number > 0 && number.is_multiple_of(IN_A_ROW_MAX) {
                task::yield_now().await;
            }
            outbox.write_at_once();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use tokio::io::{AsyncReadExt, duplex};

    use super::*;
    use crate::outbox::{Messages, Next};

    #[tokio::test]
    async fn everybody_gets_their_own_and_one_whose_socket_is_full_delays_nobody() {
        let delivery = Delivery::start();
        let (mut list, mut clients) = (Vec::new(), Vec::new());
        for number in 0..=u8::MAX {
            let (server, client) = duplex(if number == 7 { 1 } else { 100 });
            let outbox = Arc::new(Outbox::new(Box::new(server)));
            let mut messages = Messages::default();
            messages.push(&[number]);
            outbox.put(messages);
            list.push(Arc::clone(&outbox));
            clients.push((number, outbox, client));
        }
        delivery.deliver(&mut list);
        assert!(list.is_empty());
        for (number, outbox, client) in clients.iter_mut().filter(|(number, ..)| *number != 7) {
            let mut frame = [0; 3];
            client.read_exact(&mut frame).await.expect("it comes");
            assert_eq!((frame, outbox.is_free()), ([0x82, 1, *number], true));
        }
        assert!(!clients[7].1.is_free());
    }

    #[tokio::test]
    async fn where_too_many_wait_for_the_task_a_connections_own_writes() {
        let delivery = Delivery::start();
        let (server, _client) = duplex(100);
        let outbox = Arc::new(Outbox::new(Box::new(server)));
        let mut next = pin!(outbox.next());
        let waits = poll_fn(|context| Poll::Ready(next.as_mut().poll(context).is_pending())).await;
        assert!(waits, "there is nothing to write yet");
        outbox.put(Messages::default());
        // The delivery's task does not run before this one waits again.
        delivery.deliver(&mut vec![Arc::clone(&outbox); FILLED_MAX]);
        let mut list = vec![Arc::clone(&outbox)];
        delivery.deliver(&mut list);
        assert!(list.is_empty());
        assert_eq!(delivery.filled.outboxes.lock().expect("no holder panics").len(), FILLED_MAX);
        assert!(matches!(next.await.1, Next::Messages(_)), "it was woken");
    }
}
