//! The networks on which people have profiles: their hosts, and what a profile is there.

mod pages;

use url::Url;

use super::{Phone, is_blank};

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// LinkedIn.
    Linkedin,
    /// Instagram.
    Instagram,
    /// Telegram.
    Telegram,
    /// WhatsApp.
    Whatsapp,
    /// X, formerly Twitter.
    X,
    /// Facebook.
    Facebook,
}

/// Whom an address leads to.
pub(super) enum Target {
    /// A phone number: its digits, with the country code.
    Number(String),
    /// What stands behind the host, as it is written there.
    Path(String),
    /// The same on a host that is not the network's usual one.
    Other(&'static str, String),
}

impl Network {
    /// Every network, in the order of the contact's fields.
    pub const ALL: [Self; 6] =
        [Self::Linkedin, Self::Instagram, Self::Telegram, Self::Whatsapp, Self::X, Self::Facebook];

    /// Its name, as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linkedin => "linkedin",
            Self::Instagram => "instagram",
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
            Self::X => "x",
            Self::Facebook => "facebook",
        }
    }

    /// Its hosts without `www` and the like; the first is where its addresses lead.
    const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Linkedin => &["linkedin.com"],
            Self::Instagram => &["instagram.com", "instagr.am", "ig.me"],
            Self::Telegram => &["t.me", "telegram.me", "telegram.dog"],
            Self::Whatsapp => &["wa.me", "whatsapp.com", "api.whatsapp.com", "chat.whatsapp.com"],
            Self::X => &["x.com", "twitter.com"],
            Self::Facebook => &["facebook.com", "fb.com", "fb.me", "m.me"],
        }
    }

    /// What a value must be, for people.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Linkedin => {
                "a LinkedIn profile: a handle such as ana-paz or a link to linkedin.com/in/ana-paz"
            }
            Self::Instagram => {
                "an Instagram profile: a handle such as @ana.paz or a link to instagram.com/ana.paz"
            }
            Self::Telegram => {
                "a Telegram profile: a handle such as @anapaz, a phone number or a link to t.me/anapaz"
            }
            Self::Whatsapp => "a WhatsApp number such as +598 99 123 456 or a link to wa.me",
            Self::X => "a profile on X: a handle such as @anapaz or a link to x.com/anapaz",
            Self::Facebook => {
                "a Facebook profile: a handle such as ana.paz or a link to facebook.com/ana.paz"
            }
        }
    }

    /// What a link to another site must be instead, for people.
    pub const fn elsewhere(self) -> &'static str {
        match self {
            Self::Linkedin => {
                "a link to linkedin.com or a handle such as ana-paz; this link leads to another site"
            }
            Self::Instagram => {
                "a link to instagram.com or a handle such as @ana.paz; this link leads to another site"
            }
            Self::Telegram => "a link to t.me or a handle such as @anapaz; this link leads to another site",
            Self::Whatsapp => {
                "a number such as +598 99 123 456 or a link to wa.me; this link leads to another site"
            }
            Self::X => "a link to x.com or a handle such as @anapaz; this link leads to another site",
            Self::Facebook => {
                "a link to facebook.com or a handle such as ana.paz; this link leads to another site"
            }
        }
    }

    /// An address there, for documents and tests.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Linkedin => "https://www.linkedin.com/in/ana-paz",
            Self::Instagram => "https://www.instagram.com/ana.paz",
            Self::Telegram => "https://t.me/anapaz",
            Self::Whatsapp => "https://wa.me/59899123456",
            Self::X => "https://x.com/anapaz",
            Self::Facebook => "https://www.facebook.com/ana.paz",
        }
    }

    /// The scheme by which its app opens profiles: `tg://resolve?domain=anapaz`, `whatsapp://send?phone=59899123456`.
    fn app(self) -> Option<&'static str> {
        match self {
            Self::Telegram => Some("tg"),
            Self::Whatsapp => Some("whatsapp"),
            Self::Linkedin | Self::Instagram | Self::X | Self::Facebook => None,
        }
    }

    /// Whether people go by their phone numbers there.
    pub(super) const fn takes_numbers(self) -> bool {
        matches!(self, Self::Whatsapp | Self::Telegram)
    }

    /// Whether a host is the network's, for whatever device or country.
    pub(super) fn is_host(self, host: &str) -> bool {
        self.hosts().iter().any(|known| {
            let prefix = host.strip_suffix(known);
            prefix.is_some_and(|prefix| prefix.is_empty() || prefix.strip_suffix('.').is_some_and(is_door))
        })
    }

    /// Whether an address is the network's, of some profile there or not.
    pub(super) fn has(self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_within = |known: &&&str| {
            host.strip_suffix(**known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        match url.scheme() {
            "http" | "https" => self.hosts().iter().any(|known| is_within(&known)),
            scheme => self.app() == Some(scheme),
        }
    }

    /// Whom an address of the network leads to; none when it is no profile.
    pub(super) fn target(self, url: &Url) -> Option<Target> {
        let query =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if self.app() == Some(url.scheme()) {
            let phone = query("phone").and_then(|phone| number(&phone));
            return phone.or_else(|| self.handle(&query("domain")?));
        }
        let host = url.host_str()?.trim_end_matches('.');
        let mut path: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
        if !self.is_host(host) {
            // `anapaz.t.me` is how Telegram writes names before the host.
            let name = host.strip_suffix(".t.me").filter(|_| self == Self::Telegram && path.is_empty())?;
            return self.handle(name);
        }
        let fragment = url.fragment().and_then(|fragment| fragment.strip_prefix("!/"));
        let is_front = matches!(path.as_slice(), [] | ["home.php"]);
        if let Some(old) = fragment.filter(|_| is_front && matches!(self, Self::X | Self::Facebook)) {
            return self.handle(old.split('/').next()?);
        }
        // What links of apps and mails have before the profile.
        if let (Self::Linkedin, ["mwlite" | "comm", "in" | "company", ..])
        | (Self::Instagram, ["_u" | "m", _])
        | (Self::Facebook, ["pg", _, ..])
        | (Self::Telegram, ["s" | "boost", _, ..]) = (self, path.as_slice())
        {
            path.remove(0);
        }
        match (self, path.as_slice()) {
            (Self::Linkedin, ["in" | "company" | "school" | "showcase", name, ..]) => {
                Some(Target::Path(format!("{}/{}", path[0], member(name)?)))
            }
            // The numbers tell people of one name apart.
            (Self::Linkedin, ["pub", name, numbers @ ..]) if *name != "dir" => {
                let numbers: Option<Vec<_>> = numbers.iter().take(3).map(|number| code_of(number)).collect();
                let path = [vec![slug(name)?], numbers?].concat().join("/");
                Some(Target::Path(format!("pub/{path}")))
            }
            (Self::Whatsapp, ["send"]) => number(&query("phone")?),
            (Self::Whatsapp, [kind @ ("message" | "qr" | "c"), code]) => {
                code_of(code).map(|code| Target::Path(format!("{kind}/{code}")))
            }
            (Self::Whatsapp, ["channel", code]) => {
                code_of(code).map(|code| Target::Other("whatsapp.com", format!("channel/{code}")))
            }
            (Self::Whatsapp, [code]) if host == "chat.whatsapp.com" => {
                code_of(code).map(|code| Target::Other("chat.whatsapp.com", code))
            }
            (Self::Whatsapp, [digits]) if host.ends_with("wa.me") => number(&decoded(digits)?),
            (Self::Telegram, [invited, ..]) if decoded(invited)?.starts_with('+') => {
                let code = decoded(invited)?;
                match code.trim_start_matches('+') {
                    number_ if number_.bytes().all(|b| b.is_ascii_digit()) => number(number_),
                    code => code_of(code).map(|code| Target::Path(format!("+{code}"))),
                }
            }
            (Self::Telegram, ["joinchat", code]) => {
                code_of(code).map(|code| Target::Path(format!("+{code}")))
            }
            (Self::X, ["intent", "user" | "follow"]) => match (query("screen_name"), query("user_id")) {
                (Some(name), _) => self.handle(&name),
                (None, Some(id)) => digits(&id).map(|id| Target::Path(format!("intent/user?user_id={id}"))),
                (None, None) => None,
            },
            (Self::Facebook, ["profile.php"]) => {
                digits(&query("id")?).map(|id| Target::Path(format!("profile.php?id={id}")))
            }
            (Self::Facebook, ["people", _, id, ..]) => {
                digits(id).map(|id| Target::Path(format!("profile.php?id={id}")))
            }
            (Self::Facebook, ["pages", .., id]) => digits(id).map(Target::Path),
            (Self::Facebook, ["groups", group, ..]) => {
                slug(group).map(|group| Target::Path(format!("groups/{group}")))
            }
            (Self::Facebook, ["p", page, ..]) => slug(page).map(|page| Target::Path(format!("p/{page}"))),
            (Self::Linkedin | Self::Whatsapp, _) | (_, []) => None,
            (_, [name, rest @ ..]) if rest.first().is_none_or(|part| self.is_part_of_profile(part)) => {
                let name = decoded(name)?;
                self.handle(name.strip_prefix('@').unwrap_or(&name))
            }
            _ => None,
        }
    }

    /// Who has this handle there; none when nobody can. The networks make no difference by case.
    pub(super) fn handle(self, name: &str) -> Option<Target> {
        if self == Self::Linkedin {
            let path: Vec<_> = name.split('/').filter(|part| !part.is_empty()).collect();
            return match path.as_slice() {
                [name] => Some(Target::Path(format!("in/{}", member(name)?))),
                [kind @ ("in" | "company" | "school" | "showcase"), name] => {
                    Some(Target::Path(format!("{kind}/{}", slug(name)?)))
                }
                _ => None,
            };
        }
        let name = name.to_ascii_lowercase();
        // A single letter is a slip, though the oldest users of some networks have one.
        let (extra, length) = match self {
            Self::Instagram => ("._", 2..=30),
            Self::Telegram => ("_", 4..=32),
            Self::X => ("_", 2..=15),
            Self::Facebook => (".-", 2..=50),
            Self::Linkedin | Self::Whatsapp => return None,
        };
        let is_sound = length.contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
            && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && (self != Self::Telegram || name.starts_with(|c: char| c.is_ascii_alphabetic()))
            && !name.ends_with('.')
            && !name.contains("..");
        (is_sound && !self.is_page(&name)).then_some(Target::Path(name))
    }

    /// What stands behind a profile's name in its addresses: its posts, its photos. Behind anything else the name is no name.
    fn is_part_of_profile(self, part: &str) -> bool {
        // The number of a message.
        let is_message = self == Self::Telegram && part.bytes().all(|b| b.is_ascii_digit());
        is_message || pages::below_profiles(self).split_whitespace().any(|known| known == part)
    }

    /// Names that are pages of the network itself.
    fn is_page(self, name: &str) -> bool {
        pages::of(self).split_whitespace().any(|page| page == name)
    }

    /// The one address of a target.
    pub(super) fn address(self, target: &Target) -> String {
        let www = match self {
            Self::Linkedin | Self::Instagram | Self::Facebook => "www.",
            Self::Telegram | Self::Whatsapp | Self::X => "",
        };
        let host = self.hosts().first().copied().unwrap_or_default();
        match target {
            Target::Number(digits) if self == Self::Telegram => format!("https://{host}/+{digits}"),
            Target::Number(rest) | Target::Path(rest) => format!("https://{www}{host}/{rest}"),
            Target::Other(host, rest) => format!("https://{host}/{rest}"),
        }
    }
}

/// Whether it stands before a host for a device, a language or a country: `www`, `m`, `uy`, `es-la`.
fn is_door(prefix: &str) -> bool {
    let is_language = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_lowercase());
    matches!(prefix, "www" | "m" | "mobile" | "web" | "touch" | "mbasic")
        || prefix.split('-').count() <= 2 && prefix.split('-').all(is_language)
}

