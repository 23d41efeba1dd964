## Mail

mail-subject = Your { $app } code, reference { $reference }
mail-heading = Your code for { $app }:

# What the code is good for. A purpose without a sentence of its own takes mail-use-other.
mail-use-login = Use it to sign in.
mail-use-confirm-contact = Use it to confirm this e-mail address.
mail-use-payment = Use it to confirm a payment.
mail-use-other = Use it for “{ $purpose }”.
mail-details = Details: { $context }

# How long it works; $until is a clock time like 12:05 UTC.
mail-seconds = { $count ->
    [one] It works for { $count } second, until { $until }.
   *[other] It works for { $count } seconds, until { $until }.
  }
mail-minutes = { $count ->
    [one] It works for { $count } minute, until { $until }.
   *[other] It works for { $count } minutes, until { $until }.
  }
mail-hours = { $count ->
    [one] It works for { $count } hour, until { $until }.
   *[other] It works for { $count } hours, until { $until }.
  }

mail-reference = The page that asks for it shows the same reference: { $reference }
mail-not-you = If you did not ask for it, ignore this message.
mail-never-asked = Nobody from { $app } will ever ask you for it.

# `otp send-test`
mail-test-subject = Test message from { $app }
mail-test-heading = This is a test message from { $app }.
mail-test-arrives = It shows that messages with codes arrive here.
mail-test-nothing-to-do = You need not do anything.

## Short messages: 160 characters of GSM-7 or 70 of any other alphabet, the last line included.
## Each sentence may be left out, the last first.

# The code and what it is good for. `.unnamed` is for where the name does not fit.
sms-use-login = { $code } is your { $app } code to sign in.
    .unnamed = { $code } is your code to sign in.
sms-use-confirm-contact = { $code } is your { $app } code to confirm this phone number.
    .unnamed = { $code } is your code to confirm this phone number.
sms-use-payment = { $code } is your { $app } code to confirm a payment.
    .unnamed = { $code } is your code to confirm a payment.
sms-use-other = { $code } is your { $app } code for { $purpose }.
    .unnamed = { $code } is your code for { $purpose }.
sms-details = Details: { $context }.
sms-reference = Ref { $reference }.
sms-seconds = Valid { $count } s.
sms-minutes = Valid { $count } min.
sms-hours = Valid { $count } h.
sms-advice = Not you? Ignore it. We never ask for it.

# `otp send-test`
sms-test = { $app }: this is a test message. Messages with codes arrive here.
    .unnamed = This is a test message. Messages with codes arrive here.
