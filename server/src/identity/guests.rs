//! Guests: the server signs a token for each, so that the same browser is the same player tomorrow.

use std::{
    fmt::{self, Debug, Formatter, Write as _},
    fs,
    io::{self, ErrorKind},
    path::Path,
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp};
use serde::{Deserialize, Serialize};
use tickwire_sync::protocol::{OwnedToken, Role, Token};

use super::{Admission, AuthError, Identity, PlayerId, Refusal};
use crate::{authorization::Roles, data_dir, text};

/// The file in the data folder that holds the key.
const KEY_FILE: &str = "guest.key";
const KEY_BYTES: usize = 32;
/// The issuer that such tokens name.
const ISSUER: &str = "tickwire-guests";
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// A guest who does not come for so long is forgotten.
const LIFE_SECONDS: u64 = 400 * DAY_SECONDS;
/// A token that is older than this is replaced when it is shown.
const RENEWED_AFTER_SECONDS: u64 = 30 * DAY_SECONDS;

/// What a guest's token says.
#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    iss: String,
    /// 128 random bits, in hexadecimal.
    sub: String,
    iat: u64,
    exp: u64,
    /// What a moderator or an admin is called, whose token the operator made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it is; without, it is a player.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
}

/// Signs tokens for guests, and knows them again.
pub(crate) struct Guests {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl Debug for Guests {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        out.write_str("Guests(secret)")
    }
}

impl Guests {
    /// With the key of that data folder, which is made where there is none.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, AuthError> {
        let path = data_dir.join(KEY_FILE);
        let key = read_or_make(&path).map_err(|error| AuthError::File { path: path.clone(), error })?;
        if key.len() != KEY_BYTES {
            let problem = format!(
                "it has {} bytes instead of {KEY_BYTES}; put the right one back, or remove it: then all guests are new",
                key.len()
            );
            return Err(AuthError::Key { path, problem });
        }
        Ok(Self::with_key(&key))
    }

    fn with_key(key: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.set_issuer(&[ISSUER]);
        Self { signing: EncodingKey::from_secret(key), checking: DecodingKey::from_secret(key), validation }
    }

    /// Everybody is let in: whoever shows no token is somebody new. Watchers have nothing to be known by.
    pub(crate) fn admit(&self, token: Token, role: Role) -> Result<Admission, Refusal> {
        let now = get_current_timestamp();
        if token.0.is_empty() {
            return Ok(self.admit_as(random_hex(), role, now));
        }
        let Claims { sub, iat, exp, name, roles, .. } =
            decode::<Claims>(token.0, &self.checking, &self.validation)?.claims;
        if let Some(roles) = roles {
            // It ends when the operator said: it is not replaced.
            let (name, roles) = (name.map(|name| text::name(&name)), Roles::named(roles.iter().map(String::as_str)));
            let identity = Identity { name, roles, until: Some(exp), ..guest(&sub) };
            return Ok(Admission { identity, token: OwnedToken::default() });
        }
        if now.saturating_sub(iat) < RENEWED_AFTER_SECONDS {
            return Ok(Admission { identity: guest(&sub), token: OwnedToken::default() });
        }
        Ok(self.admit_as(sub, role, now))
    }

    /// A guest who is to show a new token from now on.
    fn admit_as(&self, id: String, role: Role, now: u64) -> Admission {
        let identity = guest(&id);
        let token = if role == Role::Watcher { OwnedToken::default() } else { self.sign_guest(id, now) };
        Admission { identity, token }
    }

    fn sign_guest(&self, sub: String, now: u64) -> OwnedToken {
        self.sign(&Claims { iss: ISSUER.to_owned(), sub, iat: now, exp: now + LIFE_SECONDS, name: None, roles: None })
    }

    /// A token for a moderator or an admin.
    pub(super) fn appoint(&self, role: &str, name: String, life: Duration) -> OwnedToken {
        let (iss, iat) = (ISSUER.to_owned(), get_current_timestamp());
        let roles = Some(vec![role.to_owned()]);
        self.sign(&Claims { iss, sub: random_hex(), iat, exp: iat + life.as_secs(), name: Some(name), roles })
    }

    fn sign(&self, claims: &Claims) -> OwnedToken {
        OwnedToken(encode(&Header::new(Algorithm::HS256), claims, &self.signing).expect("plain claims can be signed"))
    }
}

/// Whether that data folder has a key.
pub(super) fn has_key(data_dir: &Path) -> bool {
    data_dir.join(KEY_FILE).exists()
}

fn guest(id: &str) -> Identity {
    Identity { id: PlayerId(format!("guest:{id}").into()), name: None, roles: Roles::PLAYER, rooms: None, until: None }
}

