//! What a user may write on an account.

use crate::{
    events::FieldChange,
    input::{Form, Patch, Rule, Violations},
    values::{Country, Line, Phone, Prose, Tags, WebUrl},
};

/// The name of an account, unique among the company's live ones whatever the case.
pub type AccountName = Line<200>;
/// A line of business.
pub type Industry = Line<100>;
/// A postal address, on one or several lines.
pub type Address = Prose<500>;
/// Free text about a record.
pub type Description = Prose<5000>;

/// The wanted fields of an account, unchecked.
#[derive(Debug, Clone, Default)]
pub struct AccountInput {
    /// The name.
    pub name: Patch<String>,
    /// The line of business.
    pub industry: Patch<String>,
    /// The postal address.
    pub address: Patch<String>,
    /// The number of employees.
    pub employees: Patch<i64>,
    /// The website, http or https.
    pub website: Patch<String>,
    /// The phone, with or without country code.
    pub phone: Patch<String>,
    /// Free text.
    pub description: Patch<String>,
    /// Tags.
    pub tags: Patch<Vec<String>>,
}

/// The checked fields of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFields {
    /// The name.
    pub name: AccountName,
    /// The line of business.
    pub industry: Option<Industry>,
    /// The postal address.
    pub address: Option<Address>,
    /// The number of employees.
    pub employees: Option<i32>,
    /// The website.
    pub website: Option<WebUrl>,
    /// The phone in E.164.
    pub phone: Option<Phone>,
    /// Free text.
    pub description: Option<Description>,
    /// Tags, in the order given.
    pub tags: Tags,
}

impl AccountFields {
    /// Reads the input of a new account.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: AccountInput, country: &Country) -> Result<Self, Violations> {
        Self::merge(None, input, country)
    }

    /// Reads a merge-patch onto these fields.
    ///
    /// # Errors
    /// Every violation found; the fields stay as they were.
    pub fn patched(&self, input: AccountInput, country: &Country) -> Result<Self, Violations> {
        Self::merge(Some(self.clone()), input, country)
    }

    fn merge(current: Option<Self>, input: AccountInput, country: &Country) -> Result<Self, Violations> {
        let AccountInput { name, industry, address, employees, website, phone, description, tags } = input;
        let (now, old) = match current {
            Some(fields) => (Some(fields.name.clone()), Some(fields)),
            None => (None, None),
        };
        let old = old.as_ref();
        let mut form = Form::default();
        let name = form.required("name", name, now, AccountName::parse);
        let industry =
            form.optional("industry", industry, old.and_then(|f| f.industry.clone()), Industry::parse);
        let address = form.optional("address", address, old.and_then(|f| f.address.clone()), Address::parse);
        let employees = form.optional("employees", employees, old.and_then(|f| f.employees), parse_employees);
        let website = form.optional("website", website, old.and_then(|f| f.website.clone()), WebUrl::parse);
        let phone = form.optional("phone", phone, old.and_then(|f| f.phone.clone()), |raw: String| {
            Phone::parse(&raw, country)
        });
        let description = form.optional(
            "description",
            description,
            old.and_then(|f| f.description.clone()),
            Description::parse,
        );
        let tags = read_tags(&mut form, tags, old.map(|f| f.tags.clone()));
        let fields =
            name.map(|name| Self { name, industry, address, employees, website, phone, description, tags });
        form.finish(fields)
    }

    /// What differs between these fields and `new`.
    pub fn changes(&self, new: &Self) -> Vec<FieldChange> {
        let Self { name, industry, address, employees, website, phone, description, tags } = self;
        let text = |value: Option<&str>| value.map(str::to_owned).into();
        let all = [
            ("name", text(Some(name.as_str())), text(Some(new.name.as_str()))),
            (
                "industry",
                text(industry.as_ref().map(Line::as_str)),
                text(new.industry.as_ref().map(Line::as_str)),
            ),
            (
                "address",
                text(address.as_ref().map(Prose::as_str)),
                text(new.address.as_ref().map(Prose::as_str)),
            ),
            ("employees", employees.map(i64::from).into(), new.employees.map(i64::from).into()),
            (
                "website",
                text(website.as_ref().map(WebUrl::as_str)),
                text(new.website.as_ref().map(WebUrl::as_str)),
            ),
            ("phone", text(phone.as_ref().map(Phone::as_str)), text(new.phone.as_ref().map(Phone::as_str))),
            (
                "description",
                text(description.as_ref().map(Prose::as_str)),
                text(new.description.as_ref().map(Prose::as_str)),
            ),
            ("tags", tags.as_strings().into(), new.tags.as_strings().into()),
        ];
        FieldChange::only_changed(all)
    }
}

/// Reads tags; null clears them like an empty list.
pub(crate) fn read_tags(form: &mut Form, raw: Patch<Vec<String>>, current: Option<Tags>) -> Tags {
    match raw {
        Patch::Absent => current.unwrap_or_default(),
        Patch::Null => Tags::default(),
        Patch::Value(raw) => match Tags::parse(raw) {
            Ok(tags) => tags,
            Err(violations) => {
                form.absorb(violations);
                Tags::default()
            }
        },
    }
}

fn parse_employees(raw: i64) -> Result<i32, Rule> {
    i32::try_from(raw)
        .ok()
        .filter(|count| *count >= 0)
        .ok_or_else(|| Rule::OutOfRange { min: "0".into(), max: i32::MAX.to_string() })
}
