//! The operations of a resource, as they follow from its table.

use actix_web::{HttpResponse, web::Data};
use cartera_application::{
    Application, Code, Result,
    history::{EventList, EventView},
    lists::{ListQuery, ListTable, Listed as _, Page},
    records::resource_of,
    security::Actor,
};
use cartera_domain::{
    events::{EntityRef, EntityType},
    identity::{Action, Permission},
    ids::Id,
    record::{Field, Fields, Kind, Table},
};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Ref, RefOr, Required, Schema, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ArrayBuilder, Type},
    },
};

use super::{Operation, Served, handlers, names::Names, operation::Verb, schemas::schemas};
use crate::{
    edge::{
        AsOfParameter, Caller, EdgeState, IfMatchParameter, IncludeParameter, Pairs, PathId, list_parameters,
        list_query_within, of_query, page,
    },
    history::RecordEvent,
    wire::page_of,
};

const LIST: &str = "`deleted=true` lists the bin, last deleted first, to those who may delete: whoever may delete only their own\n\
    sees only their own there.";
const READ: &str = "One that lies in the bin is not found.";
const UPDATE: &str = "A merge-patch: what is absent stays, null clears.";
const DELETE: &str = "It leaves every list at once and lies in the bin until it is restored or, after the company's `trashDays`,\n\
    removed for good.";
/// What the history of a record says.
pub const HISTORY: &str = "Last ones first unless asked otherwise. A creation tells every field, a change the old and the new value of\n\
    each changed one. The history of one in the bin takes the right to delete it.";
const RESTORE: &str = "Out of the bin. It takes the right to delete it.";

/// Create, list, read, change, delete, restore, and what happened.
pub fn operations<F: Served>() -> [Operation; 7] {
    let all: [fn(&Names) -> Operation; 7] =
        [create::<F>, list::<F>, read::<F>, update::<F>, delete::<F>, restore::<F>, history::<F>];
    let names = Names::of(F::TABLE);
    all.map(|operation| operation(&names).with(schemas::<F>))
}

fn create<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, an, one, schema, .. } = names;
    let description = F::TEXTS.create.map_or_else(|| created_with(F::TABLE), str::to_owned);
    let errors = [F::RESOURCE.taken, refers::<F>()];
    Operation::new(Verb::Post, format!("/{path}"), handlers::create::<F>)
        .says(tag, format!("create{schema}"), format!("Create {an}"), &description)
        .access(F::RESOURCE.write, &codes(&errors, &[]))
        .body(&format!("Create{schema}"))
        .answers(201, format!("The new {one}."), Some(component(schema)))
}

fn list<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, many, schema, schemas, .. } = names;
    let operation = Operation::new(Verb::Get, format!("/{path}"), handlers::list::<F>)
        .says(tag, format!("list{schemas}"), format!("List {many}"), F::TEXTS.list.unwrap_or(LIST))
        .access(F::RESOURCE.read, &[])
        .answers(200, format!("A page of {many}."), Some(several(schema)));
    let parameters = list_parameters(F::table()).into_iter().chain(include());
    parameters.fold(operation, Operation::taking)
}

fn read<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, an, one, schema, .. } = names;
    let operation = Operation::new(Verb::Get, format!("/{path}/{{id}}"), handlers::read::<F>)
        .says(tag, format!("get{schema}"), format!("Read {an}"), F::TEXTS.read.unwrap_or(READ))
        .taking(id(one))
        .access(F::RESOURCE.read, &[Code::HistoryNotKept])
        .answers(200, format!("The {one}."), Some(component(schema)));
    AsOfParameter::into_params(|| None).into_iter().chain(include()).fold(operation, Operation::taking)
}

fn update<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, an, one, schema, .. } = names;
    let errors = [F::RESOURCE.taken, refers::<F>(), Some(Code::EditConflict)];
    let operation = Operation::new(Verb::Patch, format!("/{path}/{{id}}"), handlers::update::<F>)
        .says(tag, format!("update{schema}"), format!("Change {an}"), F::TEXTS.update.unwrap_or(UPDATE))
        .taking(id(one))
        .access(F::RESOURCE.write, &codes(&errors, &[]))
        .body(&format!("Update{schema}"))
        .answers(200, format!("The {one} as it is now."), Some(component(schema)));
    if_match().into_iter().fold(operation, Operation::taking)
}

