#!/bin/sh
# Makes the socket unit listen where BIND_IP, MCP_PORT and HTTPS_* of the environment file say. To be run as root when
# one of them has changed; then: systemctl restart mcpo-mcp-server. With --check it does nothing, and fails where there
# is something to do.
set -eu
environment=/etc/mcpo-mcp-server/environment
socket=mcpo-mcp-server.socket
file=/etc/systemd/system/$socket.d/listen-on.conf

# The last line counts, as it does for systemd; quotes may stand around the value.
setting() {
  value=$(sed -n "s/^[[:space:]]*$1=//p" "$environment" 2>/dev/null | tail -n 1 | tr -d "\"'[:space:]")
  printf '%s' "${value:-$2}"
}

addresses() {
  host=$(setting BIND_IP 0.0.0.0)
  case $host in *:*) host="[$host]" ;; esac
  printf '[Socket]\nListenStream=\nListenStream=%s:%s\n' "$host" "$(setting MCP_PORT 8000)"
  case $(setting HTTPS_ENABLED false) in
    [Tt][Rr][Uu][Ee]) printf 'ListenStream=%s:%s\n' "$host" "$(setting HTTPS_PORT 8443)" ;;
  esac
}

wanted=$(addresses)
[ "$wanted" != "$(cat "$file" 2>/dev/null || true)" ] || exit 0
[ "${1:-}" != --check ] || exit 1
mkdir -p "${file%/*}"
printf '%s\n' "$wanted" >"$file"
systemctl daemon-reload
# It listens anew with the next start of the server.
systemctl stop "$socket" mcpo-mcp-server.service 2>/dev/null || true
