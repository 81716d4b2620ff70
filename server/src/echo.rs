//! `/echo`, behind `--diagnostics`: a plain WebSocket echo, for the connection doctor, for conformance tests, and to be tried by hand.
//!
//! Everything of it is bounded: how many there are at once (`limits.rs`), a message's bytes and fragments, how long nothing may come, and how long it lasts.

use std::{io, time::Duration};

use fastwebsockets::{Frame, OpCode, WebSocketError};
use hyper::upgrade::Upgraded;
use tickwire_sync::protocol::CloseCode;
use tokio::{
    io::AsyncWriteExt,
    sync::watch,
    time::{error::Elapsed, sleep, timeout},
};

use crate::{
    connection::{self, Reader, WRITE_TIMEOUT, next_frame},
    frames::{self, Received},
    lag::{SimulatedLag, WriteEnd},
    limits::Place,
};

/// The largest message that is echoed, in bytes: the largest of Autobahn's cases.
pub(crate) const ECHO_MESSAGE_MAX: usize = 16 << 20;
/// How many fragments a message may have; the most of Autobahn's cases is half of it.
pub(crate) const ECHO_FRAGMENTS_MAX: u32 = 1 << 17;
/// How many may be open at once: some half gigabyte, should each hold the largest message and echo it.
pub(crate) const ECHOES_MAX: u32 = 16;
/// How many of them may be of one address, so that it does not keep the others from trying theirs.
pub(crate) const ECHOES_OF_ADDRESS_MAX: u32 = 4;
/// How long one lasts at most.
const LIFE: Duration = Duration::from_mins(10);
/// One to which nothing comes for so long ends.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// So much is written in one go, in bytes; one that does not take that much within [`WRITE_TIMEOUT`] is given up.
const PIECE_BYTES: usize = 64 << 10;
/// RFC 6455, 5.5: the largest payload of a control frame, which may come while a message has no byte left.
const CONTROL_PAYLOAD_MAX: usize = 125;

/// How an echo ends.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The peer said goodbye with this payload, which is answered by its code.
    Left(Vec<u8>),
    /// Nothing comes or goes any more.
    Lost,
    /// It is closed with a code and a reason.
    Closed(u16, &'static str),
}

impl From<CloseCode> for Ended {
    fn from(code: CloseCode) -> Self {
        Self::Closed(code.number(), code.reason())
    }
}

const NOT_UTF8: Ended = Ended::Closed(1007, "text that is no UTF-8");
const TOO_BIG: Ended = Ended::Closed(1009, "message too big; an echo's limit is 16777216 bytes, in 131072 fragments");

/// Echoes until either side ends it, or the sender of `stopping` is dropped.
pub(crate) async fn serve(
    upgraded: Upgraded,
    lag: Option<&SimulatedLag>,
    _place: Place,
    mut stopping: watch::Receiver<()>,
) {
    let Some((mut reader, mut writer, lines)) = connection::split(upgraded, lag) else { return };
    let ended = tokio::select! {
        ended = echo(&mut reader, &mut writer) => ended,
        () = sleep(LIFE) => Ended::Closed(CloseCode::Normal.number(), "an echo lasts for ten minutes"),
        // What was being read is lost with the connection.
        _ = stopping.changed() => CloseCode::GoingAway.into(),
    };
    let goodbye = match &ended {
        Ended::Left(payload) => frames::control(OpCode::Close, &payload[..payload.len().min(2)]),
        Ended::Closed(code, reason) => frames::close_with(*code, reason),
        Ended::Lost => return,
    };
    let _ = write(&mut writer, &[&goodbye]).await;
    let _ = timeout(WRITE_TIMEOUT, writer.shutdown()).await;
    if !matches!(ended, Ended::Left(_)) {
        connection::drain(reader).await;
    }
    lines.written().await;
}

async fn echo(reader: &mut Reader, writer: &mut WriteEnd) -> Ended {
    let mut message = Message::default();
    loop {
        // The library reserves what a frame claims, and refuses what is as large as its maximum.
        reader.set_max_message_size(message.room().max(CONTROL_PAYLOAD_MAX) + 1);
        let answer = match timeout(IDLE_TIMEOUT, next_frame(reader)).await {
            Ok(Ok(frame)) => answer(frame, &mut message),
            Ok(Err(WebSocketError::InvalidUTF8)) => Err(NOT_UTF8),
            Ok(Err(WebSocketError::FrameTooLarge)) => Err(TOO_BIG),
            Ok(Err(error)) => Err(frames::failure(&error).map_or(Ended::Lost, Ended::from)),
            Err(Elapsed { .. }) => Err(Ended::Closed(CloseCode::Normal.number(), "nothing came for a minute")),
        };
        let written = match answer {
            Ok(None) => continue,
            Ok(Some(Answer::Message(opcode, bytes))) => write(writer, &[&frames::head(opcode, &bytes), &bytes]).await,
            Ok(Some(Answer::Pong(bytes))) => write(writer, &[&bytes]).await,
            Err(ended) => return ended,
        };
        if written.is_err() {
            return Ended::Lost;
        }
    }
}

/// What is to be written.
enum Answer {
    /// A whole message.
    Message(OpCode, Vec<u8>),
    /// A frame.
    Pong(Vec<u8>),
}

fn answer(mut frame: Frame, message: &mut Message) -> Result<Option<Answer>, Ended> {
    if matches!(frame.opcode, OpCode::Text | OpCode::Binary | OpCode::Continuation) {
        if !frames::is_masked(&mut frame) {
            return Err(CloseCode::ProtocolError.into());
        }
        return Ok(message.take(&frame)?.map(|(opcode, bytes)| Answer::Message(opcode, bytes)));
    }
    let goodbye = if frame.opcode == OpCode::Close { frame.payload.to_vec() } else { Vec::new() };
    match frames::judge(frame)? {
        Received::Ping(payload) => Ok(Some(Answer::Pong(frames::pong(&payload)))),
        Received::Close | Received::ComingBack => Err(Ended::Left(goodbye)),
        Received::Pong | Received::Message(_) => Ok(None),
    }
}

