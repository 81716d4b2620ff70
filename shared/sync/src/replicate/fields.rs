//! What a replicated state is made of: named integer fields, each named once for reader and writer alike.

/// How the difference of a field to its baseline is written. `docs/wire.md` gives the exact bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// The plain difference.
    Linear,
    /// The shorter way round a circle of 2^`bits` steps.
    Angle {
        /// Bits of a full turn, 1 to 30.
        bits: u32,
    },
    /// The shorter way round in the lowest `low_bits`, and the exclusive or of the bits above: for controls that pair an
    /// aim with buttons. Values are not negative.
    Packed {
        /// Bits of the part that is a circle, 1 to 30.
        low_bits: u32,
    },
}

/// A value that a replicated field can hold.
pub trait Wire: Copy {
    /// How differences of such values are written.
    const CODING: Coding;
    /// The value as a wire integer.
    fn to_wire(self) -> i32;
    /// The value of a wire integer that came from outside; `None` where it is out of range.
    fn from_wire(value: i32) -> Option<Self>;
}

macro_rules! wire_integers {
    ($($integer:ty),*) => {$(
        impl Wire for $integer {
            const CODING: Coding = Coding::Linear;

            #[inline]
            fn to_wire(self) -> i32 {
                i32::from(self)
            }

            #[inline]
            fn from_wire(value: i32) -> Option<Self> {
                Self::try_from(value).ok()
            }
        }
    )*};
}

wire_integers!(u8, i8, u16, i16, i32);

impl Wire for bool {
    const CODING: Coding = Coding::Linear;

    #[inline]
    fn to_wire(self) -> i32 {
        i32::from(self)
    }

    #[inline]
    fn from_wire(value: i32) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// A field of a kind: an entry of its field table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name, part of the rules hash.
    pub name: &'static str,
    /// How its differences are written.
    pub coding: Coding,
}

/// The most fields a kind may have: one bit each of a change mask.
pub const FIELDS_MAX: usize = 16;

/// A struct whose fields are replicated; made by [`replicated!`](crate::replicated).
pub trait Fields: Copy + PartialEq + Default {
    /// The field table, in wire order.
    const TABLE: &'static [Field];
    /// The wire integer of field `index`.
    fn get(&self, index: usize) -> i32;
    /// Calls `take` with the wire integer of every field, in order: quicker than one by one.
    fn each(&self, take: impl FnMut(i32));
    /// Sets field `index`; `None`, with nothing changed, if the value is out of range.
    #[must_use]
    fn set(&mut self, index: usize, value: i32) -> Option<()>;
}

/// A kind of a replicated state: its name and its field table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The kind's name, part of the rules hash.
    pub name: &'static str,
    /// The field table, in wire order.
    pub fields: &'static [Field],
}

/// A state that can be sent: one of several kinds, each a struct of integer fields; made by
/// [`kinds!`](crate::kinds). Entities, events and owner-only state are all of this form.
pub trait Replicate: Copy + PartialEq + core::fmt::Debug + Send + Sync + 'static {
    /// Every kind, in wire order.
    const KINDS: &'static [Kind];
    /// Index of this state's kind in [`Self::KINDS`].
    fn kind(&self) -> u8;
    /// The state of `kind` with every field 0; `None` if there is no such kind.
    fn zero(kind: u8) -> Option<Self>;
    /// The wire integer of field `index` of this state's kind.
    fn get(&self, index: usize) -> i32;
    /// Calls `take` with the wire integer of every field of this state's kind, in order: quicker than one by one.
    fn each(&self, take: impl FnMut(i32));
    /// Sets field `index`; `None`, with nothing changed, if the value is out of range.
    #[must_use]
    fn set(&mut self, index: usize, value: i32) -> Option<()>;

    /// The field table of this state's kind.
    fn fields(&self) -> &'static [Field] {
        Self::KINDS[usize::from(self.kind())].fields
    }
}

