error = Erreur :

request-title = Connexion
request-lead = Nous vous envoyons un code. Saisissez-le sur la page suivante pour vous connecter.
request-signed-in-as = Vous êtes connecté avec { $contact }.
request-continue = Continuer
request-by = Envoyer le code par
request-email = E-mail
request-phone = Téléphone
request-contact = Adresse e-mail ou numéro de téléphone
request-contact-email = Adresse e-mail
request-contact-phone = Numéro de téléphone
request-hint = Par exemple { $email } ou { $phone }
request-hint-email = Par exemple { $email }
request-hint-phone = Avec l’indicatif du pays, par exemple { $phone }
request-submit = Recevoir un code
request-foot = Le code est valable une seule fois, quelques minutes, dans ce navigateur uniquement.

verify-title = Saisissez votre code
verify-sent-digits = Nous avons envoyé { $count } chiffres à { $contact }.
verify-sent-characters = Nous avons envoyé { $count } lettres et chiffres à { $contact }.
verify-reference = Référence
verify-time-left = Temps restant
verify-expired = Expiré
verify-has-expired = Ce code a expiré.
verify-request-new = Demander un nouveau code
verify-code = Code
verify-hint = Prenez le message portant la référence { $reference }. Les espaces sont sans importance.
verify-submit = Vérifier et se connecter
verify-resend = Renvoyer
verify-resend-in = Renvoyer dans { $time }
verify-change = Changer de contact
verify-foot = Ne communiquez ce code à personne. Nous ne le demandons ni par téléphone ni par e-mail.

closed-title = Ce code n’est plus utilisable
closed-over = Il a expiré, a déjà servi, a été saisi trop souvent de façon erronée, ou est devenu trop court face aux tentatives d’autrui.
closed-last-attempt = Ce n’était pas le bon code, et c’était le dernier essai.
closed-new = Demander un nouveau code

done-title = Connecté
done-welcome = Bienvenue, { $name }
done-heading = Vous êtes connecté
done-lead = Votre code était correct. Vous êtes connecté avec { $contact }.
done-lead-named = Votre code était correct. Vous êtes connecté avec { $contact }.
done-log-out = Se déconnecter

notice-no-code = Ce navigateur n’attend aucun code. Demandez-en un ici.
notice-sent-again = Nous avons renvoyé le même code. Le premier message reste valable.
notice-logged-out = Vous êtes déconnecté.

contact-choose = Choisissez e-mail ou téléphone.
contact-required = Ce champ est obligatoire.
contact-too-long = Une adresse a au plus 254 caractères, dont 64 avant le @.
contact-forbidden = Les caractères de contrôle et les espaces ne sont pas autorisés.
contact-not-an-address = Saisissez une seule adresse, comme { $email }.
contact-local-part = Avant le @, seuls les lettres, les chiffres et . _ + - sont admis, à leurs places habituelles.
contact-domain = Après le @, il faut un nom de domaine, comme { $domain }.
contact-mixed = Le domaine mélange plusieurs alphabets.
contact-not-a-number = Saisissez un numéro de téléphone valable, de préférence avec + et l’indicatif du pays, comme { $phone }.

refused-digits = Saisissez le code du message : { $count } chiffres.
refused-characters = Saisissez le code du message : { $count } lettres et chiffres.
refused-wrong = Ce n’est pas le bon code.
refused-wrong-left = Ce n’est pas le bon code. { $count ->
    [one] Il reste { $count } essai.
   *[other] Il reste { $count } essais.
  }
refused-closed = Ce code n’est plus utilisable ; demandez-en un nouveau.
refused-email-off = Les codes ne sont pas envoyés par e-mail ici.
refused-phone-off = Les codes ne sont pas envoyés par téléphone ici.
refused-not-here = Cela ne peut pas être demandé ici.
refused-wait = { $count ->
    [one] Veuillez attendre { $count } seconde avant de demander un autre message.
   *[other] Veuillez attendre { $count } secondes avant de demander un autre message.
  }
refused-minutes = Trop de demandes viennent de votre réseau. Veuillez réessayer dans { $count ->
    [one] une minute
   *[other] { $count } minutes
  }.
refused-hours = Trop de demandes viennent de votre réseau. Veuillez réessayer dans { $count ->
    [one] une heure
   *[other] { $count } heures
  }.

message-link = Vers la page de connexion
message-request = Demande { $id }
message-forbidden = Ce formulaire n’a pas pu être accepté
message-forbidden-text = Il n’a pas été envoyé depuis notre page.
message-forged-text = Ce formulaire n’a pas été envoyé depuis notre page, ou la page est restée ouverte trop longtemps. Rouvrez la page de connexion et envoyez le formulaire de là. Les cookies doivent être autorisés.
message-not-found = Page introuvable
message-not-found-text = Il n’y a rien à cette adresse.
message-method = Cela ne fonctionne pas ici
message-method-text = Cette adresse n’accepte pas cette méthode.
message-slow = C’était trop long
message-slow-text = Votre message n’est pas arrivé à temps. Veuillez réessayer.
message-host = Ce n’est pas notre adresse
message-host-text = Le service n’est pas joignable sous ce nom. Ouvrez-le à sa propre adresse.
message-too-large = C’est trop
message-too-large-text = Un formulaire peut compter au plus 8 Kio.
message-no-form = Ce n’est pas un formulaire
message-no-form-text = Un formulaire est envoyé en application/x-www-form-urlencoded.
message-unavailable = Nous ne sommes pas disponibles pour le moment
message-unavailable-text = Veuillez réessayer dans quelques secondes.
message-not-now-text = Ce n’était pas possible pour le moment. Veuillez réessayer dans un instant.
message-broken = Un problème est survenu
message-broken-text = L’erreur vient de nous. Elle a été enregistrée.
message-unreadable = Contenu illisible
message-unreadable-text = Ce que votre navigateur a envoyé est illisible. Veuillez réessayer.
message-unknown-field-text = Le formulaire n’a pas de champ « { $field } ». Ses champs sont { $expected }.
message-repeated-field-text = Le champ « { $field } » a été envoyé plusieurs fois. Envoyez-le une fois.
