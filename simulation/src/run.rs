//! One run: a server and its clients in virtual time, step by step.

use tickwire_arena::Arena;
use tickwire_sync::{game::Game, random::Random};

use crate::{
    client::Client,
    games::{line::Line, pond::Pond},
    report::{Failure, Totals},
    scenario::{Scenario, Which},
    server::Server,
    trace::Trace,
};

/// Clients live in so many steps a tick.
const STEPS: u32 = 4;
/// The most ticks that a server catches up at once.
const STUTTER_MAX: u32 = 5;
/// The purposes of random numbers here.
const SERVER: u32 = 3;
const LEAVING: u32 = 4;

/// Runs the world of a seed to its end. Gives what was counted, and a hash of every byte that anybody received.
///
/// # Errors
/// What is wrong, and when.
pub fn world(seed: u64) -> Result<(Totals, u64), Failure> {
    let scenario = Scenario::draw(seed);
    let result = match scenario.which {
        Which::Pond => World::<Pond>::new(scenario, seed).and_then(World::run),
        Which::Line => World::<Line>::new(scenario, seed).and_then(World::run),
        Which::Arena => World::<Arena>::new(scenario, seed).and_then(World::run),
    };
    result.map_err(|what| Failure { seed, suite: "worlds", what })
}

#[derive(Debug)]
struct World<G: Game> {
    seed: u64,
    scenario: Scenario,
    server: Server<G>,
    clients: Vec<Client<G>>,
    totals: Totals,
    trace: Trace,
    /// Steps so far.
    step: u64,
    /// For so many ticks to come the server stands still.
    pause: u32,
    /// For so many ticks to come the server is down.
    stopped: u32,
    /// Ticks that are due.
    missed: u32,
}

impl<G: Game> World<G> {
    fn new(mut scenario: Scenario, seed: u64) -> Result<Self, String> {
        let texts = (core::mem::take(&mut scenario.tuning), core::mem::take(&mut scenario.map));
        let server = Server::new(texts, scenario.tick_rate, seed, scenario.rough)?;
        let clients = (0..).zip(&scenario.clients).map(|(index, habits)| {
            let comes = f64::from(Random::keyed(seed, LEAVING, index, 0).between(0.0, 3.0));
            Client::new(index, *habits, seed, comes)
        });
        let clients = clients.collect();
        let (totals, trace) = (Totals::default(), Trace::default());
        Ok(Self { seed, scenario, server, clients, totals, trace, step: 0, pause: 0, stopped: 0, missed: 0 })
    }

    fn now(&self) -> f64 {
        self.step as f64 / f64::from(self.scenario.tick_rate * STEPS)
    }

    fn run(mut self) -> Result<(Totals, u64), String> {
        for beat in 1..=self.scenario.ticks {
            for _ in 0..STEPS {
                self.step += 1;
                let now = self.now();
                for client in &mut self.clients {
                    let index = client.index;
                    client.run(now, &mut self.totals, &mut self.trace).map_err(|what| {
                        format!("at tick {}, {now:.3} s, client {index}: {what}", self.server.room.tick)
                    })?;
                }
            }
            self.come_and_go(beat);
            self.beat(beat)
                .map_err(|what| format!("at tick {}, {:.3} s, {what}", self.server.room.tick, self.now()))?;
        }
        for client in &self.clients {
            self.totals.stalls += client.down.stalls + client.up.stalls;
        }
        Ok((self.totals, self.trace.hash()))
    }

    fn come_and_go(&mut self, beat: u32) {
        let now = self.now();
        for client in &mut self.clients {
            let mut random = Random::keyed(self.seed, LEAVING, client.index, beat);
            let chance = client.habits.leave_chance / self.scenario.tick_rate as f32;
            if random.fraction() < chance && client.seat.is_some() && !client.is_asleep() {
                self.totals.leaves += 1;
                self.server.leave(client);
                client.disconnect(now, f64::from(random.between(0.1, 3.0)));
            }
        }
    }

    /// The server's turn: a tick, or some at once if it stuttered.
    fn beat(&mut self, beat: u32) -> Result<(), String> {
        let now = self.now();
        let mut random = Random::keyed(self.seed, SERVER, 0, beat);
        // One at a time: what it missed is caught up before the next, so never more than it catches up at once.
        let stutters = random.fraction() < self.scenario.stutter_chance / self.scenario.tick_rate as f32;
        if stutters && self.missed == 0 {
            self.totals.stutters += 1;
            self.pause = random.below(STUTTER_MAX) + 1;
        }
        if self.pause == 0 && random.fraction() < self.scenario.restart_chance / self.scenario.tick_rate as f32 {
            self.totals.restarts += 1;
            self.server.stop(&mut self.clients, now)?;
            self.stopped = 1 + random.below(2 * self.scenario.tick_rate);
            (self.pause, self.missed) = (0, 0);
        }
        if self.stopped > 0 {
            self.stopped -= 1;
            self.server.resume(self.now() + 1.0 / f64::from(self.scenario.tick_rate));
            return Ok(());
        }
        self.missed += 1;
        if self.pause > 0 {
            self.pause -= 1;
            return Ok(());
        }
        if self.missed > 1 {
            self.server.stood_still(now);
        }
        self.server.take_in(&mut self.clients, now, &mut self.totals)?;
        while self.missed > 0 {
            self.missed -= 1;
            self.server.tick(&mut self.clients, now, self.missed > 0, &mut self.totals)?;
        }
        Ok(())
    }
}
