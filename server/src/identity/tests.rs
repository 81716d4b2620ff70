//! Tokens of an issuer, good and bad, against keys of every kind.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp, jwk::Jwk};
use serde_json::{Value, json};
use tickwire_sync::protocol::{Role, Token};

use super::{Admission, Auth, AuthFlags, Authenticator, Refusal};
use crate::authorization::Action;

const SECRET: &[u8] = b"a secret of the issuer and its server, long enough";
const ED: &str = include_str!("../../tests/keys/ed25519.pem");
const ED_PUBLIC: &str = include_str!("../../tests/keys/ed25519.pub.pem");
const RSA: &str = include_str!("../../tests/keys/rsa.pem");
const RSA_PUBLIC: &str = include_str!("../../tests/keys/rsa.pub.pem");

/// A file that goes with this.
struct Temporary(PathBuf);

impl Temporary {
    fn new(content: &[u8]) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("tickwire-key-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).expect("a file");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn flags() -> AuthFlags {
    AuthFlags {
        auth: Auth::Issuer,
        auth_issuer: Some("https://example.org".into()),
        auth_audience: Some("arena".into()),
        ..AuthFlags::default()
    }
}

fn open(flags: &AuthFlags) -> Result<Authenticator, String> {
    Authenticator::open(flags, &std::env::temp_dir()).map_err(|error| error.to_string())
}

fn with_key(key: &[u8]) -> (Temporary, Result<Authenticator, String>) {
    let file = Temporary::new(key);
    let authenticator = open(&AuthFlags { auth_key: Some(file.0.clone()), ..flags() });
    (file, authenticator)
}

fn by_secret() -> (Temporary, Authenticator) {
    let (file, authenticator) = with_key(SECRET);
    (file, authenticator.expect("a secret"))
}

/// Claims that hold, with changes; `null` takes one away.
fn claims(changes: Value) -> Value {
    let now = get_current_timestamp();
    let mut claims = json!({ "iss": "https://example.org", "aud": "arena", "sub": "ada", "exp": now + 600 });
    let (all, Value::Object(changes)) = (claims.as_object_mut().expect("an object"), changes) else {
        panic!("an object")
    };
    for (claim, value) in changes {
        if value.is_null() {
            all.remove(&claim);
        } else {
            all.insert(claim, value);
        }
    }
    claims
}

fn signed_by(algorithm: Algorithm, id: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, claims, key).expect("it can be signed")
}

fn signed(changes: Value) -> String {
    signed_by(Algorithm::HS256, None, &EncodingKey::from_secret(SECRET), &claims(changes))
}

fn by_ed(id: Option<&str>) -> String {
    signed_by(Algorithm::EdDSA, id, &EncodingKey::from_ed_pem(ED.as_bytes()).expect("a key"), &claims(json!({})))
}

fn by_rsa(id: Option<&str>) -> String {
    signed_by(Algorithm::RS256, id, &EncodingKey::from_rsa_pem(RSA.as_bytes()).expect("a key"), &claims(json!({})))
}

fn admit(authenticator: &Authenticator, token: &str) -> Result<Admission, Refusal> {
    authenticator.admit(Token(token), Role::Player, "main")
}

#[test]
fn a_good_token_of_each_algorithm_lets_its_player_in() {
    for (key, token) in
        [(SECRET, signed(json!({}))), (ED_PUBLIC.as_bytes(), by_ed(None)), (RSA_PUBLIC.as_bytes(), by_rsa(None))]
    {
        let (_file, authenticator) = with_key(key);
        let admission = admit(&authenticator.expect("a key"), &token).expect("a good token");
        assert_eq!(admission.identity.id.to_string(), "issuer:ada");
        assert!(admission.token.0.is_empty(), "it has its own");
    }
}

