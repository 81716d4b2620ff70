//! The folder for what the server keeps, held by one server at a time.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

const LOCK_FILE: &str = "server.lock";

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
