//! Recordings of rooms that are played here, written to real files, and then read, spoiled and run again.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING, ShipControls};
use tickwire_sync::{
    PlayerNumber, Tick,
    game::{Audience, Controls, Game, RulesSource},
    grid::Angle,
    random::Random,
    save::Save,
    server::{Command, REWIND_TICKS_DEFAULT, Room},
};

use super::{
    Header, Recorder, Writer,
    format::{Block, Ending, Kind, MAGIC, PREFIX_BYTES, Prefix},
    reader::{Contents, FileReader, Tail},
    replay::{ReplayError, Rerun, Step, Tally},
};
use crate::counters::Counters;

const SOURCE: RulesSource = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
const TICK_RATE: u32 = 30;
const PEOPLE: PlayerNumber = 4;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("tickwire-recording-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    /// The files in it, in the order in which they were written.
    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            fs::read_dir(&self.0).expect("it is there").map(|entry| entry.expect("readable").path()).collect();
        files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        files
    }

    /// A file of these bytes.
    fn file(&self, bytes: &[u8]) -> PathBuf {
        fs::create_dir_all(&self.0).expect("it can be made");
        let path = self.0.join("other.twr");
        fs::write(&path, bytes).expect("it can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("it is ours");
    }
}

/// The end of a tick: the saved room and its events.
type End = (Vec<u8>, Vec<(Audience, <Arena as Game>::Event)>);

fn end_of(room: &Room<Arena>) -> End {
    let mut saved = Vec::new();
    room.save(&mut saved);
    (saved, room.events().to_vec())
}

/// People come and go and press buttons, with a few bots; now and then nobody does anything for a while.
fn commands(room: &Room<Arena>, seed: u64) -> Vec<Command<ShipControls>> {
    let mut commands = Vec::new();
    if room.tick == 0 {
        commands.extend((PEOPLE..PEOPLE + 3).map(|player| Command::Join { player, bot: true }));
    }
    for player in 0..PEOPLE {
        let mut random = Random::keyed(seed, 400, player.into(), room.tick);
        let here = room.players.get(player).is_some();
        match random.below(200) {
            0 if here => commands.push(Command::Leave { player }),
            0..10 if !here => commands.push(Command::Join { player, bot: false }),
            0..50 if here && room.tick % 120 > 40 => {
                let controls = ShipControls::from_bits(random.below(1 << 18));
                commands.extend(controls.map(|controls| Command::Controls {
                    player,
                    controls,
                    behind: random.below(200),
                }));
            }
            _ => {}
        }
    }
    commands
}

/// Records `ticks` ticks into `folder`; files become full at `bytes_max`.
fn record(folder: &Folder, seed: u64, ticks: Tick, bytes_max: u64) -> Vec<End> {
    let rules = Arc::new(Arena::read_rules(SOURCE, TICK_RATE).expect("right rules"));
    let counters = Arc::new(Counters::default());
    let header = Header::new::<Arena>("main", SOURCE, TICK_RATE, (seed, REWIND_TICKS_DEFAULT)).expect("right rules");
    let writer = Writer::create(&folder.0, header, &counters).expect("the folder can be written to");
    let mut room = Room::new(rules, seed);
    let mut recorder = Recorder::start(writer.full_at(bytes_max), &room, &counters).expect("a thread");
    let mut ends = vec![end_of(&room)];
    for tick in 0..ticks {
        let commands = commands(&room, seed);
        room.tick(&commands);
        recorder.record(&room, &commands);
        ends.push(end_of(&room));
        if Random::keyed(seed, 401, 0, tick).below(200) == 0 {
            // The clock stops.
            recorder.flush(&room);
        }
    }
    recorder.finish(&room);
    assert_eq!(counters.recordings_broken.get(), 0);
    let written: u64 = folder.files().iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    assert_eq!(counters.recorded_bytes.get(), written);
    ends
}

