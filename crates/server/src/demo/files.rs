//! The demo's documents: small PDF files, made here and uploaded as any client does.

use std::fmt::Write;

use cartera_application::{Error, attachments::Announced, ports::UploadTicket, security::Actor};
use cartera_domain::{attachments::AttachmentInput, ids::Id, input::Patch};
use sha2::{Digest, Sha256};
use tracing::warn;
use uuid::Uuid;

use super::{Teller, steps::step};

const PDF: &str = "application/pdf";

/// A document of a record.
pub(super) struct Document<'a> {
    /// The kind of the record, as the API names it.
    pub(super) of: &'static str,
    /// The record.
    pub(super) id: Uuid,
    /// The file's name, without its ending.
    pub(super) name: &'a str,
    /// What it says.
    pub(super) lines: &'a [String],
}

/// Attaches a document to its record. If the file store does not answer, the demo goes on without documents.
pub(super) async fn attach(teller: &Teller, seller: &Actor, document: Document<'_>) -> Result<(), Error> {
    let attachments = &teller.application.attachments;
    if !attachments.rules().types.iter().any(|allowed| allowed == PDF) {
        return Ok(());
    }
    match upload(teller, seller, &document).await {
        Err(error @ Error::Unavailable { .. }) => {
            warn!(%error, name = document.name, "a document of the demo was not uploaded");
            Ok(())
        }
        done => done,
    }
}

async fn upload(teller: &Teller, seller: &Actor, document: &Document<'_>) -> Result<(), Error> {
    let Document { of, id, name, lines } = document;
    let bytes = pdf(name, lines);
    let input = AttachmentInput {
        entity_type: Patch::Value((*of).to_owned()),
        entity_id: Patch::Value(*id),
        file_name: Patch::Value(format!("{name}.pdf")),
        content_type: Patch::Value(PDF.to_owned()),
        size: Patch::Value(i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        sha256: Patch::Value(hex::encode(Sha256::digest(&bytes))),
    };
    let attachments = &teller.application.attachments;
    let announced = attachments.create(seller, input, &step(&format!("file-{id}"))).await?.output;
    // No upload URL: the file was uploaded before an interruption.
    let Announced { attachment, upload: Some(ticket) } = announced else { return Ok(()) };
    put(ticket, bytes).await.map_err(|error| Error::unavailable("the store of files", error))?;
    attachments.confirm(seller, Id::new(attachment.id), &step(&format!("filed-{id}"))).await.map(drop)
}

async fn put(ticket: UploadTicket, bytes: Vec<u8>) -> Result<(), reqwest::Error> {
    let UploadTicket { url, headers, expires_at: _ } = ticket;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request =
        headers.into_iter().fold(client.put(url), |request, (name, value)| request.header(name, value));
    request.body(bytes).send().await?.error_for_status().map(drop)
}

/// A PDF of one page with a title and lines (ISO 32000-1, 7.5: header, objects, cross-reference table, trailer).
fn pdf(title: &str, lines: &[String]) -> Vec<u8> {
    let lines: Vec<_> = lines.iter().map(|line| format!(" T* ({}) Tj", literal(line))).collect();
    let text =
        format!("BT /F1 20 Tf 72 770 Td 18 TL ({}) Tj /F1 11 Tf T*{} ET", literal(title), lines.concat());
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut parts = vec!["%PDF-1.4\n".to_owned()];
    let mut table = vec![format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1)];
    let mut end = parts[0].len();
    for (index, object) in objects.iter().enumerate() {
        table.push(format!("{end:010} 00000 n \n"));
        let part = format!("{} 0 obj\n{object}\nendobj\n", index + 1);
        end += part.len();
        parts.push(part);
    }
    parts.extend(table);
    let size = objects.len() + 1;
    parts.push(format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{end}\n%%EOF\n"));
    parts.concat().into_bytes()
}

/// Text inside the parentheses of a literal string (7.3.4.2): ASCII, the rest as octal WinAnsi codes, which are those of
/// Latin-1 for the letters of Spanish.
fn literal(text: &str) -> String {
    text.chars().fold(String::new(), |mut literal, letter| {
        // Writing to a string can't fail.
        let _ = match letter {
            '(' | ')' | '\\' => write!(literal, "\\{letter}"),
            ' '..='~' => write!(literal, "{letter}"),
            '\u{A0}'..='\u{FF}' => write!(literal, "\\{:03o}", u32::from(letter)),
            _ => write!(literal, "?"),
        };
        literal
    })
}

#[cfg(test)]
mod tests {
    use super::{literal, pdf};

    #[test]
    fn every_object_lies_where_the_table_says() {
        let file = String::from_utf8(pdf("Contrato (2026)", &["Año 1".to_owned()])).expect("ASCII");
        let (_, tail) = file.split_once("xref\n0 6\n").expect("a table of six");
        for (index, entry) in tail.lines().skip(1).take(5).enumerate() {
            let at: usize = entry[..10].parse().expect("an offset");
            assert!(file[at..].starts_with(&format!("{} 0 obj\n", index + 1)), "{entry}");
        }
        let start: usize = tail
            .split_once("startxref\n")
            .and_then(|(_, end)| end.lines().next()?.parse().ok())
            .expect("a start");
        assert!(file[start..].starts_with("xref\n"));
    }

    #[test]
    fn text_stays_inside_its_parentheses() {
        assert_eq!(literal("Año (1) \\ €"), "A\\361o \\(1\\) \\\\ ?");
    }
}
