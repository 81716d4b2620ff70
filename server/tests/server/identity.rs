//! Who is let in, over a real socket: guests, and an issuer's players.

use std::{fs, io::Read, path::PathBuf, time::Duration};

use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use tickwire::{Auth, AuthFlags, Config};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::{
    client::Session,
    protocol::{
        ClientMessage, CloseCode, Credentials, Order, OwnedToken, Role, Token, encode_client, limits::TOKEN_BYTES_MAX,
    },
};

use crate::{
    common::{Frame, Listener, RawClient, Running, opcode, start},
    moderation::answered,
    process::{address, program, signal},
};

pub const SECRET: &[u8] = b"what the tests' issuer and its servers know";
const OTHER_SECRET: &[u8] = b"what they know after the key was changed";

/// A file with an issuer's secret, which goes with this.
pub struct KeyFile(pub PathBuf);

impl KeyFile {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tickwire-issuer-{name}-{}", std::process::id()));
        fs::write(&path, SECRET).expect("a file");
        Self(path)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Lets only an issuer's players in.
pub fn of_issuer(config: &mut Config, key: &KeyFile) {
    config.auth = AuthFlags {
        auth: Auth::Issuer,
        auth_key: Some(key.0.clone()),
        auth_issuer: Some("tests".into()),
        auth_audience: Some("arena".into()),
        ..AuthFlags::default()
    };
}

pub fn token(secret: &[u8], lives_seconds: i64, more: Value) -> String {
    let exp = get_current_timestamp() as i64 + lives_seconds;
    let mut claims = json!({ "iss": "tests", "aud": "arena", "sub": "player-1", "exp": exp });
    let (all, Value::Object(more)) = (claims.as_object_mut().expect("an object"), more) else { panic!("an object") };
    all.extend(more);
    encode(&Header::default(), &claims, &EncodingKey::from_secret(secret)).expect("it can be signed")
}

pub fn shown(token: &str) -> Credentials<'_> {
    Credentials { token: Token(token), resume: None }
}