/// The only file of a recording.
fn recorded(seed: u64, ticks: Tick) -> (Folder, Vec<u8>) {
    let folder = Folder::new();
    record(&folder, seed, ticks, u64::MAX);
    let bytes = fs::read(&folder.files()[0]).expect("a file");
    (folder, bytes)
}

fn verify(path: &Path) -> Result<(Tally, Tail), ReplayError> {
    let mut rerun = Rerun::<Arena>::open(path)?;
    loop {
        if let Step::Over(tail) = rerun.step(Tick::MAX)? {
            return Ok((rerun.tally, tail));
        }
    }
}

/// The blocks of a file, unpacked.
fn blocks(bytes: &[u8]) -> Vec<Block> {
    let mut rest = bytes.strip_prefix(&MAGIC).expect("a recording");
    let mut blocks = Vec::new();
    while let Some((prefix, behind)) = rest.split_first_chunk::<PREFIX_BYTES>() {
        let prefix = Prefix::read(prefix).expect("a prefix");
        let (stored, behind) = behind.split_at(prefix.length);
        let payload = prefix.unpack(stored.to_vec()).expect("a payload");
        blocks.push(Block { kind: prefix.kind, tick: prefix.tick, payload });
        rest = behind;
    }
    blocks
}

fn file_of(blocks: &[Block]) -> Vec<u8> {
    let bytes = blocks.iter().flat_map(Block::to_bytes);
    MAGIC.into_iter().chain(bytes).collect()
}

#[test]
fn what_was_recorded_runs_again_to_the_bit() {
    for seed in 0..4 {
        let (folder, _) = recorded(seed, 2000);
        let (tally, tail) = verify(&folder.files()[0]).expect("it verifies");
        assert_eq!((tally.ticks, tally.keyframes, tail), (2000, 3, Tail::Closed(Ending::Stopped)), "seed {seed}");
        assert!(tally.hashes >= 2000 / 30, "seed {seed}: a hash a second, and where the clock stopped");
    }
}

#[test]
fn the_world_at_any_tick_is_what_it_was() {
    let folder = Folder::new();
    let ends = record(&folder, 5, 2000, u64::MAX);
    let path = &folder.files()[0];
    for tick in [0, 1, 29, 30, 31, 899, 900, 901, 1234, 1800, 1999, 2000] {
        let mut rerun = Rerun::<Arena>::open(path).expect("a recording");
        let room = rerun.run_to(tick).expect("it has the tick");
        assert_eq!(end_of(room), ends[tick as usize], "tick {tick}");
        assert!(rerun.tally.ticks <= 900, "from the nearest keyframe, not {} ticks for {tick}", rerun.tally.ticks);
    }
    let beyond = Rerun::<Arena>::open(path).expect("a recording").run_to(2001).expect_err("not recorded");
    assert!(beyond.to_string().contains("it holds ticks 0 to 2000"), "{beyond}");
}

#[test]
fn a_full_file_is_followed_by_another_that_begins_with_a_keyframe() {
    let folder = Folder::new();
    let ends = record(&folder, 6, 4000, 6000);
    let files = folder.files();
    assert!(files.len() > 2, "{} files", files.len());
    let mut next = 0;
    for (number, path) in files.iter().enumerate() {
        let (mut reader, header) = FileReader::open(path).expect("a recording");
        assert_eq!(header.part as usize, number + 1);
        let contents = Contents::read(&mut reader, 0).expect("whole");
        assert_eq!(contents.first, Some(next), "no tick is missing");
        next = contents.last;
        let (_, tail) = verify(path).expect("each part verifies by itself");
        let ending = if number + 1 == files.len() { Ending::Stopped } else { Ending::Continued };
        assert_eq!(tail, Tail::Closed(ending));
        let mut rerun = Rerun::<Arena>::open(path).expect("a recording");
        assert_eq!(end_of(rerun.run_to(contents.last).expect("it has it")), ends[contents.last as usize]);
    }
    assert_eq!(next, 4000);
}

