//! The administrator's session: opened with a key, and over when the key is.

use otp_core::StoreError;
use otp_storage::{AdminSession, KeyIdentity};

use super::cookies::Slot;
use super::{Browser, IDLE, LONGEST, SEEN_EVERY, Token};
use crate::access;
use crate::pages::PageError;

const LABEL: &str = "admin-session";

impl Browser<'_> {
    /// Says whether an administrator is signed in: a session that is not over, by a key that still opens.
    pub(crate) async fn is_admin(&self) -> Result<bool, StoreError> {
        let Some(id) = self.admin_session_id() else {
            return Ok(false);
        };
        let now = self.site.clock.now();
        let sessions = self.site.database.admin_sessions();
        let digests = self.digests(LABEL, &id);
        let Some(session) = sessions.find(&digests, now, IDLE).await? else {
            return Ok(false);
        };
        let still_opens = match &session.key {
            // The store returns no session whose key is revoked.
            KeyIdentity::Stored(_) => true,
            KeyIdentity::Configured(digest) => access::is_configured(&self.site.api_access, digest),
        };
        if still_opens && now - session.seen_at >= SEEN_EVERY {
            sessions.touch(&session.digest, now).await?;
        }
        Ok(still_opens)
    }

    /// Signs an administrator in, always under a new id (ASVS 7.2.4).
    pub(crate) async fn sign_in_admin(&self, key: KeyIdentity) -> Result<(), PageError> {
        self.close_admin_session().await?;
        let id = Token::draw(self.site.secrets.as_ref())?;
        let now = self.site.clock.now();
        let session = AdminSession {
            digest: id.session_digest(LABEL, &self.site.keys),
            key,
            created_at: now,
            seen_at: now,
            expires_at: now + LONGEST,
        };
        self.site.database.admin_sessions().open(&session).await?;
        self.set(Slot::Admin, &id.encode(), None);
        Ok(())
    }

    /// Signs the administrator out: row and cookie are gone.
    pub(crate) async fn sign_out_admin(&self) -> Result<(), StoreError> {
        self.close_admin_session().await?;
        self.clear(Slot::Admin);
        Ok(())
    }

    async fn close_admin_session(&self) -> Result<(), StoreError> {
        if let Some(id) = self.admin_session_id() {
            let sessions = self.site.database.admin_sessions();
            sessions.close(&self.digests(LABEL, &id)).await?;
        }
        Ok(())
    }

    fn admin_session_id(&self) -> Option<Token> {
        Token::decode(&self.get(Slot::Admin)?)
    }
}
