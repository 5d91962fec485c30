//! Links, handles and numbers as people give them.

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
const SAME: [(&str, &str, &[&str]); 24] = [
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
        &["+598 99 123 456", "https://t.me/+59899123456", "https://t.me/%2B59899123456", "099 123 456"],
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
    (
        "linkedin",
        "https://www.linkedin.com/in/ACoAABcDeF",
        &["https://www.linkedin.com/in/ACoAABcDeF", "https://www.linkedin.com/comm/in/ACoAABcDeF?trk=x"],
    ),
    ("linkedin", "https://www.linkedin.com/pub/carla-nunez/1/2/3a", &["linkedin.com/pub/Carla-Nunez/1/2/3a"]),
    (
        "instagram",
        "https://www.instagram.com/carla",
        &[
            "instagram.com/_u/carla",
            "https://ig.me/m/carla",
            "@carla/",
            "＠carla",
            "instagram.com/carla/p/AbC/",
        ],
    ),
    (
        "facebook",
        "https://www.facebook.com/acme",
        &["facebook.com/pg/acme/about", "https://www.facebook.com/#!/acme", "facebook.com/home.php#!/acme"],
    ),
    (
        "whatsapp",
        "https://wa.me/525512345678",
        &[
            "https://wa.me/5215512345678",
            "+52 1 55 1234 5678",
            "https://api.whatsapp.com/send?phone=52 55 1234 5678",
        ],
    ),
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
        ("facebook", "https://www.facebook.com/hashtag/x"),
        ("facebook", "https://www.facebook.com/reel/1"),
        ("facebook", "https://www.facebook.com/stories/1/x"),
        ("facebook", "https://www.facebook.com/messages/t/carla"),
        ("facebook", "https://www.facebook.com/public/Carla-N"),
        ("facebook", "https://www.facebook.com/whatever/carla"),
        ("instagram", "https://www.instagram.com/share/abc"),
        ("instagram", "https://www.instagram.com/legal/terms"),
        ("instagram", "https://www.instagram.com/audio/1"),
        ("x", "https://x.com/messages"),
        ("x", "https://x.com/compose/post"),
        ("x", "https://x.com/en/privacy"),
        ("linkedin", "https://www.linkedin.com/pub/dir/Carla/N"),
        ("telegram", "https://t.me/addlist/x"),
        ("telegram", "https://t.me/099123456"),
        ("telegram", "https://t.me/+099123456"),
        ("telegram", "https://t.me/contact/abcd"),
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
