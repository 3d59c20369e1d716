import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isObject } from '../../core/is-object.js';

/** Digests of definitions by upstream and tool. */
type PinMap = Map<string, Map<string, string>>;

/**
 * The definitions of tools that have been accepted: for each tool the first that was seen, until an operator removes it
 * from the file. Without a file they are forgotten with the process.
 */
export class Pins {
  private pins: PinMap = new Map();
  private isSaved = true;

  /** @throws Error when the file is there and cannot be used. */
  constructor(
    private readonly path: string | undefined,
    private readonly onSaveFailed: (error: Error) => void = () => undefined,
  ) {
    this.reload();
  }

  /** Whether this is the definition that was accepted. One that was never seen is accepted, and pinned. */
  accepts(upstream: string, tool: string, digest: string): boolean {
    const own = this.pins.get(upstream) ?? new Map<string, string>();
    const pinned = own.get(tool);
    if (pinned !== undefined) return pinned === digest;
    this.pins.set(upstream, own.set(tool, digest));
    this.isSaved = false;
    return true;
  }

  /** Reads the file again: an operator may have accepted something. @throws Error when it cannot be used. */
  reload(): void {
    if (this.path !== undefined) this.pins = readPins(this.path);
  }

  /** Writes what has been pinned since, in one step, so that nobody reads half a file. */
  save(): void {
    if (this.path === undefined || this.isSaved) return;
    const all = Object.fromEntries([...this.pins].map(([name, own]) => [name, Object.fromEntries(own)]));
    try {
      const temporary = `${this.path}.${process.pid}.tmp`;
      writeFileSync(temporary, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, this.path);
      this.isSaved = true;
    } catch (error) {
      // In memory they hold all the same.
      this.onSaveFailed(error as Error);
    }
  }
}

function readPins(path: string): PinMap {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  const value = parse(text);
  if (!isPinFile(value)) throw new Error(`${path} is no file of pins: {"upstream": {"tool": "digest"}}`);
  return new Map(Object.entries(value).map(([name, own]) => [name, new Map(Object.entries(own))]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isPinFile = (value: unknown): value is Record<string, Record<string, string>> =>
  isObject(value) &&
  Object.values(value).every(
    (tools) => isObject(tools) && Object.values(tools).every((digest) => typeof digest === 'string'),
  );
