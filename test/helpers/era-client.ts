import { isChanged, rawJSON } from '../../src/core/json/exact-numbers.js';
import { base64Header, CAPABILITIES_KEY, type Json, MODERN_REVISION, VERSION_KEY } from './mcp-requests.js';
import type { Headers, Wire } from './era-wire.js';
import { waitFor } from './wait-for.js';

export interface EraAnswer {
  readonly result?: Json;
  readonly error?: Json;
}

export interface RequestOptions {
  /** What the client says of itself, where it says so with each request. */
  readonly capabilities?: Json;
  readonly meta?: Json;
  /** What the user answers when the server asks. */
  readonly answer?: unknown;
}

/** JSON, whose numbers are kept as they are written where a double would change them. */
export const readExact = (text: string): Json =>
  JSON.parse(text, ((_name: string, value: unknown, { source }: { source: string }) =>
    typeof value === 'number' && isChanged(source) ? rawJSON(source) : value) as never) as Json;

/** A client of one revision that knows nothing but what goes over the wire. */
export class EraClient {
  /** What came ahead of answers, so far: the params of notifications, and of what the server has asked. */
  readonly notified: Json[] = [];
  readonly asked: Json[] = [];
  private readonly answers = new Map<number, EraAnswer>();
  private readonly failures: unknown[] = [];
  private answerOfUser: unknown;
  private nextId = 1;

  private constructor(
    readonly revision: string,
    private readonly wire: Wire,
    private readonly capabilities: Json,
  ) {
    wire.onText = (text) => this.take(readExact(text));
  }

  /** @throws Error when the server does not speak the revision. */
  static async open(revision: string, wire: Wire, capabilities: Json): Promise<EraClient> {
    const client = new EraClient(revision, wire, capabilities);
    if (client.isModern) return client;
    const clientInfo = { name: 'era', version: '1.0.0' };
    const params = { protocolVersion: revision, capabilities, clientInfo };
    const { result } = await client.request('initialize', params);
    if (result?.['protocolVersion'] !== revision) throw new Error(`It does not speak ${revision}`);
    await client.post({ method: 'notifications/initialized' }, {});
    return client;
  }

  get isModern(): boolean {
    return this.revision === MODERN_REVISION;
  }

  /** The answer, in the stateless era after as many rounds of questions as it takes. */
  async request(method: string, params: Json, options: RequestOptions = {}): Promise<EraAnswer> {
    this.notified.length = 0;
    this.asked.length = 0;
    this.answerOfUser = options.answer;
    for (let more: Json = {}; ;) {
      const { answer } = this.begin(method, { ...params, ...more }, options);
      const { result, error } = await answer;
      if (result?.['resultType'] !== 'input_required')
        return { ...(result ? { result } : { error: error! }) };
      const requests = result['inputRequests'] as Readonly<Record<string, { params: Json }>>;
      this.asked.push(...Object.values(requests).map((request) => request.params));
      const inputResponses = Object.fromEntries(Object.keys(requests).map((key) => [key, options.answer]));
      const { requestState } = result;
      more = { inputResponses, ...(requestState !== undefined && { requestState }) };
    }
  }

  /** A request on its way, and how this client says that it does not want the answer any more. */
  begin(
    method: string,
    params: Json,
    { capabilities = this.capabilities, meta = {} }: RequestOptions = {},
  ): { readonly answer: Promise<EraAnswer>; cancel(): Promise<void> } {
    const id = this.nextId++;
    const leaving = new AbortController();
    const own = this.isModern && { [VERSION_KEY]: MODERN_REVISION, [CAPABILITIES_KEY]: capabilities };
    const _meta = { ...own, ...meta };
    const sent = this.post(
      { id, method, params: { ...params, ...(Object.keys(_meta).length > 0 && { _meta }) } },
      this.headersOf(method, params),
      leaving.signal,
    );
    sent.catch((error: unknown) => leaving.signal.aborted || this.failures.push(error));
    const answer = waitFor(
      () => this.answers.has(id) || leaving.signal.aborted || this.failures.length > 0,
    ).then(() => this.answers.get(id) ?? Promise.reject(new Error(`No answer: ${String(this.failures[0])}`)));
    answer.catch(() => undefined);
    const cancel = async (): Promise<void> => {
      if (this.isModern) leaving.abort();
      else
        await this.post({ method: 'notifications/cancelled', params: { requestId: id } }, this.headersOf());
    };
    return { answer, cancel };
  }

  close(): Promise<void> {
    return this.wire.close();
  }

  private post(message: Json, headers: Headers, signal?: AbortSignal): Promise<void> {
    return this.wire.send(JSON.stringify({ jsonrpc: '2.0', ...message }), headers, signal);
  }

  /** 2025-06-18 brought the version, 2026-07-28 what mirrors the body (basic/transports). */
  private headersOf(method?: string, params: Json = {}): Headers {
    if (this.revision < '2025-06-18' || method === 'initialize') return {};
    const version = { 'mcp-protocol-version': this.revision };
    if (!this.isModern || method === undefined) return version;
    const name = params['name'] ?? params['uri'] ?? params['taskId'];
    return {
      ...version,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': isToken(name) ? name : base64Header(name) }),
    };
  }

  private take(message: Json): void {
    const { id, method, params } = message;
    if (method === undefined) return void this.answers.set(Number(id), message);
    if (id === undefined) return void this.notified.push(params as Json);
    this.asked.push(params as Json);
    this.post({ id, result: this.answerOfUser }, this.headersOf()).catch((error: unknown) =>
      this.failures.push(error),
    );
  }
}

const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);
