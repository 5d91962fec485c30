//! Where people can be found on other services: one address for each profile, however it was given.

use std::fmt;

use url::Url;

use super::{
    Country, Phone,
    network::{Network, Target},
    unseen::{is_blank, trimmed},
};
use crate::input::Rule;

/// The most characters of what is given and of what is kept.
const MAX: usize = 2048;

/// A profile on LinkedIn.
pub type LinkedinLink = SocialLink<0>;
/// A profile on Instagram.
pub type InstagramLink = SocialLink<1>;
/// A profile on Telegram.
pub type TelegramLink = SocialLink<2>;
/// A number or a link of WhatsApp.
pub type WhatsappLink = SocialLink<3>;
/// A profile on X.
pub type XLink = SocialLink<4>;
/// A profile on Facebook.
pub type FacebookLink = SocialLink<5>;

/// The address of a profile on the network with this place in [`Network::ALL`], in the network's own form:
/// `https://www.instagram.com/ana.paz`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SocialLink<const NETWORK: usize>(String);

impl<const NETWORK: usize> SocialLink<NETWORK> {
    /// The network.
    pub const NETWORK: Network = Network::ALL[NETWORK];

    /// Reads a link to a profile (with or without `https://`, of whatever host the network has), a handle (with or without
    /// `@`), or, for WhatsApp and Telegram, a phone number, which is dialled in `country` unless it names its own. What only
    /// tracks (queries, fragments) and what stands behind the profile is dropped.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`], or [`Rule::Malformed`] for a link to another site too.
    pub fn parse(raw: &str, country: Option<&Country>) -> Result<Self, Rule> {
        let text = trimmed(raw);
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        let network = Self::NETWORK;
        let malformed = Rule::Malformed { expected: network.expected() };
        if let Some(number) = network.takes_numbers().then(|| number(text, country)).flatten() {
            return Ok(Self(network.address(&Target::Number(number))));
        }
        if text.contains(is_blank) || text.contains(char::is_control) {
            return Err(malformed);
        }
        let target = match link(text) {
            Some(url) if !network.has(&url) => return Err(Rule::Malformed { expected: network.elsewhere() }),
            Some(url) => network.target(&url),
            None => network.handle(text.strip_prefix('@').unwrap_or(text)),
        };
        target.map(|target| Self(network.address(&target))).ok_or(malformed)
    }

