//! Português.

use cartera_domain::identity::Role;

use super::Told;
use crate::letter::{Frame, Letter};

pub(super) const FRAME: Frame = Frame {
    language: "pt",
    copy_link: "Se o botão não funcionar, copie este endereço no seu navegador:",
    footer: "O Cartera enviou esta mensagem automaticamente. Não é necessário respondê-la.",
};

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "proprietário",
        Role::Admin => "administrador",
        Role::Manager => "gerente",
        Role::Member => "membro",
        Role::Viewer => "leitor",
    }
}

pub(super) fn letter(name: Option<&str>, told: Told) -> Letter {
    let greeting = name.map_or_else(|| "Olá!".to_owned(), |name| format!("Olá, {name}!"));
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
                Some(inviter) => format!("{inviter} convida você para {company} no Cartera, com a função de {role}."),
                None => format!("Você recebeu um convite para {company} no Cartera, com a função de {role}."),
            };
            let made = letter(
                format!("Convite para {company}"),
                format!("Você foi convidado para {company}"),
                vec![invites, "Para aceitar, informe seu nome e escolha uma senha.".to_owned()],
                vec![
                    format!("O convite expira em {expires} e só pode ser usado uma vez."),
                    "Se você não o esperava, ignore esta mensagem: nenhuma conta será criada.".to_owned(),
                ],
            );
            Letter { action: Some(("Aceitar o convite", link)), ..made }
        }
        Told::PasswordReset { link, expires } => {
            let made = letter(
                "Redefina sua senha".to_owned(),
                "Redefina sua senha".to_owned(),
                vec!["Recebemos um pedido para redefinir a senha da sua conta no Cartera.".to_owned()],
                vec![
                    format!("O link expira em {expires} e só pode ser usado uma vez."),
                    "Se nem você nem um administrador da sua empresa fez esse pedido, ignore esta mensagem: sua \
                     senha continua a mesma."
                        .to_owned(),
                ],
            );
            Letter { action: Some(("Escolher uma nova senha", link)), ..made }
        }
        Told::PasswordChanged { at } => letter(
            "Sua senha foi alterada".to_owned(),
            "Sua senha foi alterada".to_owned(),
            vec![format!(
                "A senha da sua conta no Cartera foi alterada em {at}. Por segurança, encerramos as outras sessões."
            )],
            vec![
                "Se foi você, não precisa fazer nada.".to_owned(),
                "Se não foi você, redefina sua senha o quanto antes e avise um administrador da sua empresa."
                    .to_owned(),
            ],
        ),
        Told::AccountLocked { until } => letter(
            "Bloqueamos o acesso à sua conta".to_owned(),
            "Bloqueamos o acesso à sua conta".to_owned(),
            vec![format!(
                "Houve tentativas demais de entrar com uma senha incorreta. Por segurança, ninguém pode iniciar \
                 sessão na sua conta até {until}. As sessões que já estavam abertas continuam funcionando."
            )],
            vec![
                "Se foi você, espere até esse horário ou redefina sua senha, o que desbloqueia a conta.".to_owned(),
                "Se não foi você, alguém está tentando adivinhar sua senha. Verifique se não a usa em nenhum outro \
                 lugar e avise um administrador da sua empresa."
                    .to_owned(),
            ],
        ),
        Told::SessionReused { at, device } => {
            let mut before = vec![format!(
                "Em {at}, uma chave de sessão que já tinha sido substituída foi usada de novo. Alguém pode tê-la \
                 copiado, por isso encerramos essa sessão."
            )];
            before.extend(device.map(|device| format!("Sessão: {device}")));
            letter(
                "Encerramos uma das suas sessões".to_owned(),
                "Encerramos uma das suas sessões".to_owned(),
                before,
                vec![
                    "Inicie sessão novamente. Se nada do que você fez explica isto, altere sua senha e avise um \
                     administrador da sua empresa."
                        .to_owned(),
                ],
            )
        }
    }
}
