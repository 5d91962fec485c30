//! Drives headless Chromium by its DevTools protocol over two pipes: no driver program, no port, no further crate.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The program names to look for, after `CHROMIUM`.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long to wait for a page, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with one page.
pub(super) struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    messages: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// The page's errors: exceptions, blocked loads, policy violations.
    complaints: Vec<String>,
    profile: PathBuf,
}

impl Browser {
    /// Starts a browser with this language and an empty profile.
    pub(super) fn start(name: &str, language: &str) -> Self {
        let profile = env::temp_dir().join(format!("cartera-browser-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&profile));
        // The protocol is on descriptors 3 and 4.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"]).arg(program());
        command
            .args(["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--window-size=500,900"])
            // The sandbox doesn't work as root, and the browser only opens our own pages.
            .arg("--no-sandbox")
            // Resolves the other sites of the tests to this machine.
            .arg("--host-resolver-rules=MAP *.example 127.0.0.1")
            .arg(format!("--accept-lang={language}"))
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("there is a shell");
        let commands = child.stdin.take();
        let messages = BufReader::new(child.stdout.take().expect("a pipe"));
        let complaints = Vec::new();
        let mut browser = Self { child, commands, messages, session: None, last: 0, complaints, profile };
        browser.open_page(language);
        browser
    }

    fn open_page(&mut self, language: &str) {
        let target = self.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", &attach);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            self.call(domain, &json!({}));
        }
        let agent = self.call("Browser.getVersion", &json!({}))["userAgent"].clone();
        self.call(
            "Emulation.setUserAgentOverride",
            &json!({ "userAgent": agent, "acceptLanguage": language }),
        );
    }

    /// Calls a method of the protocol, and records the page's errors meanwhile.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let pipe = self.commands.as_mut().expect("the browser runs");
        pipe.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut bytes = Vec::new();
            let read = self.messages.read_until(0, &mut bytes).expect("the browser speaks");
            assert!(read > 0, "the browser has ended (is it installed whole? see `make test-browser`)");
            bytes.pop();
            let message: Value = serde_json::from_slice(&bytes).expect("JSON");
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, message: &Value) {
        match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                self.complaints.push(message["params"]["exceptionDetails"].to_string());
            }
            Some("Log.entryAdded") => {
                let entry = &message["params"]["entry"];
                // Error statuses of the API are logged as network errors, and the tests provoke them.
                if entry["level"] == "error" && entry["source"] != "network" {
                    self.complaints.push(entry.to_string());
                }
            }
            _ => {}
        }
    }

    /// Opens a URL like a click on a link in a mail.
    pub(super) fn open(&mut self, url: &str) {
        // Two links to the same page differ only in the fragment, which would not reload it.
        self.call("Page.navigate", &json!({ "url": "about:blank" }));
        let answer = self.call("Page.navigate", &json!({ "url": url }));
        assert!(answer["errorText"].is_null(), "{answer}");
    }

    /// The value of an expression in the page.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The visible text of the page.
    pub(super) fn text(&mut self) -> String {
        self.value("document.body ? document.body.innerText : ''").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(super) fn wait_for(&mut self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.value(expression) != json!(true) {
            assert!(Instant::now() < end, "{expression} is not true of {}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the page shows a text.
    #[track_caller]
    pub(super) fn wait_for_text(&mut self, text: &str) {
        let text = json!(text);
        self.wait_for(&format!("document.body !== null && document.body.innerText.includes({text})"));
    }

    /// Chooses a file in the field that the selector matches, like its dialogue.
    pub(super) fn choose_file(&mut self, selector: &str, file: &Path) {
        let document = self.call("DOM.getDocument", &json!({}));
        let find = json!({ "nodeId": document["root"]["nodeId"], "selector": selector });
        let field = self.call("DOM.querySelector", &find);
        self.call("DOM.setFileInputFiles", &json!({ "files": [file], "nodeId": field["nodeId"] }));
    }

    /// Types into whatever has the focus.
    pub(super) fn type_in(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Presses a key that enters no text.
    pub(super) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            " " => (32, " "),
            other => panic!("no such key: {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Clears the field with this id and focuses it.
    pub(super) fn clear(&mut self, id: &str) {
        self.value(&format!("{{ const e = document.getElementById('{id}'); e.focus(); e.select(); }}"));
    }

    /// Cuts the page off from the network, or connects it again.
    pub(super) fn set_offline(&mut self, offline: bool) {
        self.call("Network.enable", &json!({}));
        let conditions =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.call("Network.emulateNetworkConditions", &conditions);
    }

    /// The page's errors so far.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        // This call also receives all earlier messages.
        self.value("1");
        self.complaints.clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It exits when its pipe closes; if it hangs, it is killed.
        drop(self.commands.take());
        let end = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill().and_then(|()| self.child.wait()));
        drop(fs::remove_dir_all(&self.profile));
    }
}

/// The browser of this machine.
fn program() -> PathBuf {
    if let Some(program) = env::var_os("CHROMIUM") {
        return program.into();
    }
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    PROGRAMS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .chain([PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")])
        .find(|path| path.is_file())
        .expect("Chromium is missing: `make test-browser` installs it, or CHROMIUM names its program")
}
