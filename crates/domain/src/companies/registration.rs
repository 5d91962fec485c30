//! What somebody gives to sign their company up.

use super::CompanyName;
use crate::{
    identity::UserName,
    input::{Form, Patch, Violations},
    values::{Country, Currency, Email, Locale, Password, Timezone},
};

/// The wanted fields of a sign-up, unchecked.
#[derive(Debug, Clone, Default)]
pub struct RegistrationInput {
    /// The company's name.
    pub company_name: Patch<String>,
    /// The owner's name.
    pub name: Patch<String>,
    /// The owner's e-mail.
    pub email: Patch<String>,
    /// The owner's password.
    pub password: Patch<String>,
    /// The company's country.
    pub country: Patch<String>,
    /// The company's language; by default the country's.
    pub locale: Patch<String>,
    /// The company's time zone; by default the country's.
    pub timezone: Patch<String>,
    /// The company's currency; by default the country's.
    pub currency: Patch<String>,
}

/// A checked sign-up.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The company's name.
    pub company_name: CompanyName,
    /// The owner's name.
    pub name: UserName,
    /// The owner's e-mail.
    pub email: Email,
    /// The owner's password.
    pub password: Password,
    /// The company's country.
    pub country: Country,
    /// The company's language.
    pub locale: Locale,
    /// The company's time zone.
    pub timezone: Timezone,
    /// The company's currency.
    pub currency: Currency,
}

impl Registration {
    /// Checks a sign-up; what it does not say about the region follows from its country, which is
    /// `default_country` when it says none.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: RegistrationInput, default_country: &Country) -> Result<Self, Violations> {
        let RegistrationInput { company_name, name, email, password, country, locale, timezone, currency } =
            input;
        let mut form = Form::default();
        let company_name = form.required("companyName", company_name, None, CompanyName::parse);
        let name = form.required("name", name, None, UserName::parse);
        let email = form.required("email", email, None, Email::parse);
        let password = form.required("password", password, None, Password::choose);
        let country = form
            .optional("country", country, None, |raw: String| Country::parse(&raw))
            .unwrap_or(*default_country);
        let defaults = country.defaults();
        let locale = form.optional("locale", locale, None, |raw: String| Locale::parse(&raw));
        let timezone = form.optional("timezone", timezone, None, |raw: String| Timezone::parse(&raw));
        let currency = form.optional("currency", currency, None, |raw: String| Currency::parse(&raw));
        let checked = match (company_name, name, email, password) {
            (Some(company_name), Some(name), Some(email), Some(password)) => Some(Self {
                company_name,
                name,
                email,
                password,
                country,
                locale: locale.unwrap_or(defaults.locale),
                timezone: timezone.unwrap_or(defaults.timezone),
                currency: currency.unwrap_or(defaults.currency),
            }),
            _ => None,
        };
        form.finish(checked)
    }
}
