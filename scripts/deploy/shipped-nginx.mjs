// The nginx configuration that is shipped, made to run in a directory of its own: only paths, ports and the addresses
// of the replicas are others. As a program: node scripts/deploy/shipped-nginx.mjs DIRECTORY OPTIONS-AS-JSON
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url));

/** What the nginx image brings itself. */
const MAIN = (directory, user) => `
${user}
worker_processes 2;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log warn;
events { worker_connections 4096; }
http {
  keepalive_timeout 65;
  access_log ${directory}/access.log;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  include ${directory}/conf.d/*.conf;
}
`;

/**
 * Writes the configuration and makes a certificate.
 *
 * @param options.backends three addresses with a port, for mcpo-1, mcpo-2 and mcpo-3
 * @param options.keepsConnections whether connections to the replicas are used again, as is shipped
 * @param options.realIp what stands in real-ip.conf, where a CDN is in front
 * @returns the arguments of nginx
 */
export function renderShippedNginx(
  directory,
  { backends, httpPort, httpsPort, host = 'localhost', realIp, keepsConnections = true },
) {
  for (const part of ['conf.d', 'ssl']) mkdirSync(join(directory, part), { recursive: true });
  // The workers are another user, and have to get to their temporary files.
  chmodSync(directory, 0o755);
  cpSync(join(SHIPPED, 'mcpo'), join(directory, 'mcpo'), { recursive: true });
  if (realIp !== undefined) writeFileSync(join(directory, 'mcpo/real-ip.conf'), realIp);
  let text = readFileSync(join(SHIPPED, 'templates/mcpo.conf.template'), 'utf8')
    .replaceAll('${MCPO_HOST}', host)
    .replaceAll('/etc/nginx/', `${directory}/`)
    .replace('listen 8000;', `listen 127.0.0.1:${httpPort};`)
    .replace('listen 443 ', `listen 127.0.0.1:${httpsPort} `);
  if (!keepsConnections) text = text.replace(/^ *keepalive(_timeout)? .*\n/gm, '');
  backends.forEach((backend, index) => (text = text.replaceAll(`mcpo-${index + 1}:8000`, backend)));
  writeFileSync(join(directory, 'conf.d/mcpo.conf'), text);
  execFileSync(join(SHIPPED, 'make-certificate.sh'), [join(directory, 'ssl')], {
    env: { ...process.env, MCPO_HOST: host },
  });
  writeFileSync(join(directory, 'nginx.conf'), MAIN(directory, process.getuid() === 0 ? 'user root;' : ''));
  return ['-p', directory, '-c', join(directory, 'nginx.conf'), '-g', 'daemon off;'];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, options] = process.argv.slice(2);
  console.log(JSON.stringify(renderShippedNginx(directory, JSON.parse(options))));
}
