//! Messages on a pipe: length and payload.

use std::io::{self, Read, Write};

pub(super) fn send(pipe: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    pipe.write_all(&(payload.len() as u64).to_le_bytes())?;
    pipe.write_all(payload)?;
    pipe.flush()
}

/// The next message; `None` when the pipe ends between messages. Memory grows with what arrives, not with what the
/// length claims.
pub(super) fn receive(pipe: &mut impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0u8; 8];
    let mut filled = 0;
    while filled < length.len() {
        match pipe.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {length} bytes is larger than the limit of {limit}"),
        ));
    }
    let mut payload = Vec::new();
    pipe.take(length).read_to_end(&mut payload)?;
    if payload.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_and_the_end_is_seen() {
        let mut pipe = Vec::new();
        send(&mut pipe, b"one").unwrap();
        send(&mut pipe, b"").unwrap();
        let mut reader = pipe.as_slice();
        assert_eq!(receive(&mut reader, 10).unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(receive(&mut reader, 10).unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(receive(&mut reader, 10).unwrap(), None);
    }

    #[test]
    fn a_length_above_the_limit_or_a_cut_message_is_an_error() {
        let mut pipe = Vec::new();
        send(&mut pipe, &[0; 100]).unwrap();
        assert_eq!(receive(&mut pipe.as_slice(), 99).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(receive(&mut &pipe[..50], 100).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(receive(&mut &pipe[..5], 100).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
