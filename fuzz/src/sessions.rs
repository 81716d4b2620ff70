//! A client's side of a connection, through a script of what a server may send and what may happen to a client.

use arbitrary::{Arbitrary, Unstructured};
use tickwire_arena::Arena;
use tickwire_sync::{
    PlayerNumber,
    client::Session,
    protocol::{ServerMessage, Snapshot, SnapshotHeader, Watched, decode_client, encode_server, limits::IDS_MAX},
};

use crate::fixture::{MATCH, controls, welcome};

/// How long a script is at most.
const MOMENTS_MAX: usize = 64;

/// What happens to a client.
#[derive(Arbitrary, Debug)]
enum Moment<'a> {
    /// The next message of the match arrives.
    Hear,
    /// The same, with a byte of it replaced.
    Mishear {
        at: u8,
        byte: u8,
    },
    /// A message of the match is lost.
    Miss,
    Message(&'a [u8]),
    Snapshot {
        elapsed: u8,
        input_advance: u32,
        input_margin: i16,
        sections: &'a [u8],
    },
    Leap {
        elapsed: u32,
        sections: &'a [u8],
    },
    Wait {
        milliseconds: u8,
        controls: u32,
    },
    Sleep {
        milliseconds: u32,
    },
    Away,
    Back,
    Watch(Option<PlayerNumber>),
}

/// A session of a player or a watcher, by the first byte. It goes on after an error here, though a client closes.
pub fn session(bytes: &[u8]) {
    let Some((&role, script)) = bytes.split_first() else { return };
    let first = match role % 3 {
        0 => MATCH.welcome.clone(),
        1 => welcome(None, 1),
        _ => welcome(Some(role.into()), u32::from(role) << 16),
    };
    let mut session = Session::<Arena>::welcome(&first).expect("a welcome");
    let mut script = Unstructured::new(script);
    let mut real = MATCH.snapshots.iter();
    let mut now = 0.0;
    for _ in 0..MOMENTS_MAX {
        let Ok(moment) = Moment::arbitrary(&mut script) else { break };
        happen(&moment, &mut session, &mut real, &mut now);
        session.scene(now, |seen| {
            assert!(seen.pose.x.is_finite() && seen.pose.y.is_finite(), "what is drawn is somewhere");
        });
        assert!(session.mirror().entities.len() <= IDS_MAX as usize);
        for message in session.take_outgoing() {
            decode_client(&message).expect("what a client sends is a message");
        }
        session.take_events().for_each(drop);
        session.take_talk().for_each(drop);
        if script.is_empty() {
            break;
        }
    }
}

fn happen<'a>(
    moment: &Moment,
    session: &mut Session<Arena>,
    real: &mut impl Iterator<Item = &'a Vec<u8>>,
    now: &mut f64,
) {
    let send = |session: &mut Session<Arena>, header, sections: &[u8], now| {
        let _ = session.receive(&encode_server(&ServerMessage::Snapshot(Snapshot { header, sections })), now);
    };
    match *moment {
        Moment::Hear => {
            if let Some(message) = real.next() {
                let _ = session.receive(message, *now);
            }
        }
        Moment::Mishear { at, byte } => {
            if let Some(message) = real.next() {
                let mut message = message.clone();
                let at = usize::from(at) % message.len();
                message[at] = byte;
                let _ = session.receive(&message, *now);
            }
        }
        Moment::Miss => drop(real.next()),
        Moment::Message(bytes) => drop(session.receive(bytes, *now)),
        Moment::Snapshot { elapsed, input_advance, input_margin, sections } => {
            let header = SnapshotHeader { elapsed: u32::from(elapsed % 16), input_advance, input_margin };
            send(session, header, sections, *now);
        }
        Moment::Leap { elapsed, sections } => {
            send(session, SnapshotHeader { elapsed, ..SnapshotHeader::default() }, sections, *now);
        }
        Moment::Wait { milliseconds, controls: bits } => {
            *now += f64::from(milliseconds) / 1000.0;
            session.advance(*now, controls(bits));
        }
        Moment::Sleep { milliseconds } => {
            *now += f64::from(milliseconds) / 1000.0;
            session.advance(*now, controls(0));
        }
        Moment::Away => session.go_away(),
        Moment::Back => session.come_back(),
        Moment::Watch(player) => session.watch(player.map_or(Watched::Everything, Watched::Player)),
    }
}
