error = Error:

request-title = Iniciar sesión
request-lead = Le enviamos un código. Escríbalo en la página siguiente para entrar.
request-signed-in-as = Ha iniciado sesión como { $contact }.
request-continue = Continuar
request-by = Enviar el código por
request-email = Correo
request-phone = Teléfono
request-contact = Correo electrónico o número de teléfono
request-contact-email = Correo electrónico
request-contact-phone = Número de teléfono
request-hint = Por ejemplo, { $email } o { $phone }
request-hint-email = Por ejemplo, { $email }
request-hint-phone = Con el prefijo del país, por ejemplo, { $phone }
request-submit = Solicitar código
request-foot = El código sirve una sola vez, durante unos minutos y solo en este navegador.

verify-title = Introduzca su código
verify-sent-digits = Hemos enviado { $count } cifras a { $contact }.
verify-sent-characters = Hemos enviado { $count } letras y cifras a { $contact }.
verify-reference = Referencia
verify-time-left = Tiempo restante
verify-expired = Caducado
verify-has-expired = Este código ha caducado.
verify-request-new = Solicitar otro
verify-code = Código
verify-hint = Use el mensaje con la referencia { $reference }. Los espacios no importan.
verify-submit = Verificar y entrar
verify-resend = Reenviar
verify-resend-in = Reenviar en { $time }
verify-change = Cambiar contacto
verify-foot = No diga este código a nadie. No lo pedimos por teléfono ni por correo.

closed-title = Este código ya no se puede usar
closed-over = Ha caducado, ya se usó, tuvo demasiados intentos fallidos o se quedó corto ante los intentos de otros.
closed-last-attempt = Ese no era el código, y era el último intento.
closed-new = Solicitar otro código

done-title = Sesión iniciada
done-welcome = Hola, { $name }
done-heading = Ha iniciado sesión
done-lead = Su código era correcto. Ha iniciado sesión como { $contact }.
done-lead-named = Su código era correcto. Ha iniciado sesión con { $contact }.
done-log-out = Cerrar sesión

notice-no-code = Este navegador no espera ningún código. Solicite uno aquí.
notice-sent-again = Hemos enviado el mismo código otra vez. El primer mensaje también sigue valiendo.
notice-logged-out = Ha cerrado la sesión.

contact-choose = Elija correo o teléfono.
contact-required = Este campo es obligatorio.
contact-too-long = Una dirección tiene como máximo 254 caracteres, 64 de ellos antes de la @.
contact-forbidden = No se admiten caracteres de control ni espacios intermedios.
contact-not-an-address = Escriba una sola dirección, como { $email }.
contact-local-part = Antes de la @ solo caben letras, cifras y . _ + - en sus lugares habituales.
contact-domain = Después de la @ debe ir un nombre de dominio, como { $domain }.
contact-mixed = El dominio mezcla alfabetos distintos.
contact-not-a-number = Escriba un número de teléfono válido, mejor con + y el prefijo del país, como { $phone }.

refused-digits = Escriba el código del mensaje: { $count } cifras.
refused-characters = Escriba el código del mensaje: { $count } letras y cifras.
refused-wrong = Ese no es el código.
refused-wrong-left = Ese no es el código. { $count ->
    [one] Queda { $count } intento.
   *[other] Quedan { $count } intentos.
  }
refused-closed = Este código ya no se puede usar; solicite otro.
refused-email-off = Aquí no se envían códigos por correo.
refused-phone-off = Aquí no se envían códigos por teléfono.
refused-not-here = Esto no se puede solicitar aquí.
refused-wait = { $count ->
    [one] Espere { $count } segundo antes de solicitar otro mensaje.
   *[other] Espere { $count } segundos antes de solicitar otro mensaje.
  }
refused-minutes = Han llegado demasiadas solicitudes desde su red. Inténtelo de nuevo en { $count ->
    [one] un minuto
   *[other] { $count } minutos
  }.
refused-hours = Han llegado demasiadas solicitudes desde su red. Inténtelo de nuevo en { $count ->
    [one] una hora
   *[other] { $count } horas
  }.

message-link = Ir a la página de inicio de sesión
message-request = Solicitud { $id }
message-forbidden = No se pudo aceptar este formulario
message-forbidden-text = No se envió desde nuestra página.
message-forged-text = Este formulario no se envió desde nuestra página, o la página estuvo abierta demasiado tiempo. Abra de nuevo la página de inicio de sesión y envíe el formulario desde allí. Debe permitir las cookies.
message-not-found = Página no encontrada
message-not-found-text = No hay nada en esta dirección.
message-method = Eso no funciona aquí
message-method-text = Esta dirección no admite este método.
message-slow = Ha tardado demasiado
message-slow-text = Su mensaje no llegó a tiempo. Inténtelo de nuevo.
message-host = Esta no es nuestra dirección
message-host-text = El servicio no atiende por este nombre. Ábralo por su propia dirección.
message-too-large = Es demasiado
message-too-large-text = Un formulario puede ocupar como máximo 8 KiB.
message-no-form = Eso no es un formulario
message-no-form-text = Un formulario se envía como application/x-www-form-urlencoded.
message-unavailable = Ahora mismo no estamos disponibles
message-unavailable-text = Inténtelo de nuevo en unos segundos.
message-not-now-text = No ha sido posible en este momento. Inténtelo de nuevo en un instante.
message-broken = Algo ha fallado
message-broken-text = El fallo es nuestro y ha quedado registrado.
message-unreadable = No se pudo leer
message-unreadable-text = No se pudo leer lo que envió su navegador. Inténtelo de nuevo.
message-unknown-field-text = El formulario no tiene el campo «{ $field }». Sus campos son { $expected }.
message-repeated-field-text = El campo «{ $field }» se envió más de una vez. Envíelo una sola vez.
