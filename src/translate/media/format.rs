//! What some bytes are, in Converse's words (translation reference §1.3). The bytes decide wherever they can: the
//! model behind Bedrock looks at them too, and refuses a picture that is not what it is said to be. The tables are
//! built in, so that an answer does not depend on the system the gateway runs on.

/// What a medium is, and in which format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Image(&'static str),
    Document(&'static str),
    Video(&'static str),
    Audio(&'static str),
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// This.
    Are(Format),
    /// One of these documents: only a label can tell which.
    OneOf(&'static [&'static str]),
    /// A format that Bedrock does not take.
    Foreign(&'static str),
    /// Text of some kind.
    Text,
    /// Nothing.
    Nothing,
}

/// Converse's names, for what is said to a client.
pub(super) const IMAGES: &str = "png, jpeg, gif, webp";
pub(super) const DOCUMENTS: &str = "pdf, csv, doc, docx, xls, xlsx, html, txt, md";
pub(super) const VIDEOS: &str = "mkv, mov, mp4, webm, flv, mpeg, mpg, wmv, three_gp";
pub(super) const AUDIOS: &str =
    "mp3, opus, wav, aac, flac, mp4, ogg, mkv, mka, x-aac, m4a, mpeg, mpga, pcm, webm";

/// Documents that are zip archives, and those that are OLE files.
const ZIPPED: &[&str] = &["docx", "xlsx"];
const OLE: &[&str] = &["doc", "xls"];

/// Endings of file names and of media types; what is not here says nothing.
const ENDINGS: &[(&str, Format)] = &[
    ("png", Format::Image("png")),
    ("jpg", Format::Image("jpeg")),
    ("jpeg", Format::Image("jpeg")),
    ("gif", Format::Image("gif")),
    ("webp", Format::Image("webp")),
    ("pdf", Format::Document("pdf")),
    ("csv", Format::Document("csv")),
    ("doc", Format::Document("doc")),
    ("docx", Format::Document("docx")),
    ("xls", Format::Document("xls")),
    ("xlsx", Format::Document("xlsx")),
    ("html", Format::Document("html")),
    ("htm", Format::Document("html")),
    ("txt", Format::Document("txt")),
    ("md", Format::Document("md")),
    ("markdown", Format::Document("md")),
    ("mkv", Format::Video("mkv")),
    ("mov", Format::Video("mov")),
    ("mp4", Format::Video("mp4")),
    ("m4v", Format::Video("mp4")),
    ("webm", Format::Video("webm")),
    ("flv", Format::Video("flv")),
    ("mpeg", Format::Video("mpeg")),
    ("mpg", Format::Video("mpg")),
    ("wmv", Format::Video("wmv")),
    ("3gp", Format::Video("three_gp")),
    ("mp3", Format::Audio("mp3")),
    ("opus", Format::Audio("opus")),
    ("wav", Format::Audio("wav")),
    ("aac", Format::Audio("aac")),
    ("flac", Format::Audio("flac")),
    ("ogg", Format::Audio("ogg")),
    ("oga", Format::Audio("ogg")),
    ("mka", Format::Audio("mka")),
    ("m4a", Format::Audio("m4a")),
    ("mpga", Format::Audio("mpga")),
];

/// Media types that do not end in their format.
const MEDIA_TYPES: &[(&str, Format)] = &[
    ("application/msword", Format::Document("doc")),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Format::Document("docx")),
    ("application/vnd.ms-excel", Format::Document("xls")),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Format::Document("xlsx")),
    ("application/xhtml+xml", Format::Document("html")),
    ("application/csv", Format::Document("csv")),
    ("text/x-markdown", Format::Document("md")),
    ("video/quicktime", Format::Video("mov")),
    ("video/x-matroska", Format::Video("mkv")),
    ("video/x-flv", Format::Video("flv")),
    ("video/x-ms-wmv", Format::Video("wmv")),
    ("video/3gpp", Format::Video("three_gp")),
    ("audio/mpeg", Format::Audio("mp3")),
    ("audio/mp4", Format::Audio("m4a")),
    ("audio/x-m4a", Format::Audio("m4a")),
    ("audio/x-wav", Format::Audio("wav")),
    ("audio/wave", Format::Audio("wav")),
    ("audio/vnd.wave", Format::Audio("wav")),
    ("audio/x-flac", Format::Audio("flac")),
    ("audio/webm", Format::Audio("webm")),
];

