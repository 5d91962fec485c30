//! Captures the statements of a request from PostgreSQL's log, on a separate copy of the data.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{
    forwarder::Forwarder,
    script::{End, Script},
    statements::{self, Statement},
};
use crate::{
    error::{BenchError, Result},
    http::{Caller, Request},
    load::Template,
    measure::Subjects,
    progress::say,
    requests::{Case, Family, Subject},
    site::{Build, Site},
    superuser::Superuser,
};

/// The role whose statements are captured.
const ROLE: &str = "cartera_api";
/// How long after an answer its statements may still arrive in the log.
const SETTLE: Duration = Duration::from_millis(30);
/// How often a request is sent, because some also refresh the authorization cache, or prepare statements on a fresh
/// connection.
const TIMES: usize = 8;

/// The statements of one request.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The number of statements that read or write, without those that open and end transactions.
    pub statements: u32,
    /// The number of round trips to the database.
    pub trips: u32,
    /// The script to replay them.
    pub script: Script,
}

/// Captures every case once, on a copy of the data. A case that can't be captured gets `None`.
pub fn capture(
    build: &Build,
    template: &Template,
    folder: &Path,
    cases: &[&Case],
) -> Result<Vec<Option<Captured>>> {
    say(&format!("capturing the statements of {}", build.label));
    let mut site = Site::open(build, template, folder)?;
    site.superuser.run(
        "having statements logged",
        &format!(
            "alter role {ROLE} set log_statement = 'all'; alter role {ROLE} set log_error_verbosity = 'default'; \
             alter role {ROLE} set log_parameter_max_length = -1; \
             update company_sequences set value = value + 1000000 where name = 'opportunity_number'"
        ),
    )?;
    let forwarder = Forwarder::start(site.cluster.port())?;
    site.restart_through(Some(forwarder.address))?;
    let subjects = Subjects::gather(&mut site)?;
    let mut tap = Tap { caller: site.caller(), log: site.cluster.log(), forwarder };
    let mut captured = Vec::new();
    for case in cases {
        let one = tap.capture(case, &subjects.of(case.place).set_aside(case.action), &mut site.superuser);
        if let Err(error) = &one {
            say(&format!("{}: {} is not captured: {}", case.family.word(), case.name, error.chain()));
        }
        captured.push(one.ok());
    }
    drop(tap);
    site.close()?;
    fs::remove_dir_all(folder).map_err(BenchError::io("clearing the copy"))?;
    Ok(captured)
}

/// A minimal write, committed and rolled back: the difference is the cost of committing.
pub fn commit_scripts(company: &str) -> [Script; 2] {
    let statement = |text: String| Statement { text, values: Vec::new() };
    let statements = [
        statement(format!("BEGIN; SET LOCAL app.company_id = '{company}'")),
        statement(format!(
            "update company_sequences set value = value where company_id = '{company}' and name = 'outbox'"
        )),
        statement("COMMIT".to_owned()),
    ];
    [End::Same, End::RolledBack].map(|end| Script::new(&statements, end, |_| Vec::new()))
}

fn count(statements: &[Statement]) -> u32 {
    statements.iter().map(|statement| u32::from(!statement.is_frame())).sum()
}

struct Tap {
    caller: Caller,
    log: PathBuf,
    forwarder: Forwarder,
}

impl Tap {
    fn capture(&mut self, case: &Case, subject: &Subject, superuser: &mut Superuser) -> Result<Captured> {
        let requests = case.prepare(subject, &mut self.caller, &mut None)?;
        // Fills the authorization cache.
        self.caller.send(&Request::new("GET", "/pipelines", Some(&subject.token), None))?.json()?;
        let writes = case.family == Family::Write;
        let (mut statements, mut trips) = self.observe(&requests.turn(0))?;
        for turn in 1..TIMES {
            let (again, waited) = self.observe(&requests.turn(turn))?;
            trips = trips.min(waited);
            // For a write, the first capture is used: the replay finds the same rows as it did, and later writes find
            // others.
            if !writes && again.len() < statements.len() {
                statements = again;
            }
        }
        if statements.is_empty() {
            return Err(BenchError::Unexpected("the log shows no statement".to_owned()));
        }
        let mut types = Vec::new();
        for statement in &statements {
            types.push(self.types(statement, superuser)?);
        }
        let known = |wanted: &Statement| {
            let place = statements.iter().position(|statement| statement == wanted);
            place.map(|place| types[place].clone()).unwrap_or_default()
        };
        let end = if writes { End::RolledBack } else { End::Same };
        Ok(Captured { statements: count(&statements), trips, script: Script::new(&statements, end, known) })
    }

    /// Sends a request, and reads its statements from the log.
    fn observe(&mut self, request: &Request) -> Result<(Vec<Statement>, u32)> {
        thread::sleep(SETTLE);
        let start = fs::metadata(&self.log).map_err(BenchError::io("reading the log"))?.len();
        self.forwarder.take_trips();
        self.caller.send(request)?.json()?;
        let trips = self.forwarder.take_trips();
        thread::sleep(SETTLE);
        let mut text = Vec::new();
        let mut file = File::open(&self.log).map_err(BenchError::io("reading the log"))?;
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_to_end(&mut text))
            .map_err(BenchError::io("reading the log"))?;
        Ok((statements::read(&String::from_utf8_lossy(&text), ROLE), trips))
    }

    fn types(&self, statement: &Statement, superuser: &mut Superuser) -> Result<Vec<Option<String>>> {
        let name = |oid: u32| match oid {
            0 => Ok(None),
            _ => superuser.text("naming a type", &format!("select format_type({oid}, null)")).map(Some),
        };
        self.forwarder.types(&statement.text).into_iter().map(name).collect()
    }
}
