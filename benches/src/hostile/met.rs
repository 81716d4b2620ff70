//! What attacks met.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, Serializer};

use super::line::Ending;

/// What one attack met.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Met {
    /// The attack.
    pub attack: &'static str,
    /// How its connections ended, and how many of them so.
    #[serde(serialize_with = "by_name")]
    pub(crate) endings: BTreeMap<Ending, usize>,
    /// What was seen beside that, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it came to nothing.
    pub turned_away: bool,
}

impl Met {
    /// Counts one more.
    pub(super) fn add(&mut self, ending: Ending) {
        *self.endings.entry(ending).or_default() += 1;
    }

    /// How many ended so.
    pub(super) fn count(&self, ending: Ending) -> usize {
        self.endings.get(&ending).copied().unwrap_or_default()
    }

    /// How many ended in one of two ways that turn a stranger away before it begins: HTTP 429 or 503, a close for too many or too fast
    /// connections.
    pub(super) fn refused_early(&self) -> usize {
        let early = |ending: &Ending| match ending {
            Ending::Refused(status) => [429, 503].contains(status),
            Ending::Closed(code) => (4020..=4022).contains(code),
            Ending::Cut | Ending::Open => false,
        };
        self.endings.iter().filter(|(ending, _)| early(ending)).map(|(_, count)| count).sum()
    }

    /// How many there were.
    pub(super) fn all(&self) -> usize {
        self.endings.values().sum()
    }
}

fn by_name<S: Serializer>(endings: &BTreeMap<Ending, usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(endings.iter().map(|(ending, count)| (ending.to_string(), count)))
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let outcome = if self.turned_away { "turned away" } else { "NOT TURNED AWAY" };
        write!(f, "{:32} {outcome}: ", self.attack)?;
        let endings = self.endings.iter().map(|(ending, count)| format!("{count} {ending}"));
        let all: Vec<_> = endings.chain(self.note.clone()).collect();
        write!(f, "{}", all.join(", "))
    }
}
