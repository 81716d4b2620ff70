//! What an operator can choose: each flag is also an environment variable.

use std::{net::IpAddr, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use tickwire_flags::{whole, yes_or_no};
use tickwire_sync::{
    interest::Viewpoint,
    protocol::limits::{DEFAULT_ROOM, PLAYERS_MAX, ROOM_BYTES_MAX},
};
use tracing::level_filters::LevelFilter;

use crate::filter::ChatFilter;
use crate::identity::{Appoint, AuthFlags};
use crate::lag_flags::LagFlags;
use crate::limit_flags::LimitFlags;
use crate::metrics::MetricsFlags;
use crate::network_flags::NetworkFlags;
use crate::recording::Replay;

/// An authoritative game-state sync server for the browser.
///
/// Serves the page, the game's WebSocket (/ws) and a health report (/healthz) on one port.
#[derive(Clone, Debug, Parser)]
#[command(name = "tickwire", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to serve.
    #[command(flatten)]
    pub config: Config,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run a recording of --record again: say what it holds, verify it, or show the world at a tick
    Replay(Replay),
    /// Make a token for a moderator or an admin of a server whose players are guests
    Token(Appoint),
}

/// What the help calls the groups of flags that are in no type of their own.
const LISTENING: &str = "Where it listens";
const GAME: &str = "The game";
const PLAYERS: &str = "Players and watchers";
const FILES: &str = "Files";
pub(crate) const SHOWING: &str = "What it shows of itself";

