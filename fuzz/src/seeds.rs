//! What fuzzing begins with: the files in `corpus/`, made here. `UPDATE_CORPUS=1 cargo test -p tickwire-fuzz` writes them anew.

use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
use tickwire_sync::{
    client::Session,
    game::{Game, RulesSource},
    protocol::{Ack, ClientMessage, Notice, Role, ServerMessage, Watched, decode_server, encode_client, encode_server},
    random::Random,
};

use crate::{
    decoders::PACKED,
    fixture::{MAP, MATCH, welcome},
};

/// How many scripts of random bytes a target that takes scripts begins with.
const SCRIPTS: u32 = 4;
const SCRIPT_BYTES: u32 = 400;

/// The seeds of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "client_message" => client_messages(),
        "server_message" => server_messages(),
        "sections" => sections(),
        "rules" => rules(),
        "recording" => recordings(),
        "room" => MATCH.saved.clone(),
        _ => scripts(),
    }
}

fn client_messages() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = MATCH.sent.iter().take(3).cloned().collect();
    all.extend([Role::Player, Role::Watcher].map(|role| Session::<Arena>::hello("Zoë", "main", role)));
    all.extend(
        [
            ClientMessage::Chat("well flown"),
            ClientMessage::Keyframe,
            ClientMessage::Away,
            ClientMessage::Back,
            ClientMessage::Watch(Watched::Everything),
            ClientMessage::Watch(Watched::Player(300)),
            ClientMessage::Ack(Ack { tick: 70_000, age: 24 }),
        ]
        .map(|message| encode_client(&message)),
    );
    all
}

fn server_messages() -> Vec<Vec<u8>> {
    let notices = vec![
        Notice::Named { player: 0, name: "Zoë" },
        Notice::Left { player: 300 },
        Notice::Chat { player: 1, text: "well flown" },
    ];
    let mut all = vec![welcome(Some(0), 1), welcome(None, 1), encode_server(&ServerMessage::Notices(notices))];
    all.extend(MATCH.snapshots.iter().take(8).cloned());
    all
}

/// Each snapshot of the match, after those before it.
fn sections() -> Vec<Vec<u8>> {
    let of = |(warm, message): (usize, &Vec<u8>)| match decode_server(message) {
        Ok(ServerMessage::Snapshot(snapshot)) => {
            Some([&[warm as u8, snapshot.header.elapsed as u8], snapshot.sections].concat())
        }
        _ => None,
    };
    MATCH.snapshots.iter().take(12).enumerate().filter_map(of).collect()
}

fn rules() -> Vec<Vec<u8>> {
    let torus = "name = \"Torus\"\nwidth = 3000\nheight = 2800\nwraps = true\ncontacts = false\nrounds = false\nbots = false\nspawns = [[9, 9]]\n";
    let texts = [("", MAP), ("", DEFAULT_MAP), ("", torus), (DEFAULT_TUNING, "")];
    let written = texts.iter().map(|(tuning, map)| [b"\x01", tuning.as_bytes(), b"\0", map.as_bytes()].concat());
    let packed = [MAP, torus].map(|map| {
        let packed = Arena::pack_rules(RulesSource { tuning: DEFAULT_TUNING, map }).expect("the map is right");
        [&[PACKED | 1], &packed[..]].concat()
    });
    written.chain(packed).collect()
}

/// Files of blocks: a room with ticks behind it, and a first block that is torn.
fn recordings() -> Vec<Vec<u8>> {
    let mut all = scripts();
    for script in &mut all {
        script[0] = 1;
    }
    all.push(b"\0tickwire".to_vec());
    all
}

fn scripts() -> Vec<Vec<u8>> {
    let script = |number| {
        let mut random = Random::keyed(1, 400, number, 0);
        (0..SCRIPT_BYTES)
            .map(|_| if random.below(2) == 0 { random.below(24) as u8 } else { random.bits() as u8 })
            .collect()
    };
    (0..SCRIPTS).map(script).collect()
}
