//! Subnets, JSON, YAML, parameters and the environment as script values.

use crate::support::Test;

#[track_caller]
fn prints(code: &str, text: &str) {
    Test::new().script(code).run().success().stdout(text);
}

// shows: std.subnets
#[test]
fn a_subnet_answers_what_is_inside_it_and_beside_it() {
    prints(
        r#"
            let net = cidr("172.20.0.0/16");
            print(net);
            print(net.contains("172.20.0.5"));
            print(net.contains("172.21.0.5"));
            print(net.contains("172.20.3.0/24"));
            print(net.overlaps("172.20.9.0/24"));
            print(net.overlaps(cidr("172.21.0.0/16")));
            print(net.split(24).len());
            print(net.split(24)[1]);
            print(net.next());
            print(cidr("10.0.0.0/30").hosts);
            print(net == cidr("172.20.0.0/16"));
        "#,
        "172.20.0.0/16\ntrue\nfalse\ntrue\ntrue\nfalse\n256\n172.20.1.0/24\n172.21.0.0/16\n[\"10.0.0.1\", \"10.0.0.2\"]\ntrue\n",
    );
}

// shows: std.subnets
#[test]
fn a_subnet_of_ipv6_does_the_same() {
    prints(
        r#"
            let net = cidr("2001:db8::/64");
            print(net.contains("2001:db8::5"));
            print(net.next());
            print(net.split(65)[1]);
        "#,
        "true\n2001:db8:0:1::/64\n2001:db8:0:0:8000::/65\n",
    );
}

#[test]
fn what_is_not_a_subnet_is_refused_and_can_be_caught() {
    for (text, words) in
        [("172.20.0.5/16", "172.20.0.0/16"), ("172.20.0.0/33", "172.20.0.0/33"), ("web", "web"), ("", "subnet")]
    {
        let outcome = Test::new().script(&format!("let text = {text:?};\nlet net = cidr(text);")).run();
        outcome.code(2).stderr_has(words).stderr_has("main.rhai:2:");
    }
    prints(
        r#"try { cidr("nonsense") } catch (e) { print(e.kind); print("nonsense" in e.message); }"#,
        "invalid\ntrue\n",
    );
}

#[test]
fn a_subnet_too_large_to_list_is_refused_at_once() {
    for call in ["hosts", "split(64)"] {
        Test::new().script(&format!(r#"cidr("2001:db8::/32").{call}"#)).run().code(2).stderr_has("65536");
    }
}

#[test]
fn json_and_yaml_come_back_as_they_went() {
    prints(
        r#"
            let value = #{a: [1, 2.5, true, (), "é\n\"quoted\""], b: #{c: "d"}};
            let again = parse_json(to_json(value));
            print(again.a[4] == value.a[4] && again.a[3] == () && again.b.c == "d");
            let again = parse_yaml(to_yaml(value));
            print(again.a[4] == value.a[4] && again.a[3] == () && again.b.c == "d");
            print(parse_yaml("version: 1.10\nword: yes\nlist: [a, b]").word);
            print(to_json(#{b: 1, a: [true]}));
        "#,
        "true\ntrue\nyes\n{\"a\":[true],\"b\":1}\n",
    );
}

#[test]
fn broken_json_and_yaml_say_where() {
    Test::new().script(r#"parse_json("[1,\n 2")"#).run().code(2).stderr_has("line 2");
    Test::new().script(r#"parse_yaml("a: 1\na: 2")"#).run().code(2).stderr_has("line 2");
    Test::new().script(r#"parse_yaml("a:\n\tb: 1")"#).run().code(2).stderr_has("tab");
    prints(r#"try { parse_json("{") } catch (e) { print(e.kind) }"#, "invalid\n");
}

#[test]
fn numbers_of_json_keep_their_value() {
    prints(r"print(parse_json(`[9007199254740993, -1, 0.1, 1e3]`));", "[9007199254740993, -1, 0.1, 1000.0]\n");
}

#[test]
fn arguments_reach_the_script_as_params_and_args() {
    let outcome = Test::new()
        .script("print(params.net); print(params.get(\"missing\", \"none\")); print(args); print(\"net\" in params);")
        .args(["net=a=b c", "plain", "--flag"])
        .run();
    outcome.success().stdout("a=b c\nnone\n[\"net=a=b c\", \"plain\", \"--flag\"]\ntrue\n");
}

#[test]
fn the_environment_is_a_map_and_a_function() {
    let code =
        r#"print(env.XT_VALUE); print(env("XT_VALUE")); print(env("XT_NONE", "d")); print(env("XT_NONE") == ());"#;
    Test::new().script(code).env("XT_VALUE", "$(id); x").run().success().stdout("$(id); x\n$(id); x\nd\ntrue\n");
}

// shows: all.globals
#[test]
fn globals_are_seen_inside_functions_and_closures() {
    let code = r#"
        fn name() { params.name + "/" + env.XT_VALUE }
        fn kind() { type_of(docker) != "()" }
        print(name());
        print(kind());
        let f = |x| x + params.name;
        print(f.call("<"));
    "#;
    Test::new().script(code).args(["name=n"]).env("XT_VALUE", "v").run().success().stdout("n/v\ntrue\n<n\n");
}

#[test]
fn a_script_may_define_a_variable_named_like_a_global() {
    prints("let args = 5; print(args + 1);", "6\n");
}

#[test]
fn text_that_is_not_ascii_stays_whole() {
    prints(r#"let s = "Grüße, 世界 🦀"; print(s); print(s.len());"#, "Grüße, 世界 🦀\n11\n");
}