    /// Takes back an address that was once let in; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const NETWORK: usize> fmt::Display for SocialLink<NETWORK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The digits of a phone number, with its country code.
fn number(text: &str, country: Option<&Country>) -> Option<String> {
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let abroad = || Phone::international(&format!("+{text}"));
    let phone = match country {
        Some(country) => Phone::parse(text, country).ok().or_else(abroad),
        None => Phone::international(text),
    };
    phone.map(|phone| phone.digits())
}

/// The address that a text is, with its scheme or without; none for a handle. `ana.paz` is a handle, `example.com` is not:
/// nobody who means a handle writes it like a domain without an `@`.
fn link(text: &str) -> Option<Url> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("://") {
        return Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    }
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    let has_path = host.len() < lower.len();
    let is_domain = host.contains('.') && !host.starts_with('@');
    let looks_like_one = has_path
        || host.starts_with("www.")
        || Network::ALL.iter().any(|network| network.is_host(host))
        || [".com", ".net", ".org"].iter().any(|end| host.ends_with(end));
    if is_domain && looks_like_one { Url::parse(&format!("https://{text}")).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(network: &str, raw: &str) -> Result<String, Rule> {
        let uruguay = Country::parse("UY").expect("a country");
        let country = Some(&uruguay);
        match network {
            "linkedin" => LinkedinLink::parse(raw, country).map(|link| link.0),
            "instagram" => InstagramLink::parse(raw, country).map(|link| link.0),
            "telegram" => TelegramLink::parse(raw, country).map(|link| link.0),
            "whatsapp" => WhatsappLink::parse(raw, country).map(|link| link.0),
            "x" => XLink::parse(raw, country).map(|link| link.0),
            "facebook" => FacebookLink::parse(raw, country).map(|link| link.0),
            other => panic!("{other} is no network"),
        }
    }

    /// Network, the one address, and what means it.
    const SAME: [(&str, &str, &[&str]); 19] = [
        (
            "linkedin",
            "https://www.linkedin.com/in/ana-paz",
            &[
                "https://www.linkedin.com/in/ana-paz",
                "http://linkedin.com/in/ana-paz/",
                "uy.linkedin.com/in/Ana-Paz",
                "https://m.linkedin.com/in/ana-paz?trk=x#y",
                "linkedin.com/in/ana-paz/details/experience/",
                "ana-paz",
                "@ana-paz",
                "in/ana-paz",
                "/in/ana-paz",
                " \u{200B}https://www.linkedin.com/in/ana-paz\u{FEFF}",
                "https://www.linkedin.com/in/ana-paz?utm_source=share&utm_medium=member_desktop",
            ],
        ),
        (
            "linkedin",
            "https://www.linkedin.com/company/acme",
            &["https://www.linkedin.com/company/acme/about/", "company/acme"],
        ),
        (
            "linkedin",
            "https://www.linkedin.com/in/jos%C3%A9",
            &["https://www.linkedin.com/in/josé", "linkedin.com/in/jos%c3%a9", "josé"],
        ),
        (
            "instagram",
            "https://www.instagram.com/username",
            &[
                "@username",
                "username",
                "USERNAME",
                "instagram.com/username",
                "https://instagram.com/username/?hl=es",
                "https://www.instagram.com/username/reels/",
                "https://instagr.am/username",
                "https://m.instagram.com/username?igsh=abc",
            ],
        ),
        (
            "instagram",
            "https://www.instagram.com/ana.paz_1",
            &["ana.paz_1", "@ana.paz_1", "https://www.instagram.com/ana.paz_1/"],
        ),
        ("instagram", "https://www.instagram.com/example.com", &["@example.com"]),
        (
            "telegram",
            "https://t.me/anapaz",
            &[
                "@anapaz",
                "anapaz",
                "t.me/anapaz",
                "https://telegram.me/AnaPaz/",
                "http://www.t.me/anapaz?start=1",
                "https://t.me/s/anapaz",
                "https://anapaz.t.me",
                "https://telegram.dog/anapaz",
                "tg://resolve?domain=anapaz",
            ],
        ),
        (
            "telegram",
            "https://t.me/+59899123456",
            &["+598 99 123 456", "https://t.me/+59899123456", "099 123 456"],
        ),
        (
            "whatsapp",
            "https://wa.me/59899123456",
            &[
                "+598 99 123 456",
                "099 123 456",
                "59899123456",
                "https://wa.me/59899123456",
                "wa.me/59899123456/",
                "https://wa.me/+59899123456",
                "https://api.whatsapp.com/send?phone=59899123456&text=hola",
                "https://api.whatsapp.com/send/?phone=%2B598+99+123+456",
                "https://web.whatsapp.com/send?phone=59899123456",
                "whatsapp://send?phone=59899123456",
                "\u{202A}+598 99 123 456\u{202C}",
                "https://wa.me/59899123456?text=Hola",
            ],
        ),
        (
            "whatsapp",
            "https://chat.whatsapp.com/AbC123",
            &["https://chat.whatsapp.com/AbC123", "chat.whatsapp.com/AbC123?mode=x"],
        ),
        ("whatsapp", "https://wa.me/message/ABC123", &["https://wa.me/message/ABC123"]),
        (
            "x",
            "https://x.com/anapaz",
            &[
                "@anapaz",
                "anapaz",
                "https://x.com/AnaPaz",
                "twitter.com/anapaz",
                "https://mobile.twitter.com/anapaz/?s=20",
                "https://www.x.com/anapaz/status/1",
                "http://twitter.com/@anapaz",
                "https://twitter.com/#!/anapaz",
            ],
        ),
        ("x", "https://x.com/intent/user?user_id=12", &["https://x.com/intent/user?user_id=12"]),
        (
            "facebook",
            "https://www.facebook.com/ana.paz",
            &[
                "ana.paz",
                "@ana.paz",
                "https://www.facebook.com/ana.paz/",
                "m.facebook.com/ana.paz?locale=es_LA",
                "fb.com/Ana.Paz",
                "https://es-la.facebook.com/ana.paz/about",
                "https://m.me/ana.paz",
                "https://web.facebook.com/ana.paz",
            ],
        ),
        (
            "facebook",
            "https://www.facebook.com/profile.php?id=1000",
            &[
                "https://www.facebook.com/profile.php?id=1000&sk=about",
                "https://m.facebook.com/profile.php?id=1000",
                "https://www.facebook.com/people/Ana-Paz/1000/",
                "facebook.com/profile.php?id=1000",
            ],
        ),
        (
            "facebook",
            "https://www.facebook.com/groups/acme",
            &["https://www.facebook.com/groups/acme/permalink/1"],
        ),
        ("facebook", "https://www.facebook.com/1000", &["https://www.facebook.com/pages/Acme/1000"]),
        (
            "telegram",
            "https://t.me/+AbCdEf_12345678",
            &["https://t.me/+AbCdEf_12345678", "https://t.me/joinchat/AbCdEf_12345678"],
        ),
        ("whatsapp", "https://whatsapp.com/channel/AbC", &["https://www.whatsapp.com/channel/AbC"]),
    ];

    #[test]
    fn a_profile_has_one_address_however_it_is_given() {
        for (network, address, given) in SAME {
            for raw in given.iter().chain([&address]) {
                assert_eq!(parse(network, raw).as_deref(), Ok(address), "{raw:?} on {network}");
            }
        }
    }

    #[test]
    fn another_sites_link_is_refused_and_told() {
        let others = [
            "https://example.com/x",
            "example.com/x",
            "http://www.example.com",
            "www.example.com",
            "example.com",
            "https://evil.example/instagram.com/ana",
            "https://instagram.com.evil.example/ana",
            "https://notinstagram.com/ana",
            "https://xn--nstagram-11a.com/ana",
        ];
        for network in Network::ALL {
            for raw in others {
                let refused = parse(network.name(), raw);
                assert_eq!(
                    refused,
                    Err(Rule::Malformed { expected: network.elsewhere() }),
                    "{raw} on {}",
                    network.name()
                );
            }
            for other in Network::ALL.iter().filter(|other| **other != network) {
                let (_, address, _) =
                    SAME.iter().find(|(of, ..)| *of == other.name()).expect("every network is there");
                assert!(parse(network.name(), address).is_err(), "{address} on {}", network.name());
            }
        }
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        let cases = [
            ("instagram", "ana paz"),
            ("instagram", "https://www.instagram.com/"),
            ("instagram", "instagram.com"),
            ("instagram", "https://www.instagram.com/p/AbC/"),
            ("instagram", "https://business.instagram.com/ana"),
            ("instagram", "@"),
            ("instagram", "@ana@paz"),
            ("instagram", "ana!"),
            ("instagram", "a\u{200B}na"),
            ("instagram", "javascript:alert(1)"),
            ("instagram", "https://ana:x@instagram.com/ana"),
            ("x", "https://x.com/home"),
            ("x", "a_name_that_is_too_long"),
            ("x", "ana.paz"),
            ("linkedin", "https://www.linkedin.com/feed/"),
            ("linkedin", "https://www.linkedin.com/in/"),
            ("whatsapp", "@ana"),
            ("whatsapp", "123"),
            ("whatsapp", "https://wa.me/"),
            ("whatsapp", "https://wa.me/abc"),
            ("whatsapp", "https://api.whatsapp.com/send"),
            ("telegram", "https://t.me/"),
            ("telegram", "a"),
            ("facebook", "https://www.facebook.com/sharer/sharer.php?u=x"),
            ("facebook", "https://www.facebook.com/profile.php"),
        ];
        for (network, raw) in cases {
            let refused = parse(network, raw);
            assert!(matches!(refused, Err(Rule::Malformed { .. })), "{raw:?} on {network}: {refused:?}");
        }
        assert_eq!(parse("x", " \u{200B}"), Err(Rule::Blank));
        assert_eq!(parse("x", &"a".repeat(2049)), Err(Rule::TooLong { max: 2048 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_address_is_its_own_address(
            network in prop::sample::select(&Network::ALL),
            raw in "(https://)?([a-z]{1,3}\\.)?(x\\.com|t\\.me|wa\\.me|fb\\.com|linkedin\\.com|instagram\\.com)?[/@+]?[a-zA-Z0-9./_%é -]{0,12}",
            text in any::<String>(),
        ) {
            let _ = parse(network.name(), &text);
            if let Ok(address) = parse(network.name(), &raw) {
                prop_assert_eq!(parse(network.name(), &address), Ok(address.clone()));
                prop_assert!(Url::parse(&address).is_ok_and(|url| network.has(&url)));
            }
        }
    }
}
