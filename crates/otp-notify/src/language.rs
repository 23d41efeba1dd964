//! The languages that messages and pages are written in, and which of them somebody gets.

use std::fmt;

use otp_core::Locale;

/// A language that every message and every page is there in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English, which those get whose language is not here.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
    /// Hindi.
    Hindi,
    /// Tamil.
    Tamil,
    /// Arabic.
    Arabic,
    /// Chinese, in simplified characters.
    Chinese,
    /// Japanese.
    Japanese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 10] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Hindi,
        Self::Tamil,
        Self::Arabic,
        Self::Chinese,
        Self::Japanese,
    ];

    /// Ranges of an `Accept-Language` that are looked at: browsers send a handful.
    const MAX_RANGES: usize = 32;

    /// Returns the tag of BCP 47, which is what `lang` in HTML takes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Hindi => "hi",
            Self::Tamil => "ta",
            Self::Arabic => "ar",
            Self::Chinese => "zh",
            Self::Japanese => "ja",
        }
    }

    /// Returns where lines begin, as `dir` in HTML takes it: `ltr` or `rtl`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            _ => "ltr",
        }
    }

    /// Returns what stands between two sentences.
    pub(crate) const fn blank(self) -> &'static str {
        match self {
            Self::Chinese | Self::Japanese => "",
            _ => " ",
        }
    }

    /// Finds the language with exactly this tag.
    pub fn with_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Finds the language of a longer tag too: `pt-BR` is Portuguese, whatever the region or the script.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::with_tag(&primary.to_ascii_lowercase())
    }

    /// Reads an `Accept-Language` (RFC 9110 section 12.5.4): the language somebody likes best of those that are here.
    /// What cannot be read is left out.
    pub fn accepted(header: &str) -> Option<Self> {
        let ranges = header.split(',').take(Self::MAX_RANGES);
        let liked = ranges.filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            let language = Self::of(tag.trim())?;
            (weight > 0.0 && weight <= 1.0).then_some((language, weight))
        });
        // The first of equals wins.
        let best = liked.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language)
    }

    /// Returns the language as a delivery keeps it.
    pub fn locale(self) -> Option<Locale> {
        Locale::parse(self.tag())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_a_region_or_a_script_is_the_language_itself() {
        for (tag, language) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("pt-BR", Some(Language::Portuguese)),
            ("zh-Hant-TW", Some(Language::Chinese)),
            ("ZH-cn", Some(Language::Chinese)),
            ("tlh", None),
            ("deu", None),
            ("d", None),
            ("", None),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
        for language in Language::ALL {
            assert_eq!(Language::with_tag(language.tag()), Some(language));
            let locale = language.locale().expect("a locale");
            assert_eq!(Language::of(locale.as_str()), Some(language));
        }
        assert_eq!(Language::with_tag("de-AT"), None);
    }

    #[test]
    fn the_best_liked_language_that_is_here_wins_and_nonsense_is_nothing() {
        let many = "tlh,".repeat(100_000) + "de";
        for (header, language) in [
            ("de", Some(Language::German)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("en;q=0.5, ar-EG;q=0.9", Some(Language::Arabic)),
            ("tlh, ja;q=0.1", Some(Language::Japanese)),
            ("fr;q=0.7,es;q=0.7", Some(Language::French)),
            ("de;q=0, en;q=0.1", Some(Language::English)),
            ("de;q=0", None),
            ("de;q=2", None),
            ("de;q=NaN", None),
            ("de;q=-1", None),
            ("de;level=1", None),
            ("*", None),
            ("", None),
            (",;,=", None),
            ("<script>", None),
            (many.as_str(), None),
        ] {
            let shown: String = header.chars().take(40).collect();
            assert_eq!(Language::accepted(header), language, "{shown}");
        }
    }
}
