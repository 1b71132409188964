//! What bytes are, by how they begin, and how large an image says it is.

/// The format of an image; `None` for what no model reads.
pub(super) fn image(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// Width and height of an image, where its head has them.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let at = |from: usize, length: usize| bytes.get(from..from + length);
    let big = |from: usize, length: usize| at(from, length).map(|b| number(b.iter()));
    let little = |from: usize, length: usize| at(from, length).map(|b| number(b.iter().rev()));
    match image(bytes)? {
        "png" => Some((big(16, 4)?, big(20, 4)?)),
        "gif" => Some((little(6, 2)?, little(8, 2)?)),
        "jpeg" => jpeg_size(bytes),
        _ => match at(12, 4)? {
            b"VP8X" => Some((little(24, 3)? + 1, little(27, 3)? + 1)),
            b"VP8 " => Some((little(26, 2)? & 0x3fff, little(28, 2)? & 0x3fff)),
            b"VP8L" => {
                let packed = little(21, 4)?;
                Some(((packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1))
            }
            _ => None,
        },
    }
}

fn number<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    bytes.fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// Goes from segment to segment up to the one that begins a frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, high, low, ..] = rest else { return None };
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let sides = rest.get(5..9)?;
            return Some((number(sides[2..].iter()), number(sides[..2].iter())));
        }
        rest = rest.get(2 + usize::from(*high) * 256 + usize::from(*low)..)?;
    }
}

/// Whether bytes can be a document of a format. Formats of plain text are not looked at.
pub(super) fn is_document(format: &str, bytes: &[u8]) -> bool {
    match format {
        "pdf" => bytes.starts_with(b"%PDF-"),
        "docx" | "xlsx" => bytes.starts_with(b"PK"),
        "doc" | "xls" => bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_first_bytes_and_tell_their_size() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1f\x41\0\0\0\x02";
        assert_eq!((image(png), size(png)), (Some("png"), Some((8001, 2))));
        let gif = b"GIF89a\x02\x01\x03\0";
        assert_eq!((image(gif), size(gif)), (Some("gif"), Some((258, 3))));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x05\0\x07";
        assert_eq!((image(jpeg), size(jpeg)), (Some("jpeg"), Some((7, 5))));
        let webp = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x09\0\0\x13\0\0";
        assert_eq!((image(webp), size(webp)), (Some("webp"), Some((10, 20))));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x0a\0\x14\0";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x09\xc0\x04\0";
        assert_eq!((size(lossy), size(lossless)), (Some((10, 20)), Some((10, 20))));
        assert_eq!((image(b"BM1234"), size(b"<svg/>"), size(b"\xff\xd8\xff")), (None, None, None));
    }

    #[test]
    fn documents_begin_as_their_format_does() {
        assert!(is_document("pdf", b"%PDF-1.7") && !is_document("pdf", b"hello"));
        assert!(is_document("docx", b"PK\x03\x04") && !is_document("xls", b"PK\x03\x04"));
        assert!(is_document("md", b"# Hello"));
    }
}
