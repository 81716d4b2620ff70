//! What is in a recording's file: blocks, one after the other, to be read or skipped. Whatever the bytes are, it ends in a sentence.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use thiserror::Error;
use tickwire_sync::Tick;

use super::{
    Header,
    format::{Ending, Kind, MAGIC, PREFIX_BYTES, Prefix},
    header::HeaderError,
};

/// Why a file cannot be read, or not beyond some place.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The disk says no.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It begins with something else.
    #[error("it is no recording: recordings begin with the word \"tickwire\"")]
    NotARecording,
    /// It is torn in its first block.
    #[error("it ends before its header does")]
    NoHeader,
    /// Its header is not for this program.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Bytes are not what was written.
    #[error("it is damaged at byte {at}: {what}")]
    Damaged {
        /// Where in the file.
        at: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A block, whose payload is to be read or skipped now.
    Block(Prefix),
    /// Nothing that is whole.
    Over(Tail),
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// By a closing block.
    Closed(Ending),
    /// Behind some whole block: the server was killed, or still records.
    Open,
    /// After so many bytes of a block: the server was killed while it wrote, or is writing now.
    Torn(u64),
}

/// A recording's file, behind its header.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: BufReader<File>,
    /// How many bytes it had when it was opened: a server may still be writing.
    length: u64,
    at: u64,
}

impl FileReader {
    /// Opens a recording and reads its header.
    pub(crate) fn open(path: &Path) -> Result<(Self, Header), ReadError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut this = Self { file: BufReader::new(file), length, at: 0 };
        let mut magic = [0; MAGIC.len()];
        if length < magic.len() as u64 {
            return Err(ReadError::NotARecording);
        }
        this.file.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(ReadError::NotARecording);
        }
        this.at = magic.len() as u64;
        match this.next()? {
            Next::Block(prefix) if prefix.kind == Kind::Header => {
                let header = Header::of(&this.payload(&prefix)?)?;
                Ok((this, header))
            }
            Next::Block(_) => Err(this.damaged("the first block is no header")),
            Next::Over(_) => Err(ReadError::NoHeader),
        }
    }

    /// How many bytes the file has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Where the next block, or the payload that is due, begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Goes to the beginning of a block.
    pub(crate) fn seek(&mut self, at: u64) -> Result<(), ReadError> {
        self.file.seek(SeekFrom::Start(at))?;
        self.at = at;
        Ok(())
    }

    /// Reads the prefix of the next block.
    pub(crate) fn next(&mut self) -> Result<Next, ReadError> {
        let left = self.length.saturating_sub(self.at);
        if left == 0 {
            return Ok(Next::Over(Tail::Open));
        }
        if left < PREFIX_BYTES as u64 {
            return Ok(Next::Over(Tail::Torn(left)));
        }
        let mut bytes = [0; PREFIX_BYTES];
        self.file.read_exact(&mut bytes)?;
        let prefix =
            Prefix::read(&bytes).ok_or_else(|| self.damaged("what should be the prefix of a block is none"))?;
        if left - (PREFIX_BYTES as u64) < prefix.length as u64 {
            return Ok(Next::Over(Tail::Torn(left)));
        }
        self.at += PREFIX_BYTES as u64;
        Ok(Next::Block(prefix))
    }

    /// Reads the payload of the block whose prefix was read last.
    pub(crate) fn payload(&mut self, prefix: &Prefix) -> Result<Vec<u8>, ReadError> {
        let mut stored = vec![0; prefix.length];
        self.file.read_exact(&mut stored)?;
        let payload = prefix.unpack(stored).ok_or_else(|| self.damaged("a block is not as it was written"))?;
        self.at += prefix.length as u64;
        Ok(payload)
    }

    /// Skips the payload of the block whose prefix was read last.
    pub(crate) fn skip(&mut self, prefix: &Prefix) -> Result<(), ReadError> {
        self.file.seek_relative(prefix.length as i64)?;
        self.at += prefix.length as u64;
        Ok(())
    }

    /// The error of bytes that should be something else, here.
    pub(crate) fn damaged(&self, what: &'static str) -> ReadError {
        ReadError::Damaged { at: self.at, what }
    }
}

/// What is in a recording, as far as the prefixes of its blocks tell: found by skipping from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The tick of the first keyframe, if there is one: here the file begins.
    pub(crate) first: Option<Tick>,
    /// The last tick that it has.
    pub(crate) last: Tick,
    /// Where the last keyframe before a tick stands; the first keyframe, where that is of this very tick.
    pub(crate) nearest: Option<u64>,
    pub(crate) keyframes: u64,
    /// Blocks of ticks, each with a hash.
    pub(crate) hashes: u64,
    pub(crate) tail: Tail,
}

impl Contents {
    /// Looks through a recording from its header on, for the keyframe nearest to `tick`, too.
    pub(crate) fn read(reader: &mut FileReader, tick: Tick) -> Result<Self, ReadError> {
        let mut this = Self { first: None, last: 0, nearest: None, keyframes: 0, hashes: 0, tail: Tail::Open };
        loop {
            let at = reader.at();
            let prefix = match reader.next()? {
                Next::Block(prefix) => prefix,
                Next::Over(tail) => return Ok(Self { tail, ..this }),
            };
            this.last = this.last.max(prefix.tick);
            match prefix.kind {
                Kind::Keyframe => {
                    if prefix.tick < tick || this.first.is_none() && prefix.tick == tick {
                        this.nearest = Some(at);
                    }
                    this.first.get_or_insert(prefix.tick);
                    this.keyframes += 1;
                }
                Kind::Ticks => this.hashes += 1,
                Kind::End => {
                    let payload = reader.payload(&prefix)?;
                    let ending =
                        Ending::of(&payload).ok_or_else(|| reader.damaged("the closing block makes no sense"))?;
                    return Ok(Self { tail: Tail::Closed(ending), ..this });
                }
                Kind::Header => return Err(reader.damaged("a second header")),
            }
            reader.skip(&prefix)?;
        }
    }
}
