//! The server that ships: Tickwire with the arena inside. Only this file names the game.

use std::{fs, future::pending, io::IsTerminal, net::SocketAddr, path::Path, process::ExitCode, time::Duration};

use tickwire::{Appoint, Auth, Cli, Command, Config, Server, Source, StartError, recording};
use tickwire_arena::{Arena, DEFAULT_TUNING, MAPS, map::with_mode, tuning::with_bot_skill};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often tuning and map are looked at, with `--assets`.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// How to write a map, for whoever wrote a wrong one.
const MAP_FORMAT: &str = "a map is a TOML file like assets/maps/foundry.toml in Tickwire's repository, where docs/maps.md tells all that may stand in it";

fn main() -> ExitCode {
    let Cli { command, config } = Cli::read(&MAPS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let done = match command {
        None => start(&config),
        Some(Command::Replay(what)) => recording::replay::<Arena>(&what),
        Some(Command::Token(who)) => token(&who),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("tickwire: {problem}");
            if let Some(origin) = Cli::origin(&problem) {
                eprintln!("{origin}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The token alone goes to the standard output, for whoever wants it in a file.
fn token(who: &Appoint) -> Result<(), String> {
    let token = tickwire::appoint(who).map_err(|error| error.to_string())?;
    eprintln!("Whoever has this token has the role. It goes behind the page's address: https://HOST/#token=…");
    println!("{}", token.0);
    Ok(())
}

fn start(config: &Config) -> Result<(), String> {
    tracing_subscriber::fmt()
        .with_max_level(config.log)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let source = source(config)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("the I/O runtime cannot start: {error}"))?;
    runtime.block_on(run(config, source))
}

async fn run(config: &Config, source: Source) -> Result<(), String> {
    let map = source.map_name.clone();
    // What the files were when they were read last, or why they could not be.
    let mut read = Ok(source.clone());
    let mut look = tokio::time::interval(LOOK_PERIOD);
    let handler = |kind| signal(kind).map_err(|error| format!("signals cannot be handled: {error}"));
    let (mut interrupt, mut terminate) = (handler(SignalKind::interrupt())?, handler(SignalKind::terminate())?);
    // Without files to read again, a closed terminal ends the server as ever.
    let rereads = config.network.tls_cert.is_some() || config.auth.auth == Auth::Issuer;
    let mut hangup = if rereads { Some(handler(SignalKind::hangup())?) } else { None };
    let server = Server::start::<Arena>(config, source).await.map_err(|error| explain(&error, config))?;
    announce(config, &map, &server);
    loop {
        tokio::select! {
            () = asked_to_stop(&mut interrupt, &mut terminate) => break,
            () = asked_to_reload(&mut hangup) => server.reload(),
            _ = look.tick(), if config.assets.is_some() => {
                let now = self::source(config);
                if now != read {
                    match &now {
                        Ok(source) => server.renew::<Arena>(source).await,
                        Err(problem) => server.keep_rules(problem),
                    }
                    read = now;
                }
            }
        }
    }
    println!("stopping: everybody is told; another signal stops at once");
    tokio::select! {
        () = server.stop() => Ok(()),
        () = asked_to_stop(&mut interrupt, &mut terminate) => Ok(()),
    }
}

/// What keeps the server from its start; of tuning and map, where they come from, and what somebody's own files should be.
fn explain(error: &StartError, config: &Config) -> String {
    let is_own_map = MAPS.iter().all(|(name, _)| *name != config.map);
    match (error, &config.assets) {
        (StartError::Rules(problem), None) if is_own_map => format!("--map {}: {problem}; {MAP_FORMAT}", config.map),
        (StartError::Rules(problem), None) => format!("--map {}: {problem}", config.map),
        (StartError::Rules(problem), Some(folder)) => {
            format!("--map {} with --assets {}: {problem}; {MAP_FORMAT}", config.map, folder.display())
        }
        _ => error.to_string(),
    }
}

async fn asked_to_stop(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn asked_to_reload(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => pending().await,
    }
}

fn announce(config: &Config, map: &str, server: &Server) {
    let Config { bots, max_players, max_watchers, watch_delay, tick_rate, .. } = config;
    let port = server.address().port();
    let company = if server.bots_allowed() {
        format!("{bots} bots, one leaves for each who comes")
    } else {
        "no bots on this map".to_owned()
    };
    println!("Tickwire {}", env!("CARGO_PKG_VERSION"));
    let scheme = if server.is_encrypted() { "https" } else { "http" };
    println!("  play     {scheme}://localhost:{port}/");
    println!("  listens  {}", SocketAddr::new(config.host, port));
    if config.network.tls_self_signed {
        println!("  TLS      SELF-SIGNED, for development: browsers warn of it, bots need --insecure");
    }
    if let Some(redirect) = server.redirect_address() {
        println!("  leads    from http://localhost:{}/ to the encrypted port", redirect.port());
    }
    if config.diagnostics {
        println!("  doctor   {scheme}://localhost:{port}/diagnostics, with an echo at /echo: not for every day");
    }
    if let Some(metrics) = server.metrics_address() {
        println!("  metrics  http://{metrics}/metrics");
    }
    let mode = config.mode.as_ref().map(|mode| format!(", mode {mode}")).unwrap_or_default();
    println!("  rooms    {}: map {map}{mode}, {tick_rate} ticks a second", config.rooms.join(", "));
    println!("           room for {max_players} each; {company}");
    let late = if *watch_delay > 0 { format!("{watch_delay} s late") } else { "live".to_owned() };
    println!("           up to {max_watchers} watchers each, who see the game {late}");
    match config.auth.auth {
        Auth::Guest => println!("  players  everybody, as guests"),
        Auth::Issuer => {
            let issuer = config.auth.auth_issuer.as_deref().unwrap_or_default();
            println!("  players  who bring a token of {issuer}");
        }
    }
    println!("  data     {}", config.data_dir.display());
    if let Some(folder) = &config.assets {
        println!("  assets   {}", folder.display());
    }
    if let Some(lag) = config.lag.settings() {
        println!("  network  SIMULATED on every game connection: {lag}");
    }
    if let Some(folder) = &config.record {
        println!("  records  {}: a file for each room; tickwire replay FILE --verify runs one again", folder.display());
    }
    println!("  stop     Ctrl-C");
}

/// Tuning and map: from `--assets` where given, built in otherwise; `--map` may also be a file of its own.
fn source(config: &Config) -> Result<Source, String> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let tuning = match &config.assets {
        Some(folder) => read(&folder.join("tuning.toml"))
            .map_err(|error| format!("--assets {error}: it is to be a folder as the repository's assets/"))?,
        None => DEFAULT_TUNING.to_owned(),
    };
    let named = config.assets.as_ref().map(|folder| folder.join("maps").join(&config.map).with_extension("toml"));
    let built_in = MAPS.iter().find(|(name, _)| *name == config.map);
    let map = match (named.filter(|path| path.is_file()), built_in) {
        (Some(path), _) => read(&path)?,
        (None, Some((_, text))) => (*text).to_owned(),
        (None, None) => {
            let names = MAPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let problem =
                |error| format!("--map {error}: neither a map that ships ({names}) nor a file that can be read");
            read(Path::new(&config.map)).map_err(problem)?
        }
    };
    let tuning = config.bot_skill.as_deref().map_or_else(|| tuning.clone(), |skill| with_bot_skill(&tuning, skill));
    let map = config.mode.as_deref().map_or_else(|| map.clone(), |mode| with_mode(&map, mode));
    Ok(Source { tuning, map, map_name: config.map.clone() })
}
