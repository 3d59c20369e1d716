import { parentPort } from 'node:worker_threads';
import { ToolError } from '../../tools/tool-error.js';
import { readSockets } from '../connections/sockets.reading.js';
import { readFirewall } from '../firewall/firewall.reading.js';
import { readInterfaceStats } from '../interface-stats/interface-stats.reading.js';
import { readInterfaces } from '../interfaces/interfaces.reading.js';
import { readNeighbors } from '../neighbors/neighbors.reading.js';
import { readRoutes } from '../routes/routes.reading.js';
import { readSocketStats } from '../socket-stats/socket-stats.reading.js';
import { readSysctl } from '../sysctl/sysctl.reading.js';
import { failureOf, type Outcome, toolErrorOf } from './outcome.js';
import type { Answer, TablesNews, TablesOrder } from './tables.messages.js';
import type { ProgramEnd, RunProgram } from './table-reading.js';

const port = parentPort!;
// A port, and no window that could lead elsewhere.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tell = (news: TablesNews): void => port.postMessage(news);

interface RunningProgram {
  readonly take: (text: string) => void;
  readonly ended: PromiseWithResolvers<ProgramEnd>;
}

/** The one that is waited for. */
let program: RunningProgram | undefined;
let outcomes: Iterator<Outcome<Answer>> = [].values();

const run: RunProgram = (name, args, take) => {
  program = { take, ended: Promise.withResolvers() };
  tell({ run: { program: name, args } });
  return program.ended.promise;
};

async function read(order: Extract<TablesOrder, { table: string }>): Promise<void> {
  const tools = { paths: order.paths, run };
  let all: readonly Outcome<Answer>[];
  try {
    switch (order.table) {
      case 'routes':
        all = await readRoutes(tools, order.queries);
        break;
      case 'sockets':
        all = await readSockets(tools, order.queries);
        break;
      case 'interfaces':
        all = await readInterfaces(tools, order.queries);
        break;
      case 'neighbors':
        all = await readNeighbors(tools, order.queries);
        break;
      case 'interfaceStats':
        all = await readInterfaceStats(tools, order.queries);
        break;
      case 'socketStats':
        all = await readSocketStats(tools, order.queries);
        break;
      case 'firewall':
        all = await readFirewall(tools, order.queries);
        break;
      case 'sysctl':
        all = await readSysctl(tools, order.queries);
        break;
    }
  } catch (error) {
    // What is no ToolError is a fault of ours: it ends the thread, and the log gets it.
    if (!(error instanceof ToolError)) throw error;
    all = order.queries.map(() => ({ failure: failureOf(error) }));
  }
  outcomes = all.values();
  tell({ isRead: true });
}

port.on('message', (order: TablesOrder) => {
  if (order === 'next') tell({ outcome: outcomes.next().value as Outcome<Answer> });
  else if ('table' in order) void read(order);
  else if ('text' in order) program?.take(order.text);
  else if ('ended' in order) program?.ended.resolve(order.ended);
  else program?.ended.reject(toolErrorOf(order.failure));
});
