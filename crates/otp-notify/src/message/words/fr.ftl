mail-subject = Votre code { $app }, référence { $reference }
mail-heading = Votre code pour { $app } :

mail-use-login = Il vous permet de vous connecter.
mail-use-confirm-contact = Il vous permet de confirmer cette adresse e-mail.
mail-use-payment = Il vous permet de confirmer un paiement.
mail-use-other = Il est destiné à l’usage suivant : { $purpose }.
mail-details = Détails : { $context }

mail-seconds = { $count ->
    [one] Il est valable { $count } seconde, jusqu’à { $until }.
   *[other] Il est valable { $count } secondes, jusqu’à { $until }.
  }
mail-minutes = { $count ->
    [one] Il est valable { $count } minute, jusqu’à { $until }.
   *[other] Il est valable { $count } minutes, jusqu’à { $until }.
  }
mail-hours = { $count ->
    [one] Il est valable { $count } heure, jusqu’à { $until }.
   *[other] Il est valable { $count } heures, jusqu’à { $until }.
  }

mail-reference = La page qui le demande affiche la même référence : { $reference }
mail-not-you = Si vous ne l’avez pas demandé, ignorez ce message.
mail-never-asked = Personne chez { $app } ne vous le demandera jamais.

mail-test-subject = Message de test de { $app }
mail-test-heading = Ceci est un message de test de { $app }.
mail-test-arrives = Il montre que les messages contenant un code arrivent ici.
mail-test-nothing-to-do = Vous n’avez rien à faire.

# GSM-7 has é, è, à and ù, but not ç, ê or the curly apostrophe.
sms-use-login = { $code } est votre code de connexion { $app }.
    .unnamed = { $code } est votre code de connexion.
sms-use-confirm-contact = { $code } est votre code { $app } pour confirmer ce numéro.
    .unnamed = { $code } est votre code pour confirmer ce numéro.
sms-use-payment = { $code } est votre code { $app } pour confirmer un paiement.
    .unnamed = { $code } est votre code pour confirmer un paiement.
sms-use-other = { $code } est votre code { $app } pour { $purpose }.
    .unnamed = { $code } est votre code pour { $purpose }.
sms-details = Détails : { $context }.
sms-reference = Réf. { $reference }.
sms-seconds = Valable { $count } s.
sms-minutes = Valable { $count } min.
sms-hours = Valable { $count } h.
sms-advice = Pas vous ? Ignorez-le. Nous ne le demandons jamais.

sms-test = { $app } : ceci est un message de test. Les messages avec un code arrivent ici.
    .unnamed = Ceci est un message de test. Les messages avec un code arrivent ici.
