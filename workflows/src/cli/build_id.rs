//! Which build of the program this is: the note that the linker leaves in the executable, a checksum of what was linked.
//! It is the same for the same code wherever the executable lies, and stripping keeps it.
//!
//! The note is `NT_GNU_BUILD_ID` of the owner `GNU` in a `PT_NOTE` segment of the ELF file (System V gABI, "Note Section").
//! Read from `/proc/self/exe`, which is what runs even after the file was replaced. A program whose linker left none is
//! known by the checksum of its whole executable.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
use trainyard_format::{Error, Result};
use xxhash_rust::xxh3::Xxh3;

const EXECUTABLE: &str = "/proc/self/exe";
/// Longest segment of notes that is read.
const LONGEST: u64 = 1 << 20;
const PT_NOTE: u32 = 4;
const NT_GNU_BUILD_ID: u32 = 3;

/// Of the running executable, in hexadecimal.
///
/// # Errors
/// An executable that cannot be read.
pub fn build_id() -> Result<&'static str> {
    static FOUND: OnceLock<String> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found);
    }
    let file = || File::open(EXECUTABLE);
    let found = file().and_then(|file| match of_elf(&file)? {
        Some(id) => Ok(id),
        None => of_content(file),
    });
    let found = found.map_err(|e| Error::io("read our own executable", EXECUTABLE.as_ref(), &e))?;
    Ok(FOUND.get_or_init(|| found))
}

/// The linker's note; none when there is none or the file is no 64-bit little-endian ELF.
fn of_elf(file: &File) -> io::Result<Option<String>> {
    let mut header = [0u8; 64];
    file.read_exact_at(&mut header, 0)?;
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Ok(None);
    }
    let (start, size, count) = (long(&header, 32), short(&header, 54), short(&header, 56));
    for number in 0..u64::from(count) {
        let mut segment = [0u8; 56];
        if usize::from(size) < segment.len() {
            return Ok(None);
        }
        file.read_exact_at(&mut segment, start.saturating_add(number * u64::from(size)))?;
        let (offset, length, alignment) = (long(&segment, 8), long(&segment, 32), long(&segment, 48));
        if word(&segment, 0) != PT_NOTE || length > LONGEST {
            continue;
        }
        let mut notes = vec![0; length as usize];
        file.read_exact_at(&mut notes, offset)?;
        if let Some(id) = of_notes(&notes, if alignment == 8 { 8 } else { 4 }) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Of each note the lengths of owner and content and its type, then both, each padded.
fn of_notes(mut notes: &[u8], alignment: usize) -> Option<String> {
    loop {
        let head = notes.split_off(..12)?;
        let (owner, content, kind) = (word(head, 0) as usize, word(head, 4) as usize, word(head, 8));
        let owner_bytes = notes.get(..owner)?;
        let start = owner.checked_next_multiple_of(alignment)?;
        let content_bytes = notes.get(start..start.checked_add(content)?)?;
        if kind == NT_GNU_BUILD_ID && owner_bytes == b"GNU\0" && !content_bytes.is_empty() {
            return Some(content_bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        notes = notes.get(start.checked_add(content.checked_next_multiple_of(alignment)?)?..)?;
    }
}

fn of_content(mut file: File) -> io::Result<String> {
    let (mut hash, mut bytes) = (Xxh3::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(format!("{:032x}", hash.digest128())),
            length => hash.update(&bytes[..length]),
        }
    }
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_notes_a_build() {
        let file = File::open(EXECUTABLE).unwrap();
        let id = of_elf(&file).unwrap().expect("the linker leaves a build-id: `-Wl,--build-id`");
        assert!(id.len() >= 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        assert_eq!(build_id().unwrap(), id);
        assert_ne!(of_content(file).unwrap(), id);
    }

    #[test]
    fn the_note_is_found_behind_others_and_nonsense_is_none() {
        let note = |owner: &[u8], kind: u32, content: &[u8]| {
            let mut bytes = Vec::new();
            for number in [owner.len() as u32, content.len() as u32, kind] {
                bytes.extend(number.to_le_bytes());
            }
            for part in [owner, content] {
                bytes.extend(part);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            bytes
        };
        let mut notes = note(b"stapsdt\0", 3, b"not this one");
        notes.extend(note(b"GNU\0", 1, &[0; 5]));
        notes.extend(note(b"GNU\0", NT_GNU_BUILD_ID, &[0xab, 0x01, 0xff]));
        assert_eq!(of_notes(&notes, 4).as_deref(), Some("ab01ff"));
        for length in 0..notes.len() - 4 {
            assert_eq!(of_notes(&notes[..length], 4), None, "{length}");
        }
        assert_eq!(of_notes(&[0xff; 64], 4), None);
    }
}
