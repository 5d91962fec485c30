//! A front end of another origin attaches a file, straight from the browser to the embedded store.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use super::chromium::Browser;
use crate::support::{Embedded, Folder, unique};

/// Serves the page as long as the tests run; returns the address.
fn front_end() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        // Browsers open spare connections, on which they send nothing for a minute.
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(&stream));
        }
    });
    address
}

fn answer(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
    let page = include_str!("upload.html");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close";
    // The browser may have closed the connection, which is fine.
    drop(write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len()));
}

/// Signs up, and evaluates an expression in which `account` is the id of a new account.
fn with_account(browser: &mut Browser, expression: &str) -> Value {
    let email = format!("{}@example.com", unique("owner"));
    browser.value(&format!("signUp('{email}').then((account) => {expression})"))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: make test-browser"]
async fn a_front_end_uploads_a_file_from_the_browser() {
    let folder = Folder::new("browser-upload");
    let server = Embedded::start(&folder, &[]);
    let address = front_end();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap_or_default()).collect();
    let chosen = folder.path().join("Contrato añejo.pdf");
    std::fs::write(&chosen, &bytes).expect("a file");
    let mut browser = Browser::start("upload", "es-UY");
    let api = format!("http://{}/api/v1", server.address);
    browser.open(&format!("http://{address}/?api={api}"));
    browser.wait_for("typeof attach === 'function'");
    browser.choose_file("#file", &chosen);
    let attached = with_account(&mut browser, "attach(account)");
    let size = bytes.len();
    assert_eq!(
        attached,
        json!({
            "stored": 200, "confirmed": "AVAILABLE", "type": "application/pdf", "size": size, "same": true
        })
    );
    // The page can read the refusal, and the upload is not accepted.
    let refused = with_account(&mut browser, "cheat(account)");
    assert_eq!(refused, json!({ "stored": 400, "status": 409, "code": "upload_missing" }));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // A page of an origin that is not allowed can read neither the API nor the store.
    browser.open(&format!("http://elsewhere.example:{}/?api={api}", address.port()));
    browser.wait_for("typeof attach === 'function'");
    let port =
        std::fs::read_to_string(folder.path().join("files.port")).expect("the store remembers its port");
    for there in [format!("{api}/auth/me"), format!("http://127.0.0.1:{port}/")] {
        let answer = format!("fetch('{there}').then(() => 'read', (error) => error.name)");
        assert_eq!(browser.value(&answer), "TypeError", "{there}");
    }
}