fn random_hex() -> String {
    random_bytes::<16>().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Bytes that nobody can guess.
pub(crate) fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

fn read_or_make(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        read => read,
    }
}

/// The data folder is locked, so nobody else makes one at the same time.
fn make(path: &Path) -> io::Result<Vec<u8>> {
    let key = random_bytes::<KEY_BYTES>();
    data_dir::replace(path, &key)?;
    Ok(key.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{authorization::Action, data_dir::PRIVATE_MODE};

    fn guests() -> Guests {
        Guests::with_key(&[7; KEY_BYTES])
    }

    fn admitted(guests: &Guests, token: &OwnedToken) -> Admission {
        guests.admit(token.borrowed(), Role::Player).expect("it is let in")
    }

    #[test]
    fn a_guest_is_the_same_player_when_it_comes_again_and_two_are_two() {
        let guests = guests();
        let first = admitted(&guests, &OwnedToken::default());
        let again = admitted(&guests, &first.token);
        assert_eq!((again.identity, again.token), (first.identity.clone(), OwnedToken::default()));
        assert_ne!(admitted(&guests, &OwnedToken::default()).identity.id, first.identity.id);
    }

    #[test]
    fn an_old_token_is_replaced_and_a_very_old_one_refused() {
        let guests = guests();
        let now = get_current_timestamp();
        let old = guests.sign_guest("ada".into(), now - RENEWED_AFTER_SECONDS - 1);
        let renewed = admitted(&guests, &old);
        assert_eq!(renewed.identity.id.to_string(), "guest:ada");
        assert_eq!(admitted(&guests, &renewed.token).identity, renewed.identity);
        let refused = guests.admit(guests.sign_guest("ada".into(), now - LIFE_SECONDS - 1).borrowed(), Role::Player);
        assert_eq!(refused.expect_err("too old"), Refusal::Expired);
    }

    #[test]
    fn a_token_of_another_server_or_a_forged_one_is_refused() {
        let guests = guests();
        let refused = |token: &str| guests.admit(Token(token), Role::Player).expect_err("no token of ours");
        assert_eq!(
            refused(&Guests::with_key(&[8; KEY_BYTES]).sign_guest("ada".into(), get_current_timestamp()).0),
            Refusal::Signature
        );
        // {"alg":"none"} and the claims of a guest.
        assert_eq!(refused("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ0aWNrd2lyZS1ndWVzdHMiLCJzdWIiOiJhIn0."), Refusal::Malformed);
        assert_eq!(refused("not a token"), Refusal::Malformed);
        let ours = guests.sign_guest("ada".into(), get_current_timestamp()).0;
        let cut = &ours[..ours.len() - 2];
        assert!(matches!(refused(cut), Refusal::Signature | Refusal::Malformed));
    }

    #[test]
    fn who_was_appointed_has_its_role_and_name_until_that_is_over() {
        let guests = guests();
        let admin = admitted(&guests, &guests.appoint("admin", "Ada".into(), Duration::from_mins(1)));
        assert!(admin.identity.roles.permit(Action::Ban) && admin.identity.name.as_deref() == Some("Ada"));
        assert!(admin.token.0.is_empty(), "its token is not replaced");
        let ordinary = admitted(&guests, &OwnedToken::default());
        assert!(!ordinary.identity.roles.permit(Action::Ban));
        let claims = Claims { exp: 1, ..guests_claims("admin") };
        assert_eq!(guests.admit(guests.sign(&claims).borrowed(), Role::Player).map(drop), Err(Refusal::Expired));
    }

    fn guests_claims(role: &str) -> Claims {
        let (iss, sub, name) = (ISSUER.to_owned(), "a".to_owned(), Some("Ada".to_owned()));
        Claims { iss, sub, iat: 0, exp: u64::MAX, name, roles: Some(vec![role.to_owned()]) }
    }

    #[test]
    fn the_key_is_made_once_for_the_servers_own_user_alone() {
        let folder = std::env::temp_dir().join(format!("tickwire-guest-key-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let token = admitted(&Guests::open(&folder).expect("a new key"), &OwnedToken::default()).token;
        let path = folder.join(KEY_FILE);
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, PRIVATE_MODE);
        admitted(&Guests::open(&folder).expect("the same key"), &token);
        fs::write(&path, b"short").expect("ours");
        let problem = Guests::open(&folder).expect_err("no key").to_string();
        assert!(problem.contains("5 bytes instead of 32"), "{problem}");
        fs::remove_dir_all(folder).expect("ours");
    }
}
