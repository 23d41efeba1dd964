//! Hostile spellings of addresses, row by row: what each becomes, or why it is refused.
//!
//! Two spellings that look alike are two contacts or a refusal, never one contact (CVE-2019-19844, GHSA-7rqj-j65f-68wh).

use otp_core::ContactError::{
    Domain, Empty, ForbiddenCharacter, LocalPart, MixedScripts, NotOneAddress, TooLong,
};
use otp_core::{Contact, ContactError, EmailAddress};
use proptest::prelude::*;

type Row = (&'static str, Result<&'static str, ContactError>);

/// Ordinary people, whose addresses have to work.
const PLAIN: &[Row] = &[
    ("ada@example.com", Ok("ada@example.com")),
    ("ADA@EXAMPLE.COM", Ok("ada@example.com")),
    (" ada@example.com ", Ok("ada@example.com")),
    ("\tada@example.com\t", Ok("ada@example.com")),
    ("ada.lovelace@example.com", Ok("ada.lovelace@example.com")),
    ("ada+otp@example.com", Ok("ada+otp@example.com")),
    ("o'brien@example.ie", Ok("o'brien@example.ie")),
    ("_@example.com", Ok("_@example.com")),
    ("1@example.com", Ok("1@example.com")),
    ("a@1.example.com", Ok("a@1.example.com")),
    ("a@123.com", Ok("a@123.com")),
    ("a@x-y.example", Ok("a@x-y.example")),
    ("a@localhost.localdomain", Ok("a@localhost.localdomain")),
    ("a@bücher.de", Ok("a@xn--bcher-kva.de")),
    ("a@xn--bcher-kva.de", Ok("a@xn--bcher-kva.de")),
    ("a@XN--BCHER-KVA.DE", Ok("a@xn--bcher-kva.de")),
    ("a@straße.de", Ok("a@xn--strae-oqa.de")),
    ("a@例え.テスト", Ok("a@xn--r8jz45g.xn--zckzah")),
    ("a@उदाहरण.भारत", Ok("a@xn--p1b6ci4b4b3a.xn--h2brj9c")),
    ("a@пример.рф", Ok("a@xn--e1afmkfd.xn--p1ai")),
    ("a@דוגמה.ישראל", Ok("a@xn--6dbbec0c.xn--4dbrk0ce")),
];

/// Legal and odd: plain text to everything that we do with it.
const ODD: &[Row] = &[
    ("'or'1'='1@example.com", Ok("'or'1'='1@example.com")),
    ("=1+1@example.com", Ok("=1+1@example.com")),
    ("#hash@example.com", Ok("#hash@example.com")),
    ("&amp@example.com", Ok("&amp@example.com")),
    ("*@example.com", Ok("*@example.com")),
    ("?@example.com", Ok("?@example.com")),
    ("`id`@example.com", Ok("`id`@example.com")),
    ("{{7*7}}@example.com", Ok("{{7*7}}@example.com")),
    ("$(id)@example.com", Err(LocalPart)),
    ("a~b^c@example.com", Ok("a~b^c@example.com")),
];

/// A second `@`, or one that is none.
const AT_SIGNS: &[Row] = &[
    ("ada", Err(NotOneAddress)),
    ("ada@a.example@b.example", Err(NotOneAddress)),
    ("ada@@example.com", Err(NotOneAddress)),
    ("@@", Err(NotOneAddress)),
    ("ada＠example.com", Err(NotOneAddress)),
    ("ada﹫example.com", Err(NotOneAddress)),
    ("ada@b.example＠c.example", Err(Domain)),
    ("ada＠b.example@c.example", Err(LocalPart)),
    ("ada%40b.example@c.example", Err(LocalPart)),
    ("ada&#64;example.com", Err(NotOneAddress)),
    ("ada(at)example.com", Err(NotOneAddress)),
    ("ada\u{40}\u{338}example.com", Err(Domain)),
];

