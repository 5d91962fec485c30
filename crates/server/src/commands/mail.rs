//! `cartera mail`: previews of mails.

use std::{fs, path::Path};

use cartera_application::ports::{Mail, MailContent};
use cartera_domain::{
    identity::Role,
    values::{Country, Email, Locale},
};
use cartera_infra_mail::{Rendered, render};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{openapi::write_file, print};
use crate::{
    cli::{MailCommand, Preview},
    error::StartError,
};

/// Shows mails with made-up data.
///
/// # Errors
/// [`StartError`] when a file can't be written.
pub fn run(what: MailCommand) -> Result<(), StartError> {
    let MailCommand::Preview(Preview { template, locale, out }) = what;
    let wanted = |asked: &Option<String>, name: &str| asked.as_deref().is_none_or(|asked| asked == name);
    if let Some(folder) = &out {
        fs::create_dir_all(folder)
            .map_err(|cause| StartError::Io { what: format!("making {}", folder.display()), cause })?;
    }
    for language in Locale::ALL.into_iter().filter(|language| wanted(&locale, language.as_str())) {
        for content in samples().into_iter().filter(|content| wanted(&template, content.template())) {
            let mail = sample(language, content);
            let rendered = render(&mail).map_err(|cause| StartError::Io {
                what: format!("laying out {}", mail.content.template()),
                cause: std::io::Error::other(cause),
            })?;
            show(&mail, &rendered, out.as_deref())?;
        }
    }
    Ok(())
}

fn show(mail: &Mail, rendered: &Rendered, out: Option<&Path>) -> Result<(), StartError> {
    let Rendered { subject, text, html } = rendered;
    let name = format!("{}.{}", mail.content.template(), mail.locale);
    match out {
        Some(folder) => {
            write_file(&folder.join(format!("{name}.html")), html)?;
            write_file(&folder.join(format!("{name}.txt")), &format!("Subject: {subject}\n\n{text}\n"))
        }
        None => print(&format!("==== {name}\nSubject: {subject}\n\n{text}\n---- {name} as HTML\n{html}")),
    }
}

/// One mail of each kind, always with the same times, so that previews can be compared.
fn samples() -> [MailContent; 5] {
    let at = DateTime::<Utc>::from_timestamp(1_796_329_800, 0).unwrap_or_default();
    let link = |page: &str, kind: &str| {
        format!(
            "https://app.example.com/{page}#token={kind}_019ac3b0a1f07c3d8e9f001122334455.\
             aFictitiousSecretThatOpensNothingAtAll00"
        )
    };
    [
        MailContent::Invitation {
            company: "Peña & Hijos".to_owned(),
            inviter: Some("Ana Gómez".to_owned()),
            role: Role::Member,
            link: link("invitations/accept", "inv"),
            expires_at: at,
        },
        MailContent::PasswordReset { link: link("reset-password", "rst"), expires_at: at },
        MailContent::PasswordChanged { at },
        MailContent::AccountLocked { until: at },
        MailContent::SessionReused {
            at,
            device: Some("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0".to_owned()),
        },
    ]
}

fn sample(locale: Locale, content: MailContent) -> Mail {
    let country = match locale {
        Locale::Es => "UY",
        Locale::En => "GB",
        Locale::Pt => "BR",
    };
    let timezone = Country::parse(country).map(|country| country.defaults().timezone);
    // An invited person has no name here yet.
    let invited = matches!(content, MailContent::Invitation { .. });
    Mail {
        id: Uuid::nil(),
        to: Email::trusted("berta@example.com".to_owned()),
        name: (!invited).then(|| "Berta Núñez".to_owned()),
        locale,
        timezone: timezone.unwrap_or(cartera_domain::values::Timezone::UTC),
        content,
    }
}
