// Asks for /health/live every ten milliseconds, and beside it a server that does nothing else: what holds both up is the
// machine's doing. Tells the times of the answers in milliseconds when it is asked.
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const urls = process.argv.slice(2);
const agents = urls.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
const ending = new AbortController();
const samples = [];
process.once('message', () => ending.abort());

async function timeOf(url, agent) {
  const begun = performance.now();
  const [response] = await once(get(url, { agent }), 'response');
  await once(response.resume(), 'end');
  return performance.now() - begun;
}

while (!ending.signal.aborted) {
  samples.push(await Promise.all(urls.map((url, index) => timeOf(url, agents[index]))));
  await sleep(10);
}
process.send(samples);
process.disconnect();
for (const agent of agents) agent.destroy();