fn delete<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, an, one, schema, .. } = names;
    let operation = Operation::new(Verb::Delete, format!("/{path}/{{id}}"), handlers::delete::<F>)
        .says(tag, format!("delete{schema}"), format!("Delete {an}"), F::TEXTS.delete.unwrap_or(DELETE))
        .taking(id(one))
        .access(F::RESOURCE.delete, &codes(&[Some(Code::EditConflict)], F::DELETE_ERRORS))
        .answers(204, format!("The {one} is deleted."), None);
    if_match().into_iter().fold(operation, Operation::taking)
}

fn restore<F: Served>(names: &Names) -> Operation {
    let Names { path, tag, an, one, schema, .. } = names;
    let mut errors = vec![F::RESOURCE.taken, Some(Code::EditConflict), Some(Code::NotDeleted)];
    errors.extend(F::FIELDS.iter().filter(|field| !field.uses.parent).map(|field| match field.kind {
        // What has no use cases of its own, like users, lies in no bin.
        Kind::Reference(entity) => resource_of(entity).ok().and_then(|resource| resource.deleted),
        _ => None,
    }));
    Operation::new(Verb::Post, format!("/{path}/{{id}}/restore"), handlers::restore::<F>)
        .says(tag, format!("restore{schema}"), format!("Restore {an}"), F::TEXTS.restore.unwrap_or(RESTORE))
        .taking(id(one))
        .access(F::RESOURCE.delete, &codes(&errors, F::RESTORE_ERRORS))
        .answers(200, format!("The {one}, live again."), Some(component(schema)))
}

fn history<F: Served>(_: &Names) -> Operation {
    Nested::history(F::RESOURCE.read).below::<F>(HISTORY, async |app, actor, id, query| {
        app.records::<F>().history(actor, id, query).await.map(history_page)
    })
}

/// 200 with a page of events.
pub fn history_page(events: Page<EventView>) -> HttpResponse {
    page(page_of::<_, RecordEvent>(events))
}

/// Creating and listing below a record of `P`, for what belongs to it.
pub fn operations_below<F: Served, P: Fields>() -> [Operation; 2] {
    let Names { path, tag, an, one, schema, .. } = Names::of(P::TABLE);
    let Names { path: below, an: own, one: own_one, schema: own_schema, .. } = Names::of(F::TABLE);
    let description = F::TEXTS.create.map_or_else(|| created_with(F::TABLE), str::to_owned);
    let errors = [F::RESOURCE.taken, refers::<F>()];
    let create =
        Operation::new(Verb::Post, format!("/{path}/{{id}}/{below}"), handlers::create_below::<F, P>)
            .says(&tag, format!("create{schema}{own_schema}"), format!("Create {own} of {an}"), &description)
            .taking(id(&one))
            .access(F::RESOURCE.write, &codes(&errors, &[]))
            .body(&format!("Create{own_schema}"))
            .answers(201, format!("The new {own_one}."), Some(component(&own_schema)));
    let also = Permission::to(Action::Read, P::TABLE.entity);
    let also = also.map_or_else(String::new, |permission| format!("It also takes `{permission}`."));
    let list = Nested::of::<F>().below::<P>(&also, async |app, actor, id, query| {
        app.records::<F>().list_below(actor, EntityRef::of(id), query).await.map(page)
    });
    [create, list].map(|operation| operation.with(schemas::<F>))
}

/// A list that stands below the records of other resources: `/accounts/{id}/contacts`.
pub struct Nested {
    names: Names,
    read: Permission,
    list: &'static ListTable,
}

impl Nested {
    /// The list of a resource that has no table of fields.
    pub fn new(entity: EntityType, read: Permission, list: &'static ListTable) -> Self {
        Self { names: Names::new(entity, list.name), read, list }
    }

