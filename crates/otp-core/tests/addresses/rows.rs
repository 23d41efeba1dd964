//! Hostile spellings of addresses: what each becomes, or why it is refused.

use otp_core::ContactError::{
    self, Domain, Empty, ForbiddenCharacter, LocalPart, MixedScripts, NotOneAddress,
};

/// As typed, and the canonical form or the refusal.
pub(crate) type Row = (&'static str, Result<&'static str, ContactError>);

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

/// Every row.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    TABLES.into_iter().flatten().copied()
}
