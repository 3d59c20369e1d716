import { ToolError } from '../../tools/tool-error.js';
import { optionalNumber, optionalText, queryIp, queryJson } from '../host/ip-command.js';
import type { ReadingTools } from '../host/table-reading.js';
import type { NetworkInterface } from './interface.schema.js';
import { interfaceFromIp } from './ip-address.parser.js';
import { hasOwnSysfs, linkFacts } from './sysfs.js';

type Queue = NonNullable<NetworkInterface['queue']>;

/**
 * Interfaces and their counters from netlink, in one dump, so that they belong together; and with it what sysfs and
 * `tc` know of them, where they can be asked.
 *
 * @throws ToolError
 */
export async function readNetlinkInterfaces(tools: ReadingTools): Promise<NetworkInterface[]> {
  const found: NetworkInterface[] = [];
  await queryIp(tools.run, ['-s', 'addr'], (element) => {
    const entry = interfaceFromIp(element);
    if (entry !== null) found.push(entry);
  });
  const queues = await readQueues(tools);
  const isOwn = hasOwnSysfs(tools.paths);
  return found.map((entry) => {
    const queue = queues.get(entry.name);
    return {
      ...entry,
      ...(isOwn && linkFacts(tools.paths.sys, entry.name)),
      ...(queue !== undefined && { queue }),
    };
  });
}

/** The queue of each interface, by its name; none without `tc`. */
async function readQueues({ run }: ReadingTools): Promise<Map<string, Queue>> {
  const queues = new Map<string, Queue>();
  try {
    await queryJson(run, 'tc', ['-s', '-j', 'qdisc', 'show'], (element) => {
      const { dev, root, kind, drops, backlog, qlen } = element;
      if (root !== true || typeof dev !== 'string') return;
      queues.set(dev, {
        kind: optionalText(kind) ?? 'unknown',
        drops: optionalNumber(drops) ?? 0,
        backlog: optionalNumber(backlog) ?? 0,
        length: optionalNumber(qlen) ?? 0,
      });
    });
    return queues;
  } catch (error) {
    if (error instanceof ToolError) return new Map();
    throw error;
  }
}
