mail-subject = உங்கள் { $app } குறியீடு, குறிப்பு { $reference }
mail-heading = { $app }-க்கான உங்கள் குறியீடு:

mail-use-login = உள்நுழைய இதைப் பயன்படுத்தவும்.
mail-use-confirm-contact = இந்த மின்னஞ்சல் முகவரியை உறுதிப்படுத்த இதைப் பயன்படுத்தவும்.
mail-use-payment = கட்டணத்தை உறுதிப்படுத்த இதைப் பயன்படுத்தவும்.
mail-use-other = “{ $purpose }” என்பதற்கு இதைப் பயன்படுத்தவும்.
mail-details = விவரம்: { $context }

mail-seconds = { $count ->
    [one] இது { $count } விநாடிக்குச் செல்லுபடியாகும், { $until } வரை.
   *[other] இது { $count } விநாடிகளுக்குச் செல்லுபடியாகும், { $until } வரை.
  }
mail-minutes = { $count ->
    [one] இது { $count } நிமிடத்திற்குச் செல்லுபடியாகும், { $until } வரை.
   *[other] இது { $count } நிமிடங்களுக்குச் செல்லுபடியாகும், { $until } வரை.
  }
mail-hours = { $count ->
    [one] இது { $count } மணிநேரத்திற்குச் செல்லுபடியாகும், { $until } வரை.
   *[other] இது { $count } மணிநேரத்திற்குச் செல்லுபடியாகும், { $until } வரை.
  }

mail-reference = இதைக் கேட்கும் பக்கத்தில் இதே குறிப்பு இருக்கும்: { $reference }
mail-not-you = நீங்கள் இதைக் கேட்கவில்லை எனில், இந்தச் செய்தியைப் புறக்கணிக்கவும்.
mail-never-asked = { $app } சார்பில் யாரும் இதை உங்களிடம் ஒருபோதும் கேட்க மாட்டார்கள்.

mail-test-subject = { $app } சோதனைச் செய்தி
mail-test-heading = இது { $app } அனுப்பிய சோதனைச் செய்தி.
mail-test-arrives = குறியீடு உள்ள செய்திகள் இங்கே வந்து சேர்கின்றன என்பதை இது காட்டுகிறது.
mail-test-nothing-to-do = நீங்கள் எதுவும் செய்ய வேண்டியதில்லை.

sms-use-login = { $app } உள்நுழைவு எண்: { $code }.
    .unnamed = உள்நுழைவு எண்: { $code }.
sms-use-confirm-contact = { $app } கைபேசி உறுதி எண்: { $code }.
    .unnamed = கைபேசி உறுதி எண்: { $code }.
sms-use-payment = { $app } கட்டண உறுதி எண்: { $code }.
    .unnamed = கட்டண உறுதி எண்: { $code }.
sms-use-other = { $app } எண் ({ $purpose }): { $code }.
    .unnamed = எண் ({ $purpose }): { $code }.
sms-details = விவரம்: { $context }.
sms-reference = Ref { $reference }.
sms-seconds = { $count } விநாடி செல்லும்.
sms-minutes = { $count } நிமிடம் செல்லும்.
sms-hours = { $count } மணி செல்லும்.
sms-advice = யாரிடமும் சொல்லாதீர்கள்.

sms-test = { $app }: இது சோதனைச் செய்தி. குறியீடுகள் இங்கே வரும்.
    .unnamed = இது சோதனைச் செய்தி. குறியீடுகள் இங்கே வரும்.
