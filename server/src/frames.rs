//! Which WebSocket frames a client may send: whole, masked, binary ones, and control frames.

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

/// RFC 6455, 5.5: the largest payload of a control frame.
const CONTROL_PAYLOAD_MAX: usize = 125;

/// Judges a frame. The library lets through unmasked frames, large pongs and any fragments; this does not.
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
        OpCode::Close => Ok(Received::Close),
        OpCode::Text => Err(CloseCode::TextFrame),
        OpCode::Continuation => Err(CloseCode::ProtocolError),
    }
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
fn is_masked(frame: &mut Frame) -> bool {
    const HEAD_MAX: usize = 14;
    const MASK_BIT: u8 = 0x80;
    let mut head = [0; HEAD_MAX];
    frame.fmt_head(&mut head);
    head[1] & MASK_BIT != 0
}

fn into_bytes(payload: Payload) -> Bytes {
    match payload {
        Payload::Bytes(bytes) => bytes.freeze(),
        other => Bytes::copy_from_slice(&other),
    }
}
