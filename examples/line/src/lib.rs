//! The smallest game: pucks on a line that drop mines. It shows what a game brings: [`Line`] implements `Game`, for both ends, and
//! [`LineFront`] says what the keys do and draws. All else that the page needs is `tickwire-web-client`'s.

mod front;
/// The game itself, which the sync core is tested with, too.
#[path = "../../../shared/sync/tests/common/line.rs"]
mod line;

pub use self::{front::LineFront, line::Line};

tickwire_web_client::exports!(LineFront, LineFront::new);
