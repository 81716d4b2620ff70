//! Messages and their bytes, in and out, by kind: what the payloads of binary frames have, without the frames' heads.

use tickwire_sync::protocol::ClientMessage;

use crate::counters::Counter;

/// Kinds of messages, each with its label.
macro_rules! kinds {
    ($(#[$doc:meta])* $kinds:ident { $($kind:ident = $label:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $kinds { $($kind),* }

        impl $kinds {
            const LABELS: &[&str] = &[$($label),*];
        }
    };
}

kinds! {
    /// What clients send.
    In {
        Hello = "hello",
        Input = "input",
        Chat = "chat",
        Order = "order",
        Keyframe = "keyframe",
        Away = "away",
        Back = "back",
        Watch = "watch",
        Ack = "ack",
    }
}

kinds! {
    /// What clients are sent. A keyframe is a snapshot that states everything anew.
    Out { Welcome = "welcome", Rules = "rules", Notices = "notices", Snapshot = "snapshot", Keyframe = "keyframe" }
}

impl From<&ClientMessage<'_>> for In {
    fn from(message: &ClientMessage) -> Self {
        match message {
            ClientMessage::Hello(_) => Self::Hello,
            ClientMessage::Input(_) => Self::Input,
            ClientMessage::Chat(_) | ClientMessage::TeamChat(_) | ClientMessage::Whisper { .. } => Self::Chat,
            ClientMessage::Order(_) => Self::Order,
            ClientMessage::Keyframe => Self::Keyframe,
            ClientMessage::Away => Self::Away,
            ClientMessage::Back => Self::Back,
            ClientMessage::Watch(_) => Self::Watch,
            ClientMessage::Ack(_) => Self::Ack,
        }
    }
}

/// Some messages of a kind.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) messages: Counter,
    pub(super) bytes: Counter,
}

/// All messages since the start.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    received: [Kind; In::LABELS.len()],
    sent: [Kind; Out::LABELS.len()],
}

/// What a room sends in one tick, added up before it is added to what everybody adds to.
#[derive(Debug, Default)]
pub(crate) struct Tally([(u64, u64); Out::LABELS.len()]);

impl Tally {
    /// A message.
    pub(crate) fn add(&mut self, kind: Out, bytes: usize) {
        let (all, all_bytes) = &mut self.0[kind as usize];
        *all += 1;
        *all_bytes += bytes as u64;
    }
}

impl Traffic {
    /// A message came in that could be read.
    pub(crate) fn received(&self, kind: In, bytes: usize) {
        let Kind { messages, bytes: all_bytes } = &self.received[kind as usize];
        messages.add(1);
        all_bytes.add(bytes as u64);
    }

    /// Messages were handed to sockets.
    pub(crate) fn send(&self, tally: &Tally) {
        for (kind, (messages, bytes)) in self.sent.iter().zip(tally.0).filter(|(_, (messages, _))| *messages > 0) {
            kind.messages.add(messages);
            kind.bytes.add(bytes);
        }
    }

    /// How many messages were sent, and how many bytes they have.
    pub(crate) fn sent(&self) -> (u64, u64) {
        self.sent
            .iter()
            .fold((0, 0), |(messages, bytes), kind| (messages + kind.messages.get(), bytes + kind.bytes.get()))
    }

    /// What came in, by label.
    pub(super) fn received_by_kind(&self) -> impl Iterator<Item = (&'static str, &Kind)> + Clone {
        In::LABELS.iter().copied().zip(&self.received)
    }

    /// What went out, by label.
    pub(super) fn sent_by_kind(&self) -> impl Iterator<Item = (&'static str, &Kind)> + Clone {
        Out::LABELS.iter().copied().zip(&self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_bytes_add_up_by_kind() {
        let traffic = Traffic::default();
        traffic.received(In::from(&ClientMessage::Chat("well done")), 11);
        traffic.received(In::Chat, 4);
        let mut tally = Tally::default();
        for (kind, bytes) in [(Out::Snapshot, 30), (Out::Welcome, 5000), (Out::Snapshot, 12)] {
            tally.add(kind, bytes);
        }
        traffic.send(&tally);
        let shown = |(label, kind): (&'static str, &Kind)| {
            (kind.messages.get() > 0).then(|| (label, kind.messages.get(), kind.bytes.get()))
        };
        assert_eq!(traffic.received_by_kind().filter_map(shown).collect::<Vec<_>>(), [("chat", 2, 15)]);
        assert_eq!(
            traffic.sent_by_kind().filter_map(shown).collect::<Vec<_>>(),
            [("welcome", 1, 5000), ("snapshot", 2, 42)]
        );
        assert_eq!(traffic.sent(), (3, 5042));
    }
}
