//! Why the server refused something, and how often it did: the label values of one counter.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{Serialize, Serializer};

use crate::counters::Counter;

/// The values of a label, each with a name of its own.
pub(crate) trait Label: Copy + 'static {
    /// Every value, in order.
    const ALL: &'static [Self];

    /// What it is called in reports and metrics.
    fn name(self) -> &'static str;

    /// Its place in [`ALL`](Self::ALL).
    fn index(self) -> usize;
}

macro_rules! labels {
    ($(#[$doc:meta])* $type:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $type {
            $( $(#[$value_doc])* $value, )*
        }

        impl Label for $type {
            const ALL: &'static [Self] = &[$( Self::$value, )*];

            fn name(self) -> &'static str {
                match self {
                    $( Self::$value => $name, )*
                }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

labels! {
    /// What was refused, and why. `docs/security.md` says which flag moves which limit.
    Refused {
        /// A connection: as many as may had no game socket yet, all addresses together.
        Connections = "connections",
        /// A connection: the same, of its address.
        ConnectionsOfAddress = "connections_of_address",
        /// A connection or a socket: too many new ones a second, all addresses together.
        Rate = "rate",
        /// The same, of its address.
        RateOfAddress = "rate_of_address",
        /// A request: its head did not come in time.
        HeadTime = "head_time",
        /// A request: its head is too large.
        HeadBytes = "head_bytes",
        /// A connection that asked, and took what it got, for longer than it may without becoming a game socket.
        RequestTime = "request_time",
        /// A socket: as many as may are open, all addresses together.
        Sockets = "sockets",
        /// A socket: the same, of its address.
        SocketsOfAddress = "sockets_of_address",
        /// A socket: no hello in time.
        HelloTime = "hello_time",
        /// A player: the room is full.
        Players = "players",
        /// A watcher: as many watch as may.
        Watchers = "watchers",
        /// A client: more messages than it may send in the time.
        Messages = "messages",
        /// A client: more bytes than it may send in the time.
        Bytes = "bytes",
        /// An input: too far ahead.
        InputAhead = "input_ahead",
        /// An input that came so late that no honest network explains it. It takes effect at once, as every late one.
        InputBehind = "input_behind",
        /// An input: too many wait for their tick.
        InputsWaiting = "inputs_waiting",
        /// A player that did nothing for too long.
        Idle = "idle",
        /// A client that answered nothing, not even a ping.
        Dead = "dead",
        /// A lost connection's seat: as many of its address are held as may.
        SeatsOfAddress = "seats_of_address",
        /// A listener: as many listen as may.
        Listeners = "listeners",
        /// An echo: as many as may are open.
        Echoes = "echoes",
        /// An echo: the same, of its address.
        EchoesOfAddress = "echoes_of_address",
    }
}

/// Whether the log tells of the so-manieth of a kind: of the first, and then of ever fewer, so that nobody can fill a disk by it.
pub(crate) fn is_told(so_far: u64) -> bool {
    so_far.is_power_of_two()
}

/// A counter for each value of a label.
pub(crate) struct Labelled<L> {
    counts: Box<[Counter]>,
    label: PhantomData<L>,
}

impl<L: Label> Labelled<L> {
    /// So many more of these.
    pub(crate) fn add(&self, label: L, count: u64) {
        self.counts[label.index()].add(count);
    }

    /// One more; gives how many there are with it.
    pub(crate) fn count(&self, label: L) -> u64 {
        self.counts[label.index()].count()
    }

    /// All counts now, those of 0 too.
    pub(crate) fn read(&self) -> Counts {
        Counts(L::ALL.iter().map(|label| (label.name(), self.counts[label.index()].get())).collect())
    }
}

impl<L: Label> Default for Labelled<L> {
    fn default() -> Self {
        Self { counts: L::ALL.iter().map(|_| Counter::default()).collect(), label: PhantomData }
    }
}

impl<L: Label> fmt::Debug for Labelled<L> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.read().fmt(f)
    }
}

/// [`Labelled`] at a moment, by name.
#[derive(Debug)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// Each name and its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, count)| (*name, *count))
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_counted_apart_under_a_name_of_its_own() {
        let counted = Labelled::<Refused>::default();
        for (number, label) in Refused::ALL.iter().enumerate() {
            assert_eq!(label.index(), number);
            counted.add(*label, number as u64);
        }
        let counts = counted.read();
        assert_eq!(counts.iter().count(), Refused::ALL.len(), "no two have the same name");
        for (number, label) in Refused::ALL.iter().enumerate() {
            assert!(counts.iter().any(|count| count == (label.name(), number as u64)));
            assert!(label.name().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
        }
    }
}