/// Several recipients in one field (CVE-2022-35924), display names and headers.
const LISTS: &[Row] = &[
    ("a@example.com,b@evil.example", Err(NotOneAddress)),
    ("a@example.com, b@evil.example", Err(ForbiddenCharacter)),
    ("a@example.com;b@evil.example", Err(NotOneAddress)),
    ("a@example.com b@evil.example", Err(ForbiddenCharacter)),
    ("a@example.com\tb@evil.example", Err(ForbiddenCharacter)),
    ("a,b@example.com", Err(LocalPart)),
    ("a;b@example.com", Err(LocalPart)),
    ("b@evil.example,a", Err(Domain)),
    ("a@example.com,", Err(Domain)),
    (",a@example.com", Err(LocalPart)),
    ("a@example.com，b", Err(Domain)),
    ("a@example.com、b", Err(MixedScripts)),
    ("group:a@example.com;", Err(LocalPart)),
    ("undisclosed-recipients:;", Err(NotOneAddress)),
    ("<a@example.com>", Err(LocalPart)),
    ("Ada <a@example.com>", Err(ForbiddenCharacter)),
    ("Ada<a@example.com>", Err(LocalPart)),
    ("a@example.com>", Err(Domain)),
    ("a@example.com><b@evil.example", Err(NotOneAddress)),
    ("mailto:a@example.com", Err(LocalPart)),
    ("a@example.com?bcc=b", Err(Domain)),
    ("a@example.com#b", Err(Domain)),
    ("a@example.com/b", Err(Domain)),
    ("a@example.com:25", Err(Domain)),
    ("[\"a@example.com\"]", Err(LocalPart)),
    ("{\"a\":\"b@example.com\"}", Err(LocalPart)),
];

/// Quoted parts and comments, which RFC 5321 allows and people do not have.
const QUOTES: &[Row] = &[
    ("\"ada\"@example.com", Err(LocalPart)),
    ("\"a@b\"@example.com", Err(NotOneAddress)),
    ("\"a b\"@example.com", Err(ForbiddenCharacter)),
    ("\"\"@example.com", Err(LocalPart)),
    ("\"a\".b@example.com", Err(LocalPart)),
    ("a\\@b@example.com", Err(NotOneAddress)),
    ("a\\b@example.com", Err(LocalPart)),
    ("(x)ada@example.com", Err(LocalPart)),
    ("ada(x)@example.com", Err(LocalPart)),
    ("ada@(x)example.com", Err(Domain)),
    ("ada@example.com(x)", Err(Domain)),
    ("\"ada@example.com\"", Err(LocalPart)),
];

/// What a mail program on the way may take for a route, an option, a command or a file.
const ROUTES: &[Row] = &[
    ("ada%evil.example@example.com", Err(LocalPart)),
    ("evil.example!ada@example.com", Err(LocalPart)),
    ("@relay.example:ada@example.com", Err(NotOneAddress)),
    ("relay.example:ada@example.com", Err(LocalPart)),
    ("-oQ/tmp@example.com", Err(LocalPart)),
    ("-f@example.com", Err(LocalPart)),
    ("|sh@example.com", Err(LocalPart)),
    ("/etc/passwd@example.com", Err(LocalPart)),
    ("${run{id}}@example.com", Err(LocalPart)),
    ("a${run{id}}@example.com", Err(LocalPart)),
    ("=?utf-8?q?ada?=@example.com", Err(LocalPart)),
    ("=?x?q?=41=00=3c?=ada@example.com", Err(LocalPart)),
    ("ada@=?utf-8?q?example?=.com", Err(Domain)),
    ("ada&ImIw-@example.com", Ok("ada&imiw-@example.com")),
];

