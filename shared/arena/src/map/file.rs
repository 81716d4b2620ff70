//! The map file as it is written.

use serde::{Deserialize, Deserializer};
use tickwire_sync::{game::RulesError, saved};

use crate::{
    kinds::{Mode, PickupKind},
    tuning::read_toml,
};

/// A map as its file has it; nothing of it is checked yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule that a map may do without")]
pub(crate) struct File {
    pub(super) name: String,
    pub(super) width: f32,
    pub(super) height: f32,
    #[serde(default)]
    pub(super) wraps: bool,
    #[serde(default = "yes")]
    pub(super) contacts: bool,
    #[serde(default = "yes")]
    pub(super) rounds: bool,
    #[serde(default = "yes")]
    pub(super) bots: bool,
    #[serde(default)]
    pub(super) walls: Vec<[f32; 4]>,
    #[serde(default)]
    pub(super) rocks: Vec<FileRock>,
    pub(super) spawns: Vec<[f32; 2]>,
    #[serde(default)]
    pub(super) pickups: Vec<FilePickup>,
    #[serde(default, deserialize_with = "mode")]
    pub(super) mode: Mode,
    pub(super) amber: Option<FileBase>,
    pub(super) azure: Option<FileBase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileMode {
    Ffa,
    Teams,
    Core,
}

/// The word that people write for a mode.
fn mode<'de, D: Deserializer<'de>>(word: D) -> Result<Mode, D::Error> {
    FileMode::deserialize(word).map(|mode| match mode {
        FileMode::Ffa => Mode::Ffa,
        FileMode::Teams => Mode::Teams,
        FileMode::Core => Mode::Core,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileBase {
    pub(super) core: [f32; 2],
    pub(super) spawns: Vec<[f32; 2]>,
}

/// The text of a map on which another mode is played: `ffa`, `teams` or `core`.
pub fn with_mode(text: &str, mode: &str) -> String {
    // What is of the whole map stands before the first table.
    let mut in_tables = false;
    let is_mode = |line: &&str| {
        in_tables |= line.trim_start().starts_with('[') && !line.contains(',') && line.trim_end().ends_with(']');
        let key = line.split('=').next().unwrap_or_default();
        !(key.trim() == "mode" && line.contains('=')) || in_tables
    };
    let rest: Vec<&str> = text.lines().filter(is_mode).collect();
    format!("mode = \"{mode}\"\n{}\n", rest.join("\n"))
}

/// What a map has unless it says otherwise.
fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRock {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: u32,
    #[serde(default)]
    pub(super) vx: f32,
    #[serde(default)]
    pub(super) vy: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilePickup {
    pub(super) x: f32,
    pub(super) y: f32,
    #[serde(deserialize_with = "kind")]
    pub(super) kind: PickupKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    Hull,
    Ammo,
    Cloak,
    Shield,
    Overdrive,
}

/// The word that people write for a kind of pickup.
fn kind<'de, D: Deserializer<'de>>(word: D) -> Result<PickupKind, D::Error> {
    FileKind::deserialize(word).map(|kind| match kind {
        FileKind::Hull => PickupKind::Hull,
        FileKind::Ammo => PickupKind::Ammo,
        FileKind::Cloak => PickupKind::Cloak,
        FileKind::Shield => PickupKind::Shield,
        FileKind::Overdrive => PickupKind::Overdrive,
    })
}

saved! {
    File { name, width, height, wraps, contacts, rounds, bots, walls, rocks, spawns, pickups, mode, amber, azure }
    FileRock { x, y, radius, vx, vy }
    FilePickup { x, y, kind }
    FileBase { core, spawns }
}

impl File {
    /// Reads a map file.
    ///
    /// # Errors
    /// A sentence that says what is wrong, what was expected, and where.
    pub(crate) fn read(text: &str) -> Result<Self, RulesError> {
        read_toml("map", text)
    }
}
