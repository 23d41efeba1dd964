mail-subject = आपका { $app } कोड, संदर्भ { $reference }
mail-heading = { $app } के लिए आपका कोड:

mail-use-login = साइन इन करने के लिए इसका उपयोग करें।
mail-use-confirm-contact = इस ई-मेल पते की पुष्टि करने के लिए इसका उपयोग करें।
mail-use-payment = भुगतान की पुष्टि करने के लिए इसका उपयोग करें।
mail-use-other = इसका उपयोग “{ $purpose }” के लिए करें।
mail-details = विवरण: { $context }

mail-seconds = { $count ->
    [one] यह { $count } सेकंड तक मान्य है, { $until } तक।
   *[other] यह { $count } सेकंड तक मान्य है, { $until } तक।
  }
mail-minutes = { $count ->
    [one] यह { $count } मिनट तक मान्य है, { $until } तक।
   *[other] यह { $count } मिनट तक मान्य है, { $until } तक।
  }
mail-hours = { $count ->
    [one] यह { $count } घंटे तक मान्य है, { $until } तक।
   *[other] यह { $count } घंटे तक मान्य है, { $until } तक।
  }

mail-reference = जो पेज यह कोड माँगता है, उस पर यही संदर्भ दिखता है: { $reference }
mail-not-you = यदि आपने यह कोड नहीं माँगा था, तो इस संदेश पर ध्यान न दें।
mail-never-asked = { $app } की ओर से कोई भी आपसे यह कोड कभी नहीं माँगेगा।

mail-test-subject = { $app } का परीक्षण संदेश
mail-test-heading = यह { $app } का परीक्षण संदेश है।
mail-test-arrives = इससे पता चलता है कि कोड वाले संदेश यहाँ पहुँचते हैं।
mail-test-nothing-to-do = आपको कुछ करने की आवश्यकता नहीं है।

sms-use-login = { $app } लॉगिन कोड: { $code }.
    .unnamed = लॉगिन कोड: { $code }.
sms-use-confirm-contact = { $app } नंबर पुष्टि कोड: { $code }.
    .unnamed = नंबर पुष्टि कोड: { $code }.
sms-use-payment = { $app } भुगतान कोड: { $code }.
    .unnamed = भुगतान कोड: { $code }.
sms-use-other = { $app } कोड ({ $purpose }): { $code }.
    .unnamed = कोड ({ $purpose }): { $code }.
sms-details = विवरण: { $context }.
sms-reference = Ref { $reference }.
sms-seconds = { $count } सेकंड मान्य.
sms-minutes = { $count } मिनट मान्य.
sms-hours = { $count } घंटे मान्य.
sms-advice = किसी को न बताएँ.

sms-test = { $app }: यह परीक्षण संदेश है। कोड वाले संदेश यहाँ पहुँचते हैं।
    .unnamed = यह परीक्षण संदेश है। कोड वाले संदेश यहाँ पहुँचते हैं।
