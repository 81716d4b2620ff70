//! Tokens that are not the attacker's to show.

use std::time::Duration;

use tickwire_arena::ShipControls;
use tickwire_sync::protocol::{Credentials, Token};

use super::{attack::Front, guest::Guest, line::Ending, met::Met};

/// How often each is tried.
const TRIES: usize = 4;
/// So long whoever lost its seat waits to be told.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// A token of the right shape that nobody signed: `{"alg":"HS256"}` and `{"sub":"admin","roles":["admin"]}`.
const FORGED: &str =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiIsInJvbGVzIjpbImFkbWluIl19.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The same that asks not to be looked at: `{"alg":"none"}`.
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGVzIjpbImFkbWluIl19.";

/// Forged tokens in place of one's own.
pub(super) async fn forged(front: Front) -> Met {
    let mut met = Met::default();
    for forged in [FORGED, UNSIGNED].into_iter().cycle().take(TRIES) {
        let credentials = Credentials { token: Token(forged), resume: None };
        met.add(Guest::come(front.from, front.server, credentials).await.err().unwrap_or(Ending::Open));
    }
    let refused = met.count(Ending::Closed(4011));
    met.turned_away = refused > 0 && refused + met.refused_early() == met.all();
    met
}

/// A resume token that somebody overheard: by then its owner has used it.
pub(super) async fn replayed(front: Front) -> Met {
    let (mut met, mut replayed) = (Met::default(), 0);
    for _ in 0..TRIES {
        match replay(front).await {
            Ok(true) => replayed += 1,
            Ok(false) => met.add(Ending::Open),
            Err(ending) => met.add(ending),
        }
    }
    met.note = Some(format!("{replayed} came in as somebody new, and took no seat"));
    met.turned_away = replayed > 0 && replayed + met.refused_early() == TRIES;
    met
}

/// Whether the token, shown again by somebody else, took no seat, and its owner plays on.
async fn replay(front: Front) -> Result<bool, Ending> {
    let mut first = Guest::join(front.from, front.server).await?;
    let resume = first.session.resume_token();
    let mut owner = Guest::come(front.from, front.server, Credentials { resume, ..Credentials::default() }).await?;
    // The seat is the owner's new connection's now.
    let told = first.line.ending(TOLD_WITHIN).await;
    let thief = Guest::come(front.from, front.server, Credentials { resume, ..Credentials::default() }).await?;
    let stolen = thief.session.is_resumed() || thief.session.player() == owner.session.player();
    let plays_on = owner.play(Duration::from_secs(1), ShipControls::default(), |_| {}).await.is_none();
    Ok(owner.session.is_resumed() && told == Ending::Closed(4012) && !stolen && plays_on)
}
