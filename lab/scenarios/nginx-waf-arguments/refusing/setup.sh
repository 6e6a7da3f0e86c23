{ printf 'list=spring'; for i in $(seq 60); do printf '&p%d=%d' "$i" "$i"; done; } >prices.form
