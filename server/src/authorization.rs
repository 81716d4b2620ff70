//! Who may do what: one table. Whoever wants to know it reads this file, and nothing else decides it.

use std::fmt::{self, Debug, Formatter};

/// What one can want of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// To play.
    Play,
    /// To look on.
    Watch,
    /// To say something to everybody in the room.
    Chat,
}

/// What somebody is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Player,
    Spectator,
    Moderator,
    Admin,
}

/// Which action needs which of the roles, in the order of [`Role::ALL`]: one that is permitted is enough.
#[rustfmt::skip]
const TABLE: [(Action, [bool; 4]); 3] = [
    //                player  spectator  moderator  admin
    (Action::Play,  [ true,   false,     true,      true ]),
    (Action::Watch, [ true,   true,      true,      true ]),
    (Action::Chat,  [ true,   false,     true,      true ]),
];

impl Role {
    const ALL: [Self; 4] = [Self::Player, Self::Spectator, Self::Moderator, Self::Admin];

    /// As a token names it.
    const fn name(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Spectator => "spectator",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

/// All roles of somebody, as bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles(u8);

impl Roles {
    /// What everybody is who says nothing else.
    pub(crate) const PLAYER: Self = Self(1 << Role::Player as u8);

    /// The roles of these names; a name that is none of ours means nothing here.
    pub(crate) fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let role = |name| Role::ALL.into_iter().find(|role| role.name() == name);
        Self(names.into_iter().filter_map(role).fold(0, |bits, role| bits | 1 << role as u8))
    }

    fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.0 & 1 << *role as u8 != 0)
    }

    /// Whether one of them permits it.
    pub(crate) fn permit(self, action: Action) -> bool {
        let row = TABLE.iter().find(|(known, _)| *known == action);
        row.is_some_and(|(_, permitted)| self.iter().any(|role| permitted[role as usize]))
    }
}

impl Debug for Roles {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.debug_set().entries(self.iter().map(Role::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_row() {
        for action in [Action::Play, Action::Watch, Action::Chat] {
            assert_eq!(TABLE.iter().filter(|(known, _)| *known == action).count(), 1, "{action:?}");
        }
    }

    #[test]
    fn a_spectator_watches_and_one_role_that_permits_is_enough() {
        let may = |names: &[&'static str]| {
            let roles = Roles::named(names.iter().copied());
            [Action::Play, Action::Watch, Action::Chat].map(|action| roles.permit(action))
        };
        assert_eq!(may(&["spectator"]), [false, true, false]);
        assert_eq!(may(&["spectator", "player"]), [true, true, true]);
        assert_eq!(may(&["admin"]), [true, true, true]);
        assert_eq!(may(&["moderator"]), [true, true, true]);
        assert_eq!(may(&["Player", "root", ""]), [false, false, false]);
        assert_eq!(may(&[]), [false, false, false]);
        assert_eq!(format!("{:?}", Roles::named(["admin", "player"])), r#"{"player", "admin"}"#);
    }
}
