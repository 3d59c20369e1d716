import { ToolError } from '../../tools/tool-error.js';

/** Ports of one call. */
export const MAX_PORTS = 100;
const MAX_PORT = 65_535;

/**
 * The ports of a list such as `22,80,8000-8010`, each once, in order.
 *
 * @throws ToolError `invalid_arguments`.
 */
export function parsePorts(text: string): number[] {
  const ports = new Set<number>();
  for (const item of text.split(',')) {
    const [from = '', to = from, ...rest] = item.split('-').map((part) => part.trim());
    const [first, last] = [portOf(from), portOf(to)];
    if (first === undefined || last === undefined || last < first || rest.length > 0) throw noPorts(item);
    if (last - first >= MAX_PORTS) throw tooMany();
    for (let port = first; port <= last; port += 1) ports.add(port);
    if (ports.size > MAX_PORTS) throw tooMany();
  }
  return [...ports].sort((a, b) => a - b);
}

/** The same the other way round: consecutive ports as a range. */
export function portRanges(ports: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === port - 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

function portOf(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}

const noPorts = (item: string): ToolError =>
  new ToolError(
    'invalid_arguments',
    `"${item.trim()}" is neither a port from 1 to 65535 nor a range of them.`,
    'Write ports and ranges with commas between them, as in "22,80,8000-8010".',
  );

const tooMany = (): ToolError =>
  new ToolError(
    'invalid_arguments',
    `These are more than ${MAX_PORTS} ports.`,
    'Ask in several calls, and for those ports that matter.',
  );
