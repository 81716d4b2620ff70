//! Masks slurs in what people write. Which words these are, and how they are disguised, the crate `rustrict` knows (`docs/decisions/010-rustrict.md`).

use clap::ValueEnum;
use rustrict::{Censor, Type};

/// Whether slurs are masked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ChatFilter {
    /// They are replaced by asterisks.
    #[default]
    On,
    /// Everything is shown as it was written.
    Off,
}

impl ChatFilter {
    /// The text with its slurs masked; `None` if it has none, or nothing is masked here. It never gets longer.
    pub(crate) fn mask(self, text: &str) -> Option<String> {
        if self == Self::Off {
            return None;
        }
        let slurs = Type::OFFENSIVE & Type::MODERATE_OR_HIGHER;
        let mut censor = Censor::from_str(text);
        censor.with_censor_threshold(slurs).with_censor_first_character_threshold(slurs);
        let (masked, found) = censor.censor_and_analyze();
        found.is(slurs).then_some(masked)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slurs_are_masked_however_they_are_spelt_and_the_rest_stays() {
        assert_eq!(ChatFilter::On.mask("go away f@gg0t").as_deref(), Some("go away ******"));
        for harmless in ["well flown", "Scunthorpe", "Zo\u{eb} na\u{ef}ve", "damn, that was close"] {
            assert_eq!(ChatFilter::On.mask(harmless), None, "{harmless}");
        }
        assert_eq!(ChatFilter::Off.mask("go away f@gg0t"), None);
    }

    proptest! {
        #[test]
        fn what_is_masked_still_fits_its_limits(text in "\\PC{0,200}") {
            if let Some(masked) = ChatFilter::On.mask(&text) {
                prop_assert!(masked.len() <= text.len() && !masked.is_empty());
            }
        }
    }
}
