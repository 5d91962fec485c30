//! How records, fields and choices are called in the languages of the API.

use cartera_domain::values::Locale;

/// The label of a field, a choice, a kind of record or its plural; its own name where there is none, which a test rules out.
pub(super) fn label(name: &str, locale: Locale) -> String {
    let found = LABELS.iter().find(|(known, ..)| *known == name);
    found
        .map_or(name, |(_, es, en, pt)| match locale {
            Locale::Es => es,
            Locale::En => en,
            Locale::Pt => pt,
        })
        .to_owned()
}

/// The name, and what it is called in Spanish, English and Portuguese.
const LABELS: &[(&str, &str, &str, &str)] = &[
    // Kinds of record
    ("ACCOUNT", "Cuenta", "Account", "Conta"),
    ("accounts", "Cuentas", "Accounts", "Contas"),
    ("CONTACT", "Contacto", "Contact", "Contato"),
    ("contacts", "Contactos", "Contacts", "Contatos"),
    ("OPPORTUNITY", "Oportunidad", "Opportunity", "Oportunidade"),
    ("opportunities", "Oportunidades", "Opportunities", "Oportunidades"),
    ("COMMENT", "Comentario", "Comment", "Comentário"),
    ("comments", "Comentarios", "Comments", "Comentários"),
    ("TAG", "Etiqueta", "Tag", "Etiqueta"),
    ("tags", "Etiquetas", "Tags", "Etiquetas"),
    // What every record has
    ("id", "Identificador", "Id", "Identificador"),
    ("version", "Versión", "Version", "Versão"),
    ("createdAt", "Creado el", "Created at", "Criado em"),
    ("createdBy", "Creado por", "Created by", "Criado por"),
    ("updatedAt", "Modificado el", "Changed at", "Alterado em"),
    ("deletedAt", "Eliminado el", "Deleted at", "Excluído em"),
    // Fields
    ("name", "Nombre", "Name", "Nome"),
    ("firstName", "Nombre", "First name", "Nome"),
    ("lastName", "Apellido", "Last name", "Sobrenome"),
    ("position", "Cargo", "Position", "Cargo"),
    ("email", "Correo electrónico", "E-mail", "E-mail"),
    ("phone", "Teléfono", "Phone", "Telefone"),
    ("address", "Dirección", "Address", "Endereço"),
    ("website", "Sitio web", "Website", "Site"),
    ("industry", "Rubro", "Industry", "Setor"),
    ("employees", "Empleados", "Employees", "Funcionários"),
    ("description", "Descripción", "Description", "Descrição"),
    ("notes", "Notas", "Notes", "Notas"),
    ("socialLinks", "Redes sociales", "Social links", "Redes sociais"),
    ("linkedin", "LinkedIn", "LinkedIn", "LinkedIn"),
    ("instagram", "Instagram", "Instagram", "Instagram"),
    ("telegram", "Telegram", "Telegram", "Telegram"),
    ("whatsapp", "WhatsApp", "WhatsApp", "WhatsApp"),
    ("x", "X", "X", "X"),
    ("facebook", "Facebook", "Facebook", "Facebook"),
    ("ownerId", "Responsable", "Owner", "Responsável"),
    ("accountId", "Cuenta", "Account", "Conta"),
    ("contactId", "Contacto", "Contact", "Contato"),
    ("title", "Título", "Title", "Título"),
    ("amount", "Monto", "Amount", "Valor"),
    ("expectedCloseDate", "Cierre previsto", "Expected close", "Fechamento previsto"),
    ("number", "Número", "Number", "Número"),
    ("pipelineId", "Embudo", "Pipeline", "Funil"),
    ("stageId", "Etapa", "Stage", "Etapa"),
    ("status", "Estado", "Status", "Situação"),
    ("closedAt", "Cerrada el", "Closed at", "Fechada em"),
    ("kind", "Tipo", "Kind", "Tipo"),
    ("body", "Texto", "Text", "Texto"),
    ("color", "Color", "Color", "Cor"),
    // Choices
    ("INTERNAL_NOTE", "Nota interna", "Internal note", "Nota interna"),
    ("OPEN", "Abierta", "Open", "Aberta"),
    ("WON", "Ganada", "Won", "Ganha"),
    ("LOST", "Perdida", "Lost", "Perdida"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cartera_application::records::RESOURCES;
    use cartera_domain::{
        opportunities::OpportunityFields,
        record::{Field, Fields, Kind},
    };

    use super::*;

    fn names(fields: &[Field], all: &mut BTreeSet<&'static str>) {
        for field in fields.iter().filter(|field| !field.uses.parent) {
            all.insert(field.own_name());
            match field.kind {
                Kind::Group(below) => names(below, all),
                Kind::OneOf(values) => all.extend(values),
                _ => {}
            }
        }
    }

    #[test]
    fn every_field_choice_and_kind_of_record_has_a_label_in_each_language() {
        let tables = RESOURCES.iter().map(|resource| resource.table).chain([OpportunityFields::TABLE]);
        let mut all = BTreeSet::new();
        for table in tables {
            names(table.fields, &mut all);
            all.extend([table.entity.as_str(), table.plural]);
        }
        let known: BTreeSet<_> = LABELS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(known.len(), LABELS.len(), "each name stands there once");
        let missing: Vec<_> = all.difference(&known).collect();
        assert!(missing.is_empty(), "add these to LABELS: {missing:?}");
        assert!(LABELS.iter().all(|(_, es, en, pt)| ![es, en, pt].iter().any(|label| label.is_empty())));
    }
}
