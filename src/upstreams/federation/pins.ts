import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Digests of definitions by upstream and tool. */
type PinFile = Record<string, Record<string, string>>;

/**
 * The definitions of tools that have been accepted: for each tool the first that was seen, until an operator forgets it.
 * Kept in a file where one is named, so that a restart forgets nothing.
 */
export class Pins {
  private pins: PinFile;

  constructor(private readonly path: string | undefined) {
    this.pins = path === undefined ? {} : readPins(path);
  }

  /** Whether this is the definition that was accepted. One that was never seen is accepted, and pinned. */
  accepts(upstream: string, tool: string, digest: string): boolean {
    const pinned = this.pins[upstream]?.[tool];
    if (pinned !== undefined) return pinned === digest;
    (this.pins[upstream] ??= {})[tool] = digest;
    this.write();
    return true;
  }

  /** Reads the file again: an operator may have accepted something. */
  reload(): void {
    if (this.path !== undefined) this.pins = readPins(this.path);
  }

  private write(): void {
    if (this.path !== undefined) writePins(this.path, this.pins);
  }
}

/** Forgets what was pinned, so that the definition that is seen next is accepted. Answers how many were forgotten. */
export function forgetPins(path: string, upstream: string, tool: string | undefined): number {
  const pins = readPins(path);
  const own = pins[upstream] ?? {};
  const forgotten = Object.keys(own).filter((name) => tool === undefined || name === tool);
  pins[upstream] = Object.fromEntries(Object.entries(own).filter(([name]) => !forgotten.includes(name)));
  writePins(path, pins);
  return forgotten.length;
}

/** @throws Error when the file is there and is no file of pins. */
function readPins(path: string): PinFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const value: unknown = JSON.parse(text);
  if (!isPinFile(value)) throw new Error(`${path} is no file of pins: {"upstream": {"tool": "digest"}}`);
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPinFile = (value: unknown): value is PinFile =>
  isObject(value) &&
  Object.values(value).every(
    (tools) => isObject(tools) && Object.values(tools).every((digest) => typeof digest === 'string'),
  );

/** In one step, so that nobody reads half a file. */
function writePins(path: string, pins: PinFile): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(pins, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
