use std::time::Duration;

use tickwire_arena::{Arena, DEFAULT_MAP, DEFAULT_TUNING};
use tickwire_sync::{
    game::{Game, RulesSource, rules_hash},
    protocol::{ClientMessage, Pass, Rank, ServerMessage, Token, Welcome, decode_client, encode_server},
    random::Random,
};

use super::*;

fn welcome(wrong: u64) -> Vec<u8> {
    welcome_with(wrong, Pass::default())
}

fn welcome_with(wrong: u64, pass: Pass) -> Vec<u8> {
    let source = RulesSource { tuning: DEFAULT_TUNING, map: DEFAULT_MAP };
    let rules = Arena::pack_rules(source).expect("they are right");
    let rules_hash = rules_hash::<Arena>(&rules, 30) ^ wrong;
    encode_server(&ServerMessage::Welcome(Welcome {
        player: Some(3),
        room: "main",
        tick: 9,
        tick_rate: 30,
        delay: 0,
        rules: &rules,
        rules_hash,
        pass,
    }))
}

fn orders(link: &mut Link<Arena>) -> Vec<Order> {
    std::iter::from_fn(|| link.take_order()).collect()
}

fn playing() -> Link<Arena> {
    let mut link = Link::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    assert_eq!(link.received(&welcome(0), 0.1), Received::Welcome);
    assert_eq!(orders(&mut link), [Order::Open]);
    link
}

#[test]
fn a_lost_connection_is_retried_by_itself_with_its_last_world_standing_still() {
    let mut link = playing();
    link.closed(1006, "", 5.0, 0.5);
    assert_eq!(link.phase(), &Phase::Lost { why: LOST.into(), retry_at: 5.5 });
    assert_eq!(link.shown(9.0).map(|(_, time)| time), Some(5.0));
    link.poll(5.4, 0.5);
    assert_eq!(orders(&mut link), []);
    link.poll(5.6, 0.5);
    assert_eq!((orders(&mut link), link.phase()), (vec![Order::Open], &Phase::Connecting));
    assert_eq!(link.shown(9.0).map(|(_, time)| time), Some(5.0));
    link.closed(1006, "", 5.7, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { retry_at, .. } if *retry_at > 6.6), "the second wait is longer");
}

#[test]
fn a_line_that_was_stopped_hears_nothing_more_and_its_world_stands_still() {
    let mut link = playing();
    link.stop(5.0);
    assert_eq!((orders(&mut link), link.phase()), (vec![Order::Close], &Phase::Idle));
    assert_eq!(link.received(&welcome(0), 5.1), Received::Nothing);
    link.poll(60.0, 0.5);
    assert_eq!((orders(&mut link), link.shown(60.0).map(|(_, time)| time)), (vec![], Some(5.0)));
}

#[test]
fn tries_that_nobody_answers_keep_the_first_reason() {
    let mut link = playing();
    link.closed(CloseCode::GoingAway.number(), "", 5.0, 0.5);
    link.poll(5.6, 0.5);
    link.closed(1006, "", 5.7, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { why, .. } if why == "closed.restarting"));
}

#[test]
fn a_server_that_does_not_come_back_is_gone_after_half_a_minute_and_tries_go_on() {
    let mut link = playing();
    link.closed(CloseCode::GoingAway.number(), "", 5.0, 0.5);
    let mut said = Vec::new();
    for tenth in 50..600 {
        let now = f64::from(tenth) / 10.0;
        link.poll(now, 0.5);
        if orders(&mut link) == [Order::Open] {
            link.closed(1006, "", now, 0.5);
            let Phase::Lost { why, .. } = link.phase() else { panic!("no further try after {now} s") };
            said.push((now > 5.0 + GONE_SECONDS, why.to_string()));
        }
    }
    assert!(said.iter().all(|(late, why)| why == if *late { GONE } else { "closed.restarting" }), "{said:?}");
    assert!(said.iter().filter(|(late, _)| *late).count() > 2, "{said:?}");
    link.retry_now(60.0);
    link.received(&welcome(0), 60.1);
    link.closed(1006, "", 61.0, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { why, .. } if why == LOST));
}

