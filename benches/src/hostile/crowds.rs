//! Many connections of one address, and much talk.

use std::time::Duration;

use tickwire_arena::ShipControls;
use tickwire_sync::protocol::{ClientMessage, encode_client};
use tokio::{task::JoinSet, time::Instant};

use super::{
    attack::Front,
    guest::Guest,
    line::{Ending, Line, opcode},
    met::Met,
};

/// Connections of one address at once.
const CROWD: usize = 2000;
/// So long each of them stays, if it may.
const STAY: Duration = Duration::from_secs(8);
/// Connections that come and go, one after the other.
const CHURN: usize = 500;
/// So long somebody listens to a flood of chat.
const LISTEN: Duration = Duration::from_secs(3);
/// Lines of chat of a flood, fewer than a second has room for messages.
const LINES: usize = 300;

/// As many connections as one can open, none of which says hello.
pub(super) async fn crowd(front: Front) -> Met {
    let until = Instant::now() + STAY;
    let mut all = JoinSet::new();
    for _ in 0..CROWD {
        all.spawn(async move {
            match Line::upgrade(front.from, front.server).await {
                Ok(mut line) => line.ending(until.saturating_duration_since(Instant::now())).await,
                Err(ending) => ending,
            }
        });
    }
    let mut met = Met::default();
    while let Some(ending) = all.join_next().await {
        met.add(ending.expect("an attacker does not panic"));
    }
    // Who got a socket was closed for its silence.
    let got_in = met.count(Ending::Closed(4002));
    met.turned_away = met.count(Ending::Open) == 0 && (got_in < CROWD / 10 || !front.limited);
    met
}

/// Comes and goes as fast as it can. It is no matter how many are let in: that nothing stays behind is looked at when all is over.
pub(super) async fn churn(front: Front) -> Met {
    let mut met = Met::default();
    for number in 0..CHURN {
        let ending = match Line::upgrade(front.from, front.server).await {
            // Every other one goes without a word.
            Ok(mut line) if number.is_multiple_of(2) => line.frame(opcode::CLOSE, &1000_u16.to_be_bytes()).await.err(),
            Ok(_) => None,
            Err(ending) => {
                met.add(ending);
                continue;
            }
        };
        met.add(if ending.is_some() { Ending::Cut } else { Ending::Closed(1000) });
    }
    met.turned_away = met.all() == CHURN;
    met
}

/// Many lines of chat at once: two a second may be heard.
pub(super) async fn chat_flood(front: Front) -> Met {
    let mut met = Met::default();
    let flood = async {
        let mut listener = Guest::join(front.from, front.server).await?;
        let mut talker = Guest::join(front.from, front.server).await?;
        for number in 0..LINES {
            let line = encode_client(&ClientMessage::Chat(&format!("buy gold {number}")));
            if talker.line.frame(opcode::BINARY, &line).await.is_err() {
                break;
            }
        }
        if let Some(ending) = listener.play(LISTEN, ShipControls::default(), |_| {}).await {
            return Err(ending);
        }
        Ok((listener.heard, talker.line.ending(Duration::from_millis(100)).await))
    };
    match flood.await {
        Ok((heard, ending)) => {
            met.add(ending);
            met.note = Some(format!("{heard} of {LINES} lines were heard"));
            met.turned_away = heard <= LINES / 10;
        }
        Err(ending) => met.add(ending),
    }
    met
}
