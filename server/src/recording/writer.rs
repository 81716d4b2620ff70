//! The disk's side of a recording: a thread that deflates blocks and appends them to a file, and begins another when that is full.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};

use thiserror::Error;
use tickwire_sync::Tick;
use tracing::warn;

use super::{
    Header,
    format::{Block, Ending, Kind, MAGIC, PAYLOAD_BYTES_MAX},
    when,
};
use crate::counters::Counters;

/// How many blocks may wait for the disk: half a minute of play, with one keyframe or two among them.
const BLOCKS_WAITING_MAX: usize = 32;
/// A file with so many bytes is full: the next keyframe goes into a new one. It may have half a minute of play more.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// How many recordings of a room may begin in one second.
const NAMES_MAX: u32 = 1000;

/// Why a recording cannot begin.
#[derive(Debug, Error)]
#[error("the recording {path} cannot be written: {error}; choose another folder with --record")]
pub struct RecordError {
    path: PathBuf,
    error: io::Error,
}

/// A recording that has begun: its first file holds the header.
#[derive(Debug)]
pub(crate) struct Writer {
    folder: PathBuf,
    header: Header,
    path: PathBuf,
    file: File,
    /// Bytes of the file so far.
    bytes: u64,
    /// [`FILE_BYTES_MAX`]; less in tests.
    bytes_max: u64,
    counters: Arc<Counters>,
}

/// Where a room puts the blocks of its recording.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) blocks: SyncSender<Block>,
    pub(crate) thread: JoinHandle<()>,
}

impl Writer {
    /// Makes the folder where it is missing, and begins a file in it.
    pub(crate) fn create(folder: &Path, header: Header, counters: &Arc<Counters>) -> Result<Self, RecordError> {
        let problem = |path: &Path, error| RecordError { path: path.to_owned(), error };
        fs::create_dir_all(folder).map_err(|error| problem(folder, error))?;
        let (path, file) = new_file(folder, &header).map_err(|(path, error)| problem(&path, error))?;
        let (folder, counters) = (folder.to_owned(), Arc::clone(counters));
        let mut writer = Self { folder, header, path, file, bytes: 0, bytes_max: FILE_BYTES_MAX, counters };
        writer.begin().map_err(|error| problem(&writer.path, error))?;
        Ok(writer)
    }

    /// The same with files that become full earlier.
    #[cfg(test)]
    pub(crate) fn full_at(self, bytes_max: u64) -> Self {
        Self { bytes_max, ..self }
    }

    /// What the recording begins with.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Goes on in a thread of its own.
    pub(crate) fn run(self) -> io::Result<Queue> {
        let (blocks, waiting) = mpsc::sync_channel(BLOCKS_WAITING_MAX);
        let name = format!("record {}", self.header.room);
        let thread = thread::Builder::new().name(name).spawn(move || self.write_all(&waiting))?;
        Ok(Queue { blocks, thread })
    }

    fn write_all(mut self, waiting: &Receiver<Block>) {
        if let Err(error) = self.write_until_end(waiting) {
            self.counters.recordings_broken.add(1);
            let (room, path) = (&self.header.room, self.path.display());
            warn!(%room, "recording ends, and the game goes on: {path} cannot be written: {error}");
        }
    }

    fn write_until_end(&mut self, waiting: &Receiver<Block>) -> io::Result<()> {
        let mut last = 0;
        for block in waiting {
            last = block.tick;
            if block.kind == Kind::Keyframe && self.bytes >= self.bytes_max {
                self.write(&end(Ending::Continued, block.tick))?;
                self.header.part += 1;
                (self.path, self.file) = new_file(&self.folder, &self.header).map_err(|(_, error)| error)?;
                self.begin()?;
            }
            self.write(&block)?;
            if block.kind == Kind::End {
                return self.file.sync_all();
            }
        }
        // The room gave up, because this thread was too slow for it.
        self.write(&end(Ending::GivenUp, last))?;
        self.file.sync_all()
    }

