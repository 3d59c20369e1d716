import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './programs.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOST_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const CERTIFICATES = '/etc/stand-in-ca.crt';

/** The image from which all other stand-ins are built, with the programs of Debian that they stand for. */
const SERVICES = 'mcpo-stand-in/services:1';

/**
 * Where no registry can be reached, the images that the files name are made here, from Debian's packages, with the
 * entry points and paths of the originals. `STAND_INS=0` uses the originals.
 */
export class StandIns {
  constructor(daemon, cache) {
    this.daemon = daemon;
    this.cache = cache;
  }

  /** `node:24-bookworm-slim`: Debian's minimum with the Node that this project pins, npm, and nothing more. */
  async node(tag) {
    if (await this.#has(tag)) return;
    const root = await this.#debian();
    const node = join(ROOT, 'node_modules/node/bin/node');
    const npm = dirname(
      dirname((await run('readlink', ['-f', (await run('which', ['npm'])).stdout])).stdout),
    );
    const target = join(this.cache, 'node-root');
    await rm(target, { recursive: true, force: true });
    await run('cp', ['-a', root, target]);
    await cp(node, join(target, 'usr/local/bin/node'));
    await mkdir(join(target, 'usr/local/lib/node_modules'), { recursive: true });
    await cp(npm, join(target, 'usr/local/lib/node_modules/npm'), { recursive: true });
    for (const program of ['npm', 'npx']) {
      const link = join(target, 'usr/local/bin', program);
      await run('ln', ['-sf', `../lib/node_modules/npm/bin/${program}-cli.js`, link]);
    }
    await this.#import(target, tag, ['ENV NODE_EXTRA_CA_CERTS=' + CERTIFICATES, 'CMD ["node"]']);
  }

  /** Everything else, by the name of the image without its registry and tag. */
  async service(tag) {
    const kind = Object.keys(ENTRY_POINTS).find((name) => tag.startsWith(`${name}:`));
    if (kind === undefined) throw new Error(`There is no stand-in for ${tag}: add one to stand-ins.mjs`);
    await this.#services();
    const directory = join(this.cache, 'context');
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const { dockerfile, files = {} } = ENTRY_POINTS[kind];
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(directory, name), text, { mode: 0o755 });
    }
    await writeFile(join(directory, 'Dockerfile'), `FROM ${SERVICES}\n${dockerfile}\n`);
    await this.daemon.docker(['build', '-q', '-t', tag, directory]);
  }

  async #services() {
    if (await this.#has(SERVICES)) return;
    const packages = [
      ...['nginx-light', 'gettext-base', 'openssl', 'curl', 'busybox', 'redis-server'],
      ...['prometheus', 'prometheus-alertmanager'],
    ];
    const root = join(this.cache, 'services-root');
    await rm(root, { recursive: true, force: true });
    await run('cp', ['-a', await this.#debian(), root]);
    // Packages start no service in there.
    await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    await cp('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
    const inside = (...args) =>
      run('chroot', [root, ...args], { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
    await inside('apt-get', 'update', '-qq');
    await inside('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages);
    await inside('apt-get', 'clean');
    // The images of Prometheus have busybox's.
    await inside('ln', '-s', '/bin/busybox', '/usr/local/bin/wget');
    await this.#import(root, SERVICES, ['CMD ["sh"]']);
  }

  async #debian() {
    const root = join(this.cache, 'debian-root');
    if (existsSync(join(root, 'complete'))) return root;
    await rm(root, { recursive: true, force: true });
    const include = '--include=ca-certificates,libstdc++6,libatomic1';
    await run('debootstrap', ['--variant=minbase', include, 'bookworm', root]);
    await run('chroot', [root, 'apt-get', 'clean']);
    if (existsSync(HOST_CERTIFICATES)) await cp(HOST_CERTIFICATES, join(root, CERTIFICATES));
    await writeFile(join(root, 'complete'), '');
    return root;
  }

  async #import(root, tag, changes) {
    const archive = `${root}.tar`;
    await run('tar', ['-C', root, '--exclude=./var/lib/apt/lists/*', '-cf', archive, '.']);
    await this.daemon.docker(['import', ...changes.flatMap((change) => ['--change', change]), archive, tag]);
    await rm(archive);
    await rm(root, { recursive: true, force: true });
  }

  async #has(tag) {
    return (await this.daemon.docker(['image', 'inspect', tag], { mayFail: true })).code === 0;
  }
}

/** What the entry point of the official nginx image does with templates: only variables that are set are replaced. */
const NGINX_ENTRY_POINT = `#!/bin/sh
set -e
if [ "$1" = nginx ] && [ -d /etc/nginx/templates ]; then
  defined=$(printf '\${%s} ' $(env | cut -d= -f1))
  for template in /etc/nginx/templates/*.template; do
    envsubst "$defined" < "$template" > "/etc/nginx/conf.d/$(basename "$template" .template)"
  done
fi
exec "$@"
`;

const ENTRY_POINTS = {
  nginx: {
    files: { 'docker-entrypoint.sh': NGINX_ENTRY_POINT },
    dockerfile: `COPY docker-entrypoint.sh /
RUN rm -rf /etc/nginx/conf.d/* /etc/nginx/sites-enabled /etc/nginx/modules-enabled \\
 && sed -i 's,include /etc/nginx/sites-enabled.*,,; s,^user .*,user www-data;,; s,access_log .*;,access_log /dev/stdout;,; s,error_log .*;,error_log /dev/stderr;,' /etc/nginx/nginx.conf
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log \\
 && rm -rf /var/lib/nginx && ln -s /var/cache/nginx /var/lib/nginx
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]`,
  },
  redis: {
    dockerfile: 'WORKDIR /data\nRUN chown redis:redis /data\nUSER redis\nCMD ["redis-server"]',
  },
  'prom/prometheus': {
    dockerfile: `RUN mkdir -p /prometheus && chown nobody /prometheus
USER nobody
WORKDIR /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]`,
  },
  'prom/alertmanager': {
    dockerfile: `RUN mkdir -p /alertmanager && chown nobody /alertmanager
USER nobody
WORKDIR /alertmanager
ENTRYPOINT ["/usr/bin/prometheus-alertmanager"]
CMD ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"]`,
  },
  'grafana/grafana': {
    // Its health page alone: there is no Grafana among Debian's packages.
    dockerfile: `RUN mkdir -p /www/api && echo '{"database":"ok"}' > /www/api/health
CMD ["busybox", "httpd", "-f", "-p", "3000", "-h", "/www"]`,
  },
  'ghcr.io/ggml-org/llama.cpp': {
    // Its health page alone: there is no model here.
    dockerfile: `RUN mkdir -p /www && echo '{"status":"ok"}' > /www/health
ENTRYPOINT ["sh", "-c", "exec busybox httpd -f -p 8080 -h /www"]`,
  },
};
