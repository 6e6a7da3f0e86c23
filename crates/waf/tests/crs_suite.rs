//! The regression tests of CRS 4.28.0; `CRS_DIR` names the checkout.
#![cfg(feature = "checkout")]

mod suite;

#[test]
fn passes_the_rule_sets_own_tests() {
    let folder = std::env::var_os("CRS_DIR").expect("CRS_DIR names a checkout of coreruleset v4.28.0");
    let report = suite::run(std::path::Path::new(&folder));
    println!("{}\n{}", report.failures.join("\n"), report.summary());
    assert!(report.passed >= 4939, "{}", report.summary());
    assert!(report.blanked * 100 >= report.positive * 99, "{}", report.summary());
    assert!(report.equal * 1000 >= report.compared * 985, "{}", report.summary());
}
