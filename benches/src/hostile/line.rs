//! A WebSocket made by hand, since a library would refuse to send what an attacker sends.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout, timeout_at},
};

/// Opcodes of frames, RFC 6455, 5.2.
pub(super) mod opcode {
    pub(crate) const CONTINUATION: u8 = 0;
    pub(crate) const TEXT: u8 = 1;
    pub(crate) const BINARY: u8 = 2;
    pub(crate) const CLOSE: u8 = 8;
    pub(crate) const PING: u8 = 9;
    pub(crate) const PONG: u8 = 10;
}

/// The bit of a frame's first byte that says that nothing follows.
pub(super) const FIN: u8 = 0x80;

/// So long an attacker waits for the answer to its request.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// No body of an answer is read beyond that, in bytes.
const BODY_MAX: u64 = 1 << 20;
/// No head of an answer is longer, in bytes.
const HEAD_MAX: usize = 8192;

/// How a connection came to its end, as its attacker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Another HTTP status than 101.
    Refused(u16),
    /// A close frame with this code.
    Closed(u16),
    /// The connection ended without a word, or was not even accepted.
    Cut,
    /// It stood for as long as the attacker looked.
    Open,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(f, "refused with HTTP {status}"),
            Self::Closed(code) => write!(f, "closed with {code}"),
            Self::Cut => write!(f, "cut off"),
            Self::Open => write!(f, "left open"),
        }
    }
}

/// A frame that came.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) opcode: u8,
    pub(super) payload: Vec<u8>,
}

/// A connection from an address of one's choice.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    /// What came and is not taken yet.
    read: Vec<u8>,
}

impl Line {
    /// Opens a TCP connection, and says nothing.
    pub(super) async fn open(from: Ipv4Addr, server: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Opens a game socket, or says how that was refused.
    pub(super) async fn upgrade(from: Ipv4Addr, server: SocketAddr) -> Result<Self, Ending> {
        let mut line = Self::open(from, server).await.map_err(|_| Ending::Cut)?;
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        line.send(request.as_bytes()).await.map_err(|_| Ending::Cut)?;
        let status = timeout(UPGRADE_TIMEOUT, line.status()).await.map_err(|_| Ending::Open)?;
        match status {
            Ok(101) => Ok(line),
            Ok(status) => Err(Ending::Refused(status)),
            Err(_) => Err(Ending::Cut),
        }
    }

    /// The status in the head of an answer, which is read to its end.
    async fn status(&mut self) -> io::Result<u16> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() == HEAD_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            head.push(self.stream.read_u8().await?);
        }
        let status = String::from_utf8_lossy(&head).split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Sends bytes as they are.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a whole, masked frame.
    pub(super) async fn frame(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.send(&frame(FIN | opcode, payload)).await
    }

    /// The next frame; an error where the connection is over. Whoever gives up waiting loses nothing.
    pub(super) async fn read(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(frame) = self.take() {
                return Ok(frame);
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The first frame of what was read, if all of it was.
    fn take(&mut self) -> Option<Frame> {
        let (&[first, short], rest) = self.read.split_first_chunk()?;
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let (long, rest) = rest.split_at_checked(extended)?;
        let length = long.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let length = if extended == 0 { usize::from(short) } else { length };
        let payload = rest.get(..length)?.to_vec();
        self.read.drain(..2 + extended + length);
        Some(Frame { opcode: first & 0xf, payload })
    }

    /// Reads on, whatever comes, until the connection is over or so long has passed. It answers no pings.
    pub(super) async fn ending(&mut self, within: Duration) -> Ending {
        let until = Instant::now() + within;
        loop {
            match timeout_at(until, self.read()).await {
                Err(_) => return Ending::Open,
                Ok(Err(_)) => return Ending::Cut,
                Ok(Ok(Frame { opcode: opcode::CLOSE, payload })) => {
                    return payload.first_chunk().map_or(Ending::Cut, |code| Ending::Closed(u16::from_be_bytes(*code)));
                }
                Ok(Ok(_)) => {}
            }
        }
    }

    /// The same of a connection that is no WebSocket yet: any answer ends it.
    pub(super) async fn silence(&mut self, within: Duration) -> Ending {
        match timeout(within, self.status()).await {
            Err(_) => Ending::Open,
            Ok(Ok(status)) => Ending::Refused(status),
            Ok(Err(_)) => Ending::Cut,
        }
    }
}

/// The status and the body of an answer to a plain request.
pub(super) async fn get(server: SocketAddr, path: &str) -> io::Result<(u16, Vec<u8>)> {
    let mut line = Line::open(Ipv4Addr::UNSPECIFIED, server).await?;
    line.send(format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let status = timeout(UPGRADE_TIMEOUT, line.status()).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let mut body = Vec::new();
    line.stream.take(BODY_MAX).read_to_end(&mut body).await?;
    Ok((status, body))
}

/// A masked frame with this first byte.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [1, 2, 3, 4];
    let mut bytes = head(first, payload.len() as u64, true);
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The head of a frame with so many bytes to come, without its mask.
pub(super) fn head(first: u8, length: u64, masked: bool) -> Vec<u8> {
    let mask = u8::from(masked) << 7;
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(mask + length as u8),
        126..0x1_0000 => {
            bytes.push(mask + 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask + 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_rfc_6455_has_them() {
        assert_eq!(frame(FIN | opcode::TEXT, b"ab"), [0x81, 0x82, 1, 2, 3, 4, b'a' ^ 1, b'b' ^ 2]);
        assert_eq!(head(FIN | opcode::BINARY, 300, true), [0x82, 0xfe, 1, 44]);
        assert_eq!(head(opcode::CONTINUATION, 1 << 40, false), [0, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
    }
}
