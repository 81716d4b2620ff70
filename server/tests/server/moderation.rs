//! Mute, kick, ban and announce: who may, whom it meets, how long it holds.

use std::net::Ipv4Addr;

use tickwire_arena::Arena;
use tickwire_sync::{
    PlayerNumber,
    client::{Session, Voice},
    protocol::{
        CloseCode, Credentials, Order, OwnedToken, Rank, Role, Sanction, Token, limits::ANNOUNCEMENTS_PER_MINUTE_MAX,
    },
};

use crate::{
    common::{Frame, Listener, RawClient, Running, opcode, start},
    identity::shown,
    process,
};

const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 7);
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 8);

/// A server without bots, an admin on it, and its token.
async fn with_admin() -> (Running, Listener, OwnedToken) {
    let server = start(|config| config.bots = 0).await;
    let token = OwnedToken(server.appoint("admin", "Root"));
    let root = Listener::come(server.address(), "somebody else", shown(&token.0)).await;
    (server, root, token)
}

fn against(player: PlayerNumber, seconds: Option<u32>) -> Sanction<'static> {
    Sanction { player, by_address: false, seconds, reason: "spam" }
}

/// With which code and words somebody who comes is turned away; `None` if it is let in.
async fn refusal(mut client: RawClient, credentials: Credentials<'_>, role: Role) -> Option<(u16, String)> {
    let hello = Session::<Arena>::hello_again("Mallory", "", role, credentials);
    client.send(Frame::new(opcode::BINARY, &hello)).await;
    let (kind, payload) = client.receive().await.expect("an answer");
    let (code, reason) = payload.split_at_checked(2).filter(|_| kind == opcode::CLOSE)?;
    Some((u16::from_be_bytes([code[0], code[1]]), String::from_utf8(reason.to_vec()).expect("text")))
}

