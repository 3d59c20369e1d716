import { isObject } from '../../core/is-object.js';
import type { Path } from './problems.js';

type Members = Readonly<Record<string, unknown>>;

/** An entry in our own words. */
export interface Translated {
  readonly members: Members;
  /** Where a member stands in the entry, where that is not under its own name. */
  readonly places: ReadonlyMap<string, Path>;
  readonly isOff: boolean;
  /** Switches that are neither on nor off. */
  readonly unclear: readonly string[];
}

/**
 * Where a server is: `serverUrl` in Windsurf, `httpUrl` in Gemini CLI, `baseUrl` in Cherry Studio. The first one
 * that is there counts: Gemini CLI prefers `httpUrl` as well.
 */
const ADDRESSES = ['httpUrl', 'url', 'serverUrl', 'baseUrl'] as const;
/** By what it speaks. Cline has had `transportType`. */
const TYPES = ['type', 'transport', 'transportType'] as const;
/** Whether it is to run: `isActive` in Cherry Studio, `enabled` in Zed. */
const SWITCHES = { disabled: true, isActive: false, enabled: false } as const;
/** Tools that are not served: in Gemini CLI, and in Windsurf and Cherry Studio. */
const DENIED = ['excludeTools', 'disabledTools'] as const;
/** Where an empty text means that there is none. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([...ADDRESSES, ...TYPES, 'command', 'cwd', 'envFile']);

/** Says an entry of another program's file in our own words. What it does not know it leaves as it is. */
export function translate(raw: Members): Translated {
  const isThere = ([name, value]: [string, unknown]): boolean =>
    value !== null && (value !== '' || !MAY_BE_EMPTY.has(name));
  const members = Object.fromEntries(Object.entries(raw).filter(isThere));
  const places = new Map<string, Path>();
  const move = (from: string, to: string): void => {
    if (from === to || !Object.hasOwn(members, from)) return;
    members[to] = members[from];
    delete members[from];
    places.set(to, [from]);
  };
  const firstOf = (names: readonly string[]): string | undefined =>
    names.find((name) => Object.hasOwn(members, name));

  const switches = Object.entries(SWITCHES).filter(([name]) => Object.hasOwn(members, name));
  const isOff = switches.some(([name, off]) => members[name] === off);
  const unclear = switches.map(([name]) => name).filter((name) => typeof members[name] !== 'boolean');
  for (const [name] of switches) delete members[name];

  spreadCommand(members, places);
  move(firstOf(TYPES) ?? 'type', 'type');
  if (!Object.hasOwn(members, 'openapi')) {
    const address = firstOf(ADDRESSES) ?? 'url';
    if (address === 'httpUrl') members['type'] ??= 'http';
    move(address, 'url');
  }
  if (!Object.hasOwn(members, 'allow')) move('includeTools', 'allow');
  for (const name of DENIED) {
    const denied = members['deny'];
    move(name, 'deny');
    if (denied !== members['deny'] && Array.isArray(denied) && Array.isArray(members['deny'])) {
      members['deny'] = [...denied, ...members['deny']];
    }
  }
  return { members, places, isOff, unclear };
}

/** Zed has had the arguments and the environment within the command. */
function spreadCommand(members: Record<string, unknown>, places: Map<string, Path>): void {
  const { command } = members;
  if (!isObject(command)) return;
  delete members['command'];
  for (const [from, to] of Object.entries({ path: 'command', args: 'args', env: 'env' })) {
    if (command[from] === undefined || command[from] === null) continue;
    members[to] = command[from];
    places.set(to, ['command', from]);
  }
}
