{ printf '{"note":"'; head -c 2000 /dev/zero | tr '\0' a; printf '"}'; } >orders.json