    /// The list of a resource.
    pub fn of<F: Served>() -> Self {
        Self::new(F::TABLE.entity, F::RESOURCE.read, F::table())
    }

    /// What happened to a record.
    pub fn history(read: Permission) -> Self {
        let names = Names {
            path: "history".to_owned(),
            many: "events".to_owned(),
            schema: "RecordEvent".to_owned(),
            schemas: "History".to_owned(),
            ..Names::new(EntityType::Account, EventList::TABLE.name)
        };
        Self { names, read, list: EventList::TABLE }
    }

    /// The operation that lists what belongs to one record of `F`; `list` answers its page.
    pub fn below<F: Fields>(
        self,
        description: &str,
        list: impl AsyncFn(&Application, &Actor, Id<F::Kind>, ListQuery) -> Result<HttpResponse> + Clone + 'static,
    ) -> Operation {
        let Names { path, tag, an, one, schema, .. } = Names::of(F::TABLE);
        let Names { path: below, many, schema: row, schemas: rows, .. } = self.names;
        let handler = move |caller: Caller, id: PathId<F::Kind>, pairs: Pairs, state: Data<EdgeState>| {
            let list = list.clone();
            async move {
                let query = list_query_within(self.list, &id.0.to_string(), &pairs, &caller)?;
                list(&state.application, &caller, id.0, query).await.map_err(of_query)
            }
        };
        let operation = Operation::new(Verb::Get, format!("/{path}/{{id}}/{below}"), handler)
            .says(&tag, format!("list{schema}{rows}"), format!("List {an}'s {many}"), description)
            .taking(id(&one))
            .access(self.read, &[])
            .answers(200, format!("A page of {many}."), Some(several(&row)));
        list_parameters(self.list).into_iter().fold(operation, Operation::taking)
    }
}

/// What a new record takes, where nothing else is to be said.
fn created_with(table: &Table) -> String {
    if table.fields.iter().any(|field| field.uses.owner) {
        return "Its owner is the creator unless `ownerId` says otherwise.".to_owned();
    }
    let needed = table.fields.iter().filter(|field| field.required && field.is_written());
    let needed: Vec<_> = needed.map(|field| format!("`{}`", field.path)).collect();
    format!("It needs {}.", needed.join(" and "))
}

/// The code of a reference to what is not there, where there are references.
fn refers<F: Served>() -> Option<Code> {
    let is_one = |field: &Field| matches!(field.kind, Kind::Reference(_)) && !field.uses.parent;
    let refers = F::FIELDS.iter().any(is_one);
    refers.then_some(Code::InvalidReference)
}

fn codes(usual: &[Option<Code>], own: &[Code]) -> Vec<Code> {
    usual.iter().flatten().chain(own).copied().collect()
}

fn component(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn several(name: &str) -> RefOr<Schema> {
    ArrayBuilder::new().items(component(name)).into()
}

fn include() -> Vec<Parameter> {
    IncludeParameter::into_params(|| None)
}

fn if_match() -> Vec<Parameter> {
    IfMatchParameter::into_params(|| None)
}

fn id(one: &str) -> Parameter {
    let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(format!("The {one}'s id.")))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).format(Some(uuid)).build()))
        .build()
}

#[cfg(test)]
mod tests {
    use cartera_domain::{accounts::AccountFields, record::Fields as _};

    use super::*;

    #[test]
    fn what_a_new_record_takes_follows_from_its_table() {
        let owned = created_with(AccountFields::TABLE);
        assert_eq!(owned, "Its owner is the creator unless `ownerId` says otherwise.");
        let fields = AccountFields::TABLE.fields.iter().filter(|field| !field.uses.owner).copied();
        let fields: &'static [_] = fields.collect::<Vec<_>>().leak();
        let Table { entity, plural, called, events, .. } = AccountFields::TABLE;
        let table = Table { entity: *entity, plural, called, events: *events, fields };
        assert_eq!(created_with(&table), "It needs `name`.");
    }
}