/// Controls: a header more, a command more, an end too early.
const CONTROLS: &[Row] = &[
    (
        "a@example.com\r\nBcc: b@evil.example",
        Err(ForbiddenCharacter),
    ),
    (
        "a@example.com\nRCPT TO:<b@evil.example>",
        Err(ForbiddenCharacter),
    ),
    ("a@example.com\r", Err(ForbiddenCharacter)),
    ("a@example.com\n", Err(ForbiddenCharacter)),
    ("\na@example.com", Err(ForbiddenCharacter)),
    ("a\r\n@example.com", Err(ForbiddenCharacter)),
    ("a@example\0.com", Err(ForbiddenCharacter)),
    ("a\0@example.com", Err(ForbiddenCharacter)),
    ("a@example.com\0", Err(ForbiddenCharacter)),
    ("a@example.com\u{b}", Err(ForbiddenCharacter)),
    ("a@example.com\u{c}", Err(ForbiddenCharacter)),
    ("a\u{8}@example.com", Err(ForbiddenCharacter)),
    ("a\u{1b}[2J@example.com", Err(ForbiddenCharacter)),
    ("a\u{7f}@example.com", Err(ForbiddenCharacter)),
    ("a\u{85}@example.com", Err(ForbiddenCharacter)),
    ("a@example.com\u{2028}b", Err(ForbiddenCharacter)),
    ("a@example.com\u{2029}b", Err(ForbiddenCharacter)),
    ("a%0d%0ab@example.com", Err(LocalPart)),
    ("a@example.com%0d%0a", Err(Domain)),
    ("a\u{560d}\u{560a}@example.com", Err(LocalPart)),
];

/// Blanks that are none, and characters that are not seen or that turn the text round.
const UNSEEN: &[Row] = &[
    ("a\u{a0}@example.com", Err(ForbiddenCharacter)),
    ("\u{a0}a@example.com", Err(ForbiddenCharacter)),
    ("a@example.com\u{3000}", Err(ForbiddenCharacter)),
    ("a@exam\u{2009}ple.com", Err(ForbiddenCharacter)),
    ("a\u{200b}@example.com", Err(LocalPart)),
    ("a@exam\u{200b}ple.com", Err(Domain)),
    ("a\u{200d}@example.com", Err(LocalPart)),
    ("a@exam\u{200d}ple.com", Err(Domain)),
    ("a@exam\u{200c}ple.com", Err(Domain)),
    ("a@exam\u{ad}ple.com", Err(Domain)),
    ("a@exam\u{2060}ple.com", Err(Domain)),
    ("\u{feff}a@example.com", Err(LocalPart)),
    ("a@example.com\u{feff}", Err(Domain)),
    ("a@example\u{fe0f}.com", Err(Domain)),
    ("a@example\u{e0041}.com", Err(Domain)),
    ("a@example\u{3164}.com", Err(Domain)),
    ("\u{202e}moc.elpmaxe@a.example", Err(LocalPart)),
    ("a@\u{202e}example.com", Err(Domain)),
    ("a\u{2066}@example.com", Err(LocalPart)),
    ("a@example.com\u{200f}", Err(Domain)),
    ("a@ex\u{61c}ample.com", Err(Domain)),
];

/// Letters that look like, or fold to, other letters.
const LOOK_ALIKES: &[Row] = &[
    ("аda@example.com", Err(LocalPart)),
    ("mıke@example.org", Err(LocalPart)),
    ("ada@gıthub.com", Ok("ada@xn--gthub-n4a.com")),
    ("ada@gİthub.com", Err(Domain)),
    ("ſam@example.com", Err(LocalPart)),
    ("ada@teſt.example", Err(Domain)),
    ("\u{212a}im@example.com", Err(LocalPart)),
    ("ada@\u{212a}im.example", Err(Domain)),
    ("ａda@example.com", Err(LocalPart)),
    ("ada@ｅxample.com", Err(Domain)),
    ("ada@ⓔxample.com", Err(Domain)),
    ("ada@𝐞xample.com", Err(Domain)),
    ("ada@ﬁle.example", Err(Domain)),
    ("ada@exаmple.com", Err(MixedScripts)),
    ("ada@αpple.com", Err(MixedScripts)),
    ("ada@goоgle.com", Err(MixedScripts)),
    ("ada@例えa.jp", Err(MixedScripts)),
    ("ada@аррӏе.com", Ok("ada@xn--80ak6aa92e.com")),
    ("ada@xn--80ak6aa92e.com", Ok("ada@xn--80ak6aa92e.com")),
    ("ada@xn--exmple-4nf.com", Err(MixedScripts)),
    ("ada@Bücher.de", Ok("ada@xn--bcher-kva.de")),
    ("ada@BÜCHER.de", Err(Domain)),
    ("ada@bu\u{308}cher.de", Err(Domain)),
    ("ada@strasse.de", Ok("ada@strasse.de")),
    ("jürgen@example.com", Err(LocalPart)),
    ("👍@example.com", Err(LocalPart)),
    ("用户@例え.jp", Err(LocalPart)),
    ("ada@１２３.com", Err(Domain)),
    ("ada@٣.example", Err(Domain)),
];

