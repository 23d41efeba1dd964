error = خطأ:

request-title = تسجيل الدخول
request-lead = سنرسل إليك رمزًا. اكتبه في الصفحة التالية لتسجيل الدخول.
request-signed-in-as = أنت مسجّل الدخول باسم { $contact }.
request-continue = متابعة
request-by = إرسال الرمز عبر
request-email = البريد الإلكتروني
request-phone = الهاتف
request-contact = عنوان البريد الإلكتروني أو رقم الهاتف
request-contact-email = عنوان البريد الإلكتروني
request-contact-phone = رقم الهاتف
request-hint = مثل { $email } أو { $phone }
request-hint-email = مثل { $email }
request-hint-phone = مع رمز البلد، مثل { $phone }
request-submit = طلب الرمز
request-foot = يعمل الرمز مرة واحدة، ولبضع دقائق، وفي هذا المتصفح فقط.

verify-title = أدخل الرمز
verify-sent-digits = أرسلنا رمزًا من { $count ->
    [few] { $count } أرقام
   *[other] { $count } رقمًا
  } إلى { $contact }.
verify-sent-characters = أرسلنا رمزًا من { $count ->
    [few] { $count } أحرف وأرقام
   *[other] { $count } حرفًا ورقمًا
  } إلى { $contact }.
verify-reference = المرجع
verify-time-left = الوقت المتبقي
verify-expired = انتهت الصلاحية
verify-has-expired = انتهت صلاحية هذا الرمز.
verify-request-new = طلب رمز جديد
verify-code = الرمز
verify-hint = استخدم الرسالة ذات المرجع { $reference }. المسافات لا تهم.
verify-submit = تحقّق وسجّل الدخول
verify-resend = إعادة الإرسال
verify-resend-in = إعادة الإرسال بعد { $time }
verify-change = تغيير جهة الاتصال
verify-foot = لا تخبر أحدًا بهذا الرمز. نحن لا نطلبه بالهاتف ولا بالبريد.

closed-title = لم يعد هذا الرمز صالحًا
closed-over = انتهت صلاحيته، أو استُخدم، أو كثرت المحاولات الخاطئة، أو صار قصيرًا أمام تخمينات الآخرين.
closed-last-attempt = لم يكن هذا هو الرمز، وكانت تلك المحاولة الأخيرة.
closed-new = طلب رمز جديد

done-title = تم تسجيل الدخول
done-welcome = أهلًا، { $name }
done-heading = تم تسجيل دخولك
done-lead = كان رمزك صحيحًا. أنت مسجّل الدخول باسم { $contact }.
done-lead-named = كان رمزك صحيحًا. أنت مسجّل الدخول عبر { $contact }.
done-log-out = تسجيل الخروج

notice-no-code = هذا المتصفح لا ينتظر أي رمز. اطلب رمزًا من هنا.
notice-sent-again = أرسلنا الرمز نفسه مرة أخرى. الرسالة الأولى ما زالت صالحة أيضًا.
notice-logged-out = تم تسجيل خروجك.

contact-choose = اختر البريد الإلكتروني أو الهاتف.
contact-required = هذا الحقل مطلوب.
contact-too-long = لا يتجاوز العنوان 254 حرفًا، منها 64 قبل @.
contact-forbidden = لا يُسمح بأحرف التحكم ولا بالمسافات في الداخل.
contact-not-an-address = أدخل عنوانًا واحدًا فقط، مثل { $email }.
contact-local-part = لا يجوز قبل @ إلا الحروف والأرقام والعلامات . _ + - في أماكنها المعتادة.
contact-domain = يجب أن يأتي بعد @ اسم نطاق، مثل { $domain }.
contact-mixed = يخلط النطاق بين أبجديات مختلفة.
contact-not-a-number = أدخل رقم هاتف صحيحًا، ويفضَّل مع + ورمز البلد، مثل { $phone }.

