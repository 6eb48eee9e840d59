#!/bin/sh
# Makes ops/secrets/ for compose.yaml, once; what is there stays as it is.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

made() { [ -s "secrets/$1" ] || { cat >"secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

random | made postgres_password
random | made redis_password
random | made s3_secret_key
random | made secret_key
printf 'postgresql://tracker:%s@postgres:5432/tracker' "$(cat secrets/postgres_password)" | made database_url
printf 'redis://:%s@redis:6379/0' "$(cat secrets/redis_password)" | made redis_url
# Compose mounts them as they are; in the containers they are read by accounts that
# this machine doesn't know. The directory keeps everybody else out.
chmod 444 secrets/*
