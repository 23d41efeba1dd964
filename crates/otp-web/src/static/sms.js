// Takes the code out of the SMS where the browser can (WebOTP), and sends the form: the page works without.
(() => {
  "use strict";
  const field = document.getElementById("otp_code");
  if (!field || !("OTPCredential" in window)) return;
  const waiting = new AbortController();
  field.form.addEventListener("submit", () => waiting.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: waiting.signal }).then((sms) => {
    if (!sms || field.value) return;
    field.value = sms.code;
    field.form.requestSubmit();
  }).catch(() => { /* Aborted, refused or nothing came: the person types. */ });
})();
