// Makes sure that the programs from outside npm, which the tests need, are there. As root on Debian or Ubuntu what is
// missing is installed (NO_INSTALL=1 forbids it); elsewhere it is listed, and the suites that need it are skipped by
// name.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Program on the PATH -> the Debian package that brings it. Not among them: kubectl, of which Debian's is too old for
 * k8s/ (1.21 or later is needed).
 */
const PARTS = {
  ip: 'iproute2',
  ss: 'iproute2',
  ping: 'iputils-ping',
  traceroute: 'traceroute',
  tracepath: 'iputils-tracepath',
  arping: 'iputils-arping',
  nft: 'nftables',
  ethtool: 'ethtool',
  setpriv: 'util-linux',
  getcap: 'libcap2-bin',
  curl: 'curl',
  dig: 'bind9-dnsutils',
  named: 'bind9',
  'dnssec-signzone': 'bind9-utils',
  jq: 'jq',
  'redis-server': 'redis-server',
  nginx: 'nginx-light',
  openssl: 'openssl',
  envsubst: 'gettext-base',
  promtool: 'prometheus',
  prometheus: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  shellcheck: 'shellcheck',
  'systemd-analyze': 'systemd',
  'systemd-socket-activate': 'systemd',
  chromium: 'chromium',
  busybox: 'busybox',
  python3: 'python3',
  logrotate: 'logrotate',
  'linux.uml': 'user-mode-linux',
  modprobe: 'kmod',
  'iptables-legacy': 'iptables',
  mtr: 'mtr-tiny',
  'docker-compose': 'docker-compose',
};

const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
const isPresent = (program) =>
  directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const missingParts = () => Object.keys(PARTS).filter((program) => !isPresent(program));

function isDebianLike() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function install(packages) {
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  console.log(`Installing what the tests need: ${packages.join(' ')}`);
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}

const packages = [...new Set(missingParts().map((program) => PARTS[program]))];
if (packages.length > 0) {
  const mayInstall = process.getuid?.() === 0 && isDebianLike() && process.env.NO_INSTALL !== '1';
  if (mayInstall) {
    try {
      install(packages);
    } catch (error) {
      console.error(`The installation failed: ${error.message}`);
    }
  }
  const missing = missingParts();
  if (missing.length > 0) {
    console.log(`Not on the PATH: ${missing.join(', ')}. The suites that need them are skipped by name.`);
    console.log(`To run them: apt-get install ${[...new Set(missing.map((part) => PARTS[part]))].join(' ')}`);
    if (process.env.REQUIRE_REAL_PARTS === '1') process.exit(1);
  }
}