#[test]
fn what_another_connection_learnt_of_the_room_need_not_be_asked() {
    let mut link: Link<Arena> = Link::default();
    link.refuse_room("nowhere");
    assert_eq!((orders(&mut link), link.has_no_room(), link.room()), (vec![], true, "nowhere"));
}

#[test]
fn silence_is_shown_within_half_a_second_and_lost_after_six() {
    let mut link = playing();
    let mut now = 0.1;
    let mut pass = |link: &mut Link<Arena>, tenths: u32| {
        for _ in 0..tenths {
            now += 0.1;
            link.poll(now, 0.5);
        }
    };
    pass(&mut link, 3);
    assert!(!link.no_signal());
    pass(&mut link, 2);
    assert!(link.no_signal());
    pass(&mut link, 54);
    assert_eq!(link.phase(), &Phase::Playing);
    pass(&mut link, 2);
    assert!(matches!(link.phase(), Phase::Lost { .. }));
    assert_eq!(orders(&mut link), [Order::GiveUp]);
}

#[test]
fn a_page_that_slept_itself_does_not_blame_the_server() {
    let mut link = playing();
    link.poll(0.05, 0.5);
    link.poll(100.0, 0.5);
    assert!(link.phase() == &Phase::Playing && !link.no_signal());
}

#[test]
fn a_server_that_does_not_answer_is_given_up_and_tried_again() {
    let mut link: Link<Arena> = Link::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    link.poll(CONNECT_SECONDS + 0.1, 0.5);
    assert_eq!(orders(&mut link), [Order::Open, Order::GiveUp]);
    assert!(matches!(link.phase(), Phase::Lost { .. }));
}

#[test]
fn other_rules_reload_the_page_and_a_second_time_say_so() {
    let mut link: Link<Arena> = Link::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    assert!(matches!(link.received(&welcome(1), 0.1), Received::Broken(_)));
    assert_eq!(orders(&mut link), [Order::Open, Order::Close, Order::Reload]);
    link.cannot_reload();
    assert!(matches!(link.phase(), Phase::Refused { why } if why == STILL_OTHER_VERSION));
}

#[test]
fn a_welcome_that_cannot_be_read_reloads_the_page_too() {
    let mut link: Link<Arena> = Link::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    let mut newer = welcome(0);
    newer.push(0);
    assert!(matches!(link.received(&newer, 0.1), Received::Broken(_)));
    assert_eq!(orders(&mut link), [Order::Open, Order::Close, Order::Reload]);
}

#[test]
fn a_refusal_waits_for_the_player_and_a_full_room_does_not() {
    let mut link = playing();
    link.closed(CloseCode::NoSuchRoom.number(), "", 1.0, 0.5);
    link.poll(99.0, 0.5);
    assert!(matches!(link.phase(), Phase::Refused { .. }) && orders(&mut link).is_empty());
    link.retry_now(100.0);
    assert_eq!(orders(&mut link), [Order::Open]);
    link.closed(CloseCode::RoomFull.number(), "", 101.0, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { .. }));
}

#[test]
fn bytes_that_are_no_message_end_the_connection_with_a_sentence() {
    let mut link = playing();
    let Received::Broken(detail) = link.received(&[255, 255, 255], 1.0) else { panic!("it was taken in") };
    assert!(detail.starts_with("the server sent not a message"), "{detail}");
    assert_eq!(orders(&mut link), [Order::Close]);
    assert!(matches!(link.phase(), Phase::Refused { .. }));
    assert_eq!(link.received(&welcome(0), 1.1), Received::Nothing);
}

fn pass(number: u8) -> Pass<'static> {
    let (token, resume) = (Token("a.b.c"), Some(ResumeToken([number; 16])));
    Pass { token, resume, hold_seconds: 30, resumed: number > 1, rank: Rank::Player }
}

/// It plays, and has something to come back with.
fn seated() -> Link<Arena> {
    let mut link = Link::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    assert_eq!(link.received(&welcome_with(0, pass(1)), 0.1), Received::Welcome);
    assert_eq!((orders(&mut link), link.came_back()), (vec![Order::Open, Order::Remember], None));
    link
}

