//! Each connection is an open file, of which most systems permit a program a thousand unless it asks for more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

use crate::limits::CONNECTIONS_MAX;

/// What is open beside connections: ports, recordings, what the runtime needs; and some to spare.
const OTHER_FILES: u64 = 128;

/// Asks the system for as many open files as so many game sockets need, and says in the log where there are fewer.
pub(crate) fn raise(sockets_max: u32) {
    let needed = u64::from(sockets_max) + u64::from(CONNECTIONS_MAX) + OTHER_FILES;
    let before = getrlimit(Resource::Nofile);
    let permitted = before.maximum.unwrap_or(u64::MAX);
    if before.current.is_some_and(|current| current < needed) {
        let wanted = Rlimit { current: Some(needed.min(permitted)), ..before };
        if let Err(error) = setrlimit(Resource::Nofile, wanted) {
            warn!("the limit of open files stays as it is: {error}");
        }
    }
    if let Some(files) = getrlimit(Resource::Nofile).current.filter(|files| *files < needed) {
        warn!(
            "the system permits {files} open files, and --max-connections {sockets_max} may need {needed}: raise the limit (ulimit -n), or lower \
             --max-connections"
        );
    }
}
