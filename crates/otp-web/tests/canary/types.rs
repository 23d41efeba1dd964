//! What the compiler already refuses: a secret that prints itself, or that becomes JSON.

use std::fmt::{Display, LowerHex};

use otp_core::{Code, Contact, ContactKey, Digest, EmailAddress, Key, Keyring, PhoneNumber, Seed};
use serde::{Deserialize, Serialize};

/// Does not compile when a type has one of the traits: then there are two ways to name `here`.
macro_rules! never {
    ($($type:ty),+: $traits:tt) => {
        $(never!(@ $type: $traits);)+
    };
    (@ $type:ty: [$($of:path),+]) => {
        const _: fn() = || {
            trait Either<Way> {
                fn here() {}
            }
            impl<T: ?Sized> Either<()> for T {}
            $({
                struct Has;
                impl<T: ?Sized + $of> Either<Has> for T {}
            })+
            let _ = <$type as Either<_>>::here;
        };
    };
}

never!(Code, Seed, Key, Keyring: [Display, LowerHex, Serialize, Deserialize<'static>, AsRef<str>, AsRef<[u8]>, Into<String>]);
never!(Contact, ContactKey, Digest, EmailAddress, PhoneNumber: [Display, Serialize, Into<String>]);
