import type { Socket } from 'node:net';
import { cut, quote } from '../../core/quote.js';

export const START_TLS = ['smtp', 'imap', 'pop3', 'ftp', 'postgres', 'mysql', 'ldap'] as const;
export type StartTls = (typeof START_TLS)[number];

/** What a server may say before TLS begins. */
export const MAX_SAID = 16 * 1024;
const MAX_SHOWN = 200;

/** The server does not go over to TLS; the message says how it went. */
export class NoStartTls extends Error {
  override readonly name = 'NoStartTls';
}

/**
 * Leads a plain connection to the point where TLS begins.
 *
 * @throws NoStartTls, also when the time is up or the connection ends.
 */
export async function startTls(
  socket: Socket,
  protocol: StartTls,
  { waitMs, stop }: { readonly waitMs: number; readonly stop: AbortSignal },
): Promise<void> {
  const talk = new Talk(socket);
  const timer = setTimeout(() => talk.end('The server says nothing more'), waitMs);
  const abandon = (): void => talk.end('The time was up');
  stop.addEventListener('abort', abandon, { once: true });
  if (stop.aborted) abandon();
  try {
    await SCRIPTS[protocol](talk);
    // What is already there was not said under TLS, and would be taken for it (CVE-2011-0411).
    if (talk.isAhead) throw new NoStartTls('The server goes on in the clear after it has agreed to TLS.');
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abandon);
    talk.close();
  }
}

const SCRIPTS: Readonly<Record<StartTls, (talk: Talk) => Promise<void>>> = {
  // RFC 3207.
  smtp: async (talk) => {
    await talk.reply('220');
    talk.say('EHLO localhost\r\n');
    const offered = await talk.reply('250');
    if (!/^250[ -]STARTTLS\s*$/im.test(offered)) throw notOffered(offered);
    talk.say('STARTTLS\r\n');
    await talk.reply('220');
  },
  // RFC 3501, 6.2.1.
  imap: async (talk) => {
    await talk.line(/^\* OK/i);
    talk.say('a1 STARTTLS\r\n');
    for (;;) {
      const line = await talk.line(/^(\*|a1 OK)/i);
      if (!line.startsWith('*')) return;
    }
  },
  // RFC 2595, 4.
  pop3: async (talk) => {
    await talk.line(/^\+OK/);
    talk.say('STLS\r\n');
    await talk.line(/^\+OK/);
  },
  // RFC 4217, 4.
  ftp: async (talk) => {
    await talk.reply('220');
    talk.say('AUTH TLS\r\n');
    await talk.reply('234');
  },
  // PostgreSQL, "Message Formats": SSLRequest.
  postgres: async (talk) => {
    talk.say(Buffer.from('0000000804d2162f', 'hex'));
    const said = await talk.bytes(1);
    if (said.toString('latin1') !== 'S') throw notOffered(said.toString('latin1'));
  },
  // MySQL, "Protocol::HandshakeV10" and "Protocol::SSLRequest".
  mysql: async (talk) => {
    const head = await talk.bytes(4);
    const greeting = await talk.bytes(head.readUIntLE(0, 3));
    const capabilities = greeting.indexOf(0, 1) + 14;
    const offered = greeting[0] === 10 && capabilities + 2 <= greeting.length && capabilities > 14;
    if (!offered || (greeting.readUInt16LE(capabilities) & 0x0800) === 0)
      throw notOffered(greeting.toString('latin1', 1));
    const request = Buffer.alloc(36);
    request.writeUIntLE(32, 0, 3);
    request[3] = head[3]! + 1;
    request.writeUInt32LE(0x8a01, 4);
    request.writeUInt32LE(0x0100_0000, 8);
    request[12] = 45;
    talk.say(request);
  },
  // RFC 4511, 4.14.
  ldap: async (talk) => {
    const oid = Buffer.from('1.3.6.1.4.1.1466.20037');
    const request = Buffer.from([0x80, oid.length, ...oid]);
    talk.say(Buffer.from([0x30, request.length + 5, 2, 1, 1, 0x77, request.length, ...request]));
    const [, length = 0] = await talk.bytes(2);
    const long = length < 0x80 ? 0 : length & 0x7f;
    const size = long === 0 ? length : (await talk.bytes(Math.min(long, 4))).readUIntBE(0, Math.min(long, 4));
    const response = await talk.bytes(size);
    const result = response.indexOf(Buffer.of(0x0a, 1));
    if (response[3] !== 0x78 || result === -1 || response[result + 2] !== 0)
      throw notOffered(`result ${response[result + 2] ?? 'unknown'}`);
  },
};

const notOffered = (said: string): NoStartTls =>
  new NoStartTls(`The server does not offer TLS: ${quote(said.trim(), MAX_SHOWN)}.`);

/** A bounded conversation in the clear. */
class Talk {
  private held = Buffer.alloc(0);
  private total = 0;
  private ended: string | undefined;
  private wake: () => void = () => undefined;
  private readonly onData = (chunk: Buffer): void => {
    this.total += chunk.length;
    if (this.total > MAX_SAID) this.end('The server says more than anybody would read');
    else this.held = Buffer.concat([this.held, chunk]);
    this.wake();
  };
  private readonly onEnd = (): void => this.end('The server closed the connection');

  constructor(private readonly socket: Socket) {
    socket.on('data', this.onData).on('end', this.onEnd).on('close', this.onEnd);
  }

  get isAhead(): boolean {
    return this.held.length > 0;
  }

  say(text: string | Buffer): void {
    this.socket.write(text);
  }

  end(why: string): void {
    this.ended ??= why;
    this.wake();
  }

  close(): void {
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onEnd);
    this.socket.pause();
  }

  async bytes(count: number): Promise<Buffer> {
    if (count > MAX_SAID) throw new NoStartTls('The server announces more than anybody would read.');
    await this.until(() => this.held.length >= count);
    return this.take(count);
  }

  async line(expected: RegExp): Promise<string> {
    await this.until(() => this.held.includes(10));
    const line = this.take(this.held.indexOf(10) + 1)
      .toString('latin1')
      .trimEnd();
    if (!expected.test(line)) throw new NoStartTls(`The server says ${quote(line, MAX_SHOWN)}.`);
    return line;
  }

  /** A reply of several lines: all but the last have a hyphen behind the code (RFC 5321, 4.2.1). */
  async reply(code: string): Promise<string> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line(/^/);
      lines.push(line);
      if (/^\d{3}-/.test(line) || !/^\d{3}/.test(line)) continue;
      if (!line.startsWith(code)) throw new NoStartTls(`The server says ${quote(line, MAX_SHOWN)}.`);
      return lines.join('\n');
    }
  }

  private take(count: number): Buffer {
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return taken;
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.ended !== undefined) {
        const said =
          this.held.length === 0 ? '' : `, after ${quote(cut(this.held.toString('latin1'), MAX_SHOWN))}`;
        throw new NoStartTls(`${this.ended}${said}.`);
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