/// Text behind percent signs.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A name on LinkedIn. Exports of its Sales Navigator have the number of a member instead, whose case counts: `ACoAABcDeF`.
fn member(segment: &str) -> Option<String> {
    let is_number = segment.starts_with("ACo") || segment.starts_with("ACw");
    if is_number { code_of(segment) } else { slug(segment) }
}

/// A name of letters and digits of whatever script, or emoji, as an address writes it.
fn slug(segment: &str) -> Option<String> {
    let name = decoded(segment)?.to_lowercase();
    let is_part = |c: char| match c {
        '-' | '_' | '.' => true,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !is_blank(c) && !c.is_control(),
    };
    let is_sound = (1..=100).contains(&name.chars().count())
        && name.chars().all(is_part)
        && name.contains(|c: char| !c.is_ascii() || c.is_ascii_alphanumeric());
    let mut url = Url::parse("https://x.com").ok().filter(|_| is_sound)?;
    url.path_segments_mut().ok()?.push(&name);
    url.path().strip_prefix('/').map(str::to_owned)
}

/// A code that somebody made, whose case counts.
fn code_of(segment: &str) -> Option<String> {
    let is_sound = (1..=100).contains(&segment.len())
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_sound.then(|| segment.to_owned())
}

fn digits(text: &str) -> Option<String> {
    let is_sound = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_sound.then(|| text.to_owned())
}

/// A number with its country code, as links hold it: with or without a plus sign.
fn number(text: &str) -> Option<Target> {
    let phone = Phone::international(&format!("+{}", text.trim().trim_start_matches('+')))?;
    Some(Target::Number(phone.digits()))
}