/// Domains that are none, or that a resolver takes for an address of a machine.
const DOMAINS: &[Row] = &[
    ("ada@", Err(Domain)),
    ("@example.com", Err(LocalPart)),
    ("@", Err(LocalPart)),
    ("ada@localhost", Err(Domain)),
    ("ada@com", Err(Domain)),
    ("ada@.example.com", Err(Domain)),
    ("ada@example.com.", Err(Domain)),
    ("ada@example..com", Err(Domain)),
    ("ada@.", Err(Domain)),
    ("ada@example。com", Err(Domain)),
    ("ada@example．com", Err(Domain)),
    ("ada@example｡com", Err(Domain)),
    ("ada@example․com", Err(Domain)),
    ("ada@-example.com", Err(Domain)),
    ("ada@example-.com", Err(Domain)),
    ("ada@ex--ample.com", Err(Domain)),
    ("ada@exa_mple.com", Err(Domain)),
    ("ada@exa+mple.com", Err(Domain)),
    ("ada@*.example.com", Err(Domain)),
    ("ada@127.0.0.1", Err(Domain)),
    ("ada@127.1", Err(Domain)),
    ("ada@2130706433", Err(Domain)),
    ("ada@127.0.0.0x1", Err(Domain)),
    ("ada@0x7f.0x0.0x0.0x1", Err(Domain)),
    ("ada@[127.0.0.1]", Err(Domain)),
    ("ada@[IPv6:::1]", Err(Domain)),
    ("ada@::1", Err(Domain)),
    ("ada@xn--", Err(Domain)),
    ("ada@xn--a.com", Err(Domain)),
    ("ada@xn--example-.com", Err(Domain)),
    ("ada@xn--xn--bcher-kva-.de", Err(Domain)),
    ("ada@xn--ls8h.example", Ok("ada@xn--ls8h.example")),
    ("ada@💩.example", Ok("ada@xn--ls8h.example")),
    (".ada@example.com", Err(LocalPart)),
    ("ada.@example.com", Err(LocalPart)),
    ("a..da@example.com", Err(LocalPart)),
    (".@example.com", Err(LocalPart)),
    ("", Err(Empty)),
    (" \t ", Err(Empty)),
];

const TABLES: [&[Row]; 10] = [
    PLAIN,
    ODD,
    AT_SIGNS,
    LISTS,
    QUOTES,
    ROUTES,
    CONTROLS,
    UNSEEN,
    LOOK_ALIKES,
    DOMAINS,
];

fn rows() -> impl Iterator<Item = Row> {
    TABLES.into_iter().flatten().copied()
}

