//! What the server counts, for `/healthz` and `/metrics`.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;
use tickwire_sync::{protocol::CloseCode, server::OddInputs};

use crate::{
    metrics::Traffic,
    refusals::{Counts, Labelled, Refused},
};

/// What is written of a counter stands here once: its doc comment is its help text in `/metrics`, where it is `tickwire_<name>_total`.
macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),* $(,)?) => {
        /// Everything that is counted since the start.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $( $(#[doc = $help])+ pub(crate) $name: Counter, )*
            /// What was refused, by reason.
            pub(crate) refused: Labelled<Refused>,
            /// Messages, in and out, by kind.
            pub(crate) traffic: Traffic,
            closed: Mutex<BTreeMap<u16, u64>>,
        }

        /// [`Counters`] at a moment.
        #[derive(Debug, Serialize)]
        pub(crate) struct Counted {
            $( $name: u64, )*
            /// What was refused, by reason.
            refused: Counts,
            /// Messages handed to sockets.
            messages_sent: u64,
            /// Their bytes.
            bytes_sent: u64,
            /// Connections that this server closed, by close code.
            closed: BTreeMap<u16, u64>,
        }

        impl Counters {
            /// All counts now.
            pub(crate) fn read(&self) -> Counted {
                let (messages_sent, bytes_sent) = self.traffic.sent();
                Counted {
                    $( $name: self.$name.get(), )*
                    refused: self.refused.read(),
                    messages_sent,
                    bytes_sent,
                    closed: self.closes(),
                }
            }

            /// Shows each counter by its name, its help text and its count.
            pub(crate) fn each(&self, mut show: impl FnMut(&'static str, &'static str, u64)) {
                $( show(stringify!($name), concat!($($help),+).trim(), self.$name.get()); )*
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
    /// Rules that were read again while the server ran, and are used.
    rules_renewed,
    /// Rules that were to be read again and could not be used; the old ones stayed.
    rules_refused,
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
    /// Listeners that came to `/events`.
    listens,
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
    /// Clients whose state had come to differ from the room's, which is a bug: each keyframe asked for counts once, however often it was asked for.
    desyncs,
    /// Ticks that started more than a period late.
    ticks_late,
    /// Stalls too long to catch up.
    stalls,
    /// Events told to clients, within snapshots.
    events_sent,
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

    /// One more; gives how many there are with it.
    pub(crate) fn count(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// A client's inputs were too many, or too far ahead or behind: so many so far, where it had been so many.
    pub(crate) fn odd_inputs(&self, before: OddInputs, now: OddInputs) {
        self.inputs_dropped.add(now.dropped() - before.dropped());
        self.refused.add(Refused::InputAhead, now.ahead - before.ahead);
        self.refused.add(Refused::InputBehind, now.behind - before.behind);
        self.refused.add(Refused::InputsWaiting, now.waiting - before.waiting);
    }

    /// How many connections were closed by this server, by close code.
    pub(crate) fn closes(&self) -> BTreeMap<u16, u64> {
        self.closed.lock().expect("no holder panics").clone()
    }

    /// A connection was closed by this server.
    pub(crate) fn closed(&self, code: CloseCode) {
        *self.closed.lock().expect("no holder panics").entry(code.number()).or_default() += 1;
    }
}