#[test]
fn a_file_that_ends_anywhere_is_good_up_to_there() {
    let (folder, bytes) = recorded(7, 400);
    let whole = blocks(&bytes);
    let mut ends = vec![MAGIC.len()];
    for block in &whole {
        ends.push(ends[ends.len() - 1] + block.to_bytes().len());
    }
    let header = ends[1];
    for length in (0..bytes.len()).filter(|length| length % 23 == 0 || ends.contains(length)) {
        let path = folder.file(&bytes[..length]);
        if length < header {
            let refused = verify(&path).expect_err("the header is not whole").to_string();
            assert!(refused.contains("no recording") || refused.contains("before its header"), "{length}: {refused}");
            continue;
        }
        let (tally, tail) = verify(&path).unwrap_or_else(|problem| panic!("{length} bytes: {problem}"));
        let torn = length - ends.iter().filter(|&&end| end <= length).max().expect("the magic number");
        assert_eq!(tail, if torn == 0 { Tail::Open } else { Tail::Torn(torn as u64) }, "{length} bytes");
        let kept = ends[2..].iter().filter(|&&end| end <= length).count();
        assert_eq!(tally.hashes + tally.keyframes, kept as u64, "{length} bytes");
    }
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let (folder, bytes) = recorded(8, 300);
    let mut random = Random::keyed(8, 402, 0, 0);
    for at in (0..32).chain((32..bytes.len()).step_by(37)) {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= 1 << random.below(8);
        let problem = verify(&folder.file(&spoiled)).expect_err("it is damaged").to_string();
        assert!(problem.contains("damaged") || problem.contains("no recording"), "byte {at}: {problem}");
    }
}

#[test]
fn another_seed_is_found_at_the_first_tick() {
    let (folder, bytes) = recorded(9, 100);
    let mut blocks = blocks(&bytes);
    let header = Header::of(&blocks[0].payload).expect("a header");
    blocks[0].payload = Header { seed: 10, ..header }.to_bytes();
    let problem = verify(&folder.file(&file_of(&blocks))).expect_err("another room");
    assert!(matches!(problem, ReplayError::Differs { at: 0, .. }), "{problem}");
}

#[test]
fn another_input_is_found_by_the_next_hash() {
    let (folder, bytes) = recorded(9, 300);
    let mut blocks = blocks(&bytes);
    let fourth = blocks.iter().filter(|block| block.kind == Kind::Ticks).nth(3).expect("ten seconds").clone();
    let at = blocks.iter().position(|block| *block == fourth).expect("it is there");
    // One more player, in the first tick of the block that has commands.
    let mut payload = fourth.payload;
    let rows = payload.len() - {
        let mut reader = tickwire_sync::replicate::Reader::new(&payload);
        reader.u32().and_then(|_| reader.u32()).and_then(|_| reader.bytes(8)).expect("a block's head");
        reader.left()
    };
    let mut join = Vec::new();
    Command::<ShipControls>::Join { player: 99, bot: true }.save(&mut join);
    payload.truncate(rows);
    payload.extend([0, 1]);
    payload.append(&mut join);
    blocks[at].payload = payload;
    let problem = verify(&folder.file(&file_of(&blocks))).expect_err("somebody came in");
    assert!(matches!(problem, ReplayError::Differs { at, .. } if at == fourth.tick), "{problem}");
    assert!(problem.to_string().contains(&format!("at tick {}", fourth.tick)), "{problem}");
}