/// What somebody is told who is not let in.
async fn refusal(server: &Running, token: &str, role: Role) -> String {
    let mut client = RawClient::connect(server.address()).await;
    let hello = Session::<Arena>::hello_again("Mallory", "", role, shown(token));
    client.send(Frame::new(opcode::BINARY, &hello)).await;
    let (code, reason) = client.farewell().await;
    assert_eq!(code, CloseCode::TokenRefused.number(), "{reason}");
    reason
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_the_same_player_after_the_server_was_restarted_and_no_other_server_knows_it() {
    let server = start(|config| config.bots = 0).await;
    let ada = Listener::join(server.address(), "Ada").await;
    let token = ada.session.token().expect("a token of its own").clone();
    let server = server.restart().await;
    let again = Listener::come(server.address(), "Ada", shown(&token.0)).await;
    assert!(again.session.token().is_none(), "it keeps its token");
    let other = start(|config| config.bots = 0).await;
    assert!(refusal(&other, &token.0, Role::Player).await.contains("not signed by the one whom this server trusts"));
    assert!(refusal(&other, "nonsense", Role::Watcher).await.contains("damaged"));
    assert!(refusal(&other, &"a".repeat(TOKEN_BYTES_MAX + 1), Role::Player).await.contains("too long"));
    other.until_closed(CloseCode::TokenRefused, 3).await;
    assert_eq!(other.health("/counters/joins").await, 0);
    other.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_issuer_its_players_come_in_under_its_names_and_nobody_else_does() {
    let key = KeyFile::new("players");
    let server = start(|config| {
        of_issuer(config, &key);
        config.bots = 0;
    })
    .await;
    assert!(refusal(&server, "", Role::Player).await.contains("a token is needed"));
    assert!(refusal(&server, "", Role::Watcher).await.contains("a token is needed"));
    assert!(refusal(&server, &token(SECRET, -60, json!({})), Role::Player).await.contains("expired"));
    assert!(refusal(&server, &token(OTHER_SECRET, 60, json!({})), Role::Player).await.contains("not signed"));
    let lobby = token(SECRET, 60, json!({ "rooms": ["lobby"] }));
    assert!(refusal(&server, &lobby, Role::Player).await.contains("for this room"));
    let looks_on = token(SECRET, 60, json!({ "roles": ["spectator"] }));
    assert!(refusal(&server, &looks_on, Role::Player).await.contains("does not let you play"));
    let hello = Session::<Arena>::hello_again("", "", Role::Watcher, shown(&looks_on));
    let mut watcher = RawClient::connect(server.address()).await;
    watcher.send(Frame::new(opcode::BINARY, &hello)).await;
    assert!(watcher.receive_kind(opcode::BINARY).await.is_some(), "it may watch");

    let ada = token(SECRET, 60, json!({ "name": "Ada", "roles": ["player"] }));
    let mut ada = Listener::come(server.address(), "Grace", shown(&ada)).await;
    let player = ada.session.player().expect("a player");
    ada.hear_until(|session| session.name(player) == Some("Ada")).await;
    let line = encode_client(&ClientMessage::Chat("well met"));
    ada.client.send(Frame::new(opcode::BINARY, &line)).await;
    ada.hears("well met").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_outlives_the_token_that_it_came_from_and_a_seat_does() {
    let key = KeyFile::new("returns");
    let server = start(|config| {
        of_issuer(config, &key);
        config.auth.auth_leeway_seconds = 0;
        config.bots = 0;
    })
    .await;
    let short = token(SECRET, 2, json!({ "roles": ["admin"], "name": "Root" }));
    let mut root = Listener::come(server.address(), "", shown(&short)).await;
    for _ in 0..2 {
        // The connection stands; its orders do not.
        answered(&mut root, Order::List, "Your token has expired; come in again with a new one.").await;
        let back = Credentials { token: Token(&short), resume: root.session.resume_token() };
        root = Listener::come(server.address(), "", back).await;
        assert!(root.session.is_resumed(), "it plays on");
    }
    let renewed = token(SECRET, 60, json!({ "roles": ["admin"], "name": "Root" }));
    let back = Credentials { token: Token(&renewed), resume: root.session.resume_token() };
    root = Listener::come(server.address(), "", back).await;
    answered(&mut root, Order::List, "Nobody is muted or banned.").await;
    assert!(root.session.is_resumed());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_with_tokens_play_where_only_an_issuers_players_may() {
    let key = KeyFile::new("bots");
    let server = start(|config| {
        of_issuer(config, &key);
        config.bots = 0;
    })
    .await;
    let tokens = (0..3).map(|bot| OwnedToken(token(SECRET, 60, json!({ "sub": format!("bot-{bot}") })))).collect();
    let options = Options { tokens, ..Options::new(server.url(), 3, Duration::from_secs(4)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean() && report.clients_connected == 3, "{report}");
    server.stop().await;
}

/// Also what a log may say at its most talkative.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_holds_from_sighup_on_and_no_token_is_ever_logged() {
    let key = KeyFile::new("reload");
    let file = key.0.to_str().expect("text").to_owned();
    let flags = ["--port", "0", "--host", "127.0.0.1", "--log", "trace", "--auth", "issuer", "--auth-key", &file];
    let (mut command, data_dir) =
        program("reload", &[&flags[..], &["--auth-issuer", "tests", "--auth-audience", "arena"]].concat());
    let log_file = key.0.with_extension("log");
    command.stderr(fs::File::create(&log_file).expect("a file"));
    let mut child = command.spawn().expect("the program starts");
    let (address, _said) = address(&mut child);
    let read_log = || {
        let mut log = String::new();
        fs::File::open(&log_file).expect("a log").read_to_string(&mut log).expect("text");
        log
    };
    let old = token(SECRET, 60, json!({}));
    let before = Listener::come(address, "Ada", shown(&old)).await;
    let resume = format!("{:?}", before.session.resume_token().expect("a resume token").0);

    for (content, said) in [(&b"short"[..], "the keys stay as they are"), (OTHER_SECRET, "the keys were read anew")] {
        fs::write(&key.0, content).expect("ours");
        signal(&child, "HUP");
        while !read_log().contains(said) {
            tokio::task::yield_now().await;
        }
    }
    let new = token(OTHER_SECRET, 60, json!({ "sub": "player-2" }));
    let after = Listener::come(address, "Grace", shown(&new)).await;
    let mut refused = RawClient::connect(address).await;
    let hello = Session::<Arena>::hello_again("Ada", "", Role::Player, shown(&old));
    refused.send(Frame::new(opcode::BINARY, &hello)).await;
    assert_eq!(refused.farewell().await.0, CloseCode::TokenRefused.number());
    drop((before, after));
    signal(&child, "TERM");
    assert!(child.wait().expect("it ends").success());
    let log = read_log();
    assert!(log.contains("issuer:player-1") && log.contains("issuer:player-2") && log.contains("not let in"), "{log}");
    for token in [&old, &new] {
        for part in token.split('.') {
            assert!(!log.contains(part), "{log}");
        }
    }
    assert!(!log.contains(&resume) && !log.contains("what the tests' issuer"), "{log}");
    fs::remove_dir_all(data_dir).expect("the data folder is ours");
    fs::remove_file(log_file).expect("ours");
}