/// Gives an order until it is answered so: one that comes too soon after others is dropped.
pub async fn answered(by: &mut Listener, order: Order<'static>, words: &str) {
    by.heard.clear();
    while !by.heard.iter().any(|(_, line)| line.contains(words)) {
        by.say(|session| session.order(order)).await;
        for _ in 0..8 {
            by.hear().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_silences_in_every_way_until_it_is_lifted() {
    let (server, mut root, _) = with_admin().await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let (number, admin) = (root.number_of("Mallory").await, mallory.number_of("Root").await);
    root.say(|session| session.order(Order::Mute(against(number, None)))).await;
    assert_eq!(root.hears("1: Mallory is muted for good: spam (by Root)").await.0, Voice::Server);
    mallory.say(|session| session.chat("psst, all")).await;
    mallory.hears("You are muted for good: spam").await;
    mallory.heard.clear();
    mallory.say(|session| session.whisper(admin, "psst, you")).await;
    mallory.hears("You are muted").await;
    root.say(|session| session.order(Order::Lift { number: 1 })).await;
    root.hears("Number 1, against Mallory, is lifted").await;
    mallory.say(|session| session.chat("sorry")).await;
    root.hears("sorry").await;
    assert!(root.heard.iter().all(|(_, line)| !line.contains("psst")));
    let counted = [server.health("/counters/mutes").await, server.health("/counters/chat_muted").await];
    assert_eq!((counted, server.health("/counters/sanctions_lifted").await), ([1, 2], 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kick_closes_with_its_reason_and_who_was_kicked_may_come_again() {
    let (server, mut root, _) = with_admin().await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let player = root.number_of("Mallory").await;
    root.say(|session| session.order(Order::Kick { player, reason: "\u{202e}spam\n" })).await;
    assert_eq!(
        mallory.client.farewell().await,
        (CloseCode::Kicked.number(), "a moderator removed you: spam".to_owned())
    );
    root.hears("Mallory is removed.").await;
    root.hear_until(|session| session.name(player).is_none()).await;
    let resume = Credentials { token: Token::default(), resume: mallory.session.resume_token() };
    let again = Listener::come(server.address(), "Mallory", resume).await;
    assert!(!again.session.is_resumed(), "its seat was free");
    server.until_closed(CloseCode::Kicked, 1).await;
    assert_eq!(server.health("/counters/kicks").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_holds_over_a_reconnect_and_a_restart_until_it_is_lifted() {
    let (server, mut root, admin) = with_admin().await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let token = mallory.session.token().expect("a guest's token").clone();
    let number = root.number_of("Mallory").await;
    root.say(|session| session.order(Order::Ban(against(number, None)))).await;
    let banned = (CloseCode::Banned.number(), "you are banned here for good: spam".to_owned());
    assert_eq!(mallory.client.farewell().await, banned);
    root.hears("1: Mallory is banned for good: spam (by Root)").await;
    let resume = Credentials { token: token.borrowed(), resume: mallory.session.resume_token() };
    for (credentials, role) in
        [(shown(&token.0), Role::Player), (resume, Role::Player), (shown(&token.0), Role::Watcher)]
    {
        assert_eq!(
            refusal(RawClient::connect(server.address()).await, credentials, role).await.as_ref(),
            Some(&banned)
        );
    }
    drop(root);
    let server = server.restart().await;
    assert_eq!(refusal(RawClient::connect(server.address()).await, shown(&token.0), Role::Player).await, Some(banned));
    let mut root = Listener::come(server.address(), "", shown(&admin.0)).await;
    root.say(|session| session.order(Order::List)).await;
    root.hears("1: Mallory is banned for good: spam (by Root)").await;
    root.say(|session| session.order(Order::Lift { number: 1 })).await;
    root.hears("is lifted").await;
    let back = Listener::come(server.address(), "Mallory", shown(&token.0)).await;
    assert!(back.session.token().is_none(), "it is the same player");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_frees_a_held_seat_and_ends_when_its_time_is_over() {
    let (server, mut root, _) = with_admin().await;
    let mallory = Listener::join(server.address(), "Mallory").await;
    let (token, resume) = (mallory.session.token().expect("a token").clone(), mallory.session.resume_token());
    let player = root.number_of("Mallory").await;
    drop(mallory);
    root.hear_until(|session| session.is_away(player)).await;
    root.say(|session| session.order(Order::Ban(against(player, Some(2))))).await;
    root.hears("Mallory is banned for 2 s").await;
    root.hear_until(|session| session.name(player).is_none()).await;
    let credentials = Credentials { token: token.borrowed(), resume };
    let mut refused = 0;
    while let Some((code, _)) = refusal(RawClient::connect(server.address()).await, credentials, Role::Player).await {
        assert_eq!(code, CloseCode::Banned.number());
        refused += 1;
    }
    println!("turned away {refused} times until it was let in");
    server.until_closed(CloseCode::Banned, refused).await;
    assert_eq!(server.health("/counters/bans").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_by_address_holds_for_everybody_there_and_nobody_else() {
    let (server, mut root, _) = with_admin().await;
    let address = server.address();
    let nobody = Credentials::default();
    let mut mallory = Listener::come_from(STRANGER, address, "Mallory", nobody).await;
    let hello = Session::<Arena>::hello("", "", Role::Watcher);
    let mut watcher = Listener::<Arena>::hello(RawClient::connect_from(STRANGER, address).await, &hello).await;
    let player = root.number_of("Mallory").await;
    root.say(|session| session.order(Order::Ban(Sanction { by_address: true, ..against(player, Some(3600)) }))).await;
    root.hears("1: Mallory's address is banned for 60 min: spam (by Root)").await;
    assert!(root.heard.iter().all(|(_, line)| !line.contains("127.0")), "addresses stay on the server");
    for client in [&mut mallory.client, &mut watcher.client] {
        assert_eq!(client.farewell().await.0, CloseCode::Banned.number());
    }
    for role in [Role::Player, Role::Watcher] {
        let (code, said) =
            refusal(RawClient::connect_from(STRANGER, address).await, nobody, role).await.expect("it is banned");
        assert!(code == CloseCode::Banned.number() && said.ends_with("min: spam"), "{said}");
    }
    Listener::come_from(NEIGHBOUR, address, "Grace", nobody).await;
    // The address that the admin shares is not banned by mistake.
    Listener::join(address, "Ada").await;
    let ada = root.number_of("Ada").await;
    root.say(|session| session.order(Order::Ban(Sanction { by_address: true, ..against(ada, None) }))).await;
    root.hears("the same address as you").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_who_is_removed_gives_no_more_orders() {
    let (server, mut root, _) = with_admin().await;
    let token = server.appoint("moderator", "Mod");
    let mut moderator = Listener::come(server.address(), "", shown(&token)).await;
    let number = root.number_of("Mod").await;
    root.say(|session| session.order(Order::Ban(against(number, None)))).await;
    assert_eq!(moderator.client.farewell().await.0, CloseCode::Banned.number());
    // It knows, and does not close its side: what it says is still read.
    moderator.say(|session| session.order(Order::Lift { number: 1 })).await;
    while moderator.client.receive().await.is_some() {}
    root.say(|session| session.order(Order::List)).await;
    root.hears("1: Mod is banned for good: spam (by Root)").await;
    assert_eq!(server.health("/counters/sanctions_lifted").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_by_address_spares_the_moderators_there() {
    let (server, mut root, _) = with_admin().await;
    let (address, token) = (server.address(), server.appoint("moderator", "Mod"));
    let mut moderator = Listener::come_from(STRANGER, address, "", shown(&token)).await;
    let mut mallory = Listener::come_from(STRANGER, address, "Mallory", Credentials::default()).await;
    let player = root.number_of("Mallory").await;
    root.say(|session| session.order(Order::Ban(Sanction { by_address: true, ..against(player, None) }))).await;
    assert_eq!(mallory.client.farewell().await.0, CloseCode::Banned.number());
    root.hears("1: Mallory's address is banned").await;
    moderator.say(|session| session.chat("one less")).await;
    root.hears("one less").await;
    drop(moderator);
    Listener::come_from(STRANGER, address, "", shown(&token)).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_of_a_player_ends_its_watching_too() {
    let (server, mut root, _) = with_admin().await;
    let mallory = Listener::join(server.address(), "Mallory").await;
    let token = mallory.session.token().expect("a guest's token").clone();
    let hello = Session::<Arena>::hello_again("", "", Role::Watcher, shown(&token.0));
    let mut watching = Listener::<Arena>::hello(RawClient::connect(server.address()).await, &hello).await;
    let player = root.number_of("Mallory").await;
    root.say(|session| session.order(Order::Ban(against(player, None)))).await;
    assert_eq!(watching.client.farewell().await.0, CloseCode::Banned.number());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_can_still_be_banned_and_nobody_else_gets_its_number() {
    let (server, mut root, _) = with_admin().await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let token = mallory.session.token().expect("a guest's token").clone();
    let player = root.number_of("Mallory").await;
    mallory.client.say_goodbye(CloseCode::Normal).await;
    root.hear_until(|session| session.name(player).is_none()).await;
    Listener::join(server.address(), "Grace").await;
    assert_ne!(root.number_of("Grace").await, player);
    root.say(|session| session.order(Order::Kick { player, reason: "" })).await;
    root.hears("Mallory has left.").await;
    root.say(|session| session.order(Order::Ban(against(player, None)))).await;
    root.hears("1: Mallory is banned for good").await;
    let banned = refusal(RawClient::connect(server.address()).await, shown(&token.0), Role::Player).await;
    assert_eq!(banned.map(|(code, _)| code), Some(CloseCode::Banned.number()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_a_ban_by_address_is_of_the_clients_own() {
    let server = start(|config| {
        config.bots = 0;
        config.network.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let (address, token) = (server.address(), server.appoint("moderator", "Mod"));
    let mut moderator = Listener::come(address, "", shown(&token)).await;
    let from = async |client| RawClient::ask_from(Ipv4Addr::LOCALHOST, address, client).await.ok().expect("a socket");
    let hello = Session::<Arena>::hello("Mallory", "", Role::Player);
    let mut mallory = Listener::<Arena>::hello(from("X-Forwarded-For: 203.0.113.9\r\n").await, &hello).await;
    let player = moderator.number_of("Mallory").await;
    moderator.say(|session| session.order(Order::Ban(Sanction { by_address: true, ..against(player, None) }))).await;
    assert_eq!(mallory.client.farewell().await.0, CloseCode::Banned.number());
    let again = from("X-Forwarded-For: 10.0.0.1, 203.0.113.9\r\n").await;
    let (_, said) = refusal(again, Credentials::default(), Role::Player).await.expect("it is banned");
    assert_eq!(said, "you are banned here for good: spam");
    Listener::<Arena>::hello(from("X-Forwarded-For: 203.0.113.10\r\n").await, &hello).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_cannot_do_what_a_moderator_can_nor_a_moderator_what_an_admin_can() {
    let (server, mut root, _) = with_admin().await;
    let mut mallory = Listener::join(server.address(), "Mallory").await;
    let admin = mallory.number_of("Root").await;
    let orders = [
        Order::Announce { everywhere: false, text: "hear me" },
        Order::Kick { player: admin, reason: "" },
        Order::Mute(against(admin, None)),
        Order::Ban(against(admin, None)),
        Order::Lift { number: 1 },
        Order::List,
    ];
    for order in orders {
        answered(&mut mallory, order, "Your role does not permit that.").await;
    }
    assert!(server.health("/counters/orders_refused").await >= orders.len() as u64);
    let token = server.appoint("moderator", "Mod");
    let mut moderator = Listener::come(server.address(), "", shown(&token)).await;
    moderator.say(|session| session.order(Order::Announce { everywhere: true, text: "hear me" })).await;
    moderator.hears("Your role does not permit that.").await;
    moderator.say(|session| session.order(Order::Kick { player: admin, reason: "" })).await;
    moderator.hears("Root has no lower role than you.").await;
    root.say(|session| session.chat("still here")).await;
    root.hears("still here").await;
    assert_eq!(server.health("/counters/kicks").await + server.health("/counters/announcements").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_reaches_its_room_or_all_and_they_come_at_a_bounded_rate() {
    let server = start(|config| {
        (config.bots, config.watch_delay) = (0, 0);
        config.rooms = vec!["main".into(), "side".into()];
    })
    .await;
    let token = server.appoint("admin", "Root");
    let mut root = Listener::come(server.address(), "", shown(&token)).await;
    let mut watcher = Listener::watch(server.address()).await;
    let mut aside = Listener::join_room(server.address(), "Grace", "side").await;
    let ranks = [&root, &watcher, &aside].map(|somebody| somebody.session.rank());
    assert_eq!(ranks, [Rank::Admin, Rank::Player, Rank::Player], "each is told what it may order");
    let announce = |everywhere, text| Order::Announce { everywhere, text };
    root.say(|session| session.order(announce(false, "here alone"))).await;
    for near in [&mut root, &mut watcher] {
        assert_eq!(near.hears("here alone").await.0, Voice::Announcement);
    }
    root.say(|session| session.order(announce(true, "to all <b>rooms</b>"))).await;
    assert_eq!(aside.hears("to all <b>rooms</b>").await.0, Voice::Announcement);
    assert!(aside.heard.iter().all(|(_, line)| line != "here alone"));
    answered(&mut root, announce(false, "again"), "Too many announcements").await;
    assert!(server.health("/counters/announcements").await >= ANNOUNCEMENTS_PER_MINUTE_MAX.into());
    server.stop().await;
}

#[test]
fn a_server_does_not_start_on_mutes_and_bans_that_it_cannot_read() {
    let (mut command, data_dir) = process::program("sanctions", &["--port", "0", "--host", "127.0.0.1"]);
    std::fs::create_dir_all(&data_dir).expect("a folder");
    std::fs::write(data_dir.join("sanctions.json"), "{\"last\": 1").expect("a file");
    let output = command.output().expect("the program starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success() && said.contains("sanctions.json cannot be read"), "{said}");
    std::fs::remove_dir_all(data_dir).expect("ours");
}
