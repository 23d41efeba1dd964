// Adds comfort only: every page works without it.
(() => {
  "use strict";
  const loaded = Date.now();

  // The field says what it wants for the chosen way.
  const field = document.getElementById("contact_value");
  const fit = (radio) => {
    const kind = radio.value === "phone" ? "tel" : "email";
    for (const text of document.querySelectorAll("[data-email][data-phone]")) {
      text.textContent = text.dataset[radio.value];
    }
    field.inputMode = kind;
    field.autocomplete = kind;
  };
  for (const radio of document.querySelectorAll("input[name=contact_type]")) {
    if (radio.checked) fit(radio);
    radio.addEventListener("change", () => fit(radio));
  }

  // A double click sends nothing twice. After a while, and after coming back, the button works again.
  for (const form of document.querySelectorAll("form[data-once]")) {
    const release = () => delete form.dataset.sent;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(release, 3000);
    });
    addEventListener("pageshow", release);
  }

  // The time left, and when another message may be asked for: counted from the page's arrival, so that a wrong clock
  // in the device does not matter.
  const expiry = document.querySelector("[data-expires-in]");
  const resend = document.querySelector("[data-resend-in]");
  if (!expiry || !resend) return;
  const left = (seconds) => Math.max(0, Math.ceil(Number(seconds) - (Date.now() - loaded) / 1000));
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const tick = () => {
    const life = left(expiry.dataset.expiresIn);
    const wait = left(resend.dataset.resendIn);
    expiry.textContent = life > 0 ? clock(life) : expiry.dataset.over;
    document.querySelector("[data-expired]").hidden = life > 0;
    resend.disabled = life === 0 || wait > 0;
    resend.textContent = wait > 0 && life > 0 ? resend.dataset.wait.replace("{time}", clock(wait)) : resend.dataset.now;
    if (life > 0) setTimeout(tick, 250);
  };
  tick();
})();
