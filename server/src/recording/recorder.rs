//! A room's side of its recording: collects ticks, and hands a block to the disk's side each second and before the clock stops.

use std::{
    sync::{Arc, mpsc::TrySendError},
    time::Instant,
};

use tickwire_sync::{
    Tick,
    game::Game,
    save,
    server::{Command, Room},
};
use tracing::warn;

use super::{
    Writer,
    format::{Block, Ending, Kind},
    ticks::TicksWriter,
    writer::{self, Queue},
};
use crate::counters::Counters;

/// From keyframe to keyframe, in seconds of play: a start in the middle of a file computes half of it on average.
const KEYFRAME_SECONDS: u32 = 30;
/// A block with so many bytes is closed before its second is over.
const BLOCK_BYTES: usize = 64 << 10;

/// Records a room.
#[derive(Debug)]
pub(crate) struct Recorder {
    room: String,
    tick_rate: u32,
    began: Instant,
    ticks: TicksWriter,
    /// The tick after which the next keyframe is due.
    keyframe_due: Tick,
    /// The saved room, for hashes; kept for its memory.
    saved: Vec<u8>,
    queue: Option<Queue>,
    counters: Arc<Counters>,
}

impl Recorder {
    /// Starts with a keyframe of the room as it is. The header's seed is the room's.
    pub(crate) fn start<G: Game>(writer: Writer, room: &Room<G>, counters: &Arc<Counters>) -> Option<Self> {
        let header = writer.header();
        let (name, tick_rate) = (header.room.clone(), header.tick_rate);
        let queue = writer.run().inspect_err(|error| {
            counters.recordings_broken.add(1);
            warn!(room = %name, "nothing is recorded: the writer got no thread: {error}");
        });
        let mut this = Self {
            room: name,
            tick_rate,
            began: Instant::now(),
            ticks: TicksWriter::default(),
            keyframe_due: room.tick,
            saved: Vec::new(),
            queue: Some(queue.ok()?),
            counters: Arc::clone(counters),
        };
        this.keyframe(room);
        Some(this)
    }

    /// Takes in the room's last tick and the commands that came into it.
    pub(crate) fn record<G: Game>(&mut self, room: &Room<G>, commands: &[Command<G::Controls>]) {
        if self.queue.is_none() {
            return;
        }
        self.ticks.push(commands);
        if self.ticks.count() >= self.tick_rate || self.ticks.bytes() >= BLOCK_BYTES {
            self.flush(room);
        }
        if room.tick >= self.keyframe_due {
            self.flush(room);
            self.keyframe(room);
        }
    }

    /// Hands over what is collected: to be called before the room's clock stops, too.
    pub(crate) fn flush<G: Game>(&mut self, room: &Room<G>) {
        if self.ticks.count() == 0 || self.queue.is_none() {
            return;
        }
        self.saved.clear();
        room.save(&mut self.saved);
        let moment = self.began.elapsed().as_secs() as u32;
        let payload = self.ticks.take(moment, save::hash(&self.saved));
        self.put(Block { kind: Kind::Ticks, tick: room.tick, payload });
    }

    fn keyframe<G: Game>(&mut self, room: &Room<G>) {
        self.keyframe_due = room.tick + KEYFRAME_SECONDS * self.tick_rate;
        let mut payload = Vec::with_capacity(self.saved.len());
        room.save(&mut payload);
        self.put(Block { kind: Kind::Keyframe, tick: room.tick, payload });
    }

    /// Never waits: where the disk is too far behind, recording is given up.
    fn put(&mut self, block: Block) {
        let Some(queue) = &self.queue else { return };
        match queue.blocks.try_send(block) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.counters.recordings_broken.add(1);
                warn!(room = %self.room, "recording ends, and the game goes on: the disk is too slow");
                self.queue = None;
            }
            // The writer has said why.
            Err(TrySendError::Disconnected(_)) => self.queue = None,
        }
    }

    /// Closes the recording; waits for the disk.
    pub(crate) fn finish<G: Game>(mut self, room: &Room<G>) {
        self.flush(room);
        let Some(Queue { blocks, thread }) = self.queue.take() else { return };
        // A writer that is gone has said why.
        let _ = blocks.send(writer::end(Ending::Stopped, room.tick));
        let _ = thread.join();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::game::RulesSource;

    use super::*;

    #[test]
    fn a_disk_that_is_too_slow_ends_the_recording_and_never_holds_up_the_room() {
        let rules =
            Arena::read_rules(RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP }, 30).expect("right rules");
        let mut room: Room<Arena> = Room::new(Arc::new(rules), 1);
        let counters = Arc::new(Counters::default());
        // Nobody takes blocks out.
        let (blocks, waiting) = mpsc::sync_channel(2);
        let mut recorder = Recorder {
            room: "main".into(),
            tick_rate: 30,
            began: Instant::now(),
            ticks: TicksWriter::default(),
            keyframe_due: 900,
            saved: Vec::new(),
            queue: Some(Queue { blocks, thread: thread::spawn(|| {}) }),
            counters: Arc::clone(&counters),
        };
        for _ in 0..200 {
            room.tick(&[]);
            recorder.record(&room, &[]);
        }
        assert_eq!(counters.recordings_broken.get(), 1, "it is said once");
        assert_eq!(waiting.iter().map(|block| block.tick).collect::<Vec<_>>(), [30, 60]);
        recorder.finish(&room);
    }
}
