mail-subject = رمزك لدى { $app }، المرجع { $reference }
mail-heading = رمزك لدى { $app }:

mail-use-login = استخدمه لتسجيل الدخول.
mail-use-confirm-contact = استخدمه لتأكيد عنوان البريد الإلكتروني هذا.
mail-use-payment = استخدمه لتأكيد عملية دفع.
mail-use-other = استخدمه لهذا الغرض: { $purpose }.
mail-details = التفاصيل: { $context }

mail-seconds = { $count ->
    [zero] انتهت صلاحيته، وكانت حتى { $until }.
    [one] هو صالح لمدة ثانية واحدة، حتى { $until }.
    [two] هو صالح لمدة ثانيتين، حتى { $until }.
    [few] هو صالح لمدة { $count } ثوانٍ، حتى { $until }.
    [many] هو صالح لمدة { $count } ثانية، حتى { $until }.
   *[other] هو صالح لمدة { $count } ثانية، حتى { $until }.
  }
mail-minutes = { $count ->
    [one] هو صالح لمدة دقيقة واحدة، حتى { $until }.
    [two] هو صالح لمدة دقيقتين، حتى { $until }.
    [few] هو صالح لمدة { $count } دقائق، حتى { $until }.
    [many] هو صالح لمدة { $count } دقيقة، حتى { $until }.
   *[other] هو صالح لمدة { $count } دقيقة، حتى { $until }.
  }
mail-hours = { $count ->
    [one] هو صالح لمدة ساعة واحدة، حتى { $until }.
    [two] هو صالح لمدة ساعتين، حتى { $until }.
    [few] هو صالح لمدة { $count } ساعات، حتى { $until }.
    [many] هو صالح لمدة { $count } ساعة، حتى { $until }.
   *[other] هو صالح لمدة { $count } ساعة، حتى { $until }.
  }

mail-reference = الصفحة التي تطلبه تعرض المرجع نفسه: { $reference }
mail-not-you = إذا لم تطلب هذا الرمز، فتجاهل هذه الرسالة.
mail-never-asked = لن يطلبه منك أحد من { $app } أبدًا.

mail-test-subject = رسالة تجريبية من { $app }
mail-test-heading = هذه رسالة تجريبية من { $app }.
mail-test-arrives = وهي تُظهر أن الرسائل التي تحمل الرموز تصل إلى هنا.
mail-test-nothing-to-do = لا يلزمك فعل أي شيء.

# The first letter of a message decides where its lines begin, so an Arabic word stands first.
sms-use-login = رمز دخولك إلى { $app }: { $code }.
    .unnamed = رمز دخولك: { $code }.
sms-use-confirm-contact = رمز تأكيد رقمك لدى { $app }: { $code }.
    .unnamed = رمز تأكيد رقمك: { $code }.
sms-use-payment = رمز الدفع لدى { $app }: { $code }.
    .unnamed = رمز الدفع: { $code }.
sms-use-other = رمزك لدى { $app } ({ $purpose }): { $code }.
    .unnamed = رمزك ({ $purpose }): { $code }.
sms-details = التفاصيل: { $context }.
sms-reference = المرجع { $reference }.
sms-seconds = صالح { $count } ث.
sms-minutes = صالح { $count } د.
sms-hours = صالح { $count } س.
sms-advice = لا تشاركه مع أحد.

sms-test = هذه رسالة تجريبية من { $app }. الرسائل ذات الرموز تصل.
    .unnamed = هذه رسالة تجريبية. الرسائل ذات الرموز تصل إلى هنا.
