mail-subject = Su código de { $app }, referencia { $reference }
mail-heading = Su código para { $app }:

mail-use-login = Úselo para iniciar sesión.
mail-use-confirm-contact = Úselo para confirmar esta dirección de correo.
mail-use-payment = Úselo para confirmar un pago.
mail-use-other = Úselo para lo siguiente: { $purpose }.
mail-details = Detalles: { $context }

mail-seconds = { $count ->
    [one] Es válido durante { $count } segundo, hasta { $until }.
   *[other] Es válido durante { $count } segundos, hasta { $until }.
  }
mail-minutes = { $count ->
    [one] Es válido durante { $count } minuto, hasta { $until }.
   *[other] Es válido durante { $count } minutos, hasta { $until }.
  }
mail-hours = { $count ->
    [one] Es válido durante { $count } hora, hasta { $until }.
   *[other] Es válido durante { $count } horas, hasta { $until }.
  }

mail-reference = La página que lo pide muestra la misma referencia: { $reference }
mail-not-you = Si no lo ha solicitado, ignore este mensaje.
mail-never-asked = Nadie de { $app } se lo pedirá nunca.

mail-test-subject = Mensaje de prueba de { $app }
mail-test-heading = Este es un mensaje de prueba de { $app }.
mail-test-arrives = Demuestra que los mensajes con códigos llegan aquí.
mail-test-nothing-to-do = No tiene que hacer nada.

# GSM-7 has é and ñ, but not á, í, ó or ú: the words are chosen to need none of them.
sms-use-login = { $code } es su clave para entrar en { $app }.
    .unnamed = { $code } es su clave para entrar.
sms-use-confirm-contact = { $code } es su clave de { $app } para confirmar este teléfono.
    .unnamed = { $code } es su clave para confirmar este teléfono.
sms-use-payment = { $code } es su clave de { $app } para confirmar un pago.
    .unnamed = { $code } es su clave para confirmar un pago.
sms-use-other = { $code } es su clave de { $app } para { $purpose }.
    .unnamed = { $code } es su clave para { $purpose }.
sms-details = Detalles: { $context }.
sms-reference = Ref. { $reference }.
sms-seconds = Vale { $count } s.
sms-minutes = Vale { $count } min.
sms-hours = Vale { $count } h.
sms-advice = Si no la ha pedido, ignore este mensaje. Nunca se la pediremos.

sms-test = { $app }: este es un mensaje de prueba. Los mensajes con claves llegan bien.
    .unnamed = Este es un mensaje de prueba. Los mensajes con claves llegan bien.
