//! Start and stop.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use thiserror::Error;
use tickwire_sync::{
    game::{Game, RulesError, RulesSource, tables_hash},
    protocol::limits::{RETURN_SPREAD_MAX, RULES_BYTES_MAX, RULES_TEXT_MAX},
    server::LinkSettings,
};
use tokio::{
    sync::{mpsc, watch},
    task::{self, JoinSet},
    time::timeout,
};
use tracing::{error, info, warn};

use crate::{
    BotChat, Config, Source,
    connection::Shared,
    counters::Counters,
    data_dir::{DataDir, DataDirError},
    delivery::Delivery,
    file_limit,
    http::{self, App, Site, TrustedProxies},
    identity::{AuthError, Authenticator},
    lag::SimulatedLag,
    limits::Limits,
    listener::{self, Door},
    memory,
    metrics::Exporter,
    moderation::{Moderation, ModerationError},
    ports::{Addresses, Ports},
    recording::{Header, RecordError, Writer},
    room_thread::{self, Settings},
    rooms::{INBOX_MAX, Inbound, Report, RoomHandle},
    stage::House,
    ticker::Lines,
    tls::{self, Certificate, TlsError},
};

/// When the server stops, sockets have so long to say goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(3);

/// How many clients a second may come back after a restart.
const RETURNS_PER_SECOND: u32 = 200;
/// Even a few need not come at the same instant.
const RETURN_SPREAD_MIN: Duration = Duration::from_millis(500);

