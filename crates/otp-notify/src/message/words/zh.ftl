mail-subject = 您的 { $app } 验证码，编号 { $reference }
mail-heading = 您的 { $app } 验证码：

mail-use-login = 用于登录。
mail-use-confirm-contact = 用于确认此电子邮箱地址。
mail-use-payment = 用于确认付款。
mail-use-other = 用途：{ $purpose }。
mail-details = 详情：{ $context }

mail-seconds = { $count } 秒内有效，截至 { $until }。
mail-minutes = { $count } 分钟内有效，截至 { $until }。
mail-hours = { $count } 小时内有效，截至 { $until }。

mail-reference = 要求输入验证码的页面会显示相同的编号：{ $reference }
mail-not-you = 如果您没有请求此验证码，请忽略本邮件。
mail-never-asked = { $app } 的任何人都不会向您索要验证码。

mail-test-subject = 来自 { $app } 的测试邮件
mail-test-heading = 这是来自 { $app } 的测试邮件。
mail-test-arrives = 它表明带有验证码的邮件可以送达。
mail-test-nothing-to-do = 您无需执行任何操作。

sms-use-login = { $code } 是您的 { $app } 登录验证码。
    .unnamed = { $code } 是您的登录验证码。
sms-use-confirm-contact = { $code } 是您在 { $app } 确认手机号的验证码。
    .unnamed = { $code } 是您确认手机号的验证码。
sms-use-payment = { $code } 是您的 { $app } 付款验证码。
    .unnamed = { $code } 是您的付款验证码。
sms-use-other = { $code } 是您的 { $app } 验证码（{ $purpose }）。
    .unnamed = { $code } 是您的验证码（{ $purpose }）。
sms-details = 详情：{ $context }。
sms-reference = 编号 { $reference }。
sms-seconds = { $count } 秒内有效。
sms-minutes = { $count } 分钟内有效。
sms-hours = { $count } 小时内有效。
sms-advice = 请勿告诉他人。

sms-test = 这是来自 { $app } 的测试短信。带有验证码的短信可以送达。
    .unnamed = 这是测试短信。带有验证码的短信可以送达。
