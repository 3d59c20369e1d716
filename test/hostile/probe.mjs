// Asks for /health/live every ten milliseconds, and beside it a server that does nothing else: what holds both up is the
// machine's doing. Tells in milliseconds, when it is asked, how long each answer took, and for how much of that time the
// main thread of the server was on a processor: the rest it waited for one.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [pid, ...urls] = process.argv.slice(2);
const onProcessor = () =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
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
  const before = onProcessor();
  const times = await Promise.all(urls.map((url, index) => timeOf(url, agents[index])));
  samples.push([...times, onProcessor() - before]);
  await sleep(10);
}
// What has not been written by then would be lost.
process.send(samples, () => process.disconnect());
for (const agent of agents) agent.destroy();
