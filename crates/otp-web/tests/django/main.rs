//! Customers of a real Django database, made by real migrations, on each of its databases.
//! `cargo xtask ci` installs Django, starts the servers and sets the variables read here.

mod guide;
mod place;

use guide::Django;
use place::Place;
use serde_json::Value;

/// What `fill.py` makes: five rows to take, two without a contact that can be used, and one whose address is taken.
const ROWS: u64 = 8;

fn counts(report: &Value) -> [u64; 4] {
    ["read", "added", "present", "left_out"].map(|name| report[name].as_u64().expect("a number"))
}

#[test]
fn customers_come_over_once_from_each_database() {
    for django in Django::on_each_database(0) {
        let place = Place::new();
        let import = ["import", "django", "--json", "--from", django.url()];
        let dry = place.json(&[&import[..], &["--dry-run"]].concat());
        assert_eq!(counts(&dry), [ROWS, 5, 1, 2], "{dry}");
        assert_eq!(
            place.json(&["customer", "list", "--json"]),
            serde_json::json!([])
        );

        let first = place.json(&import);
        assert_eq!(counts(&first), [ROWS, 5, 1, 2], "{first}");
        let remarks: Vec<_> = first["remarks"]
            .as_array()
            .expect("remarks")
            .iter()
            .map(|one| &one["row"])
            .collect();
        assert_eq!(remarks, [4, 6, 7, 7, 7, 8], "{first}");
        let said = first.to_string();
        for contact in ["test@", "ada@", "43212", "43219", "bad\"", "not an address"] {
            assert!(!said.contains(contact), "{contact}: {said}");
        }

        let listed = place.json(&["customer", "list", "--json"]);
        let of = |key: &str| -> Vec<Value> {
            listed
                .as_array()
                .expect("a list")
                .iter()
                .map(|one| one[key].clone())
                .collect()
        };
        assert_eq!(of("name"), ["Test User", "Ada", "Bob", "Eve", "Customer 5"]);
        assert_eq!(of("email")[..2], ["test@example.com", "ada@example.com"]);
        let phones = of("phone");
        assert_eq!(
            (&phones[0], &phones[2], &phones[3]),
            (
                &"+919876543210".into(),
                &"+919876543211".into(),
                &"+919876543212".into()
            )
        );
        assert_eq!(of("customer_type")[1..3], ["Business", "Household"]);

        let second = place.json(&import);
        assert_eq!(counts(&second), [ROWS, 0, 6, 2], "{second}");
        assert_eq!(place.json(&["customer", "list", "--json"]), listed);
    }
}

/// `migrate up` beside Django's own tables changes nothing and says what to do; what it offers works, for Django too.
#[test]
fn djangos_own_tables_are_seen_and_can_be_moved_aside() {
    for django in Django::on_each_database(0) {
        let place = Place::on(django.url());
        let before = django.tables();
        let failed = place.failed(&["migrate", "up"]);
        assert!(
            failed.contains("Django's own core_otp and core_customer stand here"),
            "{failed}"
        );
        assert!(failed.contains("otp import django --from"), "{failed}");
        assert_eq!(django.tables(), before);
        for statement in failed.split("ALTER TABLE ").skip(1) {
            let statement = statement.split(';').next().expect("a statement");
            django.execute(&format!("ALTER TABLE {statement}"));
        }
        place.json(&["migrate", "up", "--json"]);
        let import = [
            "import",
            "django",
            "--json",
            "--from",
            django.url(),
            "--table",
            "core_customer_django",
        ];
        let report = place.json(&import);
        assert_eq!(counts(&report), [ROWS, 5, 1, 2], "{report}");
    }
}

/// A table that lacks columns is taken as far as it goes; one that is none is named.
#[test]
fn missing_columns_and_tables_are_named() {
    for django in Django::on_each_database(0) {
        let place = Place::new();
        let from = |table| {
            [
                "import",
                "django",
                "--json",
                "--from",
                django.url(),
                "--table",
                table,
            ]
        };
        let users = place.json(&from("auth_user"));
        assert_eq!(
            users["missing_columns"],
            serde_json::json!(["name", "phone", "customer_type"])
        );
        assert_eq!(counts(&users), [1, 1, 0, 0]);
        let none = place.failed(&from("shop_customer"));
        assert!(
            none.contains("no table shop_customer") && none.contains("--table"),
            "{none}"
        );
        let other = place.failed(&from("django_migrations"));
        assert!(
            other.contains("neither a column email nor a column phone"),
            "{other}"
        );
    }
}

/// Ctrl-C ends between two rows and says how far it came; the next run goes on.
#[test]
fn ctrl_c_stops_between_rows_and_says_how_far_it_came() {
    let django = Django::on_sqlite(4000);
    let place = Place::new();
    place.json(&["migrate", "up", "--json"]);
    let import = ["import", "django", "--json", "--from", django.url()];
    let mut running = place.start(&import);
    while place.json(&["customer", "list", "--json"]) == serde_json::json!([]) {
        assert!(
            running.try_wait().expect("a child").is_none(),
            "it ended before it was stopped"
        );
    }
    let (status, report, said) = place::interrupt(running);
    assert_eq!(status, Some(1), "{said}");
    let [read, added, ..] = counts(&report);
    assert!(
        said.contains(&format!("stopped; {read} of 4008 rows are done")),
        "{said}"
    );
    let listed = place.json(&["customer", "list", "--json"]);
    assert_eq!(listed.as_array().map(Vec::len), usize::try_from(added).ok());
    let rest = place.json(&import);
    assert_eq!(counts(&rest)[1], 4005 - added);
}