/// Declares a struct of replicated fields. Every field's type implements [`Wire`]; the order of the
/// fields is their order on the wire. `Default` must be zero in every field, as it is for all wire types here.
///
/// ```
/// use tickwire_sync::grid::{Position, Velocity};
///
/// tickwire_sync::replicated! {
///     /// A ball on a line.
///     pub struct Ball {
///         /// Where it is.
///         pub x: Position,
///         /// How fast it goes.
///         pub vx: Velocity,
///     }
/// }
/// assert_eq!(Ball { x: Position(7), ..Ball::default() }.x, Position(7));
/// ```
#[macro_export]
macro_rules! replicated {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $( $(#[$field_meta:meta])* pub $field:ident: $type:ty ),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $type ),* }

        impl $crate::replicate::Fields for $name {
            const TABLE: &'static [$crate::replicate::Field] = &[$(
                $crate::replicate::Field {
                    name: stringify!($field),
                    coding: <$type as $crate::replicate::Wire>::CODING,
                }
            ),*];

            fn get(&self, index: usize) -> i32 {
                #[allow(non_camel_case_types)]
                enum At { $($field),* }
                $( if index == At::$field as usize { return $crate::replicate::Wire::to_wire(self.$field); } )*
                unreachable!("{} has no field {index}", stringify!($name))
            }

            #[inline]
            fn each(&self, mut take: impl FnMut(i32)) {
                $( take($crate::replicate::Wire::to_wire(self.$field)); )*
            }

            fn set(&mut self, index: usize, value: i32) -> Option<()> {
                #[allow(non_camel_case_types)]
                enum At { $($field),* }
                $( if index == At::$field as usize {
                    self.$field = $crate::replicate::Wire::from_wire(value)?;
                    return Some(());
                } )*
                unreachable!("{} has no field {index}", stringify!($name))
            }
        }
    };
}

/// Declares an enum of [`replicated!`](crate::replicated) structs, whose order is their number on the wire. Its default is the
/// first of them with every field 0.
///
/// ```
/// # use tickwire_sync::grid::Position;
/// # tickwire_sync::replicated! { /** A. */ pub struct Ball { /** X. */ pub x: Position } }
/// # tickwire_sync::replicated! { /** B. */ pub struct Wall { /** X. */ pub x: Position } }
/// tickwire_sync::kinds! {
///     /// What a game of balls and walls is made of.
///     pub enum Entity { Ball, Wall }
/// }
/// use tickwire_sync::replicate::Replicate;
/// assert_eq!(Entity::from(Wall::default()).kind(), 1);
/// ```
#[macro_export]
macro_rules! kinds {
    ( $(#[$meta:meta])* pub enum $name:ident { $($kind:ident),* $(,)? } ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum $name { $(
            #[doc = concat!("See [`", stringify!($kind), "`](struct@", stringify!($kind), ").")]
            $kind($kind)
        ),* }

        $( impl From<$kind> for $name {
            fn from(state: $kind) -> Self {
                Self::$kind(state)
            }
        } )*

        impl Default for $name {
            fn default() -> Self {
                $crate::replicate::Replicate::zero(0).expect("there is a first kind")
            }
        }

        impl $crate::replicate::Replicate for $name {
            const KINDS: &'static [$crate::replicate::Kind] = &[$(
                $crate::replicate::Kind {
                    name: stringify!($kind),
                    fields: {
                        assert!(
                            <$kind as $crate::replicate::Fields>::TABLE.len() <= $crate::replicate::FIELDS_MAX,
                            "a kind has more fields than a change mask has bits"
                        );
                        <$kind as $crate::replicate::Fields>::TABLE
                    },
                }
            ),*];

            fn kind(&self) -> u8 {
                enum At { $($kind),* }
                match self { $( Self::$kind(_) => At::$kind as u8 ),* }
            }

            fn zero(kind: u8) -> Option<Self> {
                enum At { $($kind),* }
                $( if kind == At::$kind as u8 { return Some(Self::$kind($kind::default())); } )*
                None
            }

            fn get(&self, index: usize) -> i32 {
                match self { $( Self::$kind(state) => $crate::replicate::Fields::get(state, index) ),* }
            }

            #[inline]
            fn each(&self, take: impl FnMut(i32)) {
                match self { $( Self::$kind(state) => $crate::replicate::Fields::each(state, take) ),* }
            }

            fn set(&mut self, index: usize, value: i32) -> Option<()> {
                match self { $( Self::$kind(state) => $crate::replicate::Fields::set(state, index, value) ),* }
            }
        }
    };
}
