//! How well bots play.

use serde::{Deserialize, Deserializer};
use tickwire_sync::saved;

use crate::kinds::wire_enum;

/// How well bots play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotTuning {
    /// How well a room's bots do.
    #[serde(deserialize_with = "skill")]
    pub skill: Skill,
    /// Those who are easy to beat.
    pub easy: SkillTuning,
    /// Those who are not.
    pub normal: SkillTuning,
    /// Those who are hard to beat.
    pub hard: SkillTuning,
}

wire_enum! {
    /// How well a bot plays.
    pub enum Skill {
        /// By `bot.easy`.
        Easy,
        /// By `bot.normal`.
        #[default]
        Normal,
        /// By `bot.hard`.
        Hard,
    }
}

/// What makes a bot play well. Each bot is a little better or worse than that.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillTuning {
    /// Degrees by which it misses at most.
    pub error: f32,
    /// Seconds from seeing a target to firing at it.
    pub reaction: f32,
    /// The share of the decisions in which it could fire the rail, and does.
    pub rail: f32,
    /// The share of the decisions in which a mine would be of use, and it lays one.
    pub mine: f32,
    /// The share of the decisions in which a boost would be of use, and it boosts.
    pub boost: f32,
}

saved! {
    BotTuning { skill, easy, normal, hard }
    SkillTuning { error, reaction, rail, mine, boost }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Easy,
    Normal,
    Hard,
}

/// The word that people write for a skill.
fn skill<'de, D: Deserializer<'de>>(word: D) -> Result<Skill, D::Error> {
    Word::deserialize(word).map(|word| match word {
        Word::Easy => Skill::Easy,
        Word::Normal => Skill::Normal,
        Word::Hard => Skill::Hard,
    })
}

impl BotTuning {
    /// How well a room's bots play.
    pub fn chosen(&self) -> &SkillTuning {
        match self.skill {
            Skill::Easy => &self.easy,
            Skill::Normal => &self.normal,
            Skill::Hard => &self.hard,
        }
    }
}

/// The text of a tuning whose bots play otherwise: `easy`, `normal` or `hard`.
pub fn with_bot_skill(text: &str, skill: &str) -> String {
    let is_skill = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "skill");
    let line = |line: &str| if is_skill(line) { format!("skill = \"{skill}\"\n") } else { format!("{line}\n") };
    text.lines().map(line).collect()
}
