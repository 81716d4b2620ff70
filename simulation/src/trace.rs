//! A hash of everything that anybody received: two runs of a seed give the same one.

/// FNV-1a over messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    hash: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Trace {
    /// A client received something.
    pub(crate) fn add(&mut self, client: u32, bytes: &[u8]) {
        for &byte in client.to_le_bytes().iter().chain(bytes) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn hash(self) -> u64 {
        self.hash
    }
}
