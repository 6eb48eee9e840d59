#!/bin/sh
# Installs or upgrades the product on this Debian host, as root:
#   install.sh FILE tracker.example.com
# FILE is the single file of a release. Each version has a directory of its own: to go
# back, link /opt/tracker to the other one and restart. Settings go into
# /etc/tracker/environment; what is there stays.
set -eu

file=$1 domain=$2
here=$(dirname "$0")
chmod +x "$file"
says=$("$file" --version)
target=/opt/tracker-${says##* }

install -D -m 755 "$file" "$target/bin/tracker"
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
