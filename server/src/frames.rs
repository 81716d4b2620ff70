//! Which WebSocket frames a client may send: whole, masked, binary ones, and control frames. And the heads of those that the server sends.

use bytes::Bytes;
use fastwebsockets::{Frame, OpCode, Payload, WebSocketError};
use tickwire_sync::protocol::CloseCode;

/// What a frame means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A message.
    Message(Bytes),
    /// To be answered by a pong.
    Ping(Bytes),
    /// An answer to nothing; ignored, as RFC 6455 permits.
    Pong,
    /// The client leaves.
    Close,
    /// The client gives this connection up, and comes back by another.
    ComingBack,
}

/// The longest head of a frame, in bytes.
const HEAD_MAX: usize = 14;
/// RFC 6455, 5.5: the largest payload of a control frame.
const CONTROL_PAYLOAD_MAX: usize = 125;

/// Judges a frame. The library lets through unmasked frames, large pongs, any fragments and any close; this does not.
pub(crate) fn judge(mut frame: Frame) -> Result<Received, CloseCode> {
    if !is_masked(&mut frame) || !frame.fin {
        return Err(CloseCode::ProtocolError);
    }
    let control = !matches!(frame.opcode, OpCode::Binary | OpCode::Text | OpCode::Continuation);
    if control && frame.payload.len() > CONTROL_PAYLOAD_MAX {
        return Err(CloseCode::ProtocolError);
    }
    match frame.opcode {
        OpCode::Binary => Ok(Received::Message(into_bytes(frame.payload))),
        OpCode::Ping => Ok(Received::Ping(into_bytes(frame.payload))),
        OpCode::Pong => Ok(Received::Pong),
        OpCode::Close if frame.payload.starts_with(&CloseCode::ComingBack.number().to_be_bytes()) => {
            Ok(Received::ComingBack)
        }
        OpCode::Close if is_farewell(&frame.payload) => Ok(Received::Close),
        OpCode::Text => Err(CloseCode::TextFrame),
        OpCode::Close | OpCode::Continuation => Err(CloseCode::ProtocolError),
    }
}

/// Puts the head of a frame before its payload: all that is in `bytes` from `start` on.
pub(crate) fn put_head(opcode: OpCode, bytes: &mut Vec<u8>, start: usize) {
    let mut head = [0; HEAD_MAX];
    let length = Frame::new(true, opcode, None, Payload::Borrowed(&bytes[start..])).fmt_head(&mut head);
    bytes.splice(start..start, head[..length].iter().copied());
}

/// A ping without a payload.
pub(crate) const PING: [u8; 2] = [0x80 | OpCode::Ping as u8, 0];

/// The head of a frame with this payload.
pub(crate) fn head(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let mut head = [0; HEAD_MAX];
    let length = Frame::new(true, opcode, None, Payload::Borrowed(payload)).fmt_head(&mut head);
    head[..length].to_vec()
}

/// A control frame.
pub(crate) fn control(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    [&head(opcode, payload), payload].concat()
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    control(OpCode::Pong, payload)
}

/// A goodbye.
pub(crate) fn close(code: CloseCode, reason: &str) -> Vec<u8> {
    close_with(code.number(), reason)
}

/// A goodbye with any code.
pub(crate) fn close_with(code: u16, reason: &str) -> Vec<u8> {
    control(OpCode::Close, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// What to close with when a frame could not be read; `None` when the connection itself is gone.
pub(crate) fn failure(error: &WebSocketError) -> Option<CloseCode> {
    match error {
        WebSocketError::FrameTooLarge => Some(CloseCode::TooBig),
        WebSocketError::InvalidUTF8 => Some(CloseCode::TextFrame),
        WebSocketError::UnexpectedEOF | WebSocketError::ConnectionClosed | WebSocketError::IoError(_) => None,
        _ => Some(CloseCode::ProtocolError),
    }
}

/// The library keeps the mask to itself, but writes it into a head.
pub(crate) fn is_masked(frame: &mut Frame) -> bool {
    const MASK_BIT: u8 = 0x80;
    let mut head = [0; HEAD_MAX];
    frame.fmt_head(&mut head);
    head[1] & MASK_BIT != 0
}

/// RFC 6455, 5.5.1 and 7.4: nothing, or a code that may be sent and a reason in UTF-8. 1012 to 1014 were registered later.
fn is_farewell(payload: &[u8]) -> bool {
    if payload.is_empty() {
        return true;
    }
    let Some((code, reason)) = payload.split_first_chunk() else { return false };
    let may_be_sent = matches!(u16::from_be_bytes(*code), 1000..=1003 | 1007..=1014 | 3000..=4999);
    may_be_sent && std::str::from_utf8(reason).is_ok()
}

fn into_bytes(payload: Payload) -> Bytes {
    match payload {
        Payload::Bytes(bytes) => bytes.freeze(),
        other => Bytes::copy_from_slice(&other),
    }
}
