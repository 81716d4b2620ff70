//! What the server counts, for `/healthz`.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;
use tickwire_sync::protocol::CloseCode;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Everything that is counted since the start.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $( $(#[$doc])* pub(crate) $name: Counter, )*
            closed: Mutex<BTreeMap<u16, u64>>,
        }

        /// [`Counters`] at a moment.
        #[derive(Debug, Serialize)]
        pub(crate) struct Counted {
            $( $name: u64, )*
            /// Connections that this server closed, by close code.
            closed: BTreeMap<u16, u64>,
        }

        impl Counters {
            /// All counts now.
            pub(crate) fn read(&self) -> Counted {
                Counted {
                    $( $name: self.$name.get(), )*
                    closed: self.closed.lock().expect("no holder panics").clone(),
                }
            }
        }
    };
}

counters! {
    /// Sockets that were upgraded.
    connections,
    /// Sockets that were refused to pages of other origins.
    origins_refused,
    /// Connections that did not get through the TLS handshake.
    tls_handshakes_failed,
    /// Certificates that were read again and are used.
    certificates_reloaded,
    /// Certificates that were to be read again and could not be used; the old one stayed.
    certificates_refused,
    /// Players that came in.
    joins,
    /// Players whose connection was lost, and whose seat was held.
    seats_held,
    /// Held seats that nobody came back to in time.
    seats_expired,
    /// Players that came back to their seat, by a resume token.
    resumes,
    /// Players that came in once more, and took their own seat over.
    takeovers,
    /// Watchers that came in.
    watches,
    /// Inputs that were dropped: too many waited, or too far ahead.
    inputs_dropped,
    /// Lines of chat and orders that were dropped: too many of one sender, or too many waiting for one reader.
    chat_dropped,
    /// Lines of chat in which slurs were masked.
    chat_masked,
    /// Lines of chat that reached nobody, since their sender is muted.
    chat_muted,
    /// Announcements of admins.
    announcements,
    /// Players that were removed for once.
    kicks,
    /// Mutes of players or addresses.
    mutes,
    /// Bans of players or addresses. Who is turned away by one counts under `closed`.
    bans,
    /// Mutes and bans that were lifted before their time.
    sanctions_lifted,
    /// Mutes and bans, given or lifted, that could not be saved.
    sanctions_unsaved,
    /// What somebody wanted done and was refused, mostly since its role does not permit it.
    orders_refused,
    /// Keyframes that clients asked for because their state had come to differ.
    keyframes_asked,
    /// Ticks that started more than a period late.
    ticks_late,
    /// Stalls too long to catch up.
    stalls,
    /// Messages handed to sockets.
    messages_sent,
    /// Their bytes.
    bytes_sent,
    /// Bytes of recordings that were written.
    recorded_bytes,
    /// Recordings that ended early: the disk was full or too slow.
    recordings_broken,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// A connection was closed by this server.
    pub(crate) fn closed(&self, code: CloseCode) {
        *self.closed.lock().expect("no holder panics").entry(code.number()).or_default() += 1;
    }
}
