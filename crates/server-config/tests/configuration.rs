//! Configurations of any product: recognised by their words, and asked the same questions.

use server_config::{Configuration, Coverage, FileTree, Listener, LoadError, Product, Request};

const SHOP: &str = "server {\n    listen 127.0.0.1:8080;\n    listen 443 ssl;\n    location / {\n        deny all;\n    }\n}\n";

fn load(text: &str) -> Result<(Configuration, FileTree), LoadError> {
    let files = FileTree::in_memory(Coverage::Part, [("shop.conf", text)]);
    Configuration::load_recognised(&files, "shop.conf").map(|configuration| (configuration, files))
}

#[test]
fn a_product_is_known_by_its_words() {
    let (configuration, files) = load(SHOP).unwrap();
    assert_eq!(configuration.product(), Product::Nginx);
    let listener = "127.0.0.1:8080".parse().unwrap();
    let request = Request::new("POST", "http://shop.example/").to_listener(listener);
    let walk = configuration.simulate(&request, &files);
    assert_eq!(walk.outcome.decided_by.unwrap().to_string(), "shop.conf:5");
}

#[test]
fn sockets_say_which_connections_they_take() {
    let (configuration, _) = load(SHOP).unwrap();
    let listeners = configuration.listeners();
    assert_eq!(listeners[0], Listener { address: Some([127, 0, 0, 1].into()), port: 8080, is_tls: false });
    assert_eq!(listeners[1], Listener { address: None, port: 443, is_tls: true });
    assert!(listeners[1].takes("192.0.2.1:443".parse().unwrap()));
    assert!(!listeners[0].takes("192.0.2.1:8080".parse().unwrap()));
}

#[test]
fn what_cannot_be_simulated_is_named() {
    assert!(matches!(load("hello\n"), Err(LoadError::Unrecognised(_))));
    let files = FileTree::in_memory(Coverage::Whole, [("a", "")]);
    let error = Configuration::load_recognised(&files, "b").unwrap_err();
    assert_eq!(error.to_string(), "b: there is no such file");
}