/// What the first bytes say.
pub(super) fn signs(bytes: &[u8]) -> Signs {
    use Format::{Audio, Document, Image, Video};
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Signs::Are(Image("png")),
        [0xff, 0xd8, 0xff, ..] => Signs::Are(Image("jpeg")),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Signs::Are(Image("gif")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Signs::Are(Image("webp")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Signs::Are(Audio("wav")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', ..] => Signs::Foreign("AVI"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Signs::Are(Document("pdf")),
        [b'P', b'K', 3, 4, ..] => Signs::OneOf(ZIPPED),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Signs::OneOf(OLE),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => iso(brand),
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => {
            let webm = rest.windows(4).any(|word| word == b"webm");
            Signs::Are(Video(if webm { "webm" } else { "mkv" }))
        }
        [b'F', b'L', b'V', 1, ..] => Signs::Are(Video("flv")),
        [0, 0, 1, 0xba | 0xb3, ..] => Signs::Are(Video("mpeg")),
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => Signs::Are(Video("wmv")),
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => Signs::Are(Audio("mp3")),
        [0xff, 0xf1 | 0xf9, ..] => Signs::Are(Audio("aac")),
        [b'f', b'L', b'a', b'C', ..] => Signs::Are(Audio("flac")),
        [b'O', b'g', b'g', b'S', rest @ ..] => {
            let opus = rest.windows(8).any(|word| word == b"OpusHead");
            Signs::Are(Audio(if opus { "opus" } else { "ogg" }))
        }
        [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => Signs::Foreign("TIFF"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Signs::Foreign("BMP"),
        _ => text(bytes),
    }
}

/// A file of the ISO family, by its brand.
fn iso(brand: &[u8]) -> Signs {
    match brand {
        [b'a', b'v', b'i', b'f' | b's', ..] => Signs::Foreign("AVIF"),
        [b'h', b'e', b'i' | b'v', ..] | [b'm', b'i' | b's', b'f', b'1', ..] => Signs::Foreign("HEIC"),
        [b'q', b't', b' ', b' ', ..] => Signs::Are(Format::Video("mov")),
        [b'3', b'g', ..] => Signs::Are(Format::Video("three_gp")),
        [b'M', b'4', b'A' | b'B', ..] => Signs::Are(Format::Audio("m4a")),
        _ => Signs::Are(Format::Video("mp4")),
    }
}

/// Text begins as text; the sample may end within a character.
fn text(bytes: &[u8]) -> Signs {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Signs::Nothing,
    };
    let beginning = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| beginning.get(..word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word));
    if text.is_empty() || text.contains('\0') {
        Signs::Nothing
    } else if begins("<svg") || (begins("<?xml") && text.contains("<svg")) {
        Signs::Foreign("SVG")
    } else if begins("<!doctype html") || begins("<html") {
        Signs::Are(Format::Document("html"))
    } else {
        Signs::Text
    }
}

/// The format of a media type, in lower case and without parameters.
pub(super) fn of_media_type(media_type: &str) -> Option<Format> {
    let listed = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, format)| *format);
    listed.or_else(|| {
        let (kind, ending) = media_type.split_once('/')?;
        let format = of_ending(ending)?;
        let kinds: &[&str] = match format {
            Format::Image(_) => &["image"],
            Format::Document(_) => &["text", "application"],
            Format::Video(_) => &["video"],
            Format::Audio(_) => &["audio"],
        };
        (kinds.contains(&kind) && media_type != "text/txt").then_some(format)
    })
}

/// The format of a file name or of the path of a URL.
pub(super) fn of_name(name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    of_ending(&ending.to_ascii_lowercase())
}

/// The format that Converse calls so, or that a file of this ending has.
pub(super) fn of_ending(ending: &str) -> Option<Format> {
    ENDINGS.iter().find(|(name, _)| *name == ending).map(|(_, format)| *format)
}

