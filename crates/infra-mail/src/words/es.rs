//! Español.

use cartera_domain::identity::Role;

use super::Told;
use crate::letter::{Frame, Letter};

pub(super) const FRAME: Frame = Frame {
    language: "es",
    copy_link: "Si el botón no funciona, copie esta dirección en su navegador:",
    footer: "Cartera envía este mensaje automáticamente. No hace falta responderlo.",
};

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "propietario",
        Role::Admin => "administrador",
        Role::Manager => "gerente",
        Role::Member => "miembro",
        Role::Viewer => "lector",
    }
}

pub(super) fn letter(name: Option<&str>, told: Told) -> Letter {
    let greeting = name.map_or_else(|| "Hola:".to_owned(), |name| format!("Hola, {name}:"));
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
                Some(inviter) => format!("{inviter} le invita a unirse a {company} en Cartera, con el rol de {role}."),
                None => format!("Tiene una invitación para unirse a {company} en Cartera, con el rol de {role}."),
            };
            let made = letter(
                format!("Invitación a unirse a {company}"),
                format!("Le invitan a unirse a {company}"),
                vec![invites, "Para aceptarla, indique su nombre y elija una contraseña.".to_owned()],
                vec![
                    format!("La invitación vence el {expires} y sirve una sola vez."),
                    "Si no la esperaba, ignore este mensaje: no se creará ninguna cuenta.".to_owned(),
                ],
            );
            Letter { action: Some(("Aceptar la invitación", link)), ..made }
        }
        Told::PasswordReset { link, expires } => {
            let made = letter(
                "Restablezca su contraseña".to_owned(),
                "Restablezca su contraseña".to_owned(),
                vec!["Recibimos un pedido para restablecer la contraseña de su cuenta en Cartera.".to_owned()],
                vec![
                    format!("El enlace vence el {expires} y sirve una sola vez."),
                    "Si ni usted ni un administrador de su empresa lo pidió, ignore este mensaje: su contraseña \
                     no cambia."
                        .to_owned(),
                ],
            );
            Letter { action: Some(("Elegir una contraseña nueva", link)), ..made }
        }
        Told::PasswordChanged { at } => letter(
            "Su contraseña cambió".to_owned(),
            "Su contraseña cambió".to_owned(),
            vec![format!(
                "La contraseña de su cuenta en Cartera cambió el {at}. Por seguridad cerramos las demás sesiones."
            )],
            vec![
                "Si fue usted, no tiene que hacer nada.".to_owned(),
                "Si no fue usted, restablezca su contraseña cuanto antes y avise a un administrador de su \
                 empresa."
                    .to_owned(),
            ],
        ),
        Told::AccountLocked { until } => letter(
            "Bloqueamos el acceso a su cuenta".to_owned(),
            "Bloqueamos el acceso a su cuenta".to_owned(),
            vec![format!(
                "Hubo demasiados intentos de entrar con una contraseña incorrecta. Por seguridad, nadie puede \
                 iniciar sesión en su cuenta hasta el {until}. Las sesiones que ya estaban abiertas siguen \
                 funcionando."
            )],
            vec![
                "Si fue usted, espere hasta esa hora, o restablezca su contraseña: eso desbloquea la cuenta."
                    .to_owned(),
                "Si no fue usted, alguien intenta adivinar su contraseña. Asegúrese de no usarla en ningún otro \
                 sitio y avise a un administrador de su empresa."
                    .to_owned(),
            ],
        ),
        Told::SessionReused { at, device } => {
            let mut before = vec![format!(
                "El {at} se volvió a usar una llave de sesión que ya se había cambiado por otra. Alguien puede \
                 haberla copiado, y por eso cerramos esa sesión."
            )];
            before.extend(device.map(|device| format!("Sesión: {device}")));
            letter(
                "Cerramos una de sus sesiones".to_owned(),
                "Cerramos una de sus sesiones".to_owned(),
                before,
                vec![
                    "Vuelva a iniciar sesión. Si esto no se explica por algo que hizo usted, cambie su \
                     contraseña y avise a un administrador de su empresa."
                        .to_owned(),
                ],
            )
        }
    }
}