#[test]
fn each_claim_is_checked_and_each_refusal_has_its_own_sentence() {
    let (_file, authenticator) = by_secret();
    let now = get_current_timestamp();
    let cases = [
        (json!({ "exp": now - 31 }), Refusal::Expired),
        (json!({ "nbf": now + 60 }), Refusal::NotYet),
        (json!({ "iss": "https://example.com" }), Refusal::Issuer),
        (json!({ "aud": "billing" }), Refusal::Audience),
        (json!({ "exp": null }), Refusal::Claims),
        (json!({ "iss": null }), Refusal::Claims),
        (json!({ "aud": null }), Refusal::Claims),
        (json!({ "sub": null }), Refusal::Claims),
        (json!({ "sub": "" }), Refusal::Claims),
        (json!({ "sub": "a".repeat(129) }), Refusal::Claims),
        (json!({ "exp": "tomorrow" }), Refusal::Claims),
        (json!({ "rooms": ["lobby"] }), Refusal::Room),
        (json!({ "rooms": [] }), Refusal::Room),
        (json!({ "roles": ["spectator"] }), Refusal::NoPlayer),
        (json!({ "roles": [] }), Refusal::NoPlayer),
    ];
    for (changes, refusal) in cases {
        assert_eq!(admit(&authenticator, &signed(changes.clone())).map(|_| ()), Err(refusal), "{changes}");
    }
    assert_eq!(admit(&authenticator, "").map(|_| ()), Err(Refusal::Missing));
    assert_eq!(admit(&authenticator, "a.b").map(|_| ()), Err(Refusal::Malformed));
    assert_eq!(admit(&authenticator, &"a".repeat(4000)).map(|_| ()), Err(Refusal::TooLong));
}

#[test]
fn what_holds_within_the_leeway_or_among_others_holds() {
    let (_file, authenticator) = by_secret();
    let now = get_current_timestamp();
    for changes in [
        json!({ "exp": now - 20 }),
        json!({ "nbf": now + 20 }),
        json!({ "aud": ["billing", "arena"] }),
        json!({ "rooms": ["lobby", "main"] }),
        json!({ "roles": ["moderator", "beekeeper"] }),
    ] {
        admit(&authenticator, &signed(changes.clone())).unwrap_or_else(|refusal| panic!("{changes}: {refusal:?}"));
    }
}

#[test]
fn a_token_names_its_player_and_says_what_it_may_do() {
    let (_file, authenticator) = by_secret();
    let token = signed(json!({ "name": " Ada\u{202e} ", "roles": ["spectator"] }));
    let admission = authenticator.admit(Token(&token), Role::Watcher, "main").expect("it may watch");
    assert_eq!(admission.identity.name.as_deref(), Some("Ada"));
    assert!(!admission.identity.roles.permit(Action::Chat));
    let token = signed(json!({ "roles": ["beekeeper"] }));
    assert_eq!(authenticator.admit(Token(&token), Role::Watcher, "main").map(|_| ()), Err(Refusal::NoWatcher));
}

#[test]
fn a_public_key_is_never_taken_for_a_secret_nor_a_token_for_its_own_judge() {
    // The classic: a token by HMAC whose secret is the public key that everybody knows.
    for public in [ED_PUBLIC, RSA_PUBLIC] {
        let (_file, authenticator) = with_key(public.as_bytes());
        let authenticator = authenticator.expect("a key");
        let forged =
            signed_by(Algorithm::HS256, None, &EncodingKey::from_secret(public.as_bytes()), &claims(json!({})));
        assert_eq!(admit(&authenticator, &forged).map(|_| ()), Err(Refusal::Algorithm));
    }
    let (_file, authenticator) = by_secret();
    let good = signed(json!({}));
    let (body, signature) = (good.split('.').nth(1).expect("claims"), good.rsplit('.').next().expect("a signature"));
    // {"alg":"none"}, with and without a signature; {"alg":"HS256"} with another one.
    for forged in [
        format!("eyJhbGciOiJub25lIn0.{body}."),
        format!("eyJhbGciOiJub25lIn0.{body}.{signature}"),
        format!("eyJhbGciOiJIUzI1NiJ9.{body}.AAAA"),
    ] {
        assert!(admit(&authenticator, &forged).is_err(), "{forged}");
    }
    let other = signed_by(Algorithm::HS256, None, &EncodingKey::from_secret(&[1; 40]), &claims(json!({})));
    assert_eq!(admit(&authenticator, &other).map(|_| ()), Err(Refusal::Signature));
    assert_eq!(admit(&authenticator, &by_rsa(None)).map(|_| ()), Err(Refusal::Algorithm));
}

