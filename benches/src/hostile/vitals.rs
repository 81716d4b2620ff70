//! How a server is: what its process holds, and what it says of itself.

use std::{fs, net::SocketAddr, time::Duration};

use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::line::get;

/// So long a server has to answer how it is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a page of memory in `/proc/PID/statm`, on every machine that we know of.
const PAGE: u64 = 4096;

/// What a server holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vitals {
    /// Tasks of its runtime, as `/healthz` has them.
    pub tasks: u64,
    /// Bytes of memory in use. Linux only, and where the process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Open files, sockets included. Likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
}

impl Vitals {
    /// How the server is now; `None` where it does not answer.
    pub(super) async fn of(server: SocketAddr, pid: Option<u32>) -> Option<Self> {
        let health: Value =
            serde_json::from_slice(&timeout(ANSWER_TIMEOUT, get(server, "/healthz")).await.ok()?.ok()?.1).ok()?;
        Some(Self {
            tasks: health["tasks"].as_u64()?,
            memory_bytes: pid.and_then(memory),
            files: pid.and_then(|pid| Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64)),
        })
    }
}

fn memory(pid: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE)
}