/// How a server is to serve.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 8080, value_parser = port(), help_heading = LISTENING)]
    pub port: u16,

    /// Address to listen on: 0.0.0.0 is every IPv4 network of this machine, :: is IPv6, too, 127.0.0.1 is this machine alone
    #[arg(long, env = "TICKWIRE_HOST", default_value = "0.0.0.0", value_name = "ADDRESS", value_parser = address,
          help_heading = LISTENING)]
    pub host: IpAddr,

    /// How the server meets the internet
    #[command(flatten)]
    pub network: NetworkFlags,

    /// Rooms to open, by name (letters, digits, - and _); the first is where people land who name none
    #[arg(long, env = "TICKWIRE_ROOMS", default_value = DEFAULT_ROOM, value_name = "NAME,...",
          value_delimiter = ',', value_parser = room_name, help_heading = GAME)]
    pub rooms: Vec<String>,

    /// Map to play: the name of one that ships, or a file
    #[arg(long, env = "TICKWIRE_MAP", default_value = "foundry", value_name = "NAME|FILE", help_heading = GAME)]
    pub map: String,

    /// What is played for: ffa, everybody against everybody; teams, two sides for ships destroyed; core, two sides for each other's cores [default: what the map says]
    #[arg(long, env = "TICKWIRE_MODE", value_name = "ffa|teams|core", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["ffa", "teams", "core"]), help_heading = GAME)]
    pub mode: Option<String>,

    /// Ticks a second, 10 to 128
    #[arg(long, env = "TICKWIRE_TICK_RATE", default_value_t = 30, value_name = "HZ",
          value_parser = whole(10..=128_u32, "ticks a second"), help_heading = GAME)]
    pub tick_rate: u32,

    /// Bots that keep a room's visitors company, 0 to 2000; one leaves for each person who comes
    #[arg(long, env = "TICKWIRE_BOTS", default_value_t = 7, value_name = "N",
          value_parser = whole(0..=PLAYERS_MAX, "bots in a room"), help_heading = GAME)]
    pub bots: u16,

    /// How well these bots play: easy, normal or hard [default: what the tuning says, normal]
    #[arg(long, env = "TICKWIRE_BOT_SKILL", value_name = "easy|normal|hard", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["easy", "normal", "hard"]), help_heading = GAME)]
    pub bot_skill: Option<String>,

    /// Whether these bots say a line now and then
    #[arg(long, env = "TICKWIRE_BOT_CHAT", default_value = "on", value_name = "on|off", hide_possible_values = true,
          help_heading = GAME)]
    pub bot_chat: BotChat,

    /// Seed of the rooms' randomness; without one, each start is different
    #[arg(long, env = "TICKWIRE_SEED", value_name = "NUMBER", value_parser = whole(0..=u64::MAX, "(a seed)"),
          help_heading = GAME)]
    pub seed: Option<u64>,

    /// People a room may hold, 1 to 2000
    #[arg(long, env = "TICKWIRE_MAX_PLAYERS", default_value_t = 256, value_name = "N",
          value_parser = whole(1..=PLAYERS_MAX, "people in a room"), help_heading = PLAYERS)]
    pub max_players: u16,

    /// Watchers a room may hold beside them, 0 to 2000
    #[arg(long, env = "TICKWIRE_MAX_WATCHERS", default_value_t = 32, value_name = "N",
          value_parser = whole(0..=2000_u16, "watchers of a room"), help_heading = PLAYERS)]
    pub max_watchers: u16,

    /// How much later than the players watchers see the game, in seconds, 0 to 60: so that a second tab is no spyglass; 0 is live
    #[arg(long, env = "TICKWIRE_WATCH_DELAY", default_value_t = 10, value_name = "S",
          value_parser = whole(0..=60_u32, "seconds"), help_heading = PLAYERS)]
    pub watch_delay: u32,

    /// What players are sent: what is near them, or all of the map; with all, a modified client sees through walls
    #[arg(long, env = "TICKWIRE_VIEW", default_value = "near", value_name = "near|all", hide_possible_values = true,
          help_heading = PLAYERS)]
    pub view: View,

    /// The most that a player or a watcher is sent, in kilobits a second, 16 to 100000; what is far waits [default: no limit]
    #[arg(long, env = "TICKWIRE_MAX_KBPS", value_name = "KBPS",
          value_parser = whole(16..=100_000_u32, "kilobits a second"), help_heading = PLAYERS)]
    pub max_kbps: Option<u32>,

    /// How far back shots are judged by what their shooter saw, in milliseconds, 0 to 1000
    #[arg(long, env = "TICKWIRE_MAX_REWIND_MS", default_value_t = 400, value_name = "MS",
          value_parser = whole(0..=1000_u32, "milliseconds"), help_heading = PLAYERS)]
    pub max_rewind_ms: u32,

    /// How long the place of a player or a watcher is held whose tab is hidden, in seconds, 1 to 3600
    #[arg(long, env = "TICKWIRE_AWAY_SECONDS", default_value_t = 120, value_name = "S",
          value_parser = whole(1..=3600_u32, "seconds"), help_heading = PLAYERS)]
    pub away_seconds: u32,

    /// How long the seat of a player is held whose connection is lost, in seconds, 0 to 3600: its ship stays, and can be hit
    #[arg(long, env = "TICKWIRE_RESUME_SECONDS", default_value_t = 30, value_name = "S",
          value_parser = whole(0..=3600_u32, "seconds"), help_heading = PLAYERS)]
    pub resume_seconds: u32,

    /// Whether slurs in names and chat are masked
    #[arg(long, env = "TICKWIRE_CHAT_FILTER", default_value = "on", value_name = "on|off", hide_possible_values = true,
          help_heading = PLAYERS)]
    pub chat_filter: ChatFilter,

    /// Who is let in
    #[command(flatten)]
    pub auth: AuthFlags,

    /// What connections may take
    #[command(flatten)]
    pub limits: LimitFlags,

    /// Folder of this server: it holds the key that guests' and admins' tokens are signed with, mutes and bans, and a lock by which one server at a time uses it; keep it
    #[arg(long, env = "TICKWIRE_DATA_DIR", default_value = "data", value_name = "DIR", help_heading = FILES)]
    pub data_dir: PathBuf,

    /// Record each room into a file in this folder: all that comes in, so that `tickwire replay` can run it again
    #[arg(long, env = "TICKWIRE_RECORD", value_name = "DIR", help_heading = FILES)]
    pub record: Option<PathBuf>,

    /// Serve page, tuning and maps from this folder (the repository's assets/) instead of the built-in ones; a tuning or map that changes there takes effect at once
    #[arg(long, env = "TICKWIRE_ASSETS", value_name = "DIR", help_heading = FILES)]
    pub assets: Option<PathBuf>,

    /// What to log
    #[arg(long, env = "TICKWIRE_LOG", default_value = "info", value_name = "LEVEL", value_parser = log_level(),
          help_heading = SHOWING)]
    pub log: LevelFilter,

    /// Serve the connection doctor: /diagnostics, a page that says what works from where it is opened, and /echo, a WebSocket echo
    #[arg(long, env = "TICKWIRE_DIAGNOSTICS", value_parser = yes_or_no, help_heading = SHOWING)]
    pub diagnostics: bool,

    /// Measurements
    #[command(flatten)]
    pub metrics: MetricsFlags,

    /// A bad network, for developers
    #[command(flatten)]
    pub lag: LagFlags,
}

