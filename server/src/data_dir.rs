//! The folder for what the server keeps, held by one server at a time.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use thiserror::Error;

const LOCK_FILE: &str = "server.lock";
/// Only the server's own user reads what it keeps.
pub(crate) const PRIVATE_MODE: u32 = 0o600;

/// The data folder, locked until this is dropped (or the process ends, however that happens).
#[derive(Debug)]
pub(crate) struct DataDir {
    _lock: File,
}

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataDirError {
    /// It cannot be made or written to.
    #[error("the data folder {path} cannot be used: {error}; choose another with --data-dir")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another server holds it.
    #[error("the data folder {path} is in use by another server (process {holder}); choose another with --data-dir")]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other server's process id, as far as it can be read.
        holder: String,
    },
}

impl DataDir {
    /// Makes the folder where it is missing, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |error| DataDirError::Unusable { path: path.to_owned(), error };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock_path = path.join(LOCK_FILE);
        let options = File::options().read(true).write(true).create(true).truncate(false).open(&lock_path);
        let mut lock = options.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&lock_path).unwrap_or_default().trim().to_owned();
                return Err(DataDirError::InUse { path: path.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        lock.set_len(0).map_err(unusable)?;
        writeln!(lock, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { _lock: lock })
    }
}

/// Writes a file in place of what it was, whole or not at all; when this returns, it is on the disk. Nobody else may do so at the same time.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let half_done = path.with_extension("new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(PRIVATE_MODE).open(&half_done)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&half_done, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_told_who_holds_the_folder() {
        let folder = std::env::temp_dir().join(format!("tickwire-data-dir-{}", std::process::id()));
        let first = DataDir::open(&folder).expect("a fresh folder");
        let refused = DataDir::open(&folder).expect_err("held").to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        DataDir::open(&folder).expect("free again");
        fs::remove_dir_all(folder).expect("ours");
    }
}
