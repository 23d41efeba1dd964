mail-subject = Ihr Code für { $app }, Referenz { $reference }
mail-heading = Ihr Code für { $app }:

mail-use-login = Damit melden Sie sich an.
mail-use-confirm-contact = Damit bestätigen Sie diese E-Mail-Adresse.
mail-use-payment = Damit bestätigen Sie eine Zahlung.
mail-use-other = Er gilt für „{ $purpose }“.
mail-details = Einzelheiten: { $context }

mail-seconds = { $count ->
    [one] Er gilt { $count } Sekunde lang, bis { $until }.
   *[other] Er gilt { $count } Sekunden lang, bis { $until }.
  }
mail-minutes = { $count ->
    [one] Er gilt { $count } Minute lang, bis { $until }.
   *[other] Er gilt { $count } Minuten lang, bis { $until }.
  }
mail-hours = { $count ->
    [one] Er gilt { $count } Stunde lang, bis { $until }.
   *[other] Er gilt { $count } Stunden lang, bis { $until }.
  }

mail-reference = Die Seite, die danach fragt, zeigt dieselbe Referenz: { $reference }
mail-not-you = Falls Sie ihn nicht angefordert haben, ignorieren Sie diese Nachricht.
mail-never-asked = Niemand von { $app } wird Sie je danach fragen.

mail-test-subject = Testnachricht von { $app }
mail-test-heading = Dies ist eine Testnachricht von { $app }.
mail-test-arrives = Sie zeigt, dass Nachrichten mit Codes hier ankommen.
mail-test-nothing-to-do = Sie müssen nichts tun.

sms-use-login = { $code } ist Ihr Anmeldecode für { $app }.
    .unnamed = { $code } ist Ihr Anmeldecode.
sms-use-confirm-contact = Mit { $code } bestätigen Sie bei { $app } diese Telefonnummer.
    .unnamed = Mit { $code } bestätigen Sie diese Telefonnummer.
sms-use-payment = Mit { $code } bestätigen Sie bei { $app } eine Zahlung.
    .unnamed = Mit { $code } bestätigen Sie eine Zahlung.
sms-use-other = { $code } ist Ihr Code von { $app } für { $purpose }.
    .unnamed = { $code } ist Ihr Code für { $purpose }.
sms-details = Einzelheiten: { $context }.
sms-reference = Ref. { $reference }.
sms-seconds = Gilt { $count } s.
sms-minutes = Gilt { $count } min.
sms-hours = Gilt { $count } h.
sms-advice = Nicht angefordert? Ignorieren. Wir fragen nie danach.

sms-test = { $app }: Dies ist eine Testnachricht. Nachrichten mit Codes kommen hier an.
    .unnamed = Dies ist eine Testnachricht. Nachrichten mit Codes kommen hier an.
