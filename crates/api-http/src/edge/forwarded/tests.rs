use actix_web::http::header::{HeaderName, HeaderValue};

use super::*;

const PEER: &str = "10.0.0.1";

/// The caller by these header lines, behind proxies that all have addresses in 10.0.0.0/8 or fd00::/8; and whether
/// something could not be read.
fn found(header: ProxyHeader, lines: &[&str]) -> (String, bool) {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line.as_bytes()).expect("a header");
        headers.append(HeaderName::from_static(header.name()), value);
    }
    let trusted = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets()[0] == 10,
        IpAddr::V6(address) => address.octets()[0] == 0xfd,
    };
    let reported = Reported::default();
    let peer = PEER.parse().expect("an address");
    let address = caller(peer, &headers, header, trusted, &reported);
    (address.to_string(), reported.0.into_inner())
}

#[test]
fn an_x_forwarded_for_is_read_in_every_form() {
    for (lines, expected) in [
        (&["203.0.113.9"][..], "203.0.113.9"),
        (&["203.0.113.17:50000"], "203.0.113.17"),
        (&["203.0.113.17:"], "203.0.113.17"),
        (&["203.0.113.17:_port"], "203.0.113.17"),
        (&["\"203.0.113.87\""], "203.0.113.87"),
        (&["\"203.0.113.87:80\""], "203.0.113.87"),
        (&["[2001:db8::1]:443"], "2001:db8::1"),
        (&["[2001:db8::1]"], "2001:db8::1"),
        (&["\"[2001:db8::1]:443\""], "2001:db8::1"),
        (&["2001:db8::1"], "2001:db8::1"),
        (&["2001:DB8:0:0:0:0:0:1"], "2001:db8::1"),
        (&["::ffff:203.0.113.9"], "203.0.113.9"),
        (&["[::ffff:203.0.113.9]:80"], "203.0.113.9"),
        (&["fe80::1%eth0"], "fe80::1"),
        (&["[fe80::1%25eth0]:443"], "fe80::1"),
        (&["\t203.0.113.9 \t"], "203.0.113.9"),
        (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (&["1.1.1.1,203.0.113.9:1, 10.0.0.1:2 ,[fd00::7]:3"], "203.0.113.9"),
        (&["203.0.113.9, , ,"], "203.0.113.9"),
        (&["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (&["203.0.113.9", "10.0.0.3:9"], "203.0.113.9"),
        (&["203.0.113.9", ""], "203.0.113.9"),
        (&["nonsense, 203.0.113.9"], "203.0.113.9"),
        (&["é, 203.0.113.9"], "203.0.113.9"),
        (&["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
        (&["203.0.113.9, unknown"], PEER),
        (&["203.0.113.9, unknown, 10.0.0.4"], "10.0.0.4"),
        (&[""], PEER),
        (&[], PEER),
    ] {
        assert_eq!(found(ProxyHeader::XForwardedFor, lines), (expected.to_owned(), false), "{lines:?}");
    }
}

#[test]
fn an_x_forwarded_for_that_can_t_be_read_is_reported() {
    for entry in [
        "nonsense",
        "é",
        "203.0.113.9:nonsense",
        "203.0.113.9:123456",
        "203.0.113",
        "203.0.113.09",
        "[2001:db8::1",
        "[2001:db8::1]443",
        "[203.0.113.9]:80",
        "2001:db8::g",
        "\"203.0.113.9",
        "for=203.0.113.9",
        "203.0.113.9;203.0.113.8",
    ] {
        let line = format!("203.0.113.8, {entry}");
        assert_eq!(found(ProxyHeader::XForwardedFor, &[&line]), (PEER.to_owned(), true), "{entry}");
        let line = format!("{entry}, 10.0.0.4");
        assert_eq!(found(ProxyHeader::XForwardedFor, &[&line]), ("10.0.0.4".to_owned(), true), "{entry}");
    }
}

#[test]
fn a_forwarded_is_read_as_its_rfc_says() {
    for (lines, expected) in [
        (&["for=203.0.113.9"][..], "203.0.113.9"),
        (&["For=\"203.0.113.9:4711\""], "203.0.113.9"),
        (&["FOR=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
        (&["for=\"[2001:db8::1]\";proto=https;by=203.0.113.43"], "2001:db8::1"),
        (&["proto=https;host=\"crm.example.com:443\";for=203.0.113.9"], "203.0.113.9"),
        (&["for=203.0.113.9;ext=\"a, for=6.6.6.6\\\"; b\""], "203.0.113.9"),
        (&["for=\"203.0\\.113.9\""], "203.0.113.9"),
        (&["for=203.0.113.9:4711"], "203.0.113.9"),
        (&["for=[2001:db8::1]:443"], "2001:db8::1"),
        (&["for=203.0.113.9 ; proto=https;"], "203.0.113.9"),
        (&["for=6.6.6.6, for=203.0.113.9"], "203.0.113.9"),
        (&["for=203.0.113.9, for=10.0.0.3;by=10.0.0.1, , "], "203.0.113.9"),
        (&["for=6.6.6.6", "for=203.0.113.9"], "203.0.113.9"),
        (&["for=203.0.113.9", "for=\"[fd00::1]:9\", for=10.0.0.3"], "203.0.113.9"),
        (&["for=203.0.113.9, for=unknown"], PEER),
        (&["for=203.0.113.9, for=Unknown, for=10.0.0.4"], "10.0.0.4"),
        (&["for=203.0.113.9, for=\"_hidden:_8\""], PEER),
        (&["for=203.0.113.9, for=_SEVKISEK"], PEER),
        (&["for=203.0.113.9, proto=https"], PEER),
        // What the caller left open does not swallow what the proxy wrote behind it.
        (&["for=\"6.6.6.6, for=203.0.113.9"], "203.0.113.9"),
        (&["for=6.6.6.6;x=\", for=\"[2001:db8::1]:443\""], "2001:db8::1"),
        (&["\", for=203.0.113.9;by=\"[fd00::1]\""], "203.0.113.9"),
        (&["for=6.6.6.6;x=\"\\", "for=203.0.113.9"], "203.0.113.9"),
        (&[""], PEER),
        (&[], PEER),
    ] {
        assert_eq!(found(ProxyHeader::Forwarded, lines), (expected.to_owned(), false), "{lines:?}");
    }
}

#[test]
fn a_forwarded_that_can_t_be_read_is_reported() {
    let long = format!("for=203.0.113.9;x=\"{}\"", "x".repeat(MAX_ELEMENT));
    for element in [
        "203.0.113.9",
        "for",
        "for=\"203.0.113.9",
        "for=nonsense",
        "for=203.0.113.9;for=203.0.113.8",
        "for=203.0.113.9 proto=https",
        "for =203.0.113.9",
        "f√r=203.0.113.9",
        "for=\"203.0.113.9\"x",
        &long,
    ] {
        let line = format!("for=203.0.113.8, {element}");
        assert_eq!(found(ProxyHeader::Forwarded, &[&line]), (PEER.to_owned(), true), "{element}");
    }
}

#[test]
fn only_the_header_of_the_settings_is_read() {
    let mut headers = HeaderMap::new();
    headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("203.0.113.1"));
    headers.append(HeaderName::from_static("forwarded"), HeaderValue::from_static("for=203.0.113.2"));
    let peer = PEER.parse().expect("an address");
    let by = |header| caller(peer, &headers, header, |_| false, &Reported::default()).to_string();
    assert_eq!(by(ProxyHeader::XForwardedFor), "203.0.113.1");
    assert_eq!(by(ProxyHeader::Forwarded), "203.0.113.2");
}
