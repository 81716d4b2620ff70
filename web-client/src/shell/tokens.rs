//! Where the page keeps what shows who the player is. A token never stands in an address that is sent anywhere.

use tickwire_sync::protocol::OwnedToken;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::page;

/// The token that the server gave, for as long as the browser remembers: the same browser is the same player tomorrow.
const REMEMBERED_KEY: &str = "tickwire-token";
/// The token that the site around this page gave, for as long as the tab is open: a reload keeps it.
const GIVEN_KEY: &str = "tickwire-given-token";
/// What stands before such a token in the address's fragment, which browsers send to nobody.
const FRAGMENT: &str = "#token=";

/// The browser's two memories; `None` where the player forbids them.
#[derive(Debug)]
pub struct Tokens {
    tab: Option<Storage>,
    browser: Option<Storage>,
}

impl Tokens {
    /// Takes over a token that the address brings, and takes it out of the address, before anybody reads or copies it.
    ///
    /// # Errors
    /// This does not run in a page.
    pub fn new() -> Result<Self, JsValue> {
        let window = page::window()?;
        let tokens =
            Self { tab: window.session_storage().ok().flatten(), browser: window.local_storage().ok().flatten() };
        let location = window.location();
        if let (Some(token), Some(tab)) = (location.hash()?.strip_prefix(FRAGMENT), &tokens.tab) {
            let _ = tab.set_item(GIVEN_KEY, token);
            let without = format!("{}{}", location.pathname()?, location.search()?);
            window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&without))?;
        }
        Ok(tokens)
    }

    /// The token to show, and whether the site around this page gave it.
    pub fn token(&self) -> Option<(OwnedToken, bool)> {
        let item = |storage: &Option<Storage>, key| {
            let kept = storage.as_ref()?.get_item(key).ok().flatten()?;
            Some(OwnedToken(kept))
        };
        let given = item(&self.tab, GIVEN_KEY).map(|token| (token, true));
        given.or_else(|| item(&self.browser, REMEMBERED_KEY).map(|token| (token, false)))
    }

    /// The token that the site gave is of no use.
    pub fn forget_given(&self) {
        if let Some(tab) = &self.tab {
            let _ = tab.remove_item(GIVEN_KEY);
        }
    }

    /// Remembers a token of the server's, or that there is none.
    pub fn remember(&self, token: Option<&OwnedToken>) {
        let Some(browser) = &self.browser else { return };
        let _ = match token {
            Some(token) => browser.set_item(REMEMBERED_KEY, &token.0),
            None => browser.remove_item(REMEMBERED_KEY),
        };
    }
}
