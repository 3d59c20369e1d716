#!/usr/bin/env bash
# Installs the MCPO MCP Server as a systemd service, upgrades it, and takes it away again. Needs no network.
# docs/systemd.md describes what it does.
set -euo pipefail
umask 022

readonly NAME=mcpo-mcp-server SERVICE=mcpo-mcp-server.service SOCKET=mcpo-mcp-server.socket
readonly TIMER=mcpo-backup.timer MCPO_USER=mcpo
readonly PROGRAM=/opt/$NAME CONFIGURATION=/etc/$NAME LOGS=/var/log/$NAME STATE=/var/lib/$NAME
readonly BACKUPS=/var/backups/$NAME UNITS=/etc/systemd/system LOGROTATE=/etc/logrotate.d/$NAME
readonly ENVIRONMENT=$CONFIGURATION/environment COMMAND=/usr/local/bin/$NAME
readonly NEXT=$PROGRAM.next PREVIOUS=$PROGRAM.previous
readonly UNIT_FILES=(mcpo-mcp-server.service mcpo-mcp-server.socket mcpo-backup.service mcpo-backup.timer)
readonly LEAST_NODE=22.19.0
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly SOURCE

dry_run=false
changed=false
release=

usage() {
  cat <<TEXT
Usage: sudo ./install-mcpo-production.sh [--dry-run] [--uninstall | --purge]

Without an option: installs the server, or upgrades it. A version that does not become healthy is taken back.

  --dry-run     say what would be done, and do nothing
  --uninstall   take the program and its units away; configuration, logs, backups and the user stay
  --purge       take those away too
  --help        print this text
TEXT
}

say() { printf '%s\n' "$*"; }

die() {
  printf 'install-mcpo-production.sh: %s\n' "$*" >&2
  exit 1
}

# Everything that changes the host goes through here.
run() {
  if $dry_run; then
    say "would run: $*"
  else
    "$@"
  fi
}

require_programs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || die "$program is not on the PATH: install it"
  done
}

# --- The program -----------------------------------------------------------------------------------------------------