    fn begin(&mut self) -> io::Result<()> {
        self.bytes = 0;
        self.append(&MAGIC)?;
        self.write(&Block { kind: Kind::Header, tick: 0, payload: self.header.to_bytes() })
    }

    fn write(&mut self, block: &Block) -> io::Result<()> {
        if block.payload.len() > PAYLOAD_BYTES_MAX {
            let length = block.payload.len();
            return Err(io::Error::other(format!("a block has {length} bytes, more than {PAYLOAD_BYTES_MAX}")));
        }
        self.append(&block.to_bytes())
    }

    /// One system call for each block: what is written survives the process, however that ends.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        self.counters.recorded_bytes.add(bytes.len() as u64);
        Ok(())
    }
}

/// The block with which a recording ends.
pub(crate) fn end(ending: Ending, tick: Tick) -> Block {
    Block { kind: Kind::End, tick, payload: vec![ending as u8] }
}

/// A file of a name that is not taken: an earlier recording is never written over.
fn new_file(folder: &Path, header: &Header) -> Result<(PathBuf, File), (PathBuf, io::Error)> {
    let base = format!("{}-{}", header.room, when::stamp(header.started));
    for number in header.part..header.part + NAMES_MAX {
        let name = if number == 1 { format!("{base}.twr") } else { format!("{base}-{number}.twr") };
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err((path, error)),
        }
    }
    Err((folder.join(base), io::ErrorKind::AlreadyExists.into()))
}

#[cfg(test)]
mod tests {
    use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
    use tickwire_sync::game::RulesSource;

    use super::*;

    fn create(folder: &Path, counters: &Arc<Counters>) -> Result<Writer, RecordError> {
        let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
        let header = Header::new::<Arena>("main", source, 30, (1, 12)).expect("right rules");
        Writer::create(folder, header, counters)
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("tickwire-writer-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named_with_the_flag() {
        let counters = Arc::new(Counters::default());
        let refused = create(Path::new("/dev/null/recordings"), &counters).expect_err("no folder").to_string();
        assert!(refused.contains("/dev/null/recordings") && refused.contains("--record"), "{refused}");
    }

    #[test]
    fn a_recording_of_the_same_second_gets_a_name_of_its_own() {
        let (folder, counters) = (folder("names"), Arc::new(Counters::default()));
        let first = create(&folder, &counters).expect("it can be written");
        let mut second = Writer { header: Header { started: first.header.started, ..first.header.clone() }, ..first };
        let (path, _) = new_file(&folder, &second.header).expect("another name");
        assert_ne!(path, second.path);
        second.path = path;
        assert!(second.path.to_string_lossy().ends_with("-2.twr"), "{}", second.path.display());
        fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn a_full_disk_ends_the_recording_and_is_counted() {
        let (folder, counters) = (folder("full"), Arc::new(Counters::default()));
        let writer = create(&folder, &counters).expect("it can be written");
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let Queue { blocks, thread } = Writer { file: full, ..writer }.run().expect("a thread");
        blocks.send(Block { kind: Kind::Keyframe, tick: 0, payload: vec![1] }).expect("it takes the first");
        thread.join().expect("it ends by itself");
        assert_eq!(counters.recordings_broken.get(), 1);
        assert!(blocks.send(end(Ending::Stopped, 0)).is_err(), "nobody takes anything any more");
        fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn a_room_that_gives_up_leaves_a_file_that_says_so() {
        let (folder, counters) = (folder("given-up"), Arc::new(Counters::default()));
        let writer = create(&folder, &counters).expect("it can be written");
        let path = writer.path.clone();
        let Queue { blocks, thread } = writer.run().expect("a thread");
        drop(blocks);
        thread.join().expect("it ends by itself");
        let bytes = fs::read(path).expect("a file");
        assert!(bytes.ends_with(&end(Ending::GivenUp, 0).to_bytes()));
        fs::remove_dir_all(folder).expect("it is ours");
    }
}
