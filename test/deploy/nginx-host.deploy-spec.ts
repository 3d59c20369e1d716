import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readProjectFile } from '../docs/markdown.js';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = resolve(__dirname, '../..');

/** The block of the page, without the installation, for which a test has its real parts. */
function documentedCommands(): string {
  const page = readProjectFile('docs/deployment.md');
  const block = /^On a host \(Debian\).*?```bash\n(.*?)```/ms.exec(page)?.[1] ?? '';
  const [first, ...rest] = block.split('\n');
  expect(first).toMatch(/^apt-get install /);
  return rest.join('\n');
}

/** A host of its own (network, processes, /etc and /run), with three servers behind a wire. */
const host = (work: string, commands: string): string => `
set -eu
mount -t tmpfs work '${work}'
mkdir '${work}/upper' '${work}/work'
mount -t overlay etc -o lowerdir=/etc,upperdir='${work}/upper',workdir='${work}/work' /etc
mount -t tmpfs run /run
mount -t tmpfs logs /var/log/nginx
ip link set lo up
ip netns add servers
ip link add near type veth peer name far netns servers
ip addr add 10.0.0.1/24 dev near
ip link set near up
ip -n servers link set lo up
ip -n servers link set far up
for number in 1 2 3; do ip -n servers addr add 10.0.0.1$number/24 dev far; done
ip netns exec servers '${process.execPath}' -e '
  require("node:http").createServer((request, response) => response.end("hello " + request.headers.host)).listen(8000)
' >/dev/null 2>&1 &
${commands}
curl() { command curl -sS --retry 30 --retry-all-errors --fail --retry-delay 1 "$@"; echo; }
curl -H 'Host: mcpo-api.yourdomain.com' http://127.0.0.1:8000/health
curl --cacert /etc/nginx/ssl/mcpo.crt --resolve mcpo-api.yourdomain.com:443:127.0.0.1 https://mcpo-api.yourdomain.com/health
service nginx stop
`;

describeWithParts(
  'The nginx block of docs/deployment.md',
  ['nginx', 'openssl', 'envsubst', 'curl', 'ip', 'unshare', 'root'],
  () => {
    it('works as it is written', () => {
      const work = mkdtempSync(join(tmpdir(), 'mcpo-nginx-host-'));
      const alone = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
      const output = execFileSync('unshare', [...alone, 'bash', '-c', host(work, documentedCommands())], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      rmSync(work, { recursive: true });
      expect(output.match(/hello mcpo-api\.yourdomain\.com/g)).toHaveLength(2);
    });
  },
);
