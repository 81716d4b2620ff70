//! A client on a link of a third of what its view wants, for a minute.

use std::{
    collections::BTreeMap,
    process::Child,
    time::{Duration, Instant},
};

use crate::{
    common::{ALONE, Frame, Listener, RawClient, opcode},
    process::{address, program},
    throttle::{Link, Throttle},
};
use tickwire_arena::ShipControls;
use tickwire_sync::{
    Tick,
    game::Controls,
    grid::Angle,
    protocol::{ClientMessage, Input, ServerMessage, decode_server, encode_client},
    random::Random,
};
use tokio::task::JoinSet;

/// How long it takes until the server knows what the link carries, the welcome of some kilobytes included.
const SETTLING: Duration = Duration::from_secs(15);
const WATCHED: Duration = Duration::from_mins(1);
/// The link's own delay, one way.
const DELAY: Duration = Duration::from_millis(40);
/// A snapshot is no older than this at its arrival, over the link's own delay.
const AGE_MAX: Duration = Duration::from_millis(400);

/// How many others fly about.
const PILOTS: u32 = 100;

/// A server that ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("it is ours");
    }
}

/// Flies as a hand with a mouse does: aims elsewhere on every tick, and steers now and then. Looks at nothing.
async fn fly(mut client: RawClient, seed: u32) {
    client.send(Frame::new(opcode::BINARY, &encode_client(&ClientMessage::Away))).await;
    let mut controls = ShipControls::default();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / 30);
    for tick in 1.. {
        ticks.tick().await;
        let mut random = Random::keyed(seed.into(), 0, 0, tick);
        if random.below(15) == 0 {
            controls.turn = random.below(3) as i8 - 1;
            controls.thrust = random.below(10) < 7;
        }
        controls.aim = Angle::from_steps(controls.aim.steps() + random.below(17) as i32 - 8);
        // What is late takes effect at once.
        let input = Input { tick, ahead: 0, ack_age: 0, behind: 0, controls: controls.to_bits() };
        client.send(Frame::new(opcode::BINARY, &encode_client(&ClientMessage::Input(input)))).await;
    }
}

/// What a client heard: when which snapshot came, and how many bytes it was.
#[derive(Default)]
struct Heard(BTreeMap<Tick, (Instant, usize)>);

impl Heard {
    async fn listen(&mut self, listener: &mut Listener, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let message = listener.hear().await;
            if matches!(decode_server(&message), Ok(ServerMessage::Snapshot(_))) {
                self.0.insert(listener.session.mirror().tick, (Instant::now(), message.len()));
            }
        }
    }

    fn bytes(&self) -> usize {
        self.0.values().map(|(_, bytes)| bytes).sum()
    }

    /// From one snapshot to the next: the longest time but for one in a hundred.
    fn gap_p99(&self) -> Duration {
        let times: Vec<_> = self.0.values().map(|(at, _)| *at).collect();
        let mut gaps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        gaps[gaps.len() * 99 / 100]
    }
}

/// The memory of a process, in KiB.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says so");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_on_a_link_of_a_third_gets_fewer_but_fresh_snapshots_for_a_minute() {
    let _alone = ALONE.lock().await;
    let flags = ["--port", "0", "--host", "127.0.0.1", "--map", "open", "--max-players", "150", "--view", "all"];
    let (mut command, data_dir) = program("slow-link", &flags);
    let mut server = Server(command.spawn().expect("the program starts"));
    let (address, _said) = address(&mut server.0);
    let mut pilots = JoinSet::new();
    for pilot in 0..PILOTS {
        let client = RawClient::join(address, "Pilot").await;
        pilots.spawn(fly(client, pilot));
    }

    let mut lively = Listener::join(address, "Grace").await;
    let mut before = Heard::default();
    before.listen(&mut lively, Duration::from_secs(3)).await;
    before.0.clear();
    before.listen(&mut lively, Duration::from_secs(10)).await;
    let wanted = before.bytes() as f64 / 10.0;

    let link = Link { bytes_per_second: Some((wanted / 3.0) as u32), delay: DELAY };
    let throttle = Throttle::start(address, link);
    let (mut during, mut slow) = (Heard::default(), Heard::default());
    let mut poor = {
        let (listener, ()) = tokio::join!(Listener::join(throttle.address(), "Ada"), async {
            during.listen(&mut lively, Duration::from_secs(1)).await;
        });
        listener
    };
    tokio::join!(slow.listen(&mut poor, SETTLING), during.listen(&mut lively, SETTLING));
    let memory_before = memory(server.0.id());
    slow.0.clear();
    during.0.clear();
    tokio::join!(slow.listen(&mut poor, WATCHED), during.listen(&mut lively, WATCHED));
    let memory_after = memory(server.0.id());

    let mut ages: Vec<_> = slow.0.iter().filter_map(|(tick, (at, _))| Some(*at - during.0.get(tick)?.0)).collect();
    ages.sort_unstable();
    let oldest = ages.last().copied().expect("snapshots came").saturating_sub(DELAY);
    let knows = poor.session.mirror().iter().count();
    let all = lively.session.mirror().iter().count();
    println!(
        "a view that wants {wanted:.0} bytes a second; over a third of it: {} snapshots of {:.0} bytes, where others got {}; their age over the \
         link's own delay is {:?} in the middle, {:?} at 99 %, {oldest:?} at most; {knows} of {all} entities are known; other clients' gaps were \
         up to {:?} before and are up to {:?}; memory went from {memory_before} to {memory_after} KiB",
        slow.0.len(),
        slow.bytes() as f64 / slow.0.len() as f64,
        during.0.len(),
        ages[ages.len() / 2].saturating_sub(DELAY),
        ages[ages.len() * 99 / 100].saturating_sub(DELAY),
        before.gap_p99(),
        during.gap_p99(),
    );
    // A busy machine holds up a few of them by itself; `pace` has the same in virtual time, where none may be older.
    let most = ages[ages.len() * 95 / 100].saturating_sub(DELAY);
    assert!(most < AGE_MAX, "one in twenty snapshots was more than {most:?} old");
    assert!(slow.0.len() > WATCHED.as_secs() as usize * 4, "only {} snapshots came", slow.0.len());
    assert!(knows * 10 > all * 9, "it knows {knows} of {all}");
    assert_eq!(poor.session.stats().desyncs, 0);
    assert!(during.0.len() * 100 > WATCHED.as_secs() as usize * 30 * 95, "the other got {} snapshots", during.0.len());
    assert!(memory_after < memory_before + 1024, "from {memory_before} to {memory_after} KiB");
    drop(server);
    std::fs::remove_dir_all(data_dir).expect("the data folder is ours");
}
