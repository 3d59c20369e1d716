#!/usr/bin/env bash
# backup.sh [DIRECTORY]: writes mcpo-config-backup-YYYYMMDD.tar.gz into it (default: where you are): the configuration
# with its secrets, package.json (the version), what the server keeps (pins), and the audit trail. A second backup on one
# day takes the place of the first. KEEP (30) backups are kept.
set -euo pipefail
umask 077

directory=${1:-.}
keep=${KEEP:-30}
target=$directory/mcpo-config-backup-$(date +%Y%m%d).tar.gz
unfinished=$target.unfinished
trap 'rm -f "$unfinished"' EXIT

# The guide's two, which have to be there, and what there is besides.
paths=(/etc/mcpo-mcp-server/ /opt/mcpo-mcp-server/package.json)
for path in "${paths[@]}"; do
  [[ -e $path ]] && continue
  echo "backup.sh: $path is not there: no server is installed on this machine (docs/systemd.md; with Compose: docs/deployment.md, \"Backup\")" >&2
  exit 1
done
for path in /etc/systemd/system/mcpo-mcp-server.service.d /var/lib/mcpo-mcp-server /var/log/mcpo-mcp-server/audit.jsonl*; do
  [[ ! -e $path ]] || paths+=("$path")
done

# Names without the slash in front, without a word about it. The audit trail grows meanwhile, which tar answers with 1.
code=0
tar -C / --warning=no-file-changed -czf "$unfinished" "${paths[@]#/}" || code=$?
((code <= 1)) || exit "$code"
tar -tzf "$unfinished" >/dev/null
mv "$unfinished" "$target"
echo "$target"

mapfile -t old < <(find "$directory" -maxdepth 1 -name 'mcpo-config-backup-*.tar.gz' | sort -r | tail -n +$((keep + 1)))
((${#old[@]} == 0)) || rm -f "${old[@]}"
