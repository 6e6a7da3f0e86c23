#!/usr/bin/env bash
# Installs what the lab and the tests with the feature `real` need: Debian packages (apt.txt), Python packages
# (requirements.txt and requirements-alone.txt, into .lab/venv) and npm packages (package.json, into .lab/node). Does only what is missing, and
# starts no service.
set -euo pipefail
lab=$(cd "$(dirname "$0")" && pwd)
home=${WHY403_LAB_HOME:-$(dirname "$lab")/.lab}
mkdir -p "$home"

main() {
  install_debian
  install_python
  install_node
  make_certificate
  summary
}

install_debian() {
  local wanted missing=()
  mapfile -t wanted < <(grep -Ev '^(#|$)' "$lab/apt.txt")
  for package in "${wanted[@]}"; do
    installed "$package" || missing+=("$package")
  done
  # A nodejs package from elsewhere brings npm along; Debian's own does not.
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    echo "error: these Debian packages are missing, and installing them needs root. Run:" >&2
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    echo "  sudo systemctl disable --now nginx apache2 haproxy caddy squid   # the lab starts its own" >&2
    exit 1
  fi
  forbid_services
  local apt=(apt-get -y -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0)
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update >"$home/apt.log" 2>&1 || true
  if ! "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$home/apt.log" 2>&1; then
    tail -n 20 "$home/apt.log" >&2
    echo "error: apt-get could not install: ${missing[*]} (whole log: $home/apt.log)" >&2
    exit 1
  fi
  allow_services
}

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian starts a service as soon as its package is there. invoke-rc.d(8) asks policy-rc.d first; 101 forbids it.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [ -e $policy ] && return
  printf '#!/bin/sh\n# why403 lab\nexit 101\n' >$policy
  chmod 755 $policy
  trap allow_services EXIT
}
allow_services() {
  if grep -qs '^# why403 lab$' $policy; then rm -f $policy; fi
}

# The system's own Python, because Apache's mod_wsgi is built for it.
install_python() {
  local stamp="$home/venv/requirements.txt"
  cat "$lab/requirements.txt" "$lab/requirements-alone.txt" | cmp -s - "$stamp" && return
  [ -x "$home/venv/bin/pip" ] || /usr/bin/python3 -m venv "$home/venv"
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check -r "$lab/requirements.txt"
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$lab/requirements-alone.txt"
  cat "$lab/requirements.txt" "$lab/requirements-alone.txt" >"$stamp"
}

install_node() {
  local stamp="$home/node/.installed.json"
  cmp -s "$lab/package.json" "$stamp" && return
  mkdir -p "$home/node"
  cp "$lab/package.json" "$home/node/package.json"
  npm install --prefix "$home/node" --no-package-lock --no-audit --no-fund --loglevel=error
  cp "$lab/package.json" "$stamp"
}

# A certificate for localhost that signs itself: curl --cacert .lab/tls/cert.pem
make_certificate() {
  [ -f "$home/tls/cert.pem" ] && return
  mkdir -p "$home/tls"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,DNS:shop.example,IP:127.0.0.1' \
    -keyout "$home/tls/key.pem" -out "$home/tls/cert.pem" 2>/dev/null
}

summary() {
  grep -Ev '^(#|$)' "$lab/apt.txt" | xargs dpkg-query -W -f '${Package} ${Version}\n'
  "$home/venv/bin/pip" list --format freeze --disable-pip-version-check | tr _ - | grep -iFf <(sed -n 's/==.*/==/p' "$lab/requirements.txt")
  for package in $(sed -n 's/^    "\([^"]*\)":.*/\1/p' "$lab/package.json"); do
    node -p "'$package ' + require('$home/node/node_modules/$package/package.json').version"
  done
}

main
