//! `@ipMatch`: addresses and networks.

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads a list of addresses and networks separated by commas or white space.
pub(super) fn parse(text: &str) -> Result<Vec<IpNet>, String> {
    text.split([',', ' ', '\t', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty() && !word.starts_with('#'))
        .map(|word| {
            word.parse::<IpNet>()
                .or_else(|_| word.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| format!("`{word}` is no address or network"))
        })
        .collect()
}

/// Whether an address, as text, is in one of the networks.
pub(super) fn contains(networks: &[IpNet], address: &[u8]) -> bool {
    let address = std::str::from_utf8(address).ok().and_then(|text| text.trim().parse::<IpAddr>().ok());
    address.is_some_and(|address| networks.iter().any(|network| network.contains(&address)))
}
