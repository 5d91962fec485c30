//! Names of content types: what programs call them, and what files of an ending are.

use crate::values::MediaType;

/// A type, the endings of its files, and its other names.
struct Known(&'static str, &'static [&'static str], &'static [&'static str]);

/// What files of companies are, whether or not a deployment takes them. Whatever stands here is not decided by the ending
/// of the name.
const KNOWN: &[Known] = &[
    Known("application/pdf", &["pdf"], &["application/x-pdf", "application/acrobat", "text/pdf"]),
    Known(
        "application/msword",
        &["doc", "dot"],
        &["application/x-msword", "application/vnd.ms-word", "application/doc"],
    ),
    Known("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"], &[]),
    Known(
        "application/vnd.ms-excel",
        &["xls", "xlt"],
        &[
            "application/msexcel",
            "application/x-msexcel",
            "application/x-ms-excel",
            "application/x-excel",
            "application/excel",
            "application/x-dos_ms_excel",
            "application/xls",
            "application/x-xls",
        ],
    ),
    Known("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"], &[]),
    Known(
        "application/vnd.ms-powerpoint",
        &["ppt", "pps"],
        &[
            "application/mspowerpoint",
            "application/ms-powerpoint",
            "application/x-mspowerpoint",
            "application/powerpoint",
        ],
    ),
    Known("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"], &[]),
    Known(
        "application/vnd.oasis.opendocument.text",
        &["odt"],
        &["application/x-vnd.oasis.opendocument.text"],
    ),
    Known(
        "application/vnd.oasis.opendocument.spreadsheet",
        &["ods"],
        &["application/x-vnd.oasis.opendocument.spreadsheet"],
    ),
    Known(
        "application/vnd.oasis.opendocument.presentation",
        &["odp"],
        &["application/x-vnd.oasis.opendocument.presentation"],
    ),
    Known("application/rtf", &["rtf"], &["text/rtf", "text/richtext", "application/x-rtf"]),
    Known(
        "application/zip",
        &["zip"],
        &[
            "application/x-zip-compressed",
            "application/x-zip",
            "application/zip-compressed",
            "application/x-compressed-zip",
            "multipart/x-zip",
        ],
    ),
    Known("application/gzip", &["gz", "tgz"], &["application/x-gzip", "application/gzip-compressed"]),
    Known("application/x-7z-compressed", &["7z"], &[]),
    Known("application/vnd.rar", &["rar"], &["application/x-rar-compressed", "application/x-rar"]),
    Known("application/json", &["json"], &["text/json"]),
    Known("application/xml", &["xml"], &["text/xml"]),
    Known(
        "application/x-msdownload",
        &["exe", "dll"],
        &["application/x-msdos-program", "application/x-dosexec"],
    ),
    Known("message/rfc822", &["eml"], &["message/x-rfc822"]),
    Known(
        "application/vnd.ms-outlook",
        &["msg"],
        &["application/x-msg", "application/msg", "application/msoutlook", "application/vnd.ms-office.msg"],
    ),
    Known("text/plain", &["txt", "text", "log"], &["application/txt", "text/x-log"]),
    Known(
        "text/csv",
        &["csv"],
        &[
            "text/comma-separated-values",
            "text/x-comma-separated-values",
            "text/x-csv",
            "application/csv",
            "application/x-csv",
        ],
    ),
    Known("text/html", &["html", "htm"], &[]),
    Known("application/xhtml+xml", &["xhtml"], &[]),
    Known(
        "text/javascript",
        &["js", "mjs"],
        &["application/javascript", "application/x-javascript", "text/ecmascript", "application/ecmascript"],
    ),
    Known("text/markdown", &["md"], &["text/x-markdown"]),
    Known("text/calendar", &["ics"], &["application/ics"]),
    Known("text/vcard", &["vcf"], &["text/x-vcard", "text/directory"]),
    Known("image/svg+xml", &["svg"], &["image/svg"]),
    Known("image/png", &["png"], &["image/x-png", "image/apng"]),
    Known(
        "image/jpeg",
        &["jpg", "jpeg", "jpe", "jfif"],
        &["image/jpg", "image/pjpeg", "image/jpe", "image/x-jpeg"],
    ),
    Known("image/gif", &["gif"], &["image/x-gif"]),
    Known("image/webp", &["webp"], &["image/x-webp"]),
    Known("image/heic", &["heic"], &["image/x-heic", "image/heic-sequence"]),
    Known("image/heif", &["heif"], &["image/x-heif", "image/heif-sequence"]),
    Known("image/tiff", &["tif", "tiff"], &["image/tif", "image/x-tiff", "image/x-tif"]),
    Known("image/bmp", &["bmp"], &["image/x-ms-bmp", "image/x-bmp", "image/x-windows-bmp"]),
    Known(
        "audio/mpeg",
        &["mp3"],
        &["audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/x-mpeg-3", "audio/x-mpeg"],
    ),
    Known(
        "audio/ogg",
        &["ogg", "oga", "opus"],
        &["audio/x-ogg", "audio/opus", "audio/vorbis", "application/ogg", "application/x-ogg"],
    ),
    Known("audio/mp4", &["m4a"], &["audio/x-m4a", "audio/m4a", "audio/mp4a-latm"]),
    Known("audio/wav", &["wav"], &["audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/x-pn-wav"]),
    Known("audio/aac", &["aac"], &["audio/x-aac", "audio/aacp"]),
    Known("audio/flac", &["flac"], &["audio/x-flac"]),
    Known("video/mp4", &["mp4", "m4v"], &["video/x-m4v", "video/x-mp4", "application/mp4"]),
    Known("video/quicktime", &["mov", "qt"], &["video/x-quicktime", "image/mov"]),
    Known("video/webm", &["webm"], &[]),
    Known("audio/webm", &["weba"], &[]),
    Known("video/x-msvideo", &["avi"], &["video/avi", "video/msvideo"]),
];