at_least() { [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# The release brings its Node along; without one, the host's has to do.
find_node() {
  local node=$SOURCE/bin/node version
  [[ -x $node ]] || node=$SOURCE/node_modules/node/bin/node
  [[ -x $node ]] || node=$(command -v node || true)
  local ways="unpack a release, which brings its own, or run \"npm ci && npm run build\" in $SOURCE, which brings Node 24"
  [[ -n $node ]] || die "there is no Node: $ways"
  version=$("$node" --version) || die "$node does not run on this machine: $ways"
  at_least "${version#v}" "$LEAST_NODE" || die "$node is ${version#v}, and $LEAST_NODE or later is needed: $ways"
  readlink -f "$node"
}

# Sets `release` to the directory of an unpacked release. A checkout has development dependencies, and more, that have no
# place on a server: what belongs there is the knowledge of scripts/release.mjs, which makes releases.
find_release() {
  local node=$1
  release=$SOURCE
  [[ ! -f $SOURCE/RELEASE ]] || return 0
  [[ -f $SOURCE/dist/main.js && -d $SOURCE/node_modules ]] ||
    die "there is no built server in $SOURCE: unpack a release, or run \"npm ci && npm run build\" there"
  release=$(mktemp -d)
  trap 'rm -rf "$release" "$NEXT"' EXIT
  "$node" "$SOURCE/scripts/release.mjs" --directory "$release"
}

copy_program() {
  local node=$1
  rm -rf "$NEXT"
  mkdir "$NEXT"
  tar -C "$release" -cf - . | tar -C "$NEXT" --no-same-owner -xf -
  mkdir -p "$NEXT/bin"
  [[ -x $NEXT/bin/node ]] || ln -s "$node" "$NEXT/bin/node"
  chown -R root:root "$NEXT"
  chmod -R u=rwX,go=rX "$NEXT"
}

version_in() { sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$1/package.json"; }

same_program() {
  local options=(--recursive --brief --no-dereference)
  # The host's Node is a link of ours.
  [[ -x $release/bin/node ]] || options+=(--exclude=bin)
  [[ -d $PROGRAM ]] && diff "${options[@]}" "$release" "$PROGRAM" >/dev/null
}

# --- User, directories, secrets --------------------------------------------------------------------------------------

make_user() {
  getent passwd "$MCPO_USER" >/dev/null && return
  run useradd --system --user-group --no-create-home --home-dir "$STATE" --shell /usr/sbin/nologin "$MCPO_USER"
  changed=true
}

make_directory() {
  local path=$1 owner=$2 mode=$3
  [[ -d $path && $(stat -c '%U %a' "$path") == "$owner $mode" ]] && return
  run install -d -o "$owner" -g "$owner" -m "$mode" "$path"
  changed=true
}

make_directories() {
  make_directory "$CONFIGURATION" root 755
  make_directory "$LOGS" "$MCPO_USER" 750
  make_directory "$STATE" "$MCPO_USER" 750
  make_directory "$BACKUPS" root 700
}

is_set() { [[ -f $ENVIRONMENT ]] && grep -Eq "^[[:space:]]*$1=['\"]?[^'\"[:space:]]" "$ENVIRONMENT"; }

add_secret() {
  local name=$1
  is_set "$name" && return
  changed=true
  if $dry_run; then
    say "would add a new $name to $ENVIRONMENT"
    return
  fi
  # A last line without an end would swallow this one.
  [[ ! -s $ENVIRONMENT || -z $(tail -c 1 "$ENVIRONMENT") ]] || printf '\n' >>"$ENVIRONMENT"
  printf '%s=%s\n' "$name" "$(openssl rand -hex 32)" >>"$ENVIRONMENT"
  say "Added a new $name to $ENVIRONMENT"
}

# An environment file of an older installation is taken over: what it sets stays, what it lacks is added.
make_secrets() {
  if [[ ! -f $ENVIRONMENT ]]; then
    changed=true
    run install -m 600 "$SOURCE/deploy/systemd/environment" "$ENVIRONMENT"
  elif [[ $(stat -c '%U %a' "$ENVIRONMENT") != 'root 600' ]]; then
    changed=true
    run chown root:root "$ENVIRONMENT"
    run chmod 600 "$ENVIRONMENT"
  fi
  is_set MCP_API_KEYS_FILE || add_secret MCP_API_KEYS
  add_secret MCP_STATE_SECRET
  is_set AUDIT_KEY_FILE || add_secret AUDIT_KEY
}

# --- Units -----------------------------------------------------------------------------------------------------------

put_file() {
  local from=$1 to=$2
  cmp -s "$from" "$to" && return
  changed=true
  run install -m 644 "$from" "$to"
}

same_files() {
  local file
  for file in "${UNIT_FILES[@]}"; do cmp -s "$release/deploy/systemd/$file" "$UNITS/$file" || return 1; done
  [[ ! -d /etc/logrotate.d ]] || cmp -s "$release/deploy/logrotate/$NAME" "$LOGROTATE" || return 1
  "$release/deploy/systemd/listen-on.sh" --check
}

# What was there is kept beside the previous program, so that both come back together. A run that was cut off has left
# them: what came after them was never proved, and they stay what to go back to.
keep_files() {
  local file
  [[ ! -d $PREVIOUS ]] || return 0
  mkdir -p "$PREVIOUS.files"
  for file in "${UNIT_FILES[@]}"; do
    [[ ! -f $UNITS/$file ]] || cp -p "$UNITS/$file" "$PREVIOUS.files/"
  done
}

put_files() {
  local from=$1 file
  for file in "${UNIT_FILES[@]}"; do put_file "$from/systemd/$file" "$UNITS/$file"; done
  [[ ! -d /etc/logrotate.d ]] || put_file "$from/logrotate/$NAME" "$LOGROTATE"
  [[ $(readlink "$COMMAND") == "$PROGRAM/deploy/systemd/$NAME" ]] ||
    run ln -sfn "$PROGRAM/deploy/systemd/$NAME" "$COMMAND"
}

# --- Install and upgrade ---------------------------------------------------------------------------------------------

# systemctl comes back when the unit is ready, or has failed to become so. What connects meanwhile waits, where there was
# a socket unit before: a server that listens by itself has to let go of its port.
start() {
  run systemctl daemon-reload
  run systemctl reset-failed "$SERVICE" "$SOCKET" 2>/dev/null || true
  systemctl is-active --quiet "$SOCKET" || systemctl stop "$SERVICE" 2>/dev/null || true
  run systemctl restart "$SERVICE"
}

swap() {
  if [[ -d $PREVIOUS ]]; then
    rm -rf "$PROGRAM"
  elif [[ -e $PROGRAM ]]; then
    mv "$PROGRAM" "$PREVIOUS"
  fi
  mv "$NEXT" "$PROGRAM"
}

show_why() {
  say "The new version does not become healthy. Its last lines:"
  journalctl -u "$SERVICE" -n 20 --no-pager -o cat || true
}

take_back() {
  local file
  systemctl stop "$SOCKET" "$SERVICE" || true
  rm -rf "$PROGRAM"
  mv "$PREVIOUS" "$PROGRAM"
  for file in "${UNIT_FILES[@]}"; do
    # One that was not there before goes.
    rm -f "$UNITS/$file"
    [[ ! -f $PREVIOUS.files/$file ]] || cp -p "$PREVIOUS.files/$file" "$UNITS/$file"
  done
  rm -rf "$PREVIOUS.files"
  if start; then
    die "version $(version_in "$PROGRAM") is back in force and healthy"
  fi
  die "version $(version_in "$PROGRAM") is back, and does not become healthy either: journalctl -u $NAME -n 50"
}

put_into_force() {
  keep_files
  swap
  put_files "$PROGRAM/deploy"
  "$PROGRAM/deploy/systemd/listen-on.sh"
  if ! start; then
    show_why
    [[ ! -d $PREVIOUS ]] || take_back
    rm -rf "$PREVIOUS.files"
    systemctl stop "$SOCKET" "$SERVICE" || true
    die "nothing was installed before, so there is nothing to go back to: mend what the lines say and run this again"
  fi
  rm -rf "$PREVIOUS" "$PREVIOUS.files"
}

print_firewall() {
  local port
  port=$(systemctl show -p Environment "$SERVICE" | sed -n 's/.*MCP_PORT=\([0-9]*\).*/\1/p')
  port=${port:-8000}
  cat <<TEXT

Port $port is open on all addresses. To let in nobody but your proxy (10.0.0.5 here), run one of:
  ufw allow from 10.0.0.5 to any port $port proto tcp
  firewall-cmd --permanent --add-rich-rule='rule family=ipv4 source address=10.0.0.5 port port=$port protocol=tcp accept' && firewall-cmd --reload
  nft add rule inet filter input ip saddr 10.0.0.5 tcp dport $port accept
TEXT
}

print_result() {
  say "The MCPO MCP Server $(version_in "$PROGRAM") is healthy."
  say "Its API keys: grep MCP_API_KEYS $ENVIRONMENT"
  say "Service:      systemctl status $NAME"
  say "Log:          journalctl -u $NAME -f"
  print_firewall
}

plan_install() {
  say "would copy the program from $SOURCE to $PROGRAM, and start $SERVICE"
  make_user
  make_directories
  make_secrets
  put_files "$SOURCE/deploy"
  run systemctl enable "$SERVICE" "$SOCKET" "$TIMER"
  say "Nothing was done."
}

enable_units() {
  local unit
  for unit in "$SERVICE" "$SOCKET" "$TIMER"; do
    systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  done
  systemctl is-active --quiet "$TIMER" || systemctl start "$TIMER"
}

install_server() {
  local node
  require_programs systemctl openssl useradd getent install diff tar sed sort
  node=$(find_node)
  if $dry_run; then
    plan_install
    return
  fi
  trap 'rm -rf "$NEXT"' EXIT
  find_release "$node"
  { same_program && same_files && [[ ! -d $PREVIOUS ]]; } || changed=true
  make_user
  make_directories
  make_secrets
  if ! $changed && systemctl is-active --quiet "$SERVICE"; then
    enable_units
    say "Version $(version_in "$PROGRAM") is installed, and healthy. Nothing has changed."
    return
  fi
  copy_program "$node"
  put_into_force
  enable_units
  print_result
}

# --- Away with it ----------------------------------------------------------------------------------------------------

uninstall() {
  require_programs systemctl
  local file
  for file in "$SOCKET" "$SERVICE" "$TIMER" mcpo-backup.service; do
    [[ ! -f $UNITS/$file ]] || run systemctl disable --now --quiet "$file"
  done
  for file in "${UNIT_FILES[@]}"; do run rm -f "$UNITS/$file"; done
  run rm -rf "$PROGRAM" "$NEXT" "$PREVIOUS" "$PREVIOUS.files"
  run rm -f "$LOGROTATE" "$COMMAND" "$UNITS/$SOCKET.d/listen-on.conf"
  [[ ! -d $UNITS/$SOCKET.d ]] || run rmdir --ignore-fail-on-non-empty "$UNITS/$SOCKET.d"
  run rm -f "/var/lib/systemd/timers/stamp-$TIMER"
  run systemctl daemon-reload
  run systemctl reset-failed "$SERVICE" "$SOCKET" mcpo-backup.service 2>/dev/null || true
}

purge() {
  uninstall
  run rm -rf "$CONFIGURATION" "$LOGS" "$STATE" "$BACKUPS" "$UNITS/$SERVICE.d" "$UNITS/$SOCKET.d"
  ! getent passwd "$MCPO_USER" >/dev/null || run userdel "$MCPO_USER"
  ! getent group "$MCPO_USER" >/dev/null || run groupdel "$MCPO_USER"
}

main() {
  local action=install_server
  while (($# > 0)); do
    case $1 in
      --uninstall) action=uninstall ;;
      --purge) action=purge ;;
      --dry-run) dry_run=true ;;
      --help)
        usage
        exit 0
        ;;
      *)
        usage >&2
        exit 64
        ;;
    esac
    shift
  done
  ((EUID == 0)) || die 'run it with sudo'
  "$action"
}

main "$@"
