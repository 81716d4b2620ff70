//! Connections that cost a server something as long as they stand, and give nothing.

use std::{future::Future, time::Duration};

use tickwire_arena::ShipControls;
use tokio::{task::JoinSet, time::sleep};

use super::{
    attack::{Front, PATIENCE},
    guest::Guest,
    line::{Ending, Line},
    met::Met,
};

/// How many connections try it at once.
const TOGETHER: usize = 8;
/// From one byte of a slow head to the next.
const BYTE_EVERY: Duration = Duration::from_millis(400);
/// So long a player plays before it stops.
const PLAY: Duration = Duration::from_secs(2);

/// Runs the same attack some times at once: none may be left open.
async fn together<F: Future<Output = Ending> + Send + 'static>(attack: impl Fn() -> F) -> Met {
    let mut all = JoinSet::new();
    for _ in 0..TOGETHER {
        all.spawn(attack());
    }
    let mut met = Met::default();
    while let Some(ending) = all.join_next().await {
        met.add(ending.expect("an attacker does not panic"));
    }
    met.turned_away = met.count(Ending::Open) == 0;
    met
}

/// Requests whose head comes byte by byte, and never ends.
pub(super) async fn heads(front: Front) -> Met {
    together(|| async move {
        let Ok(mut line) = Line::open(front.from, front.server).await else { return Ending::Cut };
        let head = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a'));
        for byte in head.take((PATIENCE.as_millis() / BYTE_EVERY.as_millis()) as usize) {
            if line.send(&[*byte]).await.is_err() {
                return Ending::Cut;
            }
            match line.silence(BYTE_EVERY).await {
                Ending::Open => {}
                ending => return ending,
            }
        }
        Ending::Open
    })
    .await
}

/// Connections that never ask for anything.
pub(super) async fn no_head(front: Front) -> Met {
    together(|| async move {
        match Line::open(front.from, front.server).await {
            Ok(mut line) => line.silence(PATIENCE).await,
            Err(_) => Ending::Cut,
        }
    })
    .await
}

/// Game sockets on which nobody says hello.
pub(super) async fn no_hello(front: Front) -> Met {
    together(|| async move {
        match Line::upgrade(front.from, front.server).await {
            Ok(mut line) => line.ending(PATIENCE).await,
            Err(ending) => ending,
        }
    })
    .await
}

/// Players that stop reading, and do not go.
pub(super) async fn readers(front: Front) -> Met {
    together(|| async move {
        match played(front).await {
            Ok(mut guest) => {
                // Whether it is closed can be read behind all that came before.
                sleep(PATIENCE / 3).await;
                guest.line.ending(PATIENCE / 3).await
            }
            Err(ending) => ending,
        }
    })
    .await
}

/// Players that read, and say nothing any more, not even that they live.
pub(super) async fn silent(front: Front) -> Met {
    together(|| async move {
        match played(front).await {
            Ok(mut guest) => guest.line.ending(PATIENCE).await,
            Err(ending) => ending,
        }
    })
    .await
}

async fn played(front: Front) -> Result<Guest, Ending> {
    let mut guest = Guest::join(front.from, front.server).await?;
    match guest.play(PLAY, ShipControls::default(), |_| {}).await {
        Some(ending) => Err(ending),
        None => Ok(guest),
    }
}
