//! What `otp --help` ends with: the way from nothing to production, phase by phase.

/// The phases of the guide for `manage.py`, each with what is typed here.
pub(super) const HELP: &str = "\
The phases of an installation, and what to type:
   1 before            otp --version; otp migrate status; otp backup FILE, once there is a database
   2 see the tables    otp migrate sql
   3 make the tables   otp migrate up; otp migrate status
   4 check the tables  otp check; the database's own client shows core_otp
   5 one code          otp create --email test@example.com --show-code
                       otp verify --id ID --code CODE, with what was printed
   6 in the shell      otp generate prints a code and stores nothing
                       otp create --email test@example.com --show-code
                       otp verify --email test@example.com --code CODE
   7 mail              export OTP_PROFILE=development OTP_MAIL__FROM=you@gmail.com
                       export OTP_MAIL__URL='smtp://you%40gmail.com:PASSWORD@smtp.gmail.com:587'
                       otp send-test --email you@example.com
   8 pages             otp customer add --name Ada --email ada@example.com
                       otp serve, then open http://localhost:8000/otp/request/
   9 forms             type a wrong address or code there: the error stands beside the field
  10 tests             cargo xtask ci, in the source
  11 going back        otp backup FILE, which says how it is restored; otp migrate down
  12 production        otp keys generate, then set OTP_KEYS, OTP_PUBLIC_URL=https://...,
                       OTP_DATABASE__URL, OTP_MAIL__URL and OTP_MAIL__FROM
                       otp migrate up; otp check --deploy; otp serve
     every day         otp stats; otp cleanup, which `otp serve` also does by itself

Settings: otp.toml, or OTP_ and the key in capitals, dots as two underscores.
`otp config show` lists them. Whatever is set makes the profile production, unless OTP_PROFILE says
otherwise.
Exit status: 0 done, 1 refused or failed (one line on stderr says what to do), 2 wrong usage.";
