//! Files for `tickwire replay`: a good header, and then blocks of anything, whose checksums are right.

use std::{fs, path::PathBuf, process, thread};

use arbitrary::{Arbitrary, Unstructured};
use tickwire::recording::Rerun;
use tickwire_arena::Arena;
use tickwire_sync::{
    game::{Game, rules_hash, tables_hash},
    replicate::write_u32,
    save::Save,
};

use crate::fixture::{MATCH, SOURCE, TICK_RATE};

/// `docs/recording.md` has the whole format.
const MAGIC: &[u8] = b"tickwire";
const HEADER: u8 = 1;
/// How many blocks a file has at most.
const BLOCKS_MAX: usize = 8;

/// A block of a file.
#[derive(Arbitrary, Debug)]
struct Block<'a> {
    /// What it claims to be, and whether it is deflated.
    kind: u8,
    tick: u32,
    payload: Payload<'a>,
}

#[derive(Arbitrary, Debug)]
enum Payload<'a> {
    Anything(&'a [u8]),
    /// A room of the match. The block then has its tick.
    Room(u8),
    Ticks {
        count: u8,
        rows: &'a [u8],
    },
    Header {
        format: u8,
        tick_rate: u8,
        rewind_ticks: u32,
    },
}

/// A file in which the first byte of `bytes` says whether the rest is the file, or what its blocks are made of.
pub fn recording(bytes: &[u8]) {
    let Some((&form, rest)) = bytes.split_first() else { return };
    let file = if form == 0 { rest.to_vec() } else { blocks(rest) };
    let path = scratch();
    fs::write(&path, file).expect("the folder for what is temporary can be written");
    if let Ok(rerun) = Rerun::<Arena>::open(&path) {
        let _ = rerun.run(|_| {});
    }
}

/// One file for each thread, overwritten time and again.
fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("tickwire-fuzz-{}-{:?}.twr", process::id(), thread::current().id()))
}

fn blocks(bytes: &[u8]) -> Vec<u8> {
    let mut from = Unstructured::new(bytes);
    let mut file = MAGIC.to_vec();
    put(&mut file, HEADER, 0, &header(1, TICK_RATE, 12));
    for _ in 0..BLOCKS_MAX {
        let Ok(Block { kind, tick, payload }) = Block::arbitrary(&mut from) else { break };
        match payload {
            Payload::Anything(payload) => put(&mut file, kind, tick, payload),
            Payload::Room(which) => {
                let saved = &MATCH.saved[usize::from(which) % MATCH.saved.len()];
                let tick = tickwire_sync::replicate::Reader::new(saved).u32().expect("a room begins with its tick");
                put(&mut file, kind, tick, saved);
            }
            Payload::Ticks { count, rows } => {
                let mut payload = Vec::new();
                write_u32(&mut payload, count.into());
                write_u32(&mut payload, 1);
                payload.extend([0; 8]);
                payload.extend(rows);
                put(&mut file, kind, tick, &payload);
            }
            Payload::Header { format, tick_rate, rewind_ticks } => {
                put(&mut file, kind, tick, &header(format.into(), tick_rate.into(), rewind_ticks));
            }
        }
    }
    file
}

fn put(file: &mut Vec<u8>, kind: u8, tick: u32, payload: &[u8]) {
    let at = file.len();
    file.extend((payload.len() as u32).to_le_bytes());
    file.push(kind);
    file.extend(tick.to_le_bytes());
    file.extend(crc32fast::hash(payload).to_le_bytes());
    let checksum = crc32fast::hash(&file[at..]);
    file.extend(checksum.to_le_bytes());
    file.extend(payload);
}

fn header(format: u32, tick_rate: u32, rewind_ticks: u32) -> Vec<u8> {
    let mut out = Vec::new();
    format.save(&mut out);
    for text in ["0.0.0", Arena::NAME] {
        text.to_owned().save(&mut out);
    }
    tables_hash::<Arena>().save(&mut out);
    rules_hash::<Arena>(&Arena::pack_rules(SOURCE).expect("the map is right"), tick_rate).save(&mut out);
    7_u64.save(&mut out);
    tick_rate.save(&mut out);
    rewind_ticks.save(&mut out);
    "main".to_owned().save(&mut out);
    0_u64.save(&mut out);
    1_u32.save(&mut out);
    SOURCE.tuning.to_owned().save(&mut out);
    SOURCE.map.to_owned().save(&mut out);
    out
}
