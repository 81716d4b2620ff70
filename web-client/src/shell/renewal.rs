//! A page that is of another version than the server loads itself anew, once, and goes on with what the player did.

use tickwire_sync::protocol::Role;
use web_sys::Storage;

use super::page;

/// Set while a page is loaded anew, so that it is done once only: to what is to go on then.
const KEY: &str = "tickwire-reloaded";
const TO_PLAY: &str = "play";
const TO_WATCH: &str = "watch";

/// What the tab remembers over a reload; without a memory it does not reload.
#[derive(Debug)]
pub struct Renewal {
    tab: Option<Storage>,
}

impl Renewal {
    /// What this tab remembers.
    pub fn of_tab() -> Self {
        Self { tab: page::window().ok().and_then(|window| window.session_storage().ok().flatten()) }
    }

    /// What the player did before the page was loaded anew, if it was.
    pub fn before(&self) -> Option<Role> {
        match self.tab.as_ref()?.get_item(KEY).ok().flatten()?.as_str() {
            TO_WATCH => Some(Role::Watcher),
            _ => Some(Role::Player),
        }
    }

    /// Loads the page anew, to go on in this role; `false` if that was done already, or cannot be.
    pub fn reload(&self, role: Role) -> bool {
        let role = if role == Role::Watcher { TO_WATCH } else { TO_PLAY };
        let is_new = self.before().is_none() && self.tab.as_ref().is_some_and(|tab| tab.set_item(KEY, role).is_ok());
        let reloads = is_new && page::window().and_then(|window| window.location().reload()).is_ok();
        if !reloads {
            self.done();
        }
        reloads
    }

    /// It fits now, or never will.
    pub fn done(&self) {
        if let Some(tab) = &self.tab {
            let _ = tab.remove_item(KEY);
        }
    }
}