/// A message that comes in fragments, or whole.
#[derive(Debug, Default)]
struct Message {
    /// `None` between two messages.
    opcode: Option<OpCode>,
    bytes: Vec<u8>,
    fragments: u32,
    /// So many bytes of a text are whole characters.
    checked: usize,
}

impl Message {
    /// How many bytes it may still get.
    fn room(&self) -> usize {
        ECHO_MESSAGE_MAX - self.bytes.len()
    }

    /// Takes in a frame of data, and gives the message that it completes.
    fn take(&mut self, frame: &Frame) -> Result<Option<(OpCode, Vec<u8>)>, Ended> {
        let opcode = match (self.opcode, frame.opcode) {
            (Some(opcode), OpCode::Continuation) => opcode,
            (None, opcode @ (OpCode::Text | OpCode::Binary)) => *self.opcode.insert(opcode),
            // A second beginning, or an end without one.
            _ => return Err(CloseCode::ProtocolError.into()),
        };
        self.fragments += 1;
        if frame.payload.len() > self.room() || self.fragments > ECHO_FRAGMENTS_MAX {
            return Err(TOO_BIG);
        }
        self.bytes.extend_from_slice(&frame.payload);
        if opcode == OpCode::Text {
            self.check(frame.fin)?;
        }
        if !frame.fin {
            return Ok(None);
        }
        let Self { bytes, .. } = std::mem::take(self);
        Ok(Some((opcode, bytes)))
    }

    /// Refuses a text as soon as it cannot become UTF-8 any more.
    fn check(&mut self, whole: bool) -> Result<(), Ended> {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            // A character's end may come with the next fragment.
            Err(error) if error.error_len().is_none() && !whole => self.checked += error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        }
        Ok(())
    }
}

async fn write(writer: &mut WriteEnd, parts: &[&[u8]]) -> io::Result<()> {
    // A large message may take its time over a slow line, but each piece of it has to move.
    for piece in parts.iter().flat_map(|part| part.chunks(PIECE_BYTES)) {
        timeout(WRITE_TIMEOUT, writer.write_all(piece)).await??;
    }
    timeout(WRITE_TIMEOUT, writer.flush()).await?
}

#[cfg(test)]
mod tests {
    use fastwebsockets::Payload;

    use super::*;

    fn taken(message: &mut Message, opcode: OpCode, fin: bool, payload: &[u8]) -> Result<Option<Vec<u8>>, Ended> {
        let frame = Frame::new(fin, opcode, None, Payload::Borrowed(payload));
        Ok(message.take(&frame)?.map(|(_, bytes)| bytes))
    }

    #[test]
    fn fragments_become_one_message_whose_text_is_checked_as_it_comes() {
        let mut message = Message::default();
        let umlaut = "ü".as_bytes();
        assert_eq!(taken(&mut message, OpCode::Text, false, &umlaut[..1]), Ok(None));
        assert_eq!(taken(&mut message, OpCode::Continuation, false, b""), Ok(None));
        assert_eq!(taken(&mut message, OpCode::Continuation, true, &umlaut[1..]), Ok(Some(umlaut.to_vec())));
        assert_eq!(taken(&mut message, OpCode::Text, true, &umlaut[..1]), Err(NOT_UTF8), "half a letter");
        let mut message = Message::default();
        assert_eq!(taken(&mut message, OpCode::Text, false, b"\xff"), Err(NOT_UTF8), "before its end comes");
        let mut message = Message::default();
        assert_eq!(taken(&mut message, OpCode::Binary, false, b"\xff"), Ok(None));
        assert_eq!(taken(&mut message, OpCode::Continuation, true, b"\xfe"), Ok(Some(b"\xff\xfe".to_vec())));
    }

    #[test]
    fn fragments_out_of_order_and_too_many_are_refused() {
        let broken = || Err(CloseCode::ProtocolError.into());
        let mut message = Message::default();
        assert_eq!(taken(&mut message, OpCode::Continuation, true, b""), broken());
        assert_eq!(taken(&mut message, OpCode::Text, false, b""), Ok(None));
        assert_eq!(taken(&mut message, OpCode::Text, true, b""), broken(), "a second beginning");
        let mut message = Message::default();
        assert_eq!(taken(&mut message, OpCode::Binary, false, b""), Ok(None));
        for _ in 1..ECHO_FRAGMENTS_MAX {
            assert_eq!(taken(&mut message, OpCode::Continuation, false, b""), Ok(None));
        }
        assert_eq!(taken(&mut message, OpCode::Continuation, true, b""), Err(TOO_BIG));
    }

    #[test]
    fn a_message_may_have_its_limit_and_not_a_byte_more() {
        let most = vec![0; ECHO_MESSAGE_MAX];
        let mut message = Message::default();
        assert_eq!(
            taken(&mut message, OpCode::Binary, true, &most).map(|whole| whole.map(|bytes| bytes.len())),
            Ok(Some(ECHO_MESSAGE_MAX))
        );
        assert_eq!(taken(&mut message, OpCode::Binary, false, &most[1..]), Ok(None));
        assert_eq!(taken(&mut message, OpCode::Continuation, false, &most[..2]), Err(TOO_BIG));
        let Ended::Closed(_, reason) = TOO_BIG else { unreachable!("it closes") };
        assert!(reason.contains(&ECHO_MESSAGE_MAX.to_string()) && reason.contains(&ECHO_FRAGMENTS_MAX.to_string()));
    }
}
