//! What connections cost, and what they leave behind, seen from outside: memory, file descriptors and tasks of the program that ships.

use std::{
    fs,
    io::{BufReader, Lines},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, ChildStdout},
    time::{Duration, Instant},
};

use crate::{
    common::{ALONE, PATIENCE, RawClient, connect_from, health},
    process::{address, program},
};
use tickwire_sync::protocol::CloseCode;
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// What a connection may take of this program's memory while its client does nothing good, as `docs/security.md` says, in bytes.
const MEMORY_MAX: u64 = 128 << 10;

/// The program, which ends with this.
struct Server {
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    /// It ends when nobody listens to what it says.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Server {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let (mut command, data_dir) = program(
            name,
            &[
                &[
                    "--port",
                    "0",
                    "--host",
                    "127.0.0.1",
                    "--bots",
                    "0",
                    "--log",
                    "off",
                    "--max-new-per-second",
                    "100000",
                ],
                arguments,
            ]
            .concat(),
        );
        let mut child = command.spawn().expect("the program starts");
        let (address, said) = address(&mut child);
        Self { child, address, data_dir, _said: said }
    }

    /// Its memory, in bytes.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says so");
        let kib: u64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
        kib << 10
    }

    fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs").count()
    }

    async fn health(&self, pointer: &str) -> u64 {
        health(self.address, pointer).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it is ours");
        let _ = fs::remove_dir_all(&self.data_dir);
    }
}

/// Half a head of a request.
async fn ask_by_half(address: SocketAddr) -> TcpStream {
    let mut stream = connect_from(Ipv4Addr::LOCALHOST, address).await;
    let half = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: {}", "a".repeat(8000));
    stream.write_all(half.as_bytes()).await.expect("the server reads");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_idle_and_slow_connections_take_no_more_memory_than_is_written_down() {
    const EACH: u64 = 200;
    let _alone = ALONE.lock().await;
    for kind in ["half a head", "no hello", "nothing is read"] {
        let server = Server::start("memory", &[]);
        // The room and what all connections share is there.
        let _first = RawClient::join(server.address, "Ada").await;
        let before = server.memory();
        let (mut halves, mut clients) = (Vec::new(), Vec::new());
        for number in 0..EACH {
            match kind {
                "half a head" => halves.push(ask_by_half(server.address).await),
                "no hello" => clients.push(RawClient::connect(server.address).await),
                _ => clients.push(RawClient::join(server.address, &format!("Mallory {number}")).await),
            }
        }
        assert!(server.health("/connections").await + server.health("/sockets").await >= EACH, "{kind}");
        let each = server.memory().saturating_sub(before) / EACH;
        println!("{kind}: {} KiB each", each >> 10);
        assert!(each <= MEMORY_MAX, "{kind}: {each} bytes each");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_connections_leave_no_file_and_no_task_behind() {
    let _alone = ALONE.lock().await;
    let server = Server::start("churn", &["--resume-seconds", "0"]);
    let _ada = RawClient::join(server.address, "Ada").await;
    server.health("/tasks").await;
    let (files, tasks) = (server.files(), server.health("/tasks").await);
    for number in 0..500_u32 {
        match number % 5 {
            0 => drop(connect_from(Ipv4Addr::LOCALHOST, server.address).await),
            1 => drop(ask_by_half(server.address).await),
            2 => drop(RawClient::connect(server.address).await),
            3 => drop(RawClient::join(server.address, "Mallory").await),
            _ => RawClient::join(server.address, "Grace").await.say_goodbye(CloseCode::Normal).await,
        }
    }
    // Each look is a connection with a task of its own.
    while server.health("/connections").await > 1
        || server.health("/sockets").await > 1
        || server.health("/tasks").await > tasks
        || server.health("/rooms/0/people").await > 1
        || server.files() > files
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Only where the C library's allocator is glibc's.
#[cfg(target_env = "gnu")]
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_that_a_crowd_needed_goes_back_to_the_system() {
    const CROWD: usize = 600;
    let _alone = ALONE.lock().await;
    let server = Server::start("crowd", &["--resume-seconds", "0", "--max-players", "1000"]);
    let _ada = RawClient::join(server.address, "Ada").await;
    let before = server.memory();
    let mut crowd = Vec::new();
    for number in 0..CROWD {
        crowd.push(RawClient::join(server.address, &format!("Mallory {number}")).await);
    }
    let needed = server.memory() - before;
    assert!(needed > 8 << 20, "{} KiB are no crowd's", needed >> 10);
    drop(crowd);
    let patient_until = Instant::now() + PATIENCE;
    // What stays is the room's, which has grown, and code that ran for the first time.
    while server.memory() > before + needed / 2 {
        let stays = server.memory().saturating_sub(before);
        assert!(Instant::now() < patient_until, "{} KiB stay of {}", stays >> 10, needed >> 10);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