fn jwk(algorithm: Algorithm, key: &EncodingKey, id: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).expect("a key");
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).expect("JSON")
}

#[test]
fn a_jwks_has_keys_by_name_and_a_reload_changes_them() {
    let rsa = jwk(Algorithm::RS256, &EncodingKey::from_rsa_pem(RSA.as_bytes()).expect("a key"), "rsa");
    let ed = jwk(Algorithm::EdDSA, &EncodingKey::from_ed_pem(ED.as_bytes()).expect("a key"), "ed");
    let elliptic = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "other" });
    let file = Temporary::new(json!({ "keys": [rsa, elliptic] }).to_string().as_bytes());
    let authenticator = open(&AuthFlags { auth_jwks: Some(file.0.clone()), ..flags() }).expect("a JWKS");
    admit(&authenticator, &by_rsa(Some("rsa"))).expect("a good token");
    assert_eq!(admit(&authenticator, &by_rsa(Some("older"))).map(|_| ()), Err(Refusal::UnknownKey));
    assert_eq!(admit(&authenticator, &by_ed(Some("ed"))).map(|_| ()), Err(Refusal::Algorithm));

    fs::write(&file.0, json!({ "keys": [ed] }).to_string()).expect("ours");
    authenticator.reload().expect("a JWKS");
    admit(&authenticator, &by_ed(Some("ed"))).expect("a good token");
    assert_eq!(admit(&authenticator, &by_rsa(Some("rsa"))).map(|_| ()), Err(Refusal::Algorithm));

    fs::write(&file.0, "{}").expect("ours");
    assert!(authenticator.reload().is_err());
    admit(&authenticator, &by_ed(Some("ed"))).expect("the old keys stay");
}

#[test]
fn what_is_no_good_key_is_refused_at_the_start_with_what_to_do() {
    let problem = |key: &[u8]| with_key(key).1.expect_err("no good key");
    assert!(problem(b"short").contains("32 or more"));
    assert!(problem(RSA.as_bytes()).contains("give the public one"));
    assert!(problem(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").contains("neither RSA"));
    assert!(open(&flags()).expect_err("no key").contains("--auth-key"));
    let file = Temporary::new(SECRET);
    let key = AuthFlags { auth_key: Some(file.0.clone()), ..flags() };
    assert!(open(&AuthFlags { auth_issuer: None, ..key.clone() }).expect_err("no iss").contains("--auth-issuer"));
    assert!(open(&AuthFlags { auth_audience: None, ..key }).expect_err("no aud").contains("--auth-audience"));
    let secret = AuthFlags { auth_key: Some("the secret itself".into()), ..flags() };
    assert!(!open(&secret).expect_err("no file").contains("the secret itself"));
    let missing = AuthFlags { auth_jwks: Some("/nowhere/keys.json".into()), ..flags() };
    assert!(open(&missing).expect_err("no file").contains("/nowhere/keys.json"));
    let weak = Temporary::new(br#"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#);
    assert!(open(&AuthFlags { auth_jwks: Some(weak.0.clone()), ..flags() }).expect_err("weak").contains("of use"));
}

#[test]
fn nothing_of_a_key_is_printed() {
    let (_file, authenticator) = by_secret();
    let printed = format!("{authenticator:?}");
    assert!(!printed.contains("secret of the issuer") && !printed.contains("97, 32"), "{printed}");
}
