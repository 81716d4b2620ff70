//! Every bound of the protocol, by name.

use std::time::Duration;

use crate::replicate::{FIELDS_MAX, VARINT_BYTES_MAX};

/// The largest message that a client may send, in bytes.
pub const CLIENT_MESSAGE_MAX: usize = 1024;
/// The largest `Hello`, which alone may be larger than that: it carries a token.
pub const HELLO_BYTES_MAX: usize = 4096;
/// The longest token, in bytes.
pub const TOKEN_BYTES_MAX: usize = 3072;
/// How many messages a client may send a second; above, it is closed. An input a tick at 128 Hz is well below.
pub const CLIENT_MESSAGES_PER_SECOND_MAX: u32 = 400;
/// How many bytes a client may send a second, in messages, pings and pongs; above, it is closed. An input a tick at 128 Hz is well below.
pub const CLIENT_BYTES_PER_SECOND_MAX: u32 = 32 << 10;
/// How long a client has, from its connection on, to send its `Hello`.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest message that a server sends, in bytes: a whole world of [`IDS_MAX`] entities fits.
pub const SERVER_MESSAGE_MAX: usize = 2 << 20;
/// The largest tuning or map file, in bytes.
pub const RULES_TEXT_MAX: usize = 128 << 10;
/// The most bytes that tuning and map may have together when they are packed.
pub const RULES_BYTES_MAX: usize = 128 << 10;
/// The longest player name, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 48;
/// The longest player name, in graphemes: what a reader takes for one character.
pub const NAME_GRAPHEMES_MAX: usize = 16;
/// The longest line of chat, or announcement, in bytes of UTF-8.
pub const CHAT_BYTES_MAX: usize = 400;
/// The same in graphemes.
pub const CHAT_GRAPHEMES_MAX: usize = 200;
/// The longest reason of a kick, a mute or a ban, in bytes of UTF-8: it fits a close frame beside what it is the reason of.
pub const SANCTION_REASON_BYTES_MAX: usize = 72;
/// How many marks may be stacked on a letter; a grapheme with more loses them all.
pub const MARKS_MAX: usize = 4;
/// How many code points a grapheme may have; of a longer one the first is left.
pub const GRAPHEME_CHARS_MAX: usize = 8;
/// The longest name of a room, in bytes.
pub const ROOM_BYTES_MAX: usize = 32;
/// How many entities a client may know at once; ids run from 0 up to here.
pub const IDS_MAX: u32 = 16_384;
/// How many players a room may have.
pub const PLAYERS_MAX: u16 = 2_000;
/// How many inputs of one player may wait for their tick; of more, the oldest are dropped and counted.
pub const INPUTS_WAITING_MAX: usize = 64;
/// How far ahead of the room an input may lie, in ticks; further ones are dropped and counted.
pub const INPUT_LEAD_MAX_TICKS: u32 = 256;
/// An input that comes so many ticks late is counted as too far behind. It takes effect at once, as every late one: what a client did last holds.
pub const INPUT_LAG_MAX_TICKS: u32 = 256;
/// How many notices may wait for a client; one more closes it as too slow. Everybody may come and go in one tick.
pub const NOTICES_WAITING_MAX: usize = 4096;
/// With so many notices waiting for a client, further lines of chat are left out for it, and counted.
pub const CHAT_WAITING_MAX: usize = 256;
/// With so many notices waiting for a client, whispers to it and the server's answers are left out for it, and counted.
pub const WHISPERS_WAITING_MAX: usize = 64;
/// How many lines of chat and orders a client may send a second; more are dropped and counted.
pub const CHAT_LINES_PER_SECOND_MAX: u32 = 2;
/// How many lines of chat and orders a client may send at once, after a silence.
pub const CHAT_LINES_BURST_MAX: u32 = 5;
/// How many announcements all of a server's admins may make in a minute together.
pub const ANNOUNCEMENTS_PER_MINUTE_MAX: u32 = 10;
/// How many lines of what is said a client keeps until somebody takes them; of more, the oldest are dropped.
pub const TALK_KEPT_MAX: usize = 512;
/// How many events may wait for a client; one more closes it as too slow.
pub const EVENTS_WAITING_MAX: usize = 1024;
/// How many ticks back a client can be brought up to date by what changed; beyond, it gets a keyframe.
pub const CHANGE_LOG_TICKS: u32 = 128;
/// A snapshot that is under way for longer than the smallest round trip and this holds back the next one.
pub const IN_FLIGHT_AGE_MAX: Duration = Duration::from_millis(150);
/// How many snapshots may be under way to a client.
pub const SNAPSHOTS_IN_FLIGHT_MAX: usize = 256;
/// A client that acknowledges nothing for so long, with snapshots under way, is closed as too slow.
pub const TOO_SLOW_AFTER: Duration = Duration::from_secs(8);
/// The same, as long as it never acknowledged any: on a slow link the welcome takes its time.
pub const TOO_SLOW_AT_FIRST_AFTER: Duration = Duration::from_secs(30);
/// With nothing to say, a server stays silent for so long at most.
pub const SILENCE_MAX: Duration = Duration::from_millis(100);
/// With nothing changed, a client repeats its controls, and so acknowledges what it received, after so long.
pub const INPUT_REPEAT: Duration = Duration::from_millis(100);
/// A watcher that turns to something else does so at once, but so long after it last did at the soonest: what it turns to is sent anew.
pub const WATCH_TURN_MIN: Duration = Duration::from_millis(250);
/// A server that stops asks for its clients' returns to be spread over this time at most.
pub const RETURN_SPREAD_MAX: Duration = Duration::from_mins(1);
/// How many ticks a client predicts ahead of the newest snapshot at most.
pub const PREDICTED_TICKS_MAX: u32 = 128;
/// The highest tick; a room would reach it after 4.5 years at 30 Hz. Clients refuse higher ones, so that no sum of ticks overflows.
pub const TICK_MAX: u32 = u32::MAX - 1024;
/// The room that is meant where no name is given.
pub const DEFAULT_ROOM: &str = "main";

const _: () = assert!(INPUT_LEAD_MAX_TICKS >= PREDICTED_TICKS_MAX, "an honest client's inputs are never too far ahead");
const _: () =
    assert!(u32::MAX - TICK_MAX > 2 * PREDICTED_TICKS_MAX, "a prediction beyond the highest tick does not overflow");
const _: () = assert!(
    (IDS_MAX as usize) * (FIELDS_MAX * VARINT_BYTES_MAX + 8) < SERVER_MESSAGE_MAX,
    "a keyframe of all entities that a client may know fits a message"
);
const _: () = assert!(TOKEN_BYTES_MAX + NAME_BYTES_MAX + 256 < HELLO_BYTES_MAX, "the longest token fits a hello");
const _: () = assert!(CHAT_BYTES_MAX + 16 < CLIENT_MESSAGE_MAX, "the longest line of chat fits a message");
const _: () = assert!(CHAT_WAITING_MAX * 2 * CHAT_BYTES_MAX < SERVER_MESSAGE_MAX, "the talk that waits fits a message");
const _: () = assert!(NOTICES_WAITING_MAX > 2 * PLAYERS_MAX as usize, "everybody may come and go in one tick");
const _: () = assert!(RULES_BYTES_MAX + 1024 < SERVER_MESSAGE_MAX, "tuning and map fit a welcome");
