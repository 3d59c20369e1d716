import { renameSync, writeFileSync } from 'node:fs';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { FileTooLarge, MAX_FILE_BYTES, readBounded } from '../../core/bounded-file.js';
import { isObject } from '../../core/is-object.js';
import { problemsIn } from '../../config/file-problems.js';
import { MAX_FILE_LENGTH, readJsonc } from '../file/jsonc.reader.js';
import { nameOf, type Path, type Remark, UpstreamsFileError } from '../file/problems.js';

/** Digests of definitions by upstream and tool. */
type PinMap = Map<string, Map<string, string>>;

/** Pins of one upstream, and characters of their names and digests: twice as many as it may list tools. */
export const MAX_PINS = 4000;
export const MAX_PINS_LENGTH = 524_288;

/**
 * The definitions of tools that have been accepted: for each tool the first that was seen, until an operator removes it
 * from the file. Without a file they are forgotten with the process.
 */
export class Pins {
  private pins: PinMap = new Map();
  /** Characters of the names and digests of each upstream, as far as somebody has asked. */
  private readonly lengths = new Map<string, number>();
  private isSaved = true;

  /** @throws ConfigurationError when the file is there and cannot be used. */
  constructor(
    private readonly path: string | undefined,
    private readonly onSaveFailed: (error: Error) => void = () => undefined,
  ) {
    this.reload();
  }

  /** Whether this is the definition that was accepted. One that was never seen is accepted, and pinned. */
  accepts(upstream: string, tool: string, digest: string): boolean {
    return this.refusal(upstream, tool, digest) === undefined;
  }

  /** Why this is not a definition that is accepted. One that was never seen is, and is pinned, while there is room. */
  refusal(upstream: string, tool: string, digest: string): string | undefined {
    const own = this.pins.get(upstream) ?? new Map<string, string>();
    const pinned = own.get(tool);
    if (pinned !== undefined) {
      return pinned === digest ? undefined : 'Its definition has changed since it was pinned';
    }
    const length = this.lengthOf(upstream, own) + tool.length + digest.length;
    if (own.size >= MAX_PINS || length > MAX_PINS_LENGTH) {
      return `One upstream may have ${MAX_PINS} pins of ${MAX_PINS_LENGTH} characters: remove those of tools that are gone`;
    }
    this.pins.set(upstream, own.set(tool, digest));
    this.lengths.set(upstream, length);
    this.isSaved = false;
    return undefined;
  }

  /** Reads the file again: an operator may have accepted something. @throws ConfigurationError as above. */
  reload(): void {
    if (this.path === undefined) return;
    this.pins = readPins(this.path);
    this.lengths.clear();
  }

  /** Writes what has been pinned since, in one step, so that nobody reads half a file. */
  save(): void {
    if (this.path === undefined || this.isSaved) return;
    const all = Object.fromEntries([...this.pins].map(([name, own]) => [name, Object.fromEntries(own)]));
    try {
      const text = `${JSON.stringify(all, undefined, 2)}\n`;
      // It could not be read again.
      if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw new FileTooLarge(MAX_FILE_BYTES);
      const temporary = `${this.path}.${process.pid}.tmp`;
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, this.path);
      this.isSaved = true;
    } catch (error) {
      // In memory they hold all the same.
      this.onSaveFailed(error as Error);
    }
  }

  private lengthOf(upstream: string, own: ReadonlyMap<string, string>): number {
    let length = this.lengths.get(upstream);
    if (length === undefined) {
      length = 0;
      for (const [tool, digest] of own) length += tool.length + digest.length;
      this.lengths.set(upstream, length);
    }
    return length;
  }
}

function readPins(path: string): PinMap {
  try {
    const value = pinsIn(readBounded(path, MAX_FILE_BYTES));
    return new Map(Object.entries(value).map(([name, own]) => [name, new Map(Object.entries(own))]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new ConfigurationError(problemsIn(error as Error).map((problem) => `${path}: ${problem}`));
  }
}

function pinsIn(text: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isPinFile(value)) return value;
  } catch {
    // Where it breaks is found below.
  }
  throw new UpstreamsFileError(remarksOn(text));
}

const isPinFile = (value: unknown): value is Record<string, Record<string, string>> =>
  isObject(value) &&
  Object.values(value).every(
    (tools) => isObject(tools) && Object.values(tools).every((digest) => typeof digest === 'string'),
  );

/** What is wrong with the text of a file that cannot be used. @throws UpstreamsFileError for no JSON */
function remarksOn(text: string): Remark[] {
  if (text.length > MAX_FILE_LENGTH)
    return [{ line: 1, text: `the file is no file of pins: ${FORM}, and is too long to tell where` }];
  const { value, lineOf } = readJsonc(text);
  if (!isObject(value)) return [{ line: 1, text: `the file is not a JSON object: ${FORM}` }];
  const remarks: Remark[] = [];
  const remark = (path: Path, problem: string): void => {
    if (remarks.length < MAX_PROBLEMS)
      remarks.push({ line: lineOf(path), text: `${nameOf(path)} ${problem}` });
  };
  for (const [upstream, tools] of Object.entries(value)) {
    if (!isObject(tools)) remark([upstream], `is not an object: ${FORM}`);
    else
      for (const [tool, digest] of Object.entries(tools))
        if (typeof digest !== 'string') remark([upstream, tool], 'is no digest, which is a text');
  }
  return remarks.length > 0
    ? remarks
    : [{ line: 1, text: 'the file has comments, or commas behind the last member' }];
}

const FORM = '{"upstream": {"tool": "digest"}}';
/** Problems of the file that are told. */
const MAX_PROBLEMS = 10;
