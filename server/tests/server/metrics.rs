//! What Prometheus is told is what the bots counted.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    time::Duration,
};

use prometheus_parse::{Scrape, Value};
use tickwire_arena::Arena;
use tickwire_benches::load::{self, Options};
use tickwire_sync::protocol::{ClientMessage, encode_client, limits::SNAPSHOTS_IN_FLIGHT_MAX};

use crate::{
    common::{ALONE, Answer, Frame, RawClient, Running, exchange, opcode, start},
    process::{program, refusal, signal},
};

/// What a server tells, by name and labels.
struct Metrics {
    text: String,
    scrape: Scrape,
}

impl Metrics {
    /// Reads what is told there.
    async fn read(address: SocketAddr) -> Self {
        let text = ask(address, "GET /metrics").await.text();
        let scrape = Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).expect("Prometheus' text format");
        Self { text, scrape }
    }

    async fn of(server: &Running) -> Self {
        Self::read(server.server.metrics_address().expect("it has a port for that")).await
    }

    /// The value of a name with one label at most.
    fn value(&self, name: &str, label: &str, value: &str) -> Option<&Value> {
        let mut found =
            self.scrape.samples.iter().filter(|sample| {
                sample.metric == name && (label.is_empty() || sample.labels.get(label) == Some(value))
            });
        let sample = found.next()?;
        assert!(found.next().is_none(), "{name} {label}={value} is there twice:\n{}", self.text);
        Some(&sample.value)
    }

    /// A counter.
    fn count(&self, name: &str, label: &str, value: &str) -> u64 {
        match self.value(name, label, value) {
            Some(Value::Counter(count)) => *count as u64,
            other => panic!("no counter {name} {label}={value}, but {other:?}:\n{}", self.text),
        }
    }

    /// All of a counter, over its labels.
    fn sum(&self, name: &str) -> u64 {
        self.by_label(name, "kind").into_values().sum()
    }

    /// A counter by a label.
    fn by_label(&self, name: &str, label: &str) -> BTreeMap<String, u64> {
        let samples = self.scrape.samples.iter().filter(|sample| sample.metric == name);
        let counted = samples.map(|sample| match &sample.value {
            Value::Counter(count) => (sample.labels.get(label).expect("a label").to_owned(), *count as u64),
            other => panic!("{name} is no counter, but {other:?}"),
        });
        counted.collect()
    }

    /// How many times a histogram of the first room has, and their sum in seconds; its buckets must rise up to that.
    fn histogram(&self, name: &str) -> (u64, f64) {
        let Some(Value::Histogram(buckets)) = self.value(name, "room", "main") else {
            panic!("no histogram {name}:\n{}", self.text)
        };
        assert!(buckets.is_sorted_by(|a, b| a.less_than < b.less_than && a.count <= b.count), "{buckets:?}");
        let last = buckets.last().expect("a bucket");
        assert_eq!(last.less_than, f64::INFINITY);
        let number = |suffix: &str| match self.value(&format!("{name}_{suffix}"), "room", "main") {
            Some(Value::Untyped(number)) => *number,
            other => panic!("no {name}_{suffix}, but {other:?}"),
        };
        assert_eq!(number("count"), last.count);
        (last.count as u64, number("sum"))
    }
}

