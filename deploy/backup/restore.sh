#!/usr/bin/env bash
# restore.sh BACKUP.tar.gz: puts a backup of backup.sh back onto a host on which the server is installed: keys,
# configuration, pins and audit trail. What it replaces is moved to /var/backups/mcpo-mcp-server/before-restore-*.
set -euo pipefail
umask 077

SERVICE=mcpo-mcp-server.service
SOCKET=mcpo-mcp-server.socket
INSTALLED=(etc/mcpo-mcp-server etc/systemd/system/mcpo-mcp-server.service.d var/lib/mcpo-mcp-server)
AUDIT=var/log/mcpo-mcp-server

die() {
  echo "restore.sh: $*" >&2
  exit 1
}

backup=${1:?usage: restore.sh BACKUP.tar.gz}
((EUID == 0)) || die 'run it as root'
[[ -r $backup ]] || die "there is no $backup"
[[ -e /opt/mcpo-mcp-server/package.json ]] || die 'install the server first: install-mcpo-production.sh'
names=$(tar -tzf "$backup") || die "$backup is not a whole backup"
strange=$(grep -Ev '^(etc/(mcpo-mcp-server|systemd/system/mcpo-mcp-server\.service\.d)|var/lib/mcpo-mcp-server|var/log/mcpo-mcp-server/audit\.jsonl[^/]*|opt/mcpo-mcp-server/package\.json)(/|$)' <<<"$names" || true)
strange+=$(grep -E '(^|/)\.\.(/|$)' <<<"$names" || true)
[[ -z $strange ]] || die "$backup holds what no backup of this server holds: $strange"
grep -qx 'etc/mcpo-mcp-server/environment' <<<"$names" || die "$backup has no /etc/mcpo-mcp-server/environment"

version_in() { sed -n 's/^ *"version": "\(.*\)",$/\1/p'; }
from=$(tar -xzOf "$backup" opt/mcpo-mcp-server/package.json | version_in)
to=$(version_in </opt/mcpo-mcp-server/package.json)
[[ $from == "$to" ]] || echo "The backup is of version $from; $to is installed."

# Unpacked beside first: a disk that is full leaves everything as it was.
aside=/var/backups/mcpo-mcp-server/before-restore-$(date +%Y%m%dT%H%M%S)
unpacked=$aside.new
mkdir -p "$aside/$AUDIT" "$unpacked"
trap 'rm -rf "$unpacked"' EXIT
tar -C "$unpacked" -xpzf "$backup"

systemctl stop "$SOCKET" "$SERVICE"
for path in "${INSTALLED[@]}"; do
  [[ -e $unpacked/$path ]] || continue
  mkdir -p "$aside/${path%/*}"
  [[ ! -e /$path ]] || mv "/$path" "$aside/$path"
  mv "$unpacked/$path" "/$path"
done
find "/$AUDIT" -maxdepth 1 -name 'audit.jsonl*' -exec mv -t "$aside/$AUDIT" {} +
if [[ -d $unpacked/$AUDIT ]]; then
  find "$unpacked/$AUDIT" -maxdepth 1 -name 'audit.jsonl*' -exec mv -t "/$AUDIT" {} +
  # The user may have another number on this host.
  chown mcpo:mcpo "/$AUDIT"/audit.jsonl*
fi
[[ ! -d /var/lib/mcpo-mcp-server ]] || chown -R mcpo:mcpo /var/lib/mcpo-mcp-server
systemctl daemon-reload
/opt/mcpo-mcp-server/deploy/systemd/listen-on.sh
systemctl start "$SERVICE"
echo "Restored from $backup. What was there before: $aside"
