//! All of it as text, whenever somebody asks.

use std::{collections::HashMap, fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text},
    metrics::{MetricType, exemplar::Exemplar},
    registry::{Registry, Unit},
};

use super::{Measured, histogram::Histogram, traffic::Kind};
use crate::{counters::Counters, limits::Limits, rooms::RoomHandle};

/// What everything's name begins with.
const PREFIX: &str = "tickwire";

/// Writes everything that is counted and measured.
#[derive(Clone, Debug)]
pub(crate) struct Exporter(Arc<Registry>);

impl Exporter {
    /// The media type of the text.
    pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

    /// Of all that is counted, of who is connected, and of what these rooms measure.
    pub(crate) fn new(counters: Arc<Counters>, limits: Arc<Limits>, rooms: Vec<RoomHandle>) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(Everything { counters, limits, rooms }));
        Self(Arc::new(registry))
    }

    /// All of it now.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0).expect("a string takes text, and a collector does not fail");
        text
    }
}

/// One of a room's histograms.
type Of = fn(&Measured) -> &Histogram;

/// Each with its name and its help text; all of them are of seconds.
const HISTOGRAMS: [(&str, &str, Of); 4] = [
    ("tick_duration", "From a tick's start until all that it has for clients is handed over.", |all| {
        &all.tick_duration
    }),
    ("tick_lateness", "How long after it was due a tick started.", |all| &all.tick_lateness),
    (
        "snapshot_age",
        "How old the newest snapshot of a client was when its acknowledgement arrived, the way of both included.",
        |all| &all.snapshot_age,
    ),
    ("round_trip", "What a snapshot and its acknowledgement took on the way.", |all| &all.round_trip),
];

#[derive(Debug)]
struct Everything {
    counters: Arc<Counters>,
    limits: Arc<Limits>,
    rooms: Vec<RoomHandle>,
}

type Done = fmt::Result;

impl Collector for Everything {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Done {
        let out = &mut encoder;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        out.encode_descriptor("build", "The version of this server.", None, MetricType::Info)?.encode_info(&version)?;
        self.counters(out)?;
        self.traffic(out)?;
        let (connections, sockets) = self.limits.connections();
        let help =
            "Connections that are open without a game socket: pages, and those that have yet to say what they want.";
        out.encode_descriptor("open_connections", help, None, MetricType::Gauge)?.encode_gauge(&connections)?;
        let help = "Game sockets that are open.";
        out.encode_descriptor("open_sockets", help, None, MetricType::Gauge)?.encode_gauge(&sockets)?;
        self.rooms(out)
    }
}

impl Everything {
    fn counters(&self, out: &mut DescriptorEncoder) -> Done {
        let mut done = Ok(());
        self.counters.each(|name, help, count| {
            let counter = out.encode_descriptor(name, help, None, MetricType::Counter);
            done = done.and(counter.and_then(|mut counter| encode_count(&mut counter, count)));
        });
        done?;
        let help = "Connections that this server closed, by WebSocket close code.";
        let mut closed = out.encode_descriptor("closed", help, None, MetricType::Counter)?;
        for (code, count) in self.counters.closes() {
            encode_count(&mut closed.encode_family(&[("code", code)])?, count)?;
        }
        let help = "What the server refused, by the limit that was reached.";
        let mut refused = out.encode_descriptor("refused", help, None, MetricType::Counter)?;
        for (reason, count) in self.counters.refused.read().iter() {
            encode_count(&mut refused.encode_family(&[("reason", reason)])?, count)?;
        }
        Ok(())
    }

    fn traffic(&self, out: &mut DescriptorEncoder) -> Done {
        let traffic = &self.counters.traffic;
        by_kind(out, "received", "Messages received that could be read, by kind.", traffic.received_by_kind())?;
        by_kind(out, "sent", "Messages handed to sockets, by kind; a keyframe is a snapshot.", traffic.sent_by_kind())
    }

    fn rooms(&self, out: &mut DescriptorEncoder) -> Done {
        let mut clients = out.encode_descriptor(
            "clients",
            "Who is in a room: players (also those whose seat is held), watchers, and bots of the server.",
            None,
            MetricType::Gauge,
        )?;
        for room in &self.rooms {
            let health = room.health();
            for (role, count) in [("player", health.people), ("watcher", health.watchers), ("bot", health.bots)] {
                clients.encode_family(&[("room", &*room.name), ("role", role)])?.encode_gauge(&count)?;
            }
        }
        let mut entities = out.encode_descriptor("entities", "Entities in a room.", None, MetricType::Gauge)?;
        for room in &self.rooms {
            entities.encode_family(&[("room", &*room.name)])?.encode_gauge(&room.health().entities)?;
        }
        let mut ticks = out.encode_descriptor("ticks", "Ticks that a room has had.", None, MetricType::Counter)?;
        for room in &self.rooms {
            encode_count(&mut ticks.encode_family(&[("room", &*room.name)])?, room.health().tick.into())?;
        }
        for (name, help, of) in HISTOGRAMS {
            let mut family = out.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
            for room in &self.rooms {
                let (sum, buckets) = of(&room.report.measured).read();
                let count = buckets.iter().map(|(_, count)| count).sum();
                let none = None::<&HashMap<usize, Exemplar<NoLabelSet, f64>>>;
                family.encode_family(&[("room", &*room.name)])?.encode_histogram(sum, count, &buckets, none)?;
            }
        }
        Ok(())
    }
}

/// How many messages of each kind, and how many bytes.
fn by_kind<'a>(
    out: &mut DescriptorEncoder,
    way: &str,
    help: &str,
    kinds: impl Iterator<Item = (&'static str, &'a Kind)> + Clone,
) -> Done {
    let name = format!("{way}_messages");
    let mut messages = out.encode_descriptor(&name, help, None, MetricType::Counter)?;
    for (label, kind) in kinds.clone() {
        encode_count(&mut messages.encode_family(&[("kind", label)])?, kind.messages.get())?;
    }
    let help = "Their bytes, without the heads of frames.";
    let mut bytes = out.encode_descriptor(way, help, Some(&Unit::Bytes), MetricType::Counter)?;
    for (label, kind) in kinds {
        encode_count(&mut bytes.encode_family(&[("kind", label)])?, kind.bytes.get())?;
    }
    Ok(())
}

fn encode_count(counter: &mut MetricEncoder, count: u64) -> Done {
    counter.encode_counter(&count, None::<&Exemplar<NoLabelSet, u64>>)
}
