import { run } from './programs.mjs';

/** Calls in a row from one address; prints the status codes. */
const CALLS = `
const { request } = require('node:http');
const [localAddress, url, count, headers] = JSON.parse(process.argv[1]);
const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}';
const call = () => new Promise((resolve, reject) => {
  request(url, { method: 'POST', localAddress, headers: { host: 'localhost', 'x-api-key': 'your-api-key-1', ...headers } }, (response) => {
    response.resume().once('end', () => resolve(response.statusCode));
  }).on('error', reject).end(body);
});
(async () => {
  const codes = [];
  for (let at = 0; at < count; at += 1) codes.push(await call());
  console.log(JSON.stringify(codes));
})();
`;

/** A network namespace with two addresses, from which this machine is called as a stranger would call it. */
export class ClientNamespace {
  /** The address of this machine, as seen from there. */
  gateway = '10.231.7.1';
  addresses = ['10.231.7.2', '10.231.7.3'];

  static async create(onEnd) {
    const client = new ClientNamespace();
    client.name = `mcpo-client-${process.pid}`;
    const device = `mcpo${process.pid}`.slice(0, 14);
    onEnd(() => run('ip', ['netns', 'delete', client.name], { mayFail: true }));
    const ip = (...args) => run('ip', args);
    await ip('netns', 'add', client.name);
    await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'client0', 'netns', client.name);
    await ip('addr', 'add', `${client.gateway}/24`, 'dev', device);
    await ip('link', 'set', device, 'up');
    for (const address of client.addresses) {
      await ip('-n', client.name, 'addr', 'add', `${address}/24`, 'dev', 'client0');
    }
    await ip('-n', client.name, 'link', 'set', 'client0', 'up');
    await ip('-n', client.name, 'route', 'add', 'default', 'via', client.gateway);
    return client;
  }

  exec(program, ...args) {
    return run('ip', ['netns', 'exec', this.name, program, ...args]);
  }

  /** Sends that many calls of tools/list, one after the other; answers their status codes. */
  async post(address, url, count, headers = {}) {
    const options = JSON.stringify([address, url, count, headers]);
    const { stdout } = await this.exec(process.execPath, '-e', CALLS, options);
    return JSON.parse(stdout);
  }
}
