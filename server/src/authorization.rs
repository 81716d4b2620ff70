//! Who may do what: one table. Whoever wants to know it reads this file, and nothing else decides it.

use std::fmt::{self, Debug, Formatter};

use tickwire_sync::protocol::Rank;

/// What one can want of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// To play.
    Play,
    /// To look on.
    Watch,
    /// To say something: to the room, to a team, to somebody.
    Chat,
    /// To make everybody in the room notice something.
    Announce,
    /// The same in all rooms.
    AnnounceEverywhere,
    /// To close somebody's connection, once.
    Kick,
    /// To silence somebody.
    Mute,
    /// To keep somebody out.
    Ban,
    /// To mute or ban everybody who comes from somebody's address.
    ByAddress,
    /// To end a mute or a ban before its time.
    Lift,
    /// To see all mutes and bans.
    List,
}

impl Action {
    /// Whether it is done to all rooms. Whose roles hold for some rooms only may not do it.
    const fn is_everywhere(self) -> bool {
        match self {
            Self::Play | Self::Watch | Self::Chat | Self::Announce | Self::Kick | Self::List => false,
            Self::AnnounceEverywhere | Self::Mute | Self::Ban | Self::ByAddress | Self::Lift => true,
        }
    }
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
const TABLE: [(Action, [bool; 4]); 11] = [
    //                             player  spectator  moderator  admin
    (Action::Play,               [ true,   false,     true,      true ]),
    (Action::Watch,              [ true,   true,      true,      true ]),
    (Action::Chat,               [ true,   false,     true,      true ]),
    (Action::Announce,           [ false,  false,     false,     true ]),
    (Action::AnnounceEverywhere, [ false,  false,     false,     true ]),
    (Action::Kick,               [ false,  false,     true,      true ]),
    (Action::Mute,               [ false,  false,     true,      true ]),
    (Action::Ban,                [ false,  false,     true,      true ]),
    (Action::ByAddress,          [ false,  false,     true,      true ]),
    (Action::Lift,               [ false,  false,     true,      true ]),
    (Action::List,               [ false,  false,     true,      true ]),
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

    /// Who may act against whom: the higher against the lower.
    const fn rank(self) -> u8 {
        match self {
            Self::Player | Self::Spectator => 0,
            Self::Moderator => 1,
            Self::Admin => 2,
        }
    }
}

/// All roles of somebody, as bits; the highest bit says that they hold for some rooms only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles(u8);

const LIMITED: u8 = 1 << 7;

impl Roles {
    /// What everybody is who says nothing else.
    pub(crate) const PLAYER: Self = Self(1 << Role::Player as u8);
    /// What somebody is whom the server does not know.
    pub(crate) const NONE: Self = Self(0);

    /// The roles of these names; a name that is none of ours means nothing here.
    pub(crate) fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let role = |name| Role::ALL.into_iter().find(|role| role.name() == name);
        Self(names.into_iter().filter_map(role).fold(0, |bits, role| bits | 1 << role as u8))
    }

    fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.0 & 1 << *role as u8 != 0)
    }

    /// The same roles, for some rooms only or for all.
    pub(crate) fn limited(self, limited: bool) -> Self {
        if limited { Self(self.0 | LIMITED) } else { self }
    }

    /// Whether somebody with these may act against somebody with those. An equal may not.
    pub(crate) fn outrank(self, other: Self) -> bool {
        let rank = |roles: Self| roles.iter().map(Role::rank).max().unwrap_or(0);
        rank(self) > rank(other)
    }

    /// What somebody with these is told that it may order.
    pub(crate) fn rank(self) -> Rank {
        if self.permit(Action::Announce) {
            Rank::Admin
        } else if self.permit(Action::Kick) {
            Rank::Moderator
        } else {
            Rank::Player
        }
    }

    /// Whether one of them permits it.
    pub(crate) fn permit(self, action: Action) -> bool {
        if action.is_everywhere() && self.0 & LIMITED != 0 {
            return false;
        }
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

    /// All that only moderators and admins do.
    const ORDERS: [Action; 8] = [
        Action::Announce,
        Action::AnnounceEverywhere,
        Action::Kick,
        Action::Mute,
        Action::Ban,
        Action::ByAddress,
        Action::Lift,
        Action::List,
    ];

    #[test]
    fn every_action_has_one_row() {
        for action in [Action::Play, Action::Watch, Action::Chat].into_iter().chain(ORDERS) {
            assert_eq!(TABLE.iter().filter(|(known, _)| *known == action).count(), 1, "{action:?}");
        }
    }

    #[test]
    fn a_player_cannot_do_what_a_moderator_can_nor_that_what_an_admin_can() {
        let may = |role| ORDERS.into_iter().filter(|action| Roles::named([role]).permit(*action)).count();
        assert_eq!(["player", "spectator", "moderator", "admin"].map(may), [0, 0, 6, 8]);
        assert!(!Roles::named(["moderator"]).permit(Action::Announce));
    }

    #[test]
    fn somebody_is_told_the_rank_of_its_highest_role() {
        let rank = |role| Roles::named([role]).rank();
        let [admin, moderator, player] = [Rank::Admin, Rank::Moderator, Rank::Player];
        assert_eq!(["player", "spectator", "moderator", "admin"].map(rank), [player, player, moderator, admin]);
        assert_eq!(Roles::named(["player", "moderator"]).limited(true).rank(), moderator);
    }

    #[test]
    fn whose_roles_hold_for_some_rooms_does_nothing_that_holds_in_all() {
        let limited = Roles::named(["admin"]).limited(true);
        let may: Vec<_> = ORDERS.into_iter().filter(|action| limited.permit(*action)).collect();
        assert_eq!(may, [Action::Announce, Action::Kick, Action::List]);
        assert!(limited.permit(Action::Play) && format!("{limited:?}") == r#"{"admin"}"#);
    }

    #[test]
    fn nobody_acts_against_an_equal_or_a_higher_one() {
        let [player, moderator, admin] = ["player", "moderator", "admin"].map(|role| Roles::named([role]));
        assert!(admin.outrank(moderator) && admin.outrank(player) && moderator.outrank(player));
        assert!(!moderator.outrank(admin) && !moderator.outrank(moderator) && !admin.outrank(admin));
        assert!(!player.outrank(player) && !player.outrank(Roles::named([])));
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
