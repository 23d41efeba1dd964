mail-subject = O seu código { $app }, referência { $reference }
mail-heading = O seu código para { $app }:

mail-use-login = Use-o para iniciar sessão.
mail-use-confirm-contact = Use-o para confirmar este endereço de e-mail.
mail-use-payment = Use-o para confirmar um pagamento.
mail-use-other = Use-o para o seguinte: { $purpose }.
mail-details = Detalhes: { $context }

mail-seconds = { $count ->
    [one] É válido por { $count } segundo, até { $until }.
   *[other] É válido por { $count } segundos, até { $until }.
  }
mail-minutes = { $count ->
    [one] É válido por { $count } minuto, até { $until }.
   *[other] É válido por { $count } minutos, até { $until }.
  }
mail-hours = { $count ->
    [one] É válido por { $count } hora, até { $until }.
   *[other] É válido por { $count } horas, até { $until }.
  }

mail-reference = A página que o pede mostra a mesma referência: { $reference }
mail-not-you = Se não o pediu, ignore esta mensagem.
mail-never-asked = Ninguém de { $app } lhe pedirá alguma vez este código.

mail-test-subject = Mensagem de teste de { $app }
mail-test-heading = Esta é uma mensagem de teste de { $app }.
mail-test-arrives = Mostra que as mensagens com códigos chegam aqui.
mail-test-nothing-to-do = Não precisa de fazer nada.

# GSM-7 has é and à, but not á, ã, ç, í, ó or ú: the words are chosen to need none of them.
sms-use-login = Use { $code } para entrar em { $app }.
    .unnamed = Use { $code } para entrar.
sms-use-confirm-contact = { $app }: use { $code } para confirmar este telefone.
    .unnamed = Use { $code } para confirmar este telefone.
sms-use-payment = { $app }: use { $code } para confirmar um pagamento.
    .unnamed = Use { $code } para confirmar um pagamento.
sms-use-other = { $app }: use { $code } para { $purpose }.
    .unnamed = Use { $code } para { $purpose }.
sms-details = Detalhes: { $context }.
sms-reference = Ref. { $reference }.
sms-seconds = Vale { $count } s.
sms-minutes = Vale { $count } min.
sms-hours = Vale { $count } h.
sms-advice = Ignore, se desconhece o pedido. Nunca lhe pediremos esta chave.

sms-test = { $app }: esta mensagem é um teste. As mensagens com chaves chegam bem.
    .unnamed = Esta mensagem é um teste. As mensagens com chaves chegam bem.
