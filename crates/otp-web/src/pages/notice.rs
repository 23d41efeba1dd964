//! Words that one page leaves for the next.

use super::Sentence;

/// A word for the next page. Its text is ours: the cookie only names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// There is no code that this browser could type.
    NoCode,
    /// The message was sent again.
    SentAgain,
    /// Signed out.
    LoggedOut,
}

impl Notice {
    const ALL: [Self; 3] = [Self::NoCode, Self::SentAgain, Self::LoggedOut];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == name)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NoCode => "no-code",
            Self::SentAgain => "sent-again",
            Self::LoggedOut => "logged-out",
        }
    }

    pub(super) const fn sentence(self) -> Sentence {
        Sentence::plain(match self {
            Self::NoCode => "notice-no-code",
            Self::SentAgain => "notice-sent-again",
            Self::LoggedOut => "notice-logged-out",
        })
    }
}