/// Converse's own name of a format of sound.
pub(super) fn of_audio(word: &str) -> Option<Format> {
    let word = word.to_ascii_lowercase();
    AUDIOS.split(", ").find(|name| **name == word).map(Format::Audio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_they_are() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Signs::Are(Format::Image("png"))),
            (b"\xff\xd8\xff\xe0", Signs::Are(Format::Image("jpeg"))),
            (b"GIF89a", Signs::Are(Format::Image("gif"))),
            (b"RIFF\0\0\0\0WEBPVP8 ", Signs::Are(Format::Image("webp"))),
            (b"RIFF\0\0\0\0WAVEfmt ", Signs::Are(Format::Audio("wav"))),
            (b"RIFF\0\0\0\0AVI LIST", Signs::Foreign("AVI")),
            (b"%PDF-1.7", Signs::Are(Format::Document("pdf"))),
            (b"PK\x03\x04", Signs::OneOf(ZIPPED)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Signs::OneOf(OLE)),
            (b"\0\0\0\x18ftypmp42", Signs::Are(Format::Video("mp4"))),
            (b"\0\0\0\x18ftypqt  ", Signs::Are(Format::Video("mov"))),
            (b"\0\0\0\x18ftyp3gp4", Signs::Are(Format::Video("three_gp"))),
            (b"\0\0\0\x18ftypM4A ", Signs::Are(Format::Audio("m4a"))),
            (b"\0\0\0\x18ftypheic", Signs::Foreign("HEIC")),
            (b"\0\0\0\x18ftypmif1", Signs::Foreign("HEIC")),
            (b"\0\0\0\x18ftypavif", Signs::Foreign("AVIF")),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01webm", Signs::Are(Format::Video("webm"))),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01matroska", Signs::Are(Format::Video("mkv"))),
            (b"OggS\0\x02\0\0\0OpusHead", Signs::Are(Format::Audio("opus"))),
            (b"ID3\x04", Signs::Are(Format::Audio("mp3"))),
            (b"II*\0", Signs::Foreign("TIFF")),
            (b"BM\x46\0\0\0\0\0\0\0", Signs::Foreign("BMP")),
            (b" <?xml version='1.0'?><svg/>", Signs::Foreign("SVG")),
            (b"<SVG viewBox='0 0 1 1'/>", Signs::Foreign("SVG")),
            (b"<!DOCTYPE html>", Signs::Are(Format::Document("html"))),
            (b"a,b\n1,2\n", Signs::Text),
            ("caf\u{e9}".as_bytes().split_last().unwrap().1, Signs::Text),
            (b"\xff\xfea\0", Signs::Nothing),
            (b"a\0b", Signs::Nothing),
            (b"", Signs::Nothing),
        ] {
            assert_eq!(signs(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn labels_are_read_from_built_in_tables() {
        assert_eq!(of_media_type("image/jpg"), Some(Format::Image("jpeg")));
        assert_eq!(of_media_type("application/pdf"), Some(Format::Document("pdf")));
        assert_eq!(of_media_type("text/csv"), Some(Format::Document("csv")));
        assert_eq!(of_media_type("text/plain"), None);
        assert_eq!(of_media_type("video/3gpp"), Some(Format::Video("three_gp")));
        assert_eq!(of_media_type("application/png"), None);
        assert_eq!(of_name("a.tar.DOCX"), Some(Format::Document("docx")));
        assert_eq!(of_name("docx"), None);
        assert_eq!(of_audio("WAV"), Some(Format::Audio("wav")));
        assert_eq!(of_audio("aiff"), None);
    }

    #[test]
    fn the_tables_hold_converse_words_only() {
        let lists = |format: &Format| match format {
            Format::Image(word) => (IMAGES, *word),
            Format::Document(word) => (DOCUMENTS, *word),
            Format::Video(word) => (VIDEOS, *word),
            Format::Audio(word) => (AUDIOS, *word),
        };
        for (name, format) in ENDINGS.iter().chain(MEDIA_TYPES) {
            let (list, word) = lists(format);
            assert!(list.split(", ").any(|listed| listed == word), "{name}");
        }
    }
}
