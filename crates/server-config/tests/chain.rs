//! Chains of servers: found by their sockets, walked hop by hop.

use server_config::chain::{self, Server};
use server_config::walk::Answer;
use server_config::{Configuration, Coverage, FileTree, Product, Request};

const EDGE: &str = "upstream inner { server 127.0.0.1:8080; }\nserver {\n    listen 80;\n    location / {\n        \
                    proxy_pass http://inner;\n        proxy_set_header X-Forwarded-For $remote_addr;\n    }\n}\n";
const INNER: &str = "server {\n    listen 127.0.0.1:8080;\n    location / {\n        allow 192.0.2.0/24;\n        \
                     deny all;\n    }\n}\n";

fn server(name: &str, text: &str) -> Server {
    let files = FileTree::in_memory(Coverage::Part, [(name, text)]);
    let configuration = Configuration::load(Product::Nginx, &files, name).expect("nginx is simulated");
    Server { configuration, files, peer: None }
}

#[test]
fn the_inner_server_sees_the_outer_one_as_its_client() {
    let servers = [server("inner.conf", INNER), server("edge.conf", EDGE)];
    let request = Request::new("POST", "http://shop.example/a").from_client([192, 0, 2, 7].into());
    let hops = chain::walk(&servers, &request);
    let order: Vec<usize> = hops.iter().map(|hop| hop.server).collect();
    assert_eq!(order, [1, 0]);
    assert_eq!(hops[1].request.client, Some([127, 0, 0, 1].into()));
    assert_eq!(hops[1].request.header("X-Forwarded-For").unwrap().known(), Some("192.0.2.7"));
    let outcome = &hops[1].walk.outcome;
    assert_eq!(outcome.answer, Answer::Status(403));
    assert_eq!(outcome.decided_by.as_ref().unwrap().to_string(), "inner.conf:5");
    let conditions: Vec<&str> = outcome.conditions.iter().map(|condition| condition.text.as_str()).collect();
    assert_eq!(conditions, ["allow 192.0.2.0/24", "location /"]);
}

#[test]
fn a_port_that_nobody_listens_on_is_taken_for_one_in_front() {
    let servers = [server("inner.conf", INNER), server("edge.conf", EDGE)];
    let hops = chain::walk(&servers, &Request::new("GET", "http://shop.example:9000/"));
    assert_eq!((hops.len(), hops[0].server), (2, 1));
    assert_eq!(hops[0].assuming[0].to_string(), "that what comes to port 9000 arrives at port 80");
}

#[test]
fn a_server_that_passes_to_itself_is_walked_once() {
    let text = "server {\n listen 127.0.0.1:81;\n location / { proxy_pass http://127.0.0.1:81; }\n}\n";
    let hops = chain::walk(&[server("a", text)], &Request::new("GET", "http://127.0.0.1:81/"));
    assert_eq!(hops.len(), 1);
}
