//! After a crowd, the memory that it needed goes back to the system.
//!
//! The C library's allocator keeps what was freed for whoever comes next, and of what lies below something that is still in use it gives back
//! nothing by itself: after 2,000 connections 20 MB were in use, and 67 MB held. So it is asked to, once most of a crowd has left.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task,
    time::{MissedTickBehavior, interval},
};
use tracing::debug;

use crate::limits::Limits;

/// So often somebody looks whether a crowd has left.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Of fewer connections nothing worth the while stays.
const CROWD_MIN: u32 = 16;

/// Gives memory back after each crowd, until the sender of `stopping` is dropped.
pub(crate) async fn give_back(limits: Arc<Limits>, mut stopping: watch::Receiver<()>) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut most = 0;
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = stopping.changed() => return,
        }
        let (now, most_lately) = limits.take_most();
        most = most.max(most_lately);
        if most >= CROWD_MIN && now <= most / 2 {
            let given = task::spawn_blocking(trim).await;
            debug!(connections = now, "memory was given back: {}", given.unwrap_or(false));
            most = now;
        }
    }
}

/// Whether anything was given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() -> bool {
    // SAFETY: `malloc_trim` takes no pointer, and may be called at any time by any thread (malloc_trim(3)).
    #[expect(unsafe_code, reason = "no crate offers it")]
    unsafe {
        libc::malloc_trim(0) == 1
    }
}

/// Other allocators are left to themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() -> bool {
    false
}