#[test]
fn every_row_becomes_what_it_should() {
    assert!(rows().count() >= 200);
    let wrong: Vec<String> = rows()
        .map(|(typed, expected)| (typed, expected, EmailAddress::parse(typed)))
        .filter(|(_, expected, parsed)| {
            parsed.as_ref().map(EmailAddress::as_str) != expected.as_ref().map(|x| *x)
        })
        .map(|(typed, expected, parsed)| {
            let became = parsed.as_ref().map(EmailAddress::as_str);
            format!("{typed:?} became {became:?}, not {expected:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each pair was one person to some mail system, framework or database.
#[test]
fn look_alikes_are_two_contacts_or_a_refusal() {
    for (one, other) in [
        ("mike@example.org", "mıke@example.org"),
        ("ada@github.com", "ada@gıthub.com"),
        ("ada@github.com", "ada@gİthub.com"),
        ("ada@apple.com", "ada@аррӏе.com"),
        ("ada@example.com", "ada@exаmple.com"),
        ("ada@example.com", "ada@ｅxample.com"),
        ("ada@example.com", "ada@example。com"),
        ("ada@example.com", "ada＠example.com"),
        ("ada@example.com", "ada@example.com."),
        ("ada@example.com", "ada@xn--example-.com"),
        ("ada@example.com", "ada@exam\u{ad}ple.com"),
        ("ada@example.com", "ada\u{200b}@example.com"),
        ("ada@example.com", "\u{feff}ada@example.com"),
        ("ada@example.com", "\"ada\"@example.com"),
        ("ada@example.com", "ada(x)@example.com"),
        ("ada@example.com", "ada@example.com\0"),
        ("ada@example.com", "ada@example.com\n"),
        ("ada@example.com", "ádà@example.com"),
        ("ada@example.com", "ada@éxample.com"),
        ("ada@straße.de", "ada@strasse.de"),
        ("ada@bücher.de", "ada@bucher.de"),
        ("ada@bücher.de", "ada@bu\u{308}cher.de"),
        ("ada@kim.example", "ada@\u{212a}im.example"),
        ("ada@file.example", "ada@ﬁle.example"),
        ("ada@test.example", "ada@teſt.example"),
        ("ada@σ.example", "ada@ς.example"),
        ("a.da@example.com", "ada@example.com"),
        ("ada+1@example.com", "ada@example.com"),
        ("ada@gmail.com", "ada@googlemail.com"),
        ("ada_@example.com", "ada-@example.com"),
        ("012345@example.com", "12345@example.com"),
    ] {
        let one_contact = EmailAddress::parse(one).unwrap();
        assert_ne!(
            EmailAddress::parse(other),
            Ok(one_contact),
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn the_borders_of_length_are_those_of_the_mail_system() {
    let at = |local: usize, labels: usize, last: usize| {
        let labels = vec!["b".repeat(63); labels].join(".");
        format!("{}@{labels}.{}.com", "a".repeat(local), "c".repeat(last))
    };
    let length = |text: &str| EmailAddress::parse(text).map(|address| address.as_str().len());
    assert_eq!(length(&at(64, 2, 57)), Ok(254));
    assert_eq!(length(&at(64, 2, 58)), Err(TooLong));
    assert_eq!(length(&at(65, 1, 5)), Err(TooLong));
    assert_eq!(length(&format!("a@{}.com", "b".repeat(63))), Ok(69));
    assert_eq!(length(&format!("a@{}.com", "b".repeat(64))), Err(Domain));
    assert_eq!(length(&format!("a@{}.com", "ü".repeat(60))), Err(Domain));
    for longer in ["a", "@", "a@", "a.", "ü", "\u{300}"] {
        assert_eq!(
            length(&longer.repeat(1_000_000)),
            Err(TooLong),
            "{longer:?}"
        );
    }
}

/// Pieces of the rows above, in any order: finds what a table does not think of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(rows().map(|(typed, _)| typed).collect::<Vec<_>>()).prop_flat_map(
            |row| {
                let ends: Vec<usize> = row
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([row.len()])
                    .collect();
                (
                    prop::sample::select(ends.clone()),
                    prop::sample::select(ends),
                )
                    .prop_map(move |(a, b)| row[a.min(b)..a.max(b)].to_owned())
            }
        ),
        prop::sample::select(vec!["@", ".", "a", "xn--", "example.com", "-", "\u{200d}"])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_was_accepted_is_one_plain_address_and_stays_the_same(text in pieces()) {
        if let Ok(address) = EmailAddress::parse(&text) {
            let canonical = address.as_str();
            prop_assert_eq!(canonical.matches('@').count(), 1);
            prop_assert!(canonical.len() <= 254);
            prop_assert!(canonical.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));
            prop_assert!(!canonical.contains([',', ';', ':', '<', '>', '(', ')', '[', ']', '"', '\\', '%', '!']));
            prop_assert_eq!(EmailAddress::parse(canonical), Ok(address.clone()));
            prop_assert!(!Contact::from(address).abuse_form().is_empty());
        }
    }
}