/// Why a server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on {address}: {error}; choose another port with --port, or another address with --host")]
    Listen {
        /// What was tried.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Tuning or map.
    #[error("the game's rules cannot be read: {0}")]
    Rules(#[from] RulesError),
    /// Tuning or map is too long.
    #[error("the {what} file has {length} bytes, more than the {RULES_TEXT_MAX} that a server reads")]
    RulesTooLong {
        /// Which of the two.
        what: &'static str,
        /// How long it is.
        length: usize,
    },
    /// They are too long to travel in a welcome.
    #[error("tuning and map are packed to {0} bytes, more than the {RULES_BYTES_MAX} that a welcome takes")]
    PackedTooLong(usize),
    /// Two rooms cannot be told apart.
    #[error("the room {0} is named twice; each room of --rooms needs a name of its own")]
    RoomTwice(String),
    /// The mutes and bans.
    #[error(transparent)]
    Moderation(#[from] ModerationError),
    /// Tokens cannot be checked.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The port that leads to the encrypted one is taken, or may not be used.
    #[error("cannot listen on {address}: {error}; choose another port with --http-redirect-port")]
    Redirect {
        /// What was tried.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The port for measurements is taken, or may not be used.
    #[error(
        "cannot listen on {address}: {error}; choose another port with --metrics-port, or another address with --metrics-host"
    )]
    Metrics {
        /// What was tried.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Two ports are one.
    #[error("{} and {} are both {port}; each needs a port of its own", flags[0], flags[1])]
    SamePort {
        /// Which.
        port: u16,
        /// Of which flags.
        flags: [&'static str; 2],
    },
    /// A second port leads nowhere.
    #[error(
        "--http-redirect-port leads to an encrypted port, and there is none; add --tls-cert and --tls-key, or --tls-self-signed"
    )]
    NowhereToLead,
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A recording.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A room got no thread.
    #[error("cannot start a room's thread: {0}")]
    Thread(io::Error),
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    addresses: Addresses,
    certificate: Option<Arc<Certificate>>,
    counters: Arc<Counters>,
    bots_allowed: bool,
    tick_rate: u32,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Dropped, it stops the ports.
    stop_http: watch::Sender<()>,
    http: JoinSet<()>,
    /// Yields `None` when the last connection is done.
    open: mpsc::Receiver<()>,
    _data_dir: DataDir,
}

impl Server {
    /// Starts a server of game `G`. It runs until [`stop`](Self::stop).
    ///
    /// # Errors
    /// A sentence that says what is wrong and which flag helps.
    pub async fn start<G: Game>(config: &Config, source: Source) -> Result<Self, StartError> {
        for (number, name) in config.rooms.iter().enumerate() {
            if config.rooms[..number].contains(name) {
                return Err(StartError::RoomTwice(name.clone()));
            }
        }
        let (packed, rules) = read_rules::<G>(&source, config.tick_rate)?;
        let rules = Arc::new(rules);
        let certificate = Certificate::open(&config.network, config.host)?;
        let data_dir = DataDir::open(&config.data_dir)?;
        let authenticator = Authenticator::open(&config.auth, &config.data_dir)?;
        let moderation = Arc::new(Moderation::open(&config.data_dir)?);
        let ports = Ports::open(config, certificate.is_some()).await?;

        let counters = Arc::new(Counters::default());
        let (mut rooms, mut threads) = (Vec::new(), Vec::new());
        for (number, name) in config.rooms.iter().enumerate() {
            let (handle, thread) =
                open_room::<G>(config, (number, name), (&rules, &packed, &source), &counters, &moderation)?;
            rooms.push(handle);
            threads.push(thread);
        }
        let seed = config.seed.unwrap_or_else(seed_of_the_moment);
        let lag = config.lag.settings().map(|settings| SimulatedLag::new(settings, seed));
        file_limit::raise(config.limits.max_connections);
        let proxies = Arc::new(TrustedProxies::new(config.network.trusted_proxies.clone()));
        let limits = Limits::new(config.limits.clone(), Arc::clone(&proxies), Arc::clone(&counters));
        let shared = Arc::new(Shared {
            rooms,
            counters: Arc::clone(&counters),
            limits: Arc::clone(&limits),
            authenticator,
            moderation,
            chat_filter: config.chat_filter,
            tables_hash: tables_hash::<G>(),
            lag,
        });
        let (open_sender, open) = mpsc::channel(1);
        let (stop_http, stopping) = watch::channel(());
        let app = App {
            shared: Arc::clone(&shared),
            allowed_origins: config.network.allowed_origins.as_slice().into(),
            proxies: Arc::clone(&proxies),
            open: open_sender,
            stopping: stopping.clone(),
        };
        // A certificate that nobody vouches for is for development: browsers should not remember its host.
        let always_encrypted = certificate.as_ref().is_some_and(|certificate| !certificate.is_self_signed());
        let site = Site { folder: config.assets.as_deref(), always_encrypted, diagnostics: config.diagnostics };
        let routes = http::router(app, site);
        let door =
            Door { tls: certificate.as_ref().map(tls::acceptor), routes, counters: Arc::clone(&counters), limits };
        let addresses = ports.addresses();
        let mut http = JoinSet::new();
        if let Some((listener, _)) = ports.redirect {
            let door = Door { tls: None, routes: http::redirect_router(addresses.main.port()), ..door.clone() };
            http.spawn(listener::serve(listener, door, stopping.clone()));
        }
        if let Some((listener, _)) = ports.metrics {
            let exporter = Exporter::new(Arc::clone(&counters), Arc::clone(&shared.limits), shared.rooms.clone());
            // With places of its own: whoever measures is not kept out by a full server.
            let limits = Limits::new(config.limits.clone(), Arc::clone(&proxies), Arc::clone(&counters));
            let door = Door { tls: None, routes: http::metrics_router(exporter), limits, ..door.clone() };
            http.spawn(listener::serve(listener, door, stopping.clone()));
        }
        http.spawn(memory::give_back(Arc::clone(&shared.limits), stopping.clone()));
        http.spawn(listener::serve(ports.main.0, door, stopping));
        Ok(Self {
            addresses,
            certificate,
            counters,
            bots_allowed: G::bots_allowed(&rules),
            tick_rate: config.tick_rate,
            shared,
            threads,
            stop_http,
            http,
            open,
            _data_dir: data_dir,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.addresses.main
    }

    /// Where it leads browsers to [`address`](Self::address) from, if anywhere.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.addresses.redirect
    }

    /// Where measurements are to be had, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.addresses.metrics
    }

    /// Whether everything at [`address`](Self::address) is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.certificate.is_some()
    }

    /// Whether the game's rules let the server add bots of its own.
    pub fn bots_allowed(&self) -> bool {
        self.bots_allowed
    }

    /// Reads anew what may change while it runs: the issuer's keys, and the certificate with its key, for new connections; those that are there go
    /// on with what they began with. Files that cannot be used change nothing but the log.
    pub fn reload(&self) {
        match self.shared.authenticator.reload() {
            Ok(()) => info!("the keys were read anew"),
            Err(problem) => warn!("the keys stay as they are: {problem}"),
        }
        let Some(certificate) = &self.certificate else { return };
        match certificate.reload() {
            Ok(()) => {
                self.counters.certificates_reloaded.add(1);
                info!("the certificate was read again: new connections get it");
            }
            Err(problem) => {
                self.counters.certificates_refused.add(1);
                error!("the old certificate stays: {problem}");
            }
        }
    }

    /// Gives every room other rules of the game `G`, which must be the one that it was started with: from its next tick on it goes by them, and everybody in
    /// it is told. Rules that cannot be read change nothing but the log.
    pub async fn renew<G: Game>(&self, source: &Source) {
        match read_rules::<G>(source, self.tick_rate) {
            Ok((packed, _)) => {
                for room in &self.shared.rooms {
                    // A room that is gone needs none.
                    let _ = room.inbox.send(Inbound::Rules(Arc::clone(&packed))).await;
                }
                self.counters.rules_renewed.add(1);
                info!("tuning and map were read again, and the rooms go by them");
            }
            Err(problem) => self.keep_rules(&problem.to_string()),
        }
    }

    /// Says why the rooms go on by the rules that they have.
    pub fn keep_rules(&self, problem: &str) {
        self.counters.rules_refused.add(1);
        warn!("the rules stay as they are: {problem}");
    }

    /// Closes every connection with a code that says why, and ends.
    pub async fn stop(mut self) {
        drop(self.stop_http);
        let connections: u32 = self.shared.rooms.iter().map(RoomHandle::connections).sum();
        for room in &self.shared.rooms {
            let _ = room.inbox.send(Inbound::Stop(spread(connections))).await;
        }
        drop(self.shared);
        let threads = task::spawn_blocking(|| self.threads.into_iter().for_each(|thread| drop(thread.join())));
        let goodbyes = async {
            let _ = threads.await;
            while self.http.join_next().await.is_some() {}
            while self.open.recv().await.is_some() {}
        };
        if timeout(GOODBYE_TIMEOUT, goodbyes).await.is_err() {
            warn!("some connections did not say goodbye in time");
        }
    }
}