#[test]
fn blocks_that_are_missing_or_make_no_sense_are_named() {
    let (folder, bytes) = recorded(9, 1000);
    let blocks = blocks(&bytes);
    let damage = |change: &dyn Fn(&mut Vec<Block>)| {
        let mut blocks = blocks.clone();
        change(&mut blocks);
        verify(&folder.file(&file_of(&blocks))).expect_err("it was changed").to_string()
    };
    assert!(damage(&|blocks| drop(blocks.remove(4))).contains("ticks are missing"));
    assert!(damage(&|blocks| drop(blocks.remove(1))).contains("before the first keyframe"));
    assert!(damage(&|blocks| drop(blocks.remove(0))).contains("no header"));
    assert!(damage(&|blocks| blocks.insert(3, blocks[0].clone())).contains("a second header"));
    assert!(damage(&|blocks| blocks[2].payload[0] = 0).contains("a block of ticks makes no sense"));
    assert!(damage(&|blocks| blocks[2].payload.push(9)).contains("commands of a tick make no sense"));
    let taken = |blocks: &mut Vec<Block>| {
        let mut payload = blocks[3].payload.clone();
        payload.truncate(10);
        // The bot that came first comes again.
        payload.extend([0, 1, u8::try_from(PEOPLE << 2 | 1).expect("small")]);
        blocks[3].payload = payload;
    };
    assert!(damage(&taken).contains("commands of a tick make no sense"));
    assert!(damage(&|blocks| blocks.last_mut().expect("an end").payload[0] = 9).contains("closing block"));
}

#[test]
fn a_later_part_with_a_keyframe_that_is_no_room_is_refused() {
    let folder = Folder::new();
    record(&folder, 6, 4000, 6000);
    let bytes = fs::read(&folder.files()[1]).expect("a file");
    let mut blocks = blocks(&bytes);
    blocks[1].payload.truncate(40);
    let problem = verify(&folder.file(&file_of(&blocks))).expect_err("no room").to_string();
    assert!(problem.contains("no room of this game"), "{problem}");
}

#[test]
fn an_hour_of_eight_players_with_busy_mice_takes_less_than_four_megabytes() {
    let folder = Folder::new();
    let rules = Arc::new(Arena::read_rules(SOURCE, TICK_RATE).expect("right rules"));
    let counters = Arc::new(Counters::default());
    let header = Header::new::<Arena>("main", SOURCE, TICK_RATE, (1, REWIND_TICKS_DEFAULT)).expect("right rules");
    let writer = Writer::create(&folder.0, header, &counters).expect("the folder can be written to");
    let header_bytes = counters.recorded_bytes.get();
    let mut room: Room<Arena> = Room::new(rules, 1);
    let mut recorder = Recorder::start(writer, &room, &counters).expect("a thread");
    let seconds = 120;
    // An aim that wanders at every tick, and a button that changes four times a second.
    let mut aims = [(0.0, 0.0); 8];
    let mut held = [ShipControls::default(); 8];
    for tick in 0..seconds * TICK_RATE {
        let mut commands = Vec::new();
        for (number, (aim, speed)) in aims.iter_mut().enumerate() {
            let player = number as PlayerNumber;
            if tick == 0 {
                commands.push(Command::Join { player, bot: false });
            }
            let mut random = Random::keyed(1, 403, number as u32, tick);
            *speed = *speed * 0.9 + random.between(-5.0, 5.0);
            *aim += *speed;
            let mut controls = ShipControls { aim: Angle::from_steps(*aim as i32), ..held[number] };
            match random.below(30) {
                0 => controls.thrust = !controls.thrust,
                1 => controls.brake = !controls.brake,
                2 => controls.turn = (controls.turn + 2) % 3 - 1,
                3 => controls.fire = !controls.fire,
                _ => {}
            }
            if controls != held[number] {
                // Some 100 ms, with the jitter of a frame.
                commands.push(Command::Controls { player, controls, behind: 48 + random.below(9) });
                held[number] = controls;
            }
        }
        room.tick(&commands);
        recorder.record(&room, &commands);
    }
    recorder.finish(&room);
    let hour = (counters.recorded_bytes.get() - header_bytes) * 3600 / u64::from(seconds);
    println!("{hour} bytes an hour, and {header_bytes} of header");
    assert!((1_000_000..4_000_000).contains(&hour), "{hour} bytes an hour");
    verify(&folder.files()[0]).expect("it verifies");
}
