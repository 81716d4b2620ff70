//! Attacks on a running server, while honest bots play on: what each of them met, and whether anybody felt it.
//!
//! Read in this order: `attack` (the list), `frames`, `slow`, `tokens`, `cheats` and `crowds` (how each is played), `line` and `guest` (what
//! they are played with), `met` (what they met), `vitals` (what the server holds), `target` (whom one may attack).

mod attack;
mod cheats;
mod crowds;
mod frames;
mod guest;
mod line;
mod met;
mod slow;
mod target;
mod tokens;
mod vitals;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use clap::ValueEnum;
use serde::Serialize;
use tickwire_arena::Arena;
use tokio::{task::JoinSet, time::sleep};

use self::attack::{Attack, Front, PATIENCE};
pub use self::{met::Met, vitals::Vitals};
use crate::{load, report::Report};

/// The attacks take about so long.
const ATTACKS: Duration = PATIENCE.saturating_add(Duration::from_secs(15));
/// So long after it all, the server is as it was before.
const RECOVERY: Duration = Duration::from_secs(10);
/// Memory that may stay with the server, in bytes: its allocator gives back what it likes.
const MEMORY_KEPT_MAX: u64 = 16 << 20;
/// Honest bots come from here.
const HONEST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// What attacks met, and what honest bots felt of it.
#[derive(Clone, Debug, Serialize)]
pub struct Hostilities {
    /// What each attack met.
    pub attacks: Vec<Met>,
    /// What honest bots saw before any attack.
    pub quiet: Report,
    /// What they saw during the attacks.
    pub attacked: Report,
    /// What the server held some seconds after the quiet time.
    pub before: Vitals,
    /// The same after the attacks.
    pub after: Vitals,
}

/// Where attackers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Attackers {
    /// From addresses of their own, 127.0.1.1 and its neighbours, so that a server limits them as strangers
    Strangers,
    /// From the address of the honest bots
    Neighbours,
}

/// Lets honest bots play alone, then with attackers beside them; a server of this machine, or one that was started with `--diagnostics`.
/// `progress` is told what happens.
///
/// # Errors
/// A sentence: the server may not be attacked, does not answer, or lets no honest bot in.
pub async fn run(
    options: &load::Options,
    attackers: Attackers,
    mut progress: impl FnMut(&str),
) -> Result<Hostilities, String> {
    let server = target::find(&options.url).await?;
    let pid = options.server_pid;
    let gone = || format!("{server} does not say how it is on /healthz");
    let seconds = options.duration.as_secs();
    progress(&format!("{} honest bots play alone for {seconds} s", options.count));
    let quiet = honest(options).await?;
    sleep(RECOVERY).await;
    let before = Vitals::of(server, pid).await.ok_or_else(gone)?;

    let attacking = tokio::spawn(attack(server, attackers));
    progress(&format!("they play on beside {} attacks", Attack::QUICK.len() + Attack::SLOW.len()));
    let longer = load::Options { duration: options.duration.max(ATTACKS), ..options.clone() };
    let attacked = honest(&longer).await?;
    let attacks = attacking.await.expect("an attacker does not panic");
    progress("all have left; what stays behind?");
    sleep(RECOVERY).await;
    let after = Vitals::of(server, pid).await.ok_or_else(gone)?;
    Ok(Hostilities { attacks, quiet, attacked, before, after })
}

async fn honest(options: &load::Options) -> Result<Report, String> {
    load::run::<Arena>(options, |_, _| {}).await.map_err(|error| error.to_string())
}

/// All attacks: the slow ones at once, beside the quick ones, one after the other.
async fn attack(server: SocketAddr, attackers: Attackers) -> Vec<Met> {
    let front = |number: usize| {
        let limited = attackers == Attackers::Strangers;
        let from = if limited { Ipv4Addr::new(127, 0, 1, number as u8 + 1) } else { HONEST };
        Front { from, server, limited }
    };
    // The honest ones come first.
    sleep(load::SETTLE).await;
    let mut slow = JoinSet::new();
    for (number, attack) in Attack::SLOW.into_iter().enumerate() {
        slow.spawn(attack.run(front(Attack::QUICK.len() + number)));
    }
    let mut met = Vec::new();
    for (number, attack) in Attack::QUICK.into_iter().enumerate() {
        met.push(Box::pin(attack.run(front(number))).await);
    }
    met.extend(slow.join_all().await);
    met
}

impl Hostilities {
    /// Everything that was not as it should be, in sentences.
    pub fn problems(&self) -> Vec<String> {
        let Self { attacks, quiet, attacked, before, after } = self;
        let mut problems: Vec<_> = attacks
            .iter()
            .filter(|met| !met.turned_away)
            .map(|met| format!("an attack was not turned away: {}", met.attack))
            .collect();
        for (when, report) in [("before", quiet), ("during", attacked)] {
            if !report.is_clean() {
                let failure = report.first_failure.as_deref().unwrap_or("see the counts");
                problems.push(format!("honest bots had trouble {when} the attacks: {failure}"));
            }
        }
        if attacked.snapshots_per_second < 0.9 * quiet.snapshots_per_second {
            problems.push("honest bots got fewer snapshots during the attacks".to_owned());
        }
        if after.tasks > before.tasks {
            problems.push(format!("{} tasks stayed behind", after.tasks - before.tasks));
        }
        if let (Some(before), Some(after)) = (before.files, after.files)
            && after > before
        {
            problems.push(format!("{} files stayed open", after - before));
        }
        if let (Some(before), Some(after)) = (before.memory_bytes, after.memory_bytes)
            && after > before + MEMORY_KEPT_MAX
        {
            problems.push(format!("{} MiB of memory stayed in use", (after - before) >> 20));
        }
        problems
    }
}

impl fmt::Display for Hostilities {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for met in &self.attacks {
            writeln!(f, "{met}")?;
        }
        writeln!(f)?;
        for (when, report) in [("alone", &self.quiet), ("attacked", &self.attacked)] {
            writeln!(
                f,
                "honest bots, {when:8}  {} of {} stayed, {:.1} snapshots a second each, jitter p50 {:.2} p99 {:.2} ms, age p99 {:.2} ms, {} desyncs, \
                 {} decode errors, {} lost",
                report.clients_connected,
                report.clients_wanted,
                report.snapshots_per_second,
                report.jitter_ms.p50,
                report.jitter_ms.p99,
                report.age_ms.p99,
                report.desyncs,
                report.decode_errors,
                report.disconnects,
            )?;
        }
        for (when, vitals) in [("before", self.before), ("after", self.after)] {
            write!(f, "the server, {:2} s {when:6} {} tasks", RECOVERY.as_secs(), vitals.tasks)?;
            if let (Some(files), Some(memory)) = (vitals.files, vitals.memory_bytes) {
                write!(f, ", {files} open files, {:.1} MiB of memory", memory as f64 / f64::from(1 << 20))?;
            }
            writeln!(f)?;
        }
        let problems = self.problems();
        if problems.is_empty() {
            return write!(f, "{} attacks, all turned away", self.attacks.len());
        }
        write!(f, "{} attacks; {}", self.attacks.len(), problems.join("; "))
    }
}
