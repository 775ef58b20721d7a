//! Which loader an executable asks for.

use std::io::{self, Read, Seek, SeekFrom};

/// The program header that names the loader, and how long that name may be.
const INTERPRETER: u64 = 3;
const LONGEST: u64 = 4096;

/// The path of the loader; `None` for an executable that needs none, as it is static.
///
/// Source: System V ABI, "ELF Header" and "Program Header".
pub(super) fn loader(file: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let mut head = [0; 64];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    if !head.starts_with(b"\x7fELF") {
        return Err(io::Error::other("it is no ELF file"));
    }
    let (wide, little) = (head[4] == 2, head[5] == 1);
    let number = |bytes: &[u8], at: usize, size: usize| number(bytes, at, size, little);
    let (start, size, count) = if wide {
        (number(&head, 0x20, 8), number(&head, 0x36, 2), number(&head, 0x38, 2))
    } else {
        (number(&head, 0x1c, 4), number(&head, 0x2a, 2), number(&head, 0x2c, 2))
    };
    for index in 0..count {
        let mut entry = [0; 56];
        let entry = &mut entry[..if wide { 56 } else { 32 }];
        file.seek(SeekFrom::Start(start.saturating_add(index.saturating_mul(size))))?;
        file.read_exact(entry)?;
        if number(entry, 0, 4) != INTERPRETER {
            continue;
        }
        let (at, length) = if wide {
            (number(entry, 8, 8), number(entry, 32, 8))
        } else {
            (number(entry, 4, 4), number(entry, 16, 4))
        };
        let mut name = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.take(length.min(LONGEST)).read_to_end(&mut name)?;
        name.retain(|byte| *byte != 0);
        return String::from_utf8(name).map(Some).map_err(io::Error::other);
    }
    Ok(None)
}

/// The number of so many bytes there.
fn number(bytes: &[u8], at: usize, size: usize, little: bool) -> u64 {
    let part = bytes.get(at..at + size).unwrap_or_default();
    let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if little { part.iter().rev().fold(0, fold) } else { part.iter().fold(0, fold) }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_loader_of_a_program_is_one_that_is_here() {
        let mut own = File::open("/proc/self/exe").unwrap();
        if let Some(loader) = loader(&mut own).unwrap() {
            assert!(std::path::Path::new(&loader).is_file(), "{loader}");
        }
        let mut script = Cursor::new(b"#!/bin/sh\n".repeat(10));
        assert!(loader(&mut script).is_err());
    }

    #[test]
    fn a_static_program_has_none_in_either_width() {
        for class in [1, 2] {
            let mut head = vec![0; 64];
            head[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1]);
            assert_eq!(loader(&mut Cursor::new(head)).unwrap(), None);
        }
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(mut bytes: Vec<u8>, class in 1..3_u8, order in 1..3_u8) {
            bytes.resize(bytes.len().max(64), 0);
            bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, order]);
            let _ = loader(&mut Cursor::new(bytes));
        }
    }
}
