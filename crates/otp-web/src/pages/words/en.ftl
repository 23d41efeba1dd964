# Before the title of a page that has a fault to tell.
error = Error:

## Asking for a code

request-title = Sign in
request-lead = We send you a code. Type it on the next page, and you are in.
request-signed-in-as = You are signed in as { $contact }.
request-continue = Continue
request-by = Send the code by
request-email = Email
request-phone = Phone
request-contact = Email address or phone number
request-contact-email = Email address
request-contact-phone = Phone number
request-hint = Such as { $email } or { $phone }
request-hint-email = Such as { $email }
request-hint-phone = With country code, such as { $phone }
request-submit = Request OTP
request-foot = The code works once, for a few minutes, in this browser only.

## Typing it

verify-title = Enter your code
verify-sent-digits = We sent { $count } digits to { $contact }.
verify-sent-characters = We sent { $count } letters and digits to { $contact }.
verify-reference = Reference
verify-time-left = Time left
verify-expired = Expired
verify-has-expired = This code has expired.
verify-request-new = Request a new one
verify-code = Code
verify-hint = Take the message with the reference { $reference }. Spaces do not matter.
verify-submit = Verify & Login
verify-resend = Resend
verify-resend-in = Resend in { $time }
verify-change = Change contact
verify-foot = Never tell this code to anybody. We do not ask for it by phone or mail.

## The end of a code

closed-title = This code can no longer be used
closed-over = It has expired, was used, had too many wrong attempts, or became too short for what others guessed.
closed-last-attempt = That was not the code, and it was the last attempt.
closed-new = Request a new code

## Signed in

done-title = Signed in
done-welcome = Welcome, { $name }
done-heading = You are signed in
done-lead = Your code was right. You are signed in as { $contact }.
done-lead-named = Your code was right. You are signed in with { $contact }.
done-log-out = Log out

## What one page leaves for the next

notice-no-code = This browser is not waiting for a code. Request one here.
notice-sent-again = We sent the same code again. The first message stays good too.
notice-logged-out = You are logged out.

## What is wrong with a contact

contact-choose = Choose email or phone.
contact-required = This is required.
contact-too-long = An address has at most 254 characters, 64 of them before the @.
contact-forbidden = Control characters and blanks inside are not allowed.
contact-not-an-address = Enter exactly one address, like { $email }.
contact-local-part = The part before the @ may hold letters, digits and . _ + - only in their usual places.
contact-domain = The part after the @ must be a domain name, like { $domain }.
contact-mixed = The domain mixes different alphabets.
contact-not-a-number = Enter a valid phone number, best with + and country code, like { $phone }.

## Refusals

refused-digits = Enter the code from the message: { $count } digits.
refused-characters = Enter the code from the message: { $count } letters and digits.
refused-wrong = That is not the code.
refused-wrong-left = That is not the code. { $count ->
    [one] { $count } attempt left.
   *[other] { $count } attempts left.
  }
refused-closed = This code can no longer be used; request a new one.
refused-email-off = Codes are not sent by email here.
refused-phone-off = Codes are not sent by phone here.
refused-not-here = This cannot be asked for here.
refused-wait = { $count ->
    [one] Please wait { $count } second before asking for another message.
   *[other] Please wait { $count } seconds before asking for another message.
  }
refused-minutes = Too many requests came from your network. Please try again in { $count ->
    [one] a minute
   *[other] { $count } minutes
  }.
refused-hours = Too many requests came from your network. Please try again in { $count ->
    [one] an hour
   *[other] { $count } hours
  }.

## Pages that only say something

message-link = To the sign-in page
message-request = Request { $id }
message-forbidden = This form could not be accepted
message-forbidden-text = It was not sent from our page.
message-forged-text = This form was not sent from our page, or the page was open for too long. Open the sign-in page again and send the form from there. Cookies must be allowed.
message-not-found = Page not found
message-not-found-text = There is nothing at this address.
message-method = That does not work here
message-method-text = This address does not take this method.
message-slow = That took too long
message-slow-text = Your message did not arrive in time. Please try again.
message-host = This is not our address
message-host-text = The service is not reached by this name. Open it by its own address.
message-too-large = That is too much
message-too-large-text = A form may have at most 8 KiB.
message-no-form = That is not a form
message-no-form-text = A form is sent as application/x-www-form-urlencoded.
message-unavailable = We are not available just now
message-unavailable-text = Please try again in a few seconds.
message-not-now-text = We could not do that just now. Please try again in a moment.
message-broken = Something went wrong
message-broken-text = The fault is on our side. The failure was logged.
message-unreadable = This could not be read
message-unreadable-text = What your browser sent could not be read. Please try again.
message-unknown-field-text = The form has no field “{ $field }”. Its fields are { $expected }.
message-repeated-field-text = The field “{ $field }” was sent more than once. Send it once.
