//! A simulated bad network, for developers: between a socket and whoever reads and writes it, bytes wait as long as they
//! would have been under way. Nobody else knows of it: what arrives is stamped when it comes out, and what is written is
//! taken at once, as a kernel takes it, for as long as the other side keeps up.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tickwire_sync::lag::{JITTER_MAX, LAG_MAX, LagLine, LagSettings, STALL_MAX};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

/// What is taken at once, in bytes.
const CHUNK_MAX: usize = 4 << 10;
/// What can be under way in one direction, in bytes; beyond it, the line takes nothing more, as a real one. Two of the
/// largest keyframes fit.
const UNDER_WAY_BYTES_MAX: usize = 4 << 20;
/// What was written has so long to leave once the connection is over: the longest that it can be under way, and two seconds.
const LEAVE_TIMEOUT: Duration =
    LAG_MAX.saturating_add(JITTER_MAX).saturating_add(STALL_MAX).saturating_add(Duration::from_secs(2));

/// Where bytes come from: a socket, or a line from it.
pub(crate) type ReadEnd = Box<dyn AsyncRead + Send + Unpin>;
/// Where bytes go: a socket, or a line to it.
pub(crate) type WriteEnd = Box<dyn AsyncWrite + Send + Unpin>;
/// Both ends of a connection.
pub(crate) type Ends = (ReadEnd, WriteEnd);

/// The network that every connection gets.
#[derive(Debug)]
pub(crate) struct SimulatedLag {
    settings: LagSettings,
    /// Each direction of each connection has a seed of its own, or all would stall at once.
    seed: AtomicU64,
}

impl SimulatedLag {
    pub(crate) fn new(settings: LagSettings, seed: u64) -> Self {
        Self { settings, seed: seed.into() }
    }

    /// Puts a line into each direction of a connection; the ends that it gives take the socket's place.
    pub(crate) fn lay(&self, (read, write): Ends) -> (Ends, Lines) {
        let line = || LagLine::new(self.settings, self.seed.fetch_add(1, Ordering::Relaxed));
        let (arrives, reader) = duplex(CHUNK_MAX);
        let (writer, leaves) = duplex(CHUNK_MAX);
        let mut lines = Lines::default();
        lines.inward.spawn(carry(read, arrives, line()));
        lines.outward.spawn(carry(leaves, write, line()));
        ((Box::new(reader), Box::new(writer)), lines)
    }
}

/// The two lines of a connection, which run until this is dropped; none where nothing is simulated.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    inward: JoinSet<()>,
    outward: JoinSet<()>,
}

impl Lines {
    /// Waits until all that was written has left, a goodbye above all; a socket that takes nothing is given up.
    pub(crate) async fn written(mut self) {
        let _ = timeout(LEAVE_TIMEOUT, self.outward.join_next()).await;
    }
}

/// Carries bytes until one side ends; then what is under way still arrives, where somebody takes it.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut line: LagLine<Bytes>) {
    let began = Instant::now();
    let (mut chunk, mut under_way, mut ended) = (BytesMut::new(), 0, false);
    while !(ended && line.is_empty()) {
        let due = line.next_due().map(|due| began + Duration::from_secs_f64(due));
        let has_room = under_way < UNDER_WAY_BYTES_MAX && !line.is_full();
        chunk.reserve(CHUNK_MAX);
        tokio::select! {
            // What is due goes first: a full pipe at the other end must not keep it.
            biased;
            () = sleep_until(due.unwrap_or(began)), if due.is_some() => {
                // A timer may be early by a rounding.
                let now = line.next_due().unwrap_or_default().max(began.elapsed().as_secs_f64());
                while let Some(bytes) = line.take(now) {
                    under_way -= bytes.len();
                    // While this waits, nothing more is taken: whoever writes feels it.
                    if to.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            }
            read = from.read_buf(&mut chunk), if has_room && !ended => match read {
                Ok(1..) => {
                    under_way += chunk.len();
                    line.push(chunk.split().freeze(), began.elapsed().as_secs_f64());
                }
                Ok(0) | Err(_) => ended = true,
            }
        }
    }
    let _: io::Result<()> = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use tickwire_sync::lag::Stall;
    use tokio::io::{DuplexStream, split};

    use super::*;

    fn lag(millis: u64) -> LagSettings {
        LagSettings { lag: Duration::from_millis(millis), ..LagSettings::default() }
    }

    /// A line on a connection of which the second end is the client.
    fn laid(settings: LagSettings) -> (Lines, ReadEnd, WriteEnd, DuplexStream) {
        let (server, client) = duplex(64);
        let (read, write) = split(server);
        let ((reader, writer), lines) = SimulatedLag::new(settings, 1).lay((Box::new(read), Box::new(write)));
        (lines, reader, writer, client)
    }

    async fn read(from: &mut (impl AsyncRead + Unpin), length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes).await.expect("they come");
        bytes
    }

    #[tokio::test(start_paused = true)]
    async fn each_way_takes_half_of_the_lag() {
        let (_lines, mut reader, mut writer, mut client) = laid(lag(120));
        let began = Instant::now();
        client.write_all(b"ping").await.expect("it is taken");
        assert_eq!(read(&mut reader, 4).await, b"ping");
        assert!((60..63).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
        writer.write_all(b"pong").await.expect("it is taken");
        assert_eq!(read(&mut client, 4).await, b"pong");
        assert!((120..126).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn many_messages_are_under_way_at_once_and_keep_their_order() {
        let (_lines, _reader, mut writer, mut client) = laid(lag(1000));
        let began = Instant::now();
        for number in 0..100_u8 {
            writer.write_all(&[number; 50]).await.expect("it is taken");
        }
        assert!(began.elapsed() < Duration::from_millis(100), "the writer waits for nothing");
        for number in 0..100_u8 {
            assert_eq!(read(&mut client, 50).await, [number; 50]);
        }
        assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_felt_by_the_writer_and_given_up() {
        let (lines, _reader, mut writer, client) = laid(lag(20));
        let mut taken = 0;
        let blocked = loop {
            match timeout(Duration::from_secs(1), writer.write_all(&[0; 100])).await {
                Ok(Ok(())) => taken += 100,
                blocked => break blocked,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(blocked.is_err(), "the line has not ended yet");
        assert!(taken < 3 * CHUNK_MAX, "{taken} bytes were taken");
        drop(writer);
        timeout(2 * LEAVE_TIMEOUT, lines.written()).await.expect("the line is given up");
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_goodbye_arrives_after_all_that_was_written_before() {
        let stall = Stall { chance: 1.0, duration: Duration::from_millis(500) };
        let (lines, reader, mut writer, mut client) = laid(LagSettings { stall, ..lag(200) });
        writer.write_all(b"last words").await.expect("it is taken");
        drop((writer, reader));
        let mut heard = Vec::new();
        let (heard_all, ()) = tokio::join!(client.read_to_end(&mut heard), lines.written());
        assert_eq!((heard_all.ok(), heard.as_slice()), (Some(10), &b"last words"[..]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_socket_comes_through_as_late_as_its_bytes() {
        let (_lines, mut reader, _writer, mut client) = laid(lag(100));
        let began = Instant::now();
        client.write_all(b"bye").await.expect("it is taken");
        drop(client);
        let mut heard = Vec::new();
        reader.read_to_end(&mut heard).await.expect("it ends");
        assert_eq!(heard, b"bye");
        assert!(began.elapsed() >= Duration::from_millis(50));
    }
}
