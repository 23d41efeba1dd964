error = Erro:

request-title = Iniciar sessão
request-lead = Enviamos-lhe um código. Escreva-o na página seguinte para entrar.
request-signed-in-as = A sua sessão está iniciada com { $contact }.
request-continue = Continuar
request-by = Enviar o código por
request-email = E-mail
request-phone = Telefone
request-contact = Endereço de e-mail ou número de telefone
request-contact-email = Endereço de e-mail
request-contact-phone = Número de telefone
request-hint = Por exemplo, { $email } ou { $phone }
request-hint-email = Por exemplo, { $email }
request-hint-phone = Com o código do país, por exemplo, { $phone }
request-submit = Pedir código
request-foot = O código serve uma única vez, durante alguns minutos e só neste navegador.

verify-title = Introduza o seu código
verify-sent-digits = Enviámos { $count } algarismos para { $contact }.
verify-sent-characters = Enviámos { $count } letras e algarismos para { $contact }.
verify-reference = Referência
verify-time-left = Tempo restante
verify-expired = Expirado
verify-has-expired = Este código expirou.
verify-request-new = Pedir outro
verify-code = Código
verify-hint = Use a mensagem com a referência { $reference }. Os espaços não importam.
verify-submit = Verificar e entrar
verify-resend = Reenviar
verify-resend-in = Reenviar em { $time }
verify-change = Mudar de contacto
verify-foot = Não diga este código a ninguém. Não o pedimos por telefone nem por e-mail.

closed-title = Este código já não pode ser usado
closed-over = Expirou, já foi usado, teve demasiadas tentativas erradas ou tornou-se curto para o que outros tentaram.
closed-last-attempt = Esse não era o código, e era a última tentativa.
closed-new = Pedir um novo código

done-title = Sessão iniciada
done-welcome = Bem-vindo, { $name }
done-heading = Sessão iniciada
done-lead = O seu código estava certo. A sua sessão está iniciada com { $contact }.
done-lead-named = O seu código estava certo. A sua sessão está iniciada com { $contact }.
done-log-out = Terminar sessão

notice-no-code = Este navegador não espera nenhum código. Peça um aqui.
notice-sent-again = Enviámos o mesmo código outra vez. A primeira mensagem também continua válida.
notice-logged-out = A sua sessão foi terminada.

contact-choose = Escolha e-mail ou telefone.
contact-required = Este campo é obrigatório.
contact-too-long = Um endereço tem no máximo 254 caracteres, 64 deles antes do @.
contact-forbidden = Não são permitidos caracteres de controlo nem espaços no meio.
contact-not-an-address = Escreva um só endereço, como { $email }.
contact-local-part = Antes do @ só cabem letras, algarismos e . _ + - nos seus lugares habituais.
contact-domain = Depois do @ tem de vir um nome de domínio, como { $domain }.
contact-mixed = O domínio mistura alfabetos diferentes.
contact-not-a-number = Escreva um número de telefone válido, de preferência com + e o código do país, como { $phone }.

refused-digits = Escreva o código da mensagem: { $count } algarismos.
refused-characters = Escreva o código da mensagem: { $count } letras e algarismos.
refused-wrong = Esse não é o código.
refused-wrong-left = Esse não é o código. { $count ->
    [one] Resta { $count } tentativa.
   *[other] Restam { $count } tentativas.
  }
refused-closed = Este código já não pode ser usado; peça outro.
refused-email-off = Aqui não se enviam códigos por e-mail.
refused-phone-off = Aqui não se enviam códigos por telefone.
refused-not-here = Isto não pode ser pedido aqui.
refused-wait = { $count ->
    [one] Aguarde { $count } segundo antes de pedir outra mensagem.
   *[other] Aguarde { $count } segundos antes de pedir outra mensagem.
  }
refused-minutes = Chegaram demasiados pedidos da sua rede. Tente de novo dentro de { $count ->
    [one] um minuto
   *[other] { $count } minutos
  }.
refused-hours = Chegaram demasiados pedidos da sua rede. Tente de novo dentro de { $count ->
    [one] uma hora
   *[other] { $count } horas
  }.

message-link = Para a página de início de sessão
message-request = Pedido { $id }
message-forbidden = Este formulário não pôde ser aceite
message-forbidden-text = Não foi enviado da nossa página.
message-forged-text = Este formulário não foi enviado da nossa página, ou a página esteve aberta demasiado tempo. Abra de novo a página de início de sessão e envie o formulário a partir dela. Os cookies têm de estar permitidos.
message-not-found = Página não encontrada
message-not-found-text = Não há nada neste endereço.
message-method = Isso não funciona aqui
message-method-text = Este endereço não aceita este método.
message-slow = Demorou demasiado
message-slow-text = A sua mensagem não chegou a tempo. Tente de novo.
message-host = Este não é o nosso endereço
message-host-text = O serviço não responde por este nome. Abra-o pelo seu próprio endereço.
message-too-large = É demasiado
message-too-large-text = Um formulário pode ter no máximo 8 KiB.
message-no-form = Isso não é um formulário
message-no-form-text = Um formulário é enviado como application/x-www-form-urlencoded.
message-unavailable = De momento não estamos disponíveis
message-unavailable-text = Tente de novo dentro de alguns segundos.
message-not-now-text = Não foi possível neste momento. Tente de novo dentro de instantes.
message-broken = Algo correu mal
message-broken-text = A falha é nossa e ficou registada.
message-unreadable = Não foi possível ler
message-unreadable-text = Não foi possível ler o que o seu navegador enviou. Tente de novo.
message-unknown-field-text = O formulário não tem o campo «{ $field }». Os seus campos são { $expected }.
message-repeated-field-text = O campo «{ $field }» foi enviado mais de uma vez. Envie-o uma só vez.
