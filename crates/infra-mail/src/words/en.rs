//! English.

use cartera_domain::identity::Role;

use super::Told;
use crate::letter::{Frame, Letter};

pub(super) const FRAME: Frame = Frame {
    language: "en",
    copy_link: "If the button does not work, copy this address into your browser:",
    footer: "Cartera sent this message automatically. There is no need to answer it.",
};

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an administrator",
        Role::Manager => "a manager",
        Role::Member => "a member",
        Role::Viewer => "a viewer",
    }
}

pub(super) fn letter(name: Option<&str>, told: Told) -> Letter {
    let greeting = name.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"));
    let letter = |subject: String, heading: String, before: Vec<String>, after: Vec<String>| Letter {
        subject,
        heading,
        greeting,
        before,
        action: None,
        after,
    };
    match told {
        Told::Invitation { company, inviter, role: invited_as, link, expires } => {
            let role = role(invited_as);
            let invites = match inviter {
                Some(inviter) => format!("{inviter} invites you to join {company} on Cartera as {role}."),
                None => format!("You are invited to join {company} on Cartera as {role}."),
            };
            let made = letter(
                format!("Invitation to join {company}"),
                format!("You are invited to join {company}"),
                vec![invites, "To accept, tell us your name and choose a password.".to_owned()],
                vec![
                    format!("The invitation expires on {expires} and works once."),
                    "If you did not expect it, ignore this message: no account will be made.".to_owned(),
                ],
            );
            Letter { action: Some(("Accept the invitation", link)), ..made }
        }
        Told::PasswordReset { link, expires } => {
            let made = letter(
                "Reset your password".to_owned(),
                "Reset your password".to_owned(),
                vec!["We were asked to reset the password of your Cartera account.".to_owned()],
                vec![
                    format!("The link expires on {expires} and works once."),
                    "If neither you nor an administrator of your company asked for this, ignore this message: \
                     your password stays as it is."
                        .to_owned(),
                ],
            );
            Letter { action: Some(("Choose a new password", link)), ..made }
        }
        Told::PasswordChanged { at } => letter(
            "Your password was changed".to_owned(),
            "Your password was changed".to_owned(),
            vec![format!(
                "The password of your Cartera account was changed on {at}. To be safe, we ended all other sessions."
            )],
            vec![
                "If that was you, there is nothing to do.".to_owned(),
                "If it was not you, reset your password at once and tell an administrator of your company."
                    .to_owned(),
            ],
        ),
        Told::AccountLocked { until } => letter(
            "Sign-in to your account is locked".to_owned(),
            "Sign-in to your account is locked".to_owned(),
            vec![format!(
                "There were too many attempts to sign in with a wrong password. To be safe, nobody can sign in \
                 to your account until {until}. Sessions that were open already go on."
            )],
            vec![
                "If that was you, wait until then, or reset your password, which unlocks the account.".to_owned(),
                "If it was not you, somebody is trying to guess your password. Make sure that you use it nowhere \
                 else, and tell an administrator of your company."
                    .to_owned(),
            ],
        ),
        Told::SessionReused { at, device } => {
            let mut before = vec![format!(
                "On {at} a session key that had already been replaced was used again. Somebody may have copied \
                 it, so we ended that session."
            )];
            before.extend(device.map(|device| format!("Session: {device}")));
            letter(
                "We ended one of your sessions".to_owned(),
                "We ended one of your sessions".to_owned(),
                before,
                vec![
                    "Please sign in again. If nothing that you did explains this, change your password and tell \
                     an administrator of your company."
                        .to_owned(),
                ],
            )
        }
    }
}
