//! What is said reaches those whom it is for, cleaned, and nobody else.

use std::time::Instant;

use tickwire::{BotChat, ChatFilter, Config};
use tickwire_arena::{DEFAULT_MAP, map::with_mode};
use tickwire_line::Line;
use tickwire_sync::{
    client::Voice,
    protocol::{
        Role,
        limits::{CHAT_LINES_BURST_MAX, CHAT_LINES_PER_SECOND_MAX},
    },
};

use crate::{
    common::{Frame, Listener, opcode, start, start_game, start_on},
    identity::shown,
};

const SECRET: &str = "behind the third rock";

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whisper_reaches_its_two_and_no_third_socket_and_a_line_reaches_all() {
    let server = start(|config| (config.bots, config.watch_delay) = (0, 0)).await;
    let [mut ada, mut grace, mut eve] = [
        Listener::join(server.address(), "Ada").await,
        Listener::join(server.address(), "Grace").await,
        Listener::join(server.address(), "Eve").await,
    ];
    let mut watcher = Listener::watch(server.address()).await;
    let (from, to) = (ada.session.player().expect("a player"), ada.number_of("Grace").await);
    ada.say(|session| session.whisper(to, SECRET)).await;
    assert_eq!(grace.hears(SECRET).await.0, Voice::From(from));
    assert_eq!(ada.hears(SECRET).await.0, Voice::To(to));
    ada.say(|session| session.chat("in the open")).await;
    for other in [&mut eve, &mut watcher] {
        let (voice, bytes) = other.hears("in the open").await;
        assert_eq!(voice, Voice::Room(from));
        assert!(!contains(&bytes, SECRET), "a third socket got it");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_for_the_team_reaches_the_team_alone() {
    // Of the Line game's players, those of even numbers are one team.
    let server = start_game::<Line>(|config| (config.bots, config.watch_delay) = (0, 0)).await;
    let mut players = Vec::new();
    for name in ["Ada", "Eve", "Grace"] {
        players.push(Listener::<Line>::enter_game(server.address(), name, Role::Player).await);
    }
    let mut watcher = Listener::<Line>::enter_game(server.address(), "", Role::Watcher).await;
    let [ada, eve, grace] = &mut players[..] else { unreachable!("three came") };
    assert_eq!([ada.session.player(), eve.session.player(), grace.session.player()], [Some(0), Some(1), Some(2)]);
    ada.say(|session| session.chat_to_team(SECRET)).await;
    for friend in [&mut *ada, grace] {
        assert_eq!(friend.hears(SECRET).await.0, Voice::Team(0));
    }
    ada.say(|session| session.chat("in the open")).await;
    for other in [eve, &mut watcher] {
        let (_, bytes) = other.hears("in the open").await;
        assert!(!contains(&bytes, SECRET), "somebody outside of the team got it");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sides_of_the_arena_are_teams() {
    let map = with_mode(DEFAULT_MAP, "teams");
    let server = start_on(&map, |config| (config.bots, config.watch_delay) = (0, 0)).await;
    let mut players = Vec::new();
    for name in ["Ada", "Eve", "Grace"] {
        players.push(Listener::join(server.address(), name).await);
    }
    let [ada, eve, grace] = &mut players[..] else { unreachable!("three came") };
    ada.say(|session| session.chat_to_team(SECRET)).await;
    for friend in [&mut *ada, grace] {
        assert_eq!(friend.hears(SECRET).await.0, Voice::Team(0));
    }
    ada.say(|session| session.chat("in the open")).await;
    let (_, bytes) = eve.hears("in the open").await;
    assert!(!contains(&bytes, SECRET), "the other side got it");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_speak_once_in_a_while_and_not_at_all_where_they_may_not() {
    for (bot_chat, heard) in [(BotChat::On, 1), (BotChat::Off, 0)] {
        // Of the Line game's bots one would speak in every tick.
        let quiet = |config: &mut Config| (config.bots, config.watch_delay, config.bot_chat) = (2, 0, bot_chat);
        let server = start_game::<Line>(quiet).await;
        let mut ada = Listener::<Line>::enter_game(server.address(), "Ada", Role::Player).await;
        let mut bytes = if heard > 0 { ada.hears("beep").await.1 } else { Vec::new() };
        for line in ["first", "second", "third"] {
            ada.say(|session| session.chat(line)).await;
            bytes.extend(ada.hears(line).await.1);
        }
        let beeps = bytes.windows(4).filter(|window| *window == b"beep").count();
        assert_eq!(beeps, heard, "{bot_chat:?}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_heard_by_nobody_is_told() {
    let server = start(|config| config.bots = 1).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let mut grace = Listener::join(server.address(), "Grace").await;
    grace.say(|session| session.whisper(1999, "hello?")).await;
    assert_eq!(grace.hears("Nobody there hears you").await.0, Voice::Server);
    let bot = ada.session.players().find(|(_, name)| !["Ada", "Grace"].contains(name)).map_or(1998, |(bot, _)| bot);
    ada.say(|session| session.whisper(bot, "hello?")).await;
    assert_eq!(ada.hears("Nobody there hears you").await.0, Voice::Server);
    ada.say(|session| session.chat_to_team("to the left")).await;
    assert_eq!(ada.hears("no teams here").await.0, Voice::Server);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_lines_are_cleaned_and_slurs_masked_unless_the_operator_wants_them() {
    let server = start(|config| config.bots = 0).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let mut other = Listener::join(server.address(), "\u{202e}Zoe\u{308}\u{200b} \u{7} <b>").await;
    ada.number_of("Zo\u{eb} <b>").await;
    let _masked = Listener::join(server.address(), "f@gg0t").await;
    ada.number_of("******").await;
    other.say(|session| session.chat("go\u{200b}  away,\nf\u{200b}@gg0t <i>x</i>")).await;
    ada.hears("go away, ****** <i>x</i>").await;
    assert_eq!(server.health("/counters/chat_masked").await, 1);
    server.stop().await;

    let server = start(|config| (config.bots, config.chat_filter) = (0, ChatFilter::Off)).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    ada.say(|session| session.chat("f@gg0t")).await;
    ada.hears("f@gg0t").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_by_a_new_connection_speaks_no_faster() {
    const VISITS: u32 = 8;
    let server = start(|config| config.bots = 0).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let token = ada.session.token().expect("a guest's token").clone();
    let began = Instant::now();
    for _ in 0..VISITS {
        for _ in 0..CHAT_LINES_BURST_MAX {
            ada.say(|session| session.chat("hear me")).await;
        }
        // All of them are read before its answer comes.
        ada.client.send(Frame::new(opcode::PING, b"all said")).await;
        while ada.client.receive().await.expect("an answer").0 != opcode::PONG {}
        ada = Listener::come(server.address(), "Ada", shown(&token.0)).await;
    }
    let taken = f64::from(VISITS * CHAT_LINES_BURST_MAX) - server.health("/counters/chat_dropped").await as f64;
    let may = f64::from(CHAT_LINES_BURST_MAX) + began.elapsed().as_secs_f64() * f64::from(CHAT_LINES_PER_SECOND_MAX);
    assert!(taken <= may, "{taken} lines were taken where {may:.1} may be");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_looks_like_a_command_is_only_said() {
    let server = start(|config| config.bots = 0).await;
    let admin = server.appoint("admin", "Root");
    let mut root = Listener::come(server.address(), "", crate::identity::shown(&admin)).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    root.say(|session| session.chat("/kick Ada")).await;
    ada.hears("/kick Ada").await;
    assert_eq!((server.health("/counters/kicks").await, server.health("/rooms/0/people").await), (0, 2));
    server.stop().await;
}
