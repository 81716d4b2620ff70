//! The field tables of the arena as text, pinned by `golden/tables.txt`; and `docs/wire.md`, held against them.
//!
//! `UPDATE_GOLDEN=1 cargo test -p tickwire-arena --test golden_tables` rewrites the file.

use std::{env, fmt::Write, fs, path::PathBuf};

use tickwire_arena::{
    Arena, Entity, Event, Own, ShipControls,
    kinds::{Cause, CoreNews, CoreState, Mode, NOBODY, Phase, PickupKind, Side},
};
use tickwire_sync::{
    game::{Controls, Game, tables_hash},
    replicate::{Kind, Replicate, Wire},
};

/// What a kind is for, and the kinds of it in wire order.
fn tables() -> [(&'static str, &'static [Kind]); 3] {
    [("Entity", Entity::KINDS), ("Own", Own::KINDS), ("Event", Event::KINDS)]
}

fn text() -> String {
    let mut text = format!("{}, revision {}, tables hash {:#018x}\n", Arena::NAME, Arena::REVISION, hash());
    for (of, kinds) in tables() {
        for (number, kind) in kinds.iter().enumerate() {
            writeln!(text, "\n{of} {number}: {}", kind.name).expect("a string takes everything");
            for (index, field) in kind.fields.iter().enumerate() {
                writeln!(text, "  {index} {} {:?}", field.name, field.coding).expect("a string takes everything");
            }
        }
    }
    text
}

fn hash() -> u64 {
    tables_hash::<Arena>()
}

fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn docs() -> String {
    fs::read_to_string(here("../../docs/wire.md")).expect("docs/wire.md is there")
}

#[test]
fn the_field_tables_are_the_golden_ones() {
    let path = here("tests/golden/tables.txt");
    let now = text();
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, &now).expect("the golden file can be written");
    }
    let pinned = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        pinned == now,
        "the arena's field tables changed, so older clients are turned away. That needs a line in the changelog and new \
         tables in docs/wire.md; then UPDATE_GOLDEN=1 rewrites the file.\nnow:\n{now}\npinned:\n{pinned}"
    );
}

#[test]
fn the_docs_have_the_same_field_tables() {
    let docs = docs();
    assert!(docs.contains(&format!("`{:#018x}`", hash())), "docs/wire.md lacks the tables hash {:#018x}", hash());
    for (of, kinds) in tables() {
        for (number, kind) in kinds.iter().enumerate() {
            let heading = format!("\n#### {of} {number}: `{}`\n", kind.name);
            let (_, section) = docs.split_once(&heading).unwrap_or_else(|| panic!("docs/wire.md lacks {heading}"));
            let section = section.split("\n#").next().expect("a split has a first part");
            let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
            let rows: Vec<_> = rows.collect();
            assert_eq!(rows.len(), kind.fields.len(), "{heading}{section}");
            for (index, (row, field)) in rows.iter().zip(kind.fields).enumerate() {
                let wanted = format!("| {index} | `{}` | {:?} |", field.name, field.coding);
                assert!(row.starts_with(&wanted), "{heading}{row} should begin with {wanted}");
            }
        }
    }
}

#[test]
fn the_docs_have_the_same_bits_and_numbers() {
    let docs = docs();
    let with = |set: fn(&mut ShipControls)| {
        let mut controls = ShipControls::default();
        set(&mut controls);
        controls.to_bits()
    };
    let rows = [
        (with(|controls| controls.thrust = true), "thrust"),
        (with(|controls| controls.fire = true), "fire"),
        (with(|controls| controls.brake = true), "brake"),
        (with(|controls| controls.rail = true), "rail"),
        (with(|controls| controls.mine = true), "mine"),
        (with(|controls| controls.boost = true), "boost"),
    ]
    .map(|(bits, name)| format!("| {} | `{name}` |", bits.trailing_zeros()));
    let numbers = [
        format!("{} `Hull`", PickupKind::Hull.to_wire()),
        format!("{} `Ammo`", PickupKind::Ammo.to_wire()),
        format!("{} `Cloak`", PickupKind::Cloak.to_wire()),
        format!("{} `Shield`", PickupKind::Shield.to_wire()),
        format!("{} `Overdrive`", PickupKind::Overdrive.to_wire()),
        format!("{} `Amber`", Side::Amber.to_wire()),
        format!("{} `Azure`", Side::Azure.to_wire()),
        format!("{} `Ffa`", Mode::Ffa.to_wire()),
        format!("{} `Teams`", Mode::Teams.to_wire()),
        format!("{} `Core`", Mode::Core.to_wire()),
        format!("{} `Home`", CoreState::Home.to_wire()),
        format!("{} `Carried`", CoreState::Carried.to_wire()),
        format!("{} `Dropped`", CoreState::Dropped.to_wire()),
        format!("{} `Crash`", Cause::Crash.to_wire()),
        format!("{} `Gun`", Cause::Gun.to_wire()),
        format!("{} `Rail`", Cause::Rail.to_wire()),
        format!("{} `Mine`", Cause::Mine.to_wire()),
        format!("{} `Taken`", CoreNews::Taken.to_wire()),
        format!("{} `Captured`", CoreNews::Captured.to_wire()),
        format!("{} `Playing`", Phase::Playing.to_wire()),
        format!("{} `Results`", Phase::Results.to_wire()),
        format!("`NOBODY` is {NOBODY}"),
    ];
    for wanted in rows.iter().chain(&numbers) {
        assert!(docs.contains(wanted), "docs/wire.md lacks {wanted}");
    }
    assert_eq!((with(|controls| controls.turn = 1), with(|controls| controls.turn = -1)), (1 << 10, 2 << 10));
}
