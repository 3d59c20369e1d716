import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.js';

const SCRIPT = fileURLToPath(new URL('server.mjs', import.meta.url));

/** A request that the chat server has received. */
export interface SeenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly model: string;
    readonly stream?: boolean;
    readonly tool_choice?: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[];
  };
}

/** An OpenAI-compatible chat server as a process of its own, on a free port of the loopback interface. */
export class ChatServerProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<unknown> = Promise.resolve();
  private ownPort = 0;

  private constructor(private readonly key: string | undefined) {}

  static async start(options: { readonly key?: string } = {}): Promise<ChatServerProcess> {
    const server = new ChatServerProcess(options.key);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ownPort}`;
  }

  /** Starts it again, on the port that it had. */
  async restart(): Promise<void> {
    if (this.ownPort === 0) this.ownPort = await freePort();
    const child = spawn(process.execPath, [SCRIPT], {
      env: {
        CHAT_SERVER_PORT: String(this.ownPort),
        ...(this.key !== undefined && { CHAT_SERVER_KEY: this.key }),
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // A test that fails on its way does not keep the runner from ending.
    child.unref();
    this.child = child;
    this.ended = once(child, 'close');
    const [line] = (await Promise.race([once(child.stdout, 'data'), this.ended.then(() => ['ended'])])) as [
      Buffer | string,
    ];
    if (Number(String(line)) !== this.ownPort) throw new Error('The chat server did not start');
  }

  /** kill -9: connections break, and new ones are refused. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  async requests(): Promise<SeenRequest[]> {
    return (await fetch(`${this.url}/test/requests`)).json() as Promise<SeenRequest[]>;
  }

  /** Answers of the model `held` that wait, and open connections (that of this question not counted). */
  async state(): Promise<{ readonly held: number; readonly connections: number }> {
    const response = await fetch(`${this.url}/test/state`, { headers: { connection: 'close' } });
    const { held, connections } = (await response.json()) as { held: number; connections: number };
    return { held, connections: connections - 1 };
  }

  /** Lets the answers of the model `held` come to their end. */
  async release(): Promise<void> {
    await fetch(`${this.url}/test/release`, { method: 'POST' });
  }
}
