mail-subject = { $app } の認証コード（照合番号 { $reference }）
mail-heading = { $app } の認証コード：

mail-use-login = ログインにお使いください。
mail-use-confirm-contact = このメールアドレスの確認にお使いください。
mail-use-payment = お支払いの確認にお使いください。
mail-use-other = 用途：{ $purpose }
mail-details = 詳細：{ $context }

mail-seconds = { $count } 秒間有効です（{ $until } まで）。
mail-minutes = { $count } 分間有効です（{ $until } まで）。
mail-hours = { $count } 時間有効です（{ $until } まで）。

mail-reference = コードの入力画面にも同じ照合番号が表示されます：{ $reference }
mail-not-you = お心当たりがない場合は、このメールを無視してください。
mail-never-asked = { $app } の担当者がコードをお尋ねすることは決してありません。

mail-test-subject = { $app } からのテストメール
mail-test-heading = これは { $app } からのテストメールです。
mail-test-arrives = 認証コードのメールが届くことを確認するためのものです。
mail-test-nothing-to-do = 何もしていただく必要はありません。

sms-use-login = { $code } は { $app } のログイン用コードです。
    .unnamed = { $code } はログイン用コードです。
sms-use-confirm-contact = { $code } は { $app } の電話番号確認用コードです。
    .unnamed = { $code } は電話番号確認用コードです。
sms-use-payment = { $code } は { $app } の支払い確認用コードです。
    .unnamed = { $code } は支払い確認用コードです。
sms-use-other = { $code } は { $app } のコードです（{ $purpose }）。
    .unnamed = { $code } は確認用コードです（{ $purpose }）。
sms-details = 詳細：{ $context }。
sms-reference = 照合番号 { $reference }。
sms-seconds = { $count } 秒間有効。
sms-minutes = { $count } 分間有効。
sms-hours = { $count } 時間有効。
sms-advice = 他人に教えないでください。

sms-test = { $app } からのテストメッセージです。コードは正しく届きます。
    .unnamed = テストメッセージです。コードは正しく届きます。