fn shown(link: &Link<Arena>) -> (String, Option<ResumeToken>) {
    let hello = link.opened();
    let Ok(ClientMessage::Hello(hello)) = decode_client(&hello) else { panic!("a hello") };
    (hello.credentials.token.0.to_owned(), hello.credentials.resume)
}

#[test]
fn a_lost_seat_is_taken_back_with_tries_less_than_a_second_apart() {
    let mut link = seated();
    link.closed(1006, "", 5.0, 1.0);
    assert_eq!(link.held_seconds(6.0), Some(29.0));
    let mut now = 5.0;
    for _ in 0..10 {
        let Phase::Lost { retry_at, .. } = *link.phase() else { panic!("it is to try again") };
        assert!(retry_at <= now + HELD_WAIT_SECONDS_MAX);
        now = retry_at;
        link.poll(now, 1.0);
        assert_eq!(shown(&link), ("a.b.c".to_owned(), Some(ResumeToken([1; 16]))));
        assert_eq!(orders(&mut link), [Order::Open]);
        link.closed(1006, "", now, 1.0);
    }
    link.online(now, 0.5);
    assert_eq!(link.received(&welcome_with(0, pass(2)), now + 0.1), Received::Welcome);
    assert_eq!((link.came_back(), link.held_seconds(now + 0.1)), (Some(Return::ToSeat), None));
    link.closed(1006, "", 99.0, 0.5);
    assert_eq!(shown(&link).1, Some(ResumeToken([2; 16])), "each welcome brings a new one");
    link.poll(200.0, 0.5);
    link.received(&welcome_with(0, pass(1)), 201.0);
    assert_eq!(link.came_back(), Some(Return::Anew));
}

#[test]
fn a_browser_that_is_back_on_the_network_tries_at_once() {
    let mut link = seated();
    link.online(0.2, 0.5);
    assert_eq!((orders(&mut link), link.phase()), (vec![], &Phase::Playing), "nothing is wrong");
    (0..12).for_each(|step| link.poll(f64::from(step) * 0.25, 0.5));
    link.online(3.0, 0.5);
    assert_eq!((orders(&mut link), link.phase()), (vec![Order::GiveUp, Order::Open], &Phase::Connecting));
    link.online(3.1, 0.5);
    assert_eq!(orders(&mut link), [Order::GiveUp, Order::Open]);
}

#[test]
fn where_there_is_no_place_tries_are_patient_and_not_in_step() {
    for code in CloseCode::ALL.into_iter().filter(|code| code.is_full()) {
        for (chance, wait) in [(0.0, 6.0), (1.0, 10.0)] {
            let mut link = Link::<Arena>::default();
            link.enter(Role::Player, "Ada", "", 0.0);
            link.closed(code.number(), code.reason(), 1.0, chance);
            assert!(matches!(link.phase(), Phase::Lost { retry_at, .. } if *retry_at == 1.0 + wait), "{code:?}");
        }
    }
}

#[test]
fn who_did_nothing_for_too_long_comes_back_when_it_wants_to() {
    let mut link = seated();
    link.closed(CloseCode::Idle.number(), "", 1.0, 0.5);
    link.poll(99.0, 0.5);
    assert!(link.was_given_up() && orders(&mut link).is_empty());
    assert!(matches!(link.phase(), Phase::Refused { why } if why == "closed.idle"));
    link.retry_now(100.0);
    assert_eq!((orders(&mut link), link.was_given_up()), (vec![Order::Open], false));
}

#[test]
fn who_leaves_takes_no_seat_back() {
    let mut link = seated();
    link.leave();
    link.enter(Role::Player, "Ada", "", 9.0);
    assert_eq!(shown(&link), ("a.b.c".to_owned(), None));
}

