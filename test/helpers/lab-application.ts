import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ToolCallResult } from './app.js';
import { legacy, legacyCall } from './mcp-requests.js';
import type { NamespaceLab, Place } from './namespaces.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const HANDSHAKE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'lab', version: '1' },
};

/** Fewer than the server runs at a time. */
const AT_ONCE = 32;

type Answer = { readonly result?: ToolCallResult; readonly error?: { readonly message: string } };

/** The whole product inside a namespace, spoken to over its standard input: no packet of ours is among those counted. */
export class LabApplication {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private id = 0;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { id?: number } & Answer;
      this.waiting.get(message.id ?? 0)?.(message);
    });
    // It may have ended before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
  }

  static async start(lab: NamespaceLab, place: Place, env: Record<string, string>): Promise<LabApplication> {
    const command = ['netns', 'exec', lab.namespace(place), process.execPath, MAIN, '--stdio'];
    const all = { PATH: process.env['PATH'] ?? '', PRINCIPAL_SHARE_PERCENT: '100', ...env };
    const application = new LabApplication(spawn('ip', command, { env: all }));
    const { answer } = application.send((id) => legacy('initialize', HANDSHAKE, id));
    await answer;
    return application;
  }

  /** The result of a call, an error of the tool among them. Rejects when there is none. */
  async call(name: string, args: object): Promise<ToolCallResult> {
    return await this.begin(name, args).result;
  }

  /** The results of many calls, in their order; so many run at a time as the server takes. */
  async callAll(calls: readonly (readonly [tool: string, args: object])[]): Promise<ToolCallResult[]> {
    const results: ToolCallResult[] = [];
    const rest = calls.entries();
    const work = async (): Promise<void> => {
      for (const [index, call] of rest) results[index] = await this.call(...call);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return results;
  }

  /** A call that can be cancelled: there is no result then. */
  begin(name: string, args: object): { readonly result: Promise<ToolCallResult>; cancel: () => void } {
    const { id, answer } = this.send((number) => legacyCall(name, { ...args }, number));
    const result = answer.then((found) => {
      if (found.result === undefined) throw new Error(`${name}: ${JSON.stringify(found.error)}`);
      return found.result;
    });
    const cancel = (): void =>
      this.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    return { result, cancel };
  }

  async close(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin.end();
    await exit;
  }

  private send(make: (id: number) => object): { readonly id: number; readonly answer: Promise<Answer> } {
    const id = (this.id += 1);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.waiting.set(id, resolve);
    this.write(make(id));
    return { id, answer: promise };
  }

  private write(message: object): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }
}

/** What stands in the place of files of /etc inside: iproute2 mounts it there for whatever it starts. */
export function placeEtc(
  lab: NamespaceLab,
  place: Place,
  files: Readonly<Record<string, string>>,
): { remove: () => void } {
  const directory = join('/etc/netns', lab.namespace(place));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { remove: () => rmSync(directory, { recursive: true, force: true }) };
}
