//! The value objects that the records share. Each is made by `parse`, which answers the rule that the raw
//! value breaks; a value that exists is valid.
//!
//! Most have a `trusted` constructor besides, for adapters that read back what `parse` once let in: a rule
//! that got stricter since must not make a stored record unreadable.

mod color;
mod country_codes;
mod currency;
mod date;
mod email;
mod hangul;
mod keys;
mod latin;
mod locale;
mod media_type;
mod moment;
mod money;
mod network;
mod password;
mod phone;
mod region;
mod slug;
mod social;
mod tags;
mod text;
mod unseen;
mod web_url;

pub use color::Color;
pub use currency::Currency;
pub use date::parse_date;
pub use email::Email;
pub use hangul::beginnings;
pub use keys::{fold_key, label_key, name_key};
pub use locale::{Country, Locale, Timezone};
pub use media_type::MediaType;
pub use moment::parse_moment;
pub use money::{Money, MoneyInput, format_minor};
pub use network::Network;
pub use password::{Password, PasswordPolicy, check_password};
pub use phone::Phone;
pub use region::RegionDefaults;
pub use slug::Slug;
pub use social::{FacebookLink, InstagramLink, LinkedinLink, SocialLink, TelegramLink, WhatsappLink, XLink};
pub use tags::{TagName, Tags};
pub use text::{Address, Line, Prose, on_one_line};
pub use unseen::{is_blank, is_direction, is_unseen, pasted, trimmed};
pub use web_url::WebUrl;