impl Default for Config {
    /// The defaults of the command line, without a look at the environment.
    fn default() -> Self {
        Self {
            port: 8080,
            host: IpAddr::from([0, 0, 0, 0]),
            network: NetworkFlags::default(),
            rooms: vec![DEFAULT_ROOM.into()],
            map: "foundry".into(),
            mode: None,
            tick_rate: 30,
            bots: 7,
            bot_skill: None,
            bot_chat: BotChat::On,
            seed: None,
            max_players: 256,
            max_watchers: 32,
            watch_delay: 10,
            view: View::Near,
            max_kbps: None,
            max_rewind_ms: 400,
            away_seconds: 120,
            resume_seconds: 30,
            chat_filter: ChatFilter::On,
            auth: AuthFlags::default(),
            limits: LimitFlags::default(),
            data_dir: "data".into(),
            record: None,
            assets: None,
            log: LevelFilter::INFO,
            diagnostics: false,
            metrics: MetricsFlags::default(),
            lag: LagFlags::default(),
        }
    }
}

/// The levels by name alone: the library's own parser knows numbers, too.
fn log_level() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug", "trace"])
        .map(|name| name.parse().expect("each of them is a level"))
}

/// Whether bots speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BotChat {
    /// Now and then.
    On,
    /// Never.
    Off,
}

/// What players are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// What is near them.
    Near,
    /// All of the map.
    All,
}

impl From<View> for Viewpoint {
    fn from(view: View) -> Self {
        match view {
            View::Near => Self::Own,
            View::All => Self::All,
        }
    }
}

/// A port, or 0 for any.
pub(crate) fn port() -> impl TypedValueParser<Value = u16> {
    whole(0..=u16::MAX, "(a port; 0 takes a free one)")
}

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "expected an address and no name, as in 0.0.0.0, 127.0.0.1 or ::".to_owned())
}

fn room_name(name: &str) -> Result<String, String> {
    let fits = !name.is_empty() && name.len() <= ROOM_BYTES_MAX;
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if fits && plain {
        Ok(name.to_owned())
    } else {
        Err(format!("a room's name is 1 to {ROOM_BYTES_MAX} letters, digits, '-' or '_'"))
    }
}

/// The texts that a game's rules are read from, once flags and files are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The tuning file.
    pub tuning: String,
    /// The map file.
    pub map: String,
    /// What to call the map in logs.
    pub map_name: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_its_defaults_are_those_of_the_type() {
        Cli::command().debug_assert();
        let parsed = Cli::try_parse_from(["tickwire"]).expect("no flag is required");
        assert!(parsed.command.is_none());
        assert_eq!(format!("{:?}", parsed.config), format!("{:?}", Config::default()));
    }

    #[test]
    fn out_of_range_values_are_refused_with_the_range() {
        let refused = |arguments: &[&str]| {
            let all = [&["tickwire"], arguments].concat();
            tickwire_flags::command::<Cli>().try_get_matches_from(all).expect_err("out of range").to_string()
        };
        assert!(refused(&["--tick-rate", "5"]).contains("too low; expected 10 to 128 ticks a second"));
        assert!(refused(&["--idle-minutes", "-1"]).contains("too low; expected 0 to 1440 minutes"));
        assert!(refused(&["--simulate-lag", "-5ms"]).contains("expected a time in ms or s"));
        assert!(refused(&["--seed", "abc"]).contains("no whole number"));
        assert!(refused(&["--port", "abc"]).contains("0 to 65535"));
        assert!(refused(&["--bot-skill", "godlike"]).contains("easy, normal, hard"));
        assert!(refused(&["--bot-chat", "maybe"]).contains("on, off"));
        assert!(refused(&["--mode", "chess"]).contains("ffa, teams, core"));
        assert!(refused(&["--rooms", "a b"]).contains("letters, digits"));
        assert!(refused(&["--bots", "9000"]).contains("2000"));
        assert!(refused(&["--allowed-origins", "games.example"]).contains("https://games.example"));
        assert!(refused(&["--trusted-proxies", "10.0.0.0/8,nobody"]).contains("10.0.0.0/8"));
        assert!(refused(&["--tls-cert", "a.pem"]).contains("--tls-key"));
        assert!(refused(&["--tls-self-signed", "--tls-cert", "a", "--tls-key", "b"]).contains("cannot be used with"));
        assert!(refused(&["--chat-filter", "maybe"]).contains("on, off"));
        assert!(refused(&["token", "--name", "Ada"]).contains("--role <moderator|admin>"));
        assert!(refused(&["token", "--role", "god", "--name", "Ada"]).contains("moderator, admin"));
        assert!(refused(&["replay"]).contains("<FILE>"));
        assert!(refused(&["replay", "a.twr", "--at", "7"]).contains("--dump"));
        assert!(refused(&["replay", "a.twr", "--verify", "--at", "7", "--dump"]).contains("cannot be used with"));
    }
}