refused-digits = أدخل الرمز الوارد في الرسالة: { $count ->
    [few] { $count } أرقام.
   *[other] { $count } رقمًا.
  }
refused-characters = أدخل الرمز الوارد في الرسالة: { $count ->
    [few] { $count } أحرف وأرقام.
   *[other] { $count } حرفًا ورقمًا.
  }
refused-wrong = هذا ليس الرمز الصحيح.
refused-wrong-left = هذا ليس الرمز الصحيح. { $count ->
    [one] بقيت محاولة واحدة.
    [two] بقيت محاولتان.
    [few] بقيت { $count } محاولات.
    [many] بقيت { $count } محاولة.
   *[other] بقيت { $count } محاولة.
  }
refused-closed = لم يعد هذا الرمز صالحًا؛ اطلب رمزًا جديدًا.
refused-email-off = لا تُرسل الرموز هنا بالبريد الإلكتروني.
refused-phone-off = لا تُرسل الرموز هنا إلى الهاتف.
refused-not-here = لا يمكن طلب ذلك هنا.
refused-wait = { $count ->
    [one] انتظر ثانية واحدة قبل طلب رسالة أخرى.
    [two] انتظر ثانيتين قبل طلب رسالة أخرى.
    [few] انتظر { $count } ثوانٍ قبل طلب رسالة أخرى.
   *[other] انتظر { $count } ثانية قبل طلب رسالة أخرى.
  }
refused-minutes = وصلت طلبات كثيرة جدًا من شبكتك. حاول مرة أخرى بعد { $count ->
    [one] دقيقة
    [two] دقيقتين
    [few] { $count } دقائق
   *[other] { $count } دقيقة
  }.
refused-hours = وصلت طلبات كثيرة جدًا من شبكتك. حاول مرة أخرى بعد { $count ->
    [one] ساعة
    [two] ساعتين
    [few] { $count } ساعات
   *[other] { $count } ساعة
  }.

message-link = إلى صفحة تسجيل الدخول
message-request = الطلب { $id }
message-forbidden = تعذّر قبول هذا النموذج
message-forbidden-text = لم يُرسل من صفحتنا.
message-forged-text = لم يُرسل هذا النموذج من صفحتنا، أو بقيت الصفحة مفتوحة مدة طويلة. افتح صفحة تسجيل الدخول من جديد وأرسل النموذج منها. يجب السماح بملفات تعريف الارتباط.
message-not-found = الصفحة غير موجودة
message-not-found-text = لا يوجد شيء على هذا العنوان.
message-method = هذا لا يعمل هنا
message-method-text = لا يقبل هذا العنوان هذه الطريقة.
message-slow = استغرق ذلك وقتًا طويلًا
message-slow-text = لم تصل رسالتك في الوقت المناسب. حاول مرة أخرى.
message-host = هذا ليس عنواننا
message-host-text = لا يمكن الوصول إلى الخدمة بهذا الاسم. افتحها من عنوانها الخاص.
message-too-large = هذا أكثر من اللازم
message-too-large-text = لا يتجاوز حجم النموذج 8 KiB.
message-no-form = هذا ليس نموذجًا
message-no-form-text = يُرسل النموذج بصيغة application/x-www-form-urlencoded.
message-unavailable = الخدمة غير متاحة الآن
message-unavailable-text = حاول مرة أخرى بعد بضع ثوانٍ.
message-not-now-text = تعذّر ذلك الآن. حاول مرة أخرى بعد قليل.
message-broken = حدث خطأ ما
message-broken-text = الخطأ من جانبنا، وقد سُجّل.
message-unreadable = تعذّرت القراءة
message-unreadable-text = تعذّرت قراءة ما أرسله متصفحك. حاول مرة أخرى.
message-unknown-field-text = لا يحتوي النموذج على الحقل «{ $field }». حقوله هي { $expected }.
message-repeated-field-text = أُرسل الحقل «{ $field }» أكثر من مرة. أرسله مرة واحدة.
