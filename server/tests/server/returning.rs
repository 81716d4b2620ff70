//! Who loses its connection comes back to its seat: the same number, ship and score.

use std::net::Ipv4Addr;

use tickwire_arena::{Arena, kinds::Entity};
use tickwire_sync::{
    PlayerNumber, Tick,
    client::Session,
    protocol::{Close, CloseCode, Credentials, OwnedToken, ResumeToken, Role, Token},
};

use crate::{
    common::{Frame, Listener, RawClient, Running, opcode, start},
    recording::{Folder, replay},
};

async fn empty_server(change: impl FnOnce(&mut tickwire::Config)) -> Running {
    start(|config| {
        config.bots = 0;
        change(config);
    })
    .await
}

/// What somebody comes back with: by its seat, and by who it is.
fn papers(session: &Session<Arena>) -> (ResumeToken, OwnedToken) {
    (session.resume_token().expect("a resume token"), session.token().expect("a token").clone())
}

fn back(resume: ResumeToken) -> Credentials<'static> {
    Credentials { token: Token::default(), resume: Some(resume) }
}

fn player(listener: &Listener) -> PlayerNumber {
    listener.session.player().expect("a player")
}

/// Since when the session has known a player's line of the score board, which comes and goes with the seat.
fn line_since(session: &Session<Arena>, player: PlayerNumber) -> Option<Tick> {
    session.mirror().iter().find_map(|(_, held)| match held.state {
        Entity::Pilot(pilot) if pilot.player == player => Some(held.since),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_player_is_away_for_the_others_and_comes_back_to_the_same_seat() {
    let server = empty_server(|_| {}).await;
    let ada = Listener::join(server.address(), "Ada").await;
    let (number, (resume, _)) = (player(&ada), papers(&ada.session));
    let mut grace = Listener::join(server.address(), "Grace").await;
    grace.hear_until(|session| line_since(session, number).is_some()).await;
    let since = line_since(&grace.session, number);
    drop(ada);
    grace.hear_until(|session| session.is_away(number)).await;
    assert_eq!(server.health("/rooms/0/people").await, 2);
    let mut late = Listener::join(server.address(), "Linus").await;
    late.hear_until(|session| session.is_away(number)).await;
    assert_eq!(late.session.name(number), Some("Ada"));

    let mut again = Listener::come(server.address(), "", back(resume)).await;
    assert!(again.session.is_resumed() && player(&again) == number);
    assert_ne!(again.session.resume_token(), Some(resume), "the next return has a token of its own");
    grace.hear_until(|session| !session.is_away(number)).await;
    assert_eq!((line_since(&grace.session, number), grace.session.name(number)), (since, Some("Ada")));
    again.hear_until(|session| session.avatar().is_some() && session.stats().audits > 1).await;
    assert_eq!((again.session.stats().desyncs, grace.session.stats().desyncs), (0, 0));
    assert_eq!((server.health("/counters/seats_held").await, server.health("/counters/resumes").await), (1, 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_token_that_was_used_takes_nobodys_seat() {
    let server = empty_server(|_| {}).await;
    let first = Listener::join(server.address(), "Ada").await;
    let (resume, _) = papers(&first.session);
    let mut ada = Listener::come(server.address(), "", back(resume)).await;
    let mallory = Listener::come(server.address(), "Mallory", back(resume)).await;
    let guessed = Listener::come(server.address(), "Mallory", back(ResumeToken([0; 16]))).await;
    assert!(!mallory.session.is_resumed() && player(&mallory) != player(&ada));
    assert!(!guessed.session.is_resumed() && player(&guessed) != player(&ada));
    let tick = ada.session.mirror().tick;
    ada.hear_until(|session| session.mirror().tick > tick + 10).await;
    assert_eq!(server.health("/counters/resumes").await, 1);
    server.stop().await;
}

/// As after a laptop has slept.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_too_late_begins_anew_as_the_same_player() {
    let server = empty_server(|config| config.resume_seconds = 1).await;
    let ada = Listener::join(server.address(), "Ada").await;
    let (number, (resume, token)) = (player(&ada), papers(&ada.session));
    let mut grace = Listener::join(server.address(), "Grace").await;
    grace.hear_until(|session| session.name(number).is_some()).await;
    drop(ada);
    grace.hear_until(|session| session.name(number).is_none() && line_since(session, number).is_none()).await;
    let credentials = Credentials { token: token.borrowed(), resume: Some(resume) };
    let again = Listener::come(server.address(), "Ada", credentials).await;
    assert!(!again.session.is_resumed() && again.session.token().is_none());
    assert_eq!(server.health("/counters/seats_expired").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_on_purpose_frees_the_seat_at_once_and_who_only_gives_up_a_connection_keeps_it() {
    let server = empty_server(|_| {}).await;
    let mut grace = Listener::join(server.address(), "Grace").await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let number = player(&ada);
    grace.hear_until(|session| session.name(number).is_some()).await;
    ada.client.say_goodbye(CloseCode::ComingBack).await;
    grace.hear_until(|session| session.is_away(number)).await;
    let mut ada = Listener::come(server.address(), "", back(papers(&ada.session).0)).await;
    assert_eq!(player(&ada), number);
    ada.client.say_goodbye(CloseCode::Normal).await;
    grace.hear_until(|session| session.name(number).is_none()).await;
    assert_eq!((server.health("/counters/seats_held").await, server.health("/rooms/0/people").await), (1, 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_keeps_the_seat_of_who_was_lost_for_its_owner() {
    let server = empty_server(|config| config.max_players = 1).await;
    let ada = Listener::join(server.address(), "Ada").await;
    let (number, (resume, _)) = (player(&ada), papers(&ada.session));
    drop(ada);
    while server.health("/counters/seats_held").await == 0 {
        tokio::task::yield_now().await;
    }
    let mut grace = RawClient::connect(server.address()).await;
    grace.send(Frame::new(opcode::BINARY, &Session::<Arena>::hello("Grace", "", Role::Player))).await;
    assert_eq!(grace.farewell().await.0, CloseCode::RoomFull.number());
    let again = Listener::come(server.address(), "", back(resume)).await;
    assert!(again.session.is_resumed() && player(&again) == number);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_another_address_the_seat_is_taken_back_while_the_old_connection_still_stands() {
    let server = empty_server(|_| {}).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let resume = papers(&ada.session).0;
    let elsewhere = Ipv4Addr::new(127, 0, 0, 9);
    let moved = Listener::come_from(elsewhere, server.address(), "", back(resume)).await;
    assert!(moved.session.is_resumed() && player(&moved) == player(&ada));
    assert_eq!(ada.client.farewell().await.0, CloseCode::TakenOver.number());
    assert_eq!(server.health("/rooms/0/people").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_of_the_same_player_takes_over_and_the_first_is_told() {
    let server = empty_server(|_| {}).await;
    let mut first = Listener::join(server.address(), "Ada").await;
    let token = papers(&first.session).1;
    let credentials = Credentials { token: token.borrowed(), resume: None };
    let mut second = Listener::come(server.address(), "Ada II", credentials).await;
    let number = player(&second);
    assert!(second.session.is_resumed() && number == player(&first));
    let (code, reason) = first.client.farewell().await;
    assert_eq!((code, &*reason), (CloseCode::TakenOver.number(), CloseCode::TakenOver.reason()));
    drop(first);
    second.hear_until(|session| session.name(number) == Some("Ada II")).await;
    let tick = second.session.mirror().tick;
    second.hear_until(|session| session.mirror().tick > tick + 10 && !session.is_away(number)).await;
    assert_eq!((server.health("/counters/takeovers").await, server.health("/counters/seats_held").await), (1, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_over_what_time_to_come_back_and_the_next_one_knows_its_players() {
    let server = empty_server(|_| {}).await;
    let mut ada = Listener::join(server.address(), "Ada").await;
    let (resume, token) = papers(&ada.session);
    let server = server.restart().await;
    let (code, reason) = ada.client.farewell().await;
    assert_eq!(code, CloseCode::GoingAway.number());
    assert!(Close::spread(&reason).is_some_and(|spread| spread.as_millis() >= 500), "{reason}");
    let credentials = Credentials { token: token.borrowed(), resume: Some(resume) };
    let again = Listener::come(server.address(), "Ada", credentials).await;
    assert!(!again.session.is_resumed() && again.session.token().is_none());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_with_seats_that_were_held_and_taken_back_is_run_again_to_the_bit() {
    let folder = Folder::new("returning");
    let server = start(|config| {
        (config.record, config.resume_seconds, config.bots) = (Some(folder.0.clone()), 1, 3);
    })
    .await;
    let mut grace = Listener::join(server.address(), "Grace").await;
    let ada = Listener::join(server.address(), "Ada").await;
    let (number, (resume, _)) = (player(&ada), papers(&ada.session));
    drop(ada);
    grace.hear_until(|session| session.is_away(number)).await;
    let again = Listener::come(server.address(), "", back(resume)).await;
    drop(again);
    grace.hear_until(|session| session.name(number).is_some() && session.is_away(number)).await;
    grace.hear_until(|session| session.name(number).is_none()).await;
    server.stop().await;
    let (verified, said, problem) = replay(&folder.file(), &["--verify"]);
    assert!(verified, "{said}{problem}");
}