/// The one name of a type that has several.
fn canonical(essence: &str) -> &str {
    let known = KNOWN.iter().find(|Known(_, _, others)| others.contains(&essence));
    known.map_or(essence, |Known(name, ..)| name)
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|Known(known, ..)| *known == name)
}

fn of_ending(file_name: &str) -> Option<&'static str> {
    let (_, ending) = file_name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    KNOWN.iter().find(|Known(_, endings, _)| endings.contains(&ending.as_str())).map(|Known(name, ..)| *name)
}

/// The type on a deployment's list that a program means by `given` for a file of this name. Browsers say what the
/// machine's registry says: another name, nothing, or something made up. Then the ending of the name decides, as it does
/// for whoever opens the file.
pub(super) fn listed<'a>(given: &str, file_name: Option<&str>, list: &'a [String]) -> Option<&'a str> {
    let on_list = |wanted: &str| {
        let wanted = canonical(wanted);
        list.iter().map(String::as_str).find(|listed| canonical(listed) == wanted)
    };
    if given.chars().any(char::is_control) {
        return None;
    }
    if let Some(given) = MediaType::parse(given) {
        let exact = list.iter().map(String::as_str).find(|listed| *listed == given.essence());
        if let Some(found) = exact.or_else(|| on_list(given.essence())) {
            return Some(found);
        }
        if is_known(canonical(given.essence())) {
            return None;
        }
    }
    on_list(of_ending(file_name?)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_or_ending_means_two_types() {
        let (mut names, mut endings) = (BTreeSet::new(), BTreeSet::new());
        for Known(name, of, others) in KNOWN {
            for name in [name].into_iter().chain(*others) {
                assert!(names.insert(name), "{name} stands there twice");
                assert_eq!(MediaType::parse(name).expect(name).essence(), *name);
            }
            for ending in *of {
                assert!(endings.insert(ending), "{ending} stands there twice");
                assert_eq!(*ending, ending.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn a_type_is_found_by_any_of_its_names_or_by_the_files_ending() {
        let list = ["application/pdf", "application/zip", "image/jpg", "audio/x-wav", "text/csv", "x/own"];
        let list = list.map(str::to_owned);
        for (given, file_name, expected) in [
            ("application/pdf", "a", Some("application/pdf")),
            ("Application/PDF; charset=binary", "a", Some("application/pdf")),
            ("application/x-pdf", "a.exe", Some("application/pdf")),
            ("application/x-zip-compressed", "a.zip", Some("application/zip")),
            ("image/jpeg", "a.jpg", Some("image/jpg")),
            ("image/pjpeg", "a.jpg", Some("image/jpg")),
            ("image/jpg", "a.jpg", Some("image/jpg")),
            ("audio/wave", "a.wav", Some("audio/x-wav")),
            ("X/Own", "a", Some("x/own")),
            ("", "a.pdf", Some("application/pdf")),
            ("  ", "A.PDF", Some("application/pdf")),
            ("application/octet-stream", "a.b.Zip", Some("application/zip")),
            ("application/x-made-up", "a.csv", Some("text/csv")),
            ("pdf", "a.pdf", Some("application/pdf")),
            ("", "a.exe", None),
            ("", "pdf", None),
            ("", "a.", None),
            ("", "", None),
            ("application/octet-stream", "a", None),
            ("application/octet-stream", "a.html", None),
            ("text/html", "a.pdf", None),
            ("image/svg", "a.pdf", None),
            ("application/javascript", "a.pdf", None),
            ("image/png", "a.pdf", None),
            ("application/pdf\r\nX-Evil: 1", "a.pdf", None),
        ] {
            assert_eq!(listed(given, Some(file_name), &list), expected, "{given} {file_name}");
        }
        assert_eq!(listed("", None, &list), None);
    }
}