/// Tuning and map, packed and as a room goes by them.
fn read_rules<G: Game>(source: &Source, tick_rate: u32) -> Result<(Arc<[u8]>, G::Rules), StartError> {
    for (what, text) in [("tuning", &source.tuning), ("map", &source.map)] {
        if text.len() > RULES_TEXT_MAX {
            return Err(StartError::RulesTooLong { what, length: text.len() });
        }
    }
    let packed = G::pack_rules(RulesSource { tuning: &source.tuning, map: &source.map })?;
    let rules = G::unpack_rules(&packed, tick_rate)?;
    if packed.len() > RULES_BYTES_MAX {
        return Err(StartError::PackedTooLong(packed.len()));
    }
    Ok((packed.into(), rules))
}

fn open_room<G: Game>(
    config: &Config,
    (number, name): (usize, &str),
    (rules, packed, source): (&Arc<G::Rules>, &Arc<[u8]>, &Source),
    counters: &Arc<Counters>,
    moderation: &Arc<Moderation>,
) -> Result<(RoomHandle, JoinHandle<()>), StartError> {
    let (inbox, messages) = mpsc::channel(INBOX_MAX);
    let name: Arc<str> = name.into();
    let (report, lines) = (Arc::new(Report::default()), Arc::new(Lines::default()));
    let seed = config.seed.unwrap_or_else(seed_of_the_moment).wrapping_add(number as u64);
    let rewind_ticks = (config.max_rewind_ms * config.tick_rate).div_ceil(1000);
    let recording = match &config.record {
        Some(folder) => {
            let texts = RulesSource { tuning: &source.tuning, map: &source.map };
            let header = Header::new::<G>(&name, texts, config.tick_rate, (seed, rewind_ticks))?;
            Some(Writer::create(folder, header, counters)?)
        }
        None => None,
    };
    let link = LinkSettings { tick_rate: config.tick_rate, viewpoint: config.view.into(), max_kbps: config.max_kbps };
    let house = House {
        name: Arc::clone(&name),
        rules: Arc::clone(packed),
        link,
        away_ticks: config.away_seconds * config.tick_rate,
        counters: Arc::clone(counters),
        delivery: Delivery::start(),
    };
    let settings = Settings::<G> {
        house,
        rules: Arc::clone(rules),
        seed,
        people_max: config.max_players.into(),
        watchers_max: config.max_watchers.into(),
        hold_seconds: config.resume_seconds,
        watch_delay_ticks: config.watch_delay * config.tick_rate,
        bots: config.bots.into(),
        bot_chat: config.bot_chat == BotChat::On,
        moderation: Arc::clone(moderation),
        rewind_ticks,
        report: Arc::clone(&report),
        lines: Arc::clone(&lines),
        recording,
    };
    let thread =
        thread::Builder::new().name(format!("room {name}")).spawn(move || room_thread::run(settings, messages));
    let (delay_ms, tick_rate) = (1000 * config.watch_delay, config.tick_rate);
    Ok((RoomHandle { name, inbox, report, lines, delay_ms, tick_rate }, thread.map_err(StartError::Thread)?))
}

/// Over what time so many clients are asked to spread their returns.
fn spread(connections: u32) -> Duration {
    (Duration::from_secs(1) * connections / RETURNS_PER_SECOND).clamp(RETURN_SPREAD_MIN, RETURN_SPREAD_MAX)
}

/// Any number that differs from start to start; the standard library's hasher is seeded by the system.
fn seed_of_the_moment() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