async fn ask(address: SocketAddr, line: &str) -> Answer {
    exchange(address, &format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
}

async fn until_nobody_is_there(server: &Running) {
    while server.health("/rooms/0/people").await + server.health("/rooms/0/watchers").await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_match_the_metrics_are_what_the_bots_counted() {
    let _alone = ALONE.lock().await;
    let server = start(|config| config.metrics.metrics_port = Some(0)).await;
    let options = Options { watch: 4, ..Options::new(server.url(), 20, Duration::from_secs(6)) };
    let report = load::run::<Arena>(&options, |_, _| {}).await.expect("they connect");
    assert!(report.is_clean(), "{report}");
    let watchers = report.watchers.as_ref().expect("there were some");
    until_nobody_is_there(&server).await;
    let metrics = Metrics::of(&server).await;

    // What the bots sent is all read before their goodbye: the same to the byte.
    assert_eq!(metrics.sum("tickwire_received_messages_total"), report.totals.sent + watchers.totals.sent);
    assert_eq!(metrics.sum("tickwire_received_bytes_total"), report.totals.sent_bytes + watchers.totals.sent_bytes);
    let received = metrics.by_label("tickwire_received_messages_total", "kind");
    assert_eq!(received["hello"], 24);
    assert_eq!(received["input"], report.totals.sent - 20, "after its hello a player sends inputs");
    assert_eq!(received["watch"] + received["ack"], watchers.totals.sent - 4);
    assert_eq!(metrics.count("tickwire_connections_total", "", ""), 24);
    assert_eq!(metrics.count("tickwire_joins_total", "", ""), report.clients_connected as u64);
    assert_eq!(metrics.count("tickwire_watches_total", "", ""), watchers.connected as u64);
    assert_eq!(metrics.count("tickwire_desyncs_total", "", ""), report.desyncs + watchers.desyncs);
    assert_eq!(metrics.by_label("tickwire_closed_total", "code"), BTreeMap::new(), "the bots closed");

    // Of what was sent, what was on its way when they left reached nobody.
    let sent = metrics.by_label("tickwire_sent_messages_total", "kind");
    assert_eq!(sent["welcome"], 24);
    let heard = report.totals.received + watchers.totals.received;
    let under_way = metrics.sum("tickwire_sent_messages_total").checked_sub(heard).expect("nothing was heard unsent");
    assert!(under_way < 24 * SNAPSHOTS_IN_FLIGHT_MAX as u64, "{under_way} messages more than were heard");
    let heard_bytes = report.totals.received_bytes + watchers.totals.received_bytes;
    assert!(metrics.sum("tickwire_sent_bytes_total") >= heard_bytes);
    assert!(metrics.count("tickwire_events_sent_total", "", "") > 0, "there was a fight");

    // The histograms have a time for each tick and each acknowledgement.
    let (ticks, seconds) = metrics.histogram("tickwire_tick_duration_seconds");
    assert!(ticks >= (report.seconds * 30.0) as u64 && seconds > 0.0, "{ticks} ticks in {seconds} s");
    assert_eq!(metrics.histogram("tickwire_tick_lateness_seconds").0, ticks);
    let (ages, _) = metrics.histogram("tickwire_snapshot_age_seconds");
    assert!(ages <= received["input"] + received["ack"], "{ages} ages");
    let (round_trips, took) = metrics.histogram("tickwire_round_trip_seconds");
    assert!(round_trips > 0 && round_trips <= ages && took >= 0.0);
    assert!(round_trips <= sent["snapshot"] + sent["keyframe"], "a snapshot has one round trip");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_health_report_say_the_same_and_every_name_is_ours_and_explained() {
    let server = start(|config| {
        config.metrics.metrics_port = Some(0);
        config.rooms = vec!["main".into(), "other".into()];
        config.bots = 3;
    })
    .await;
    let mut client = RawClient::join(server.address(), "Ada").await;
    let request = encode_client(&ClientMessage::Keyframe);
    for _ in 0..2 {
        client.send(Frame::new(opcode::BINARY, &request)).await;
    }
    client.send(Frame::new(opcode::TEXT, b"hello")).await;
    assert!(client.close_code().await.is_some());
    drop(client);
    until_nobody_is_there(&server).await;

    let metrics = Metrics::of(&server).await;
    let health = ask(server.address(), "GET /healthz").await.text();
    let health: serde_json::Value = serde_json::from_str(&health).expect("JSON");
    let counters = health["counters"].as_object().expect("counters");
    for (name, count) in counters.iter().filter_map(|(name, count)| Some((name, count.as_u64()?))) {
        let told = match name.as_str() {
            "messages_sent" => metrics.sum("tickwire_sent_messages_total"),
            "bytes_sent" => metrics.sum("tickwire_sent_bytes_total"),
            name => metrics.count(&format!("tickwire_{name}_total"), "", ""),
        };
        assert_eq!(told, count, "{name}");
    }
    assert_eq!(metrics.count("tickwire_closed_total", "code", "1003"), 1);
    for (reason, count) in counters["refused"].as_object().expect("reasons") {
        let told = metrics.count("tickwire_refused_total", "reason", reason);
        assert_eq!(told, count.as_u64().expect("a count"), "{reason}");
    }
    assert_eq!(metrics.count("tickwire_keyframes_asked_total", "", ""), 2);
    assert!((1..=2).contains(&metrics.count("tickwire_desyncs_total", "", "")));
    for room in ["main", "other"] {
        let told = metrics.scrape.samples.iter().filter(|sample| sample.labels.get("room") == Some(room));
        assert_eq!(told.filter(|sample| sample.metric == "tickwire_clients").count(), 3, "players, watchers and bots");
    }
    let page = include_str!("../../../docs/operations.md");
    let counted: Vec<_> = counters.keys().map(|name| format!("tickwire_{name}_total")).collect();
    for sample in &metrics.scrape.samples {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| sample.metric.strip_suffix(end));
        let family = family.unwrap_or(&sample.metric);
        assert!(family.starts_with("tickwire_") && metrics.scrape.docs.contains_key(family), "{}", sample.metric);
        // The plain counters are explained where they are counted, and by that in what is told.
        let explained = counted.iter().any(|name| name == family) || page.contains(&format!("`{family}`"));
        assert!(explained, "docs/operations.md says nothing of {family}");
    }
    assert!(!metrics.text.contains("Ada"), "names are nobody's business");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_a_port_of_their_own_on_this_machine_alone_and_no_other_has_them() {
    let server = start(|config| config.metrics.metrics_port = Some(0)).await;
    let address = server.server.metrics_address().expect("a port");
    assert!(address.ip().is_loopback());
    let answer = ask(address, "GET /metrics").await;
    assert_eq!((answer.status(), answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    for path in ["/", "/healthz", "/ws", "/diagnostics"] {
        assert_eq!(ask(address, &format!("GET {path}")).await.status(), 404, "{path}");
    }
    assert_eq!(ask(server.address(), "GET /metrics").await.status(), 404);
    server.stop().await;
    let without = start(|_| {}).await;
    assert_eq!(without.server.metrics_address(), None, "nobody asked for them");
    without.stop().await;
}

#[test]
fn the_program_says_where_its_metrics_are_and_that_a_port_is_taken() {
    let (mut command, data_dir) = program("metrics", &["--port", "0", "--host", "127.0.0.1", "--metrics-port", "0"]);
    let mut child = command.spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let told = lines.find(|line| line.contains("/metrics")).expect("it says where");
    assert!(told.contains("http://127.0.0.1:"), "{told}");
    signal(&child, "TERM");
    assert!(child.wait().expect("it ends").success());
    std::fs::remove_dir_all(data_dir).expect("the data folder is ours");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let refused = refusal("metrics-taken", &["--port", "0", "--metrics-port", &port]);
    assert!(refused.contains("choose another port with --metrics-port"), "{refused}");
}
