//! `cartera admin`.

use std::io::Read;

use cartera_application::identity::NewPerson;
use cartera_domain::{
    identity::UserName,
    input::{Form, Patch, Violations},
    values::{Email, Password},
};

use super::{Workbench, configuration, provenance, runtime, tell};
use crate::{cli::Admin, error::StartError};

/// Manages the platform's administrators.
///
/// # Errors
/// [`StartError`].
pub fn run(what: Admin) -> Result<(), StartError> {
    let Admin::Create { email, name } = what;
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).map_err(|cause| StartError::Io {
        what: "reading the password from standard input".to_owned(),
        cause,
    })?;
    let person = read(name, email.clone(), password.trim_end_matches(['\r', '\n']).to_owned())
        .map_err(|violations| refused(&violations))?;
    let runtime = runtime()?;
    let bench = Workbench::open(configuration()?, &runtime)?;
    let made = runtime.block_on(bench.application.identity.add_administrator(person, provenance("admin")));
    bench.close(&runtime)?;
    made.map_err(|cause| StartError::UseCase { what: "the administrator was not made", cause })?;
    tell(&format!("{email} is a platform administrator now."));
    Ok(())
}

fn read(name: String, email: String, password: String) -> Result<NewPerson, Violations> {
    let mut form = Form::default();
    let name = form.required("name", Patch::Value(name), None, UserName::parse);
    let email = form.required("email", Patch::Value(email), None, Email::parse);
    let password = form.required("password", Patch::Value(password), None, Password::choose);
    let person = match (name, email, password) {
        (Some(name), Some(email), Some(password)) => Some(NewPerson { name, email, password }),
        _ => None,
    };
    form.finish(person)
}

fn refused(violations: &Violations) -> StartError {
    let list: Vec<_> = violations.0.iter().map(|v| format!("{} {}", v.field, v.rule)).collect();
    StartError::Io { what: list.join("; "), cause: std::io::Error::other("the administrator was not made") }
}
