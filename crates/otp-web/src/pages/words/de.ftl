error = Fehler:

request-title = Anmelden
request-lead = Wir senden Ihnen einen Code. Geben Sie ihn auf der nächsten Seite ein, und Sie sind angemeldet.
request-signed-in-as = Sie sind angemeldet als { $contact }.
request-continue = Weiter
request-by = Code senden per
request-email = E-Mail
request-phone = Telefon
request-contact = E-Mail-Adresse oder Telefonnummer
request-contact-email = E-Mail-Adresse
request-contact-phone = Telefonnummer
request-hint = Zum Beispiel { $email } oder { $phone }
request-hint-email = Zum Beispiel { $email }
request-hint-phone = Mit Landesvorwahl, zum Beispiel { $phone }
request-submit = Code anfordern
request-foot = Der Code gilt einmal, für wenige Minuten und nur in diesem Browser.

verify-title = Code eingeben
verify-sent-digits = Wir haben { $count } Ziffern an { $contact } gesendet.
verify-sent-characters = Wir haben { $count } Buchstaben und Ziffern an { $contact } gesendet.
verify-reference = Referenz
verify-time-left = Restzeit
verify-expired = Abgelaufen
verify-has-expired = Dieser Code ist abgelaufen.
verify-request-new = Neuen Code anfordern
verify-code = Code
verify-hint = Nehmen Sie die Nachricht mit der Referenz { $reference }. Leerzeichen spielen keine Rolle.
verify-submit = Prüfen und anmelden
verify-resend = Erneut senden
verify-resend-in = Erneut senden in { $time }
verify-change = Kontakt ändern
verify-foot = Verraten Sie diesen Code niemandem. Wir fragen weder am Telefon noch per Mail danach.

closed-title = Dieser Code gilt nicht mehr
closed-over = Er ist abgelaufen, wurde benutzt, zu oft falsch eingegeben oder ist zu kurz geworden für das, was andere geraten haben.
closed-last-attempt = Das war nicht der Code, und es war der letzte Versuch.
closed-new = Neuen Code anfordern

done-title = Angemeldet
done-welcome = Willkommen, { $name }
done-heading = Sie sind angemeldet
done-lead = Ihr Code war richtig. Sie sind angemeldet als { $contact }.
done-lead-named = Ihr Code war richtig. Sie sind angemeldet mit { $contact }.
done-log-out = Abmelden

notice-no-code = Dieser Browser wartet auf keinen Code. Fordern Sie hier einen an.
notice-sent-again = Wir haben denselben Code noch einmal gesendet. Auch die erste Nachricht gilt weiter.
notice-logged-out = Sie sind abgemeldet.

contact-choose = Wählen Sie E-Mail oder Telefon.
contact-required = Bitte ausfüllen.
contact-too-long = Eine Adresse hat höchstens 254 Zeichen, davon 64 vor dem @.
contact-forbidden = Steuerzeichen und Leerzeichen darin sind nicht erlaubt.
contact-not-an-address = Geben Sie genau eine Adresse ein, wie { $email }.
contact-local-part = Vor dem @ stehen nur Buchstaben, Ziffern und . _ + - an ihren üblichen Stellen.
contact-domain = Nach dem @ muss ein Domainname stehen, wie { $domain }.
contact-mixed = Die Domain mischt verschiedene Alphabete.
contact-not-a-number = Geben Sie eine gültige Telefonnummer ein, am besten mit + und Landesvorwahl, wie { $phone }.

refused-digits = Geben Sie den Code aus der Nachricht ein: { $count } Ziffern.
refused-characters = Geben Sie den Code aus der Nachricht ein: { $count } Buchstaben und Ziffern.
refused-wrong = Das ist nicht der Code.
refused-wrong-left = Das ist nicht der Code. { $count ->
    [one] Noch { $count } Versuch.
   *[other] Noch { $count } Versuche.
  }
refused-closed = Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.
refused-email-off = Hier werden keine Codes per E-Mail gesendet.
refused-phone-off = Hier werden keine Codes per Telefon gesendet.
refused-not-here = Das ist hier nicht möglich.
refused-wait = { $count ->
    [one] Bitte warten Sie { $count } Sekunde, bevor Sie eine weitere Nachricht anfordern.
   *[other] Bitte warten Sie { $count } Sekunden, bevor Sie eine weitere Nachricht anfordern.
  }
refused-minutes = Aus Ihrem Netz kamen zu viele Anfragen. Bitte versuchen Sie es in { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
  } noch einmal.
refused-hours = Aus Ihrem Netz kamen zu viele Anfragen. Bitte versuchen Sie es in { $count ->
    [one] einer Stunde
   *[other] { $count } Stunden
  } noch einmal.

message-link = Zur Anmeldung
message-request = Anfrage { $id }
message-forbidden = Dieses Formular wurde nicht angenommen
message-forbidden-text = Es wurde nicht von unserer Seite gesendet.
message-forged-text = Dieses Formular wurde nicht von unserer Seite gesendet, oder die Seite war zu lange offen. Öffnen Sie die Anmeldung neu und senden Sie das Formular von dort. Cookies müssen erlaubt sein.
message-not-found = Seite nicht gefunden
message-not-found-text = Unter dieser Adresse gibt es nichts.
message-method = Das geht hier nicht
message-method-text = Diese Adresse nimmt diese Methode nicht an.
message-slow = Das hat zu lange gedauert
message-slow-text = Ihre Nachricht kam nicht rechtzeitig an. Bitte versuchen Sie es noch einmal.
message-host = Das ist nicht unsere Adresse
message-host-text = Unter diesem Namen ist der Dienst nicht erreichbar. Öffnen Sie ihn unter seiner eigenen Adresse.
message-too-large = Das ist zu viel
message-too-large-text = Ein Formular darf höchstens 8 KiB groß sein.
message-no-form = Das ist kein Formular
message-no-form-text = Ein Formular wird als application/x-www-form-urlencoded gesendet.
message-unavailable = Wir sind gerade nicht erreichbar
message-unavailable-text = Bitte versuchen Sie es in ein paar Sekunden noch einmal.
message-not-now-text = Das war gerade nicht möglich. Bitte versuchen Sie es gleich noch einmal.
message-broken = Etwas ist schiefgegangen
message-broken-text = Der Fehler liegt bei uns. Er wurde festgehalten.
message-unreadable = Das war nicht lesbar
message-unreadable-text = Was Ihr Browser gesendet hat, war nicht lesbar. Bitte versuchen Sie es noch einmal.
message-unknown-field-text = Das Formular hat kein Feld „{ $field }“. Seine Felder sind { $expected }.
message-repeated-field-text = Das Feld „{ $field }“ wurde mehrmals gesendet. Senden Sie es einmal.
