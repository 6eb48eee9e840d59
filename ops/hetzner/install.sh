#!/bin/sh
# Installs or upgrades the product on this Debian host, as root:
#   install.sh WHEEL requirements.lock tracker.example.com
# Each version has a directory of its own: to go back, link /opt/tracker to the other
# one and restart. Settings go into /etc/tracker/environment; what is there stays.
set -eu

wheel=$1 lock=$2 domain=$3
here=$(dirname "$0")
target=/opt/tracker-$(basename "$wheel" | cut -d- -f2)

python3 -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    --requirement "$lock"
"$target/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --force-reinstall "$wheel"
ln -sfn "$target" /opt/tracker

id tracker >/dev/null 2>&1 ||
    useradd --system --home-dir /var/lib/tracker --shell /usr/sbin/nologin tracker
install -d -m 700 /etc/tracker
[ -s /etc/tracker/secret_key ] ||
    (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >/etc/tracker/secret_key)
[ -s /etc/tracker/environment ] ||
    printf 'APP_ENV=production\nPUBLIC_URL=https://%s\nADMIN_EMAIL=admin@%s\n' \
        "$domain" "$domain" >/etc/tracker/environment

install -m 644 "$here/tracker@.service" /etc/systemd/system/
sed "s/tracker\.example\.com/$domain/" "$here/Caddyfile" >/etc/caddy/Caddyfile
systemctl daemon-reload
systemctl enable tracker@serve
systemctl restart tracker@serve
systemctl reload caddy
