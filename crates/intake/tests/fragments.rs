//! Fragments of one nginx that come as separate files are one server; two servers in a row are not.

use intake::simulation::{Given, servers};
use server_config::Request;

fn given(texts: &[(&str, &str)]) -> Given {
    servers(texts.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect(), None)
}

const SHOP: &str = "server {\n    listen 80;\n    server_name shop.example;\n    if ($bad) { return 403; }\n    location / { proxy_pass http://127.0.0.1:8080; }\n}\n";
const MAPS: &str = "map $http_user_agent $bad {\n    default 0;\n    ~curl 1;\n}\nlimit_req_zone $binary_remote_addr zone=one:1m rate=1r/s;\n";

#[test]
fn fragments_of_one_server_are_read_together() {
    let given = given(&[("sites-enabled/shop", SHOP), ("conf.d/maps.conf", MAPS)]);
    assert_eq!(given.names, ["sites-enabled/shop"], "{:?}", given.errors);
    let server = &given.servers[0];
    let request = Request::new("POST", "http://shop.example/").with_header("User-Agent", "curl/8");
    let walk = server.configuration.simulate(&request, &server.files);
    assert!(walk.refuses(), "{walk:?}");
    assert_eq!(walk.outcome.decided_by.expect("a rule").to_string(), "sites-enabled/shop:4");
}

#[test]
fn servers_in_a_row_stay_apart() {
    let behind = "server {\n    listen 8080;\n    server_name _;\n    location / { return 403; }\n}\n";
    assert_eq!(given(&[("front.conf", SHOP), ("back.conf", behind)]).names.len(), 2);
    let main = "events {}\nhttp {\n    server_tokens off;\n}\n";
    assert_eq!(given(&[("front.conf", SHOP), ("nginx.conf", main)]).names.len(), 2);
}
