#!/bin/sh
# Makes a self-signed pair at the paths of mcpo.conf, once. A pair that is there, yours or an earlier one, is left alone.
set -eu
directory=${1:-/etc/nginx/ssl}
certificate=$directory/mcpo.crt
key=$directory/mcpo.key
host=${MCPO_HOST:-localhost}

if [ -e "$certificate" ] && [ -e "$key" ]; then
  echo "$certificate is there: it is used."
  exit 0
fi
if [ -e "$certificate" ] || [ -e "$key" ]; then
  echo "Only one of $certificate and $key is there: put both there, or none." >&2
  exit 1
fi
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj "/CN=$host" \
  -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" -keyout "$key.new" -out "$certificate.new" 2>/dev/null
chmod 644 "$certificate.new"
mv "$key.new" "$key"
mv "$certificate.new" "$certificate"
echo "Made a self-signed certificate for $host. For clients elsewhere, put one of a public authority in its place."