#[test]
fn a_remembered_token_that_is_refused_is_forgotten_and_a_given_one_is_explained() {
    let refusal = (CloseCode::TokenRefused.number(), "the token has expired");
    let mut link = seated();
    link.closed(refusal.0, refusal.1, 1.0, 0.5);
    assert_eq!((orders(&mut link), link.token()), (vec![Order::Remember, Order::Open], None));
    link.closed(refusal.0, refusal.1, 1.1, 0.5);
    assert_eq!(link.phase(), &Phase::Refused { why: "The token has expired.".into() });
    let mut link = Link::<Arena>::default();
    link.show_token(OwnedToken("given".to_owned()), true);
    link.enter(Role::Player, "Ada", "", 0.0);
    link.closed(refusal.0, refusal.1, 1.0, 0.5);
    assert!(matches!(link.phase(), Phase::Refused { .. }) && link.token().is_none());
    assert_eq!(orders(&mut link), [Order::Open, Order::ForgetGiven]);
    link.retry_now(2.0);
    assert_eq!(shown(&link), (String::new(), None), "as somebody without a token");
}

#[test]
fn who_was_never_in_is_not_told_of_a_connection_that_was_lost() {
    let mut link = Link::<Arena>::default();
    link.enter(Role::Player, "Ada", "", 0.0);
    link.closed(1006, "", 1.0, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { why, .. } if why == UNREACHED));
    let mut link = seated();
    link.closed(1006, "", 1.0, 0.5);
    link.poll(9.0, 0.5);
    link.closed(1006, "", 10.0, 0.5);
    assert!(matches!(link.phase(), Phase::Lost { why, .. } if why == LOST));
}

#[test]
fn another_tab_of_the_same_player_stops_this_one_until_it_is_wanted_again() {
    let mut link = seated();
    link.closed(CloseCode::TakenOver.number(), "", 1.0, 0.5);
    link.poll(99.0, 0.5);
    assert!(matches!(link.phase(), Phase::Refused { why } if why == "closed.taken-over"));
    assert_eq!(orders(&mut link), []);
    link.retry_now(100.0);
    assert_eq!(orders(&mut link), [Order::Open]);
}

#[test]
fn a_thousand_clients_come_back_spread_over_the_time_that_the_server_said() {
    const CLIENTS: u32 = 1000;
    const SPREAD: Duration = Duration::from_secs(5);
    let Close { code, reason } = Close::going_away(SPREAD);
    let mut tenths = [0_u32; 50];
    for client in 0..CLIENTS {
        let chance = f64::from(Random::keyed(1, 2, client, 3).below(1 << 20)) / f64::from(1 << 20);
        let mut link = seated();
        link.closed(code.number(), &reason, 100.0, chance);
        let Phase::Lost { retry_at, .. } = *link.phase() else { panic!("it is to try again") };
        assert_eq!(link.held_seconds(100.0), None, "no seat survives the server");
        tenths[((retry_at - 100.0) * 10.0) as usize] += 1;
    }
    // 20 in the mean.
    assert!(tenths.iter().all(|joins| (5..=40).contains(joins)), "{tenths:?}");
}

fn said(link: &mut Link<Arena>) -> Vec<Vec<u8>> {
    link.running().expect("it plays").take_outgoing().collect()
}

#[test]
fn a_hidden_page_says_so_and_is_not_taken_for_lost() {
    let mut link = playing();
    link.hide(true, 1.0);
    assert_eq!(decode_client(&said(&mut link)[0]).expect("a message"), ClientMessage::Away);
    (0..200).for_each(|step| link.poll(1.0 + f64::from(step) * 0.2, 0.5));
    assert!(link.running().is_some() && !link.no_signal());
    link.hide(false, 41.0);
    assert_eq!(decode_client(&said(&mut link)[0]).expect("a message"), ClientMessage::Back);
}

#[test]
fn a_seat_that_was_given_up_while_the_page_was_hidden_is_asked_for_again_when_it_is_seen() {
    let mut link = playing();
    link.hide(true, 1.0);
    link.closed(CloseCode::Away.number(), "", 130.0, 0.5);
    link.poll(140.0, 0.5);
    assert_eq!(orders(&mut link), []);
    link.hide(false, 150.0);
    assert_eq!(orders(&mut link), [Order::Open]);
}
