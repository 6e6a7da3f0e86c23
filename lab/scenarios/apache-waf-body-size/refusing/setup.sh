{ printf '{"note":"'; head -c 200000 /dev/zero | tr '\0' a; printf '"}'; } >orders.json
