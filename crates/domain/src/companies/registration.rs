//! The input to sign a company up.

use super::{CompanyName, NewCompany, Region};
use crate::{
    identity::UserName,
    input::{Form, Patch, Violations},
    values::{Country, Email, Password, PasswordPolicy},
};

/// The requested fields of a sign-up, unchecked.
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
    /// Where the company is.
    pub region: Region,
}

impl Registration {
    /// Checks a sign-up; missing fields of the region default to those of the country, and a missing country to
    /// `default_country`.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(
        input: RegistrationInput,
        default_country: &Country,
        policy: PasswordPolicy,
    ) -> Result<Self, Violations> {
        let RegistrationInput { company_name, name, email, password, country, locale, timezone, currency } =
            input;
        let mut form = Form::default();
        let company_name = form.required("companyName", company_name, None, CompanyName::parse);
        let name = form.required("name", name, None, UserName::parse);
        let email = form.required("email", email, None, Email::parse);
        let password = form.required("password", password, None, |raw| policy.choose(raw));
        let region = Region::read(&mut form, country, locale, timezone, currency, default_country);
        let checked = match (company_name, name, email, password) {
            (Some(company_name), Some(name), Some(email), Some(password)) => {
                Some(Self { company_name, name, email, password, region })
            }
            _ => None,
        };
        form.finish(checked)
    }

    /// The company of the sign-up; address, website and logo are left for later.
    pub fn company(&self) -> NewCompany {
        let name = self.company_name.clone();
        NewCompany { name, address: None, website: None, logo_url: None, region: self.region }
    }
}
