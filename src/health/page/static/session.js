import { events } from './event-stream.js';
import { isObject } from './schema-form.js';

/** Characters of an answer that this page takes; the server's own bound, TOOL_MAX_OUTPUT_BYTES, is lower as a rule. */
const MAX_ANSWER = 16_777_216;
const STATUS_TIMEOUT_MS = 8000;
/** Pages of a list that are read. */
const MAX_PAGES = 20;

/**
 * A refusal or a failure, as the server says it: an RFC 9457 problem document.
 *
 * @typedef {{
 *   status: number,
 *   code: string,
 *   title: string,
 *   detail: string,
 *   mend: string,
 *   correlationId: string,
 *   retryAfterSeconds: number | undefined,
 *   text: string,
 * }} Problem
 */
export class ProblemError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }
}

/**
 * A tool as MCP lists it.
 *
 * @typedef {{ name: string, title?: string, description?: string, inputSchema?: unknown, annotations?: unknown }} Tool
 */

/**
 * How many requests are left, by the headers of the last answer that counted.
 *
 * @typedef {{ limit: number, remaining: number, resetSeconds: number }} Allowance
 */

/**
 * All that this page asks of the server. The key is a private member of this object and nothing else: no storage, no
 * URL, no element keeps it, and a reload of the page forgets it.
 */
export class Session {
  /** @type {string | undefined} */
  #key;
  /** @type {{ tag: string, tools: Tool[] } | undefined} */
  #listed;
  /** @type {Allowance | undefined} */
  allowance;

  /** @param {string} key */
  use(key) {
    this.forget();
    this.#key = key;
  }

  forget() {
    this.#key = undefined;
    this.#listed = undefined;
    this.allowance = undefined;
  }

  get hasKey() {
    return this.#key !== undefined;
  }

  /** @returns {Promise<Record<string, unknown>>} */
  async status() {
    const response = await this.#fetch('status', { signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) });
    const status = JSON.parse(await textOf(response));
    if (!isObject(status)) throw new Error('This is no status');
    return status;
  }

  /**
   * The tools that the key may call. Asked for again, the server sends them only where they have changed.
   *
   * @returns {Promise<{ tools: readonly Tool[], isWhole: boolean }>}
   */
  async tools() {
    const first = await this.#fetch('tools?limit=1000', {
      headers: this.#listed === undefined ? {} : { 'If-None-Match': this.#listed.tag },
    });
    if (first.status === 304 && this.#listed !== undefined)
      return { tools: this.#listed.tools, isWhole: true };
    let page = JSON.parse(await textOf(first));
    /** @type {Tool[]} */
    const tools = toolsIn(page);
    for (let read = 1; typeof page.nextCursor === 'string' && read < MAX_PAGES; read += 1) {
      const next = await this.#fetch(`tools?limit=1000&cursor=${encodeURIComponent(page.nextCursor)}`, {});
      page = JSON.parse(await textOf(next));
      tools.push(...toolsIn(page));
    }
    const tag = first.headers.get('ETag');
    const isWhole = typeof page.nextCursor !== 'string';
    // The tag is that of the first page: it stands for the whole where there is one page alone.
    if (tag !== null && isWhole && tools.length <= 1000) this.#listed = { tag, tools };
    return { tools, isWhole };
  }

  /**
   * Runs a tool, and answers the JSON text of what it says.
   *
   * @param {string} name
   * @param {string} args as JSON
   * @param {{ signal: AbortSignal, onProgress: (step: unknown) => void }} options
   * @returns {Promise<{ text: string, correlationId: string }>}
   */
  async call(name, args, { signal, onProgress }) {
    const response = await this.#fetch(`tools/${encodeURIComponent(name)}`, {
      method: 'POST',
      body: args,
      signal,
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/json;q=0.9' },
    });
    const correlationId = response.headers.get('x-correlation-id') ?? '';
    const isStream = (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream');
    if (!isStream || response.body === null) return { text: await textOf(response), correlationId };
    for await (const { event, data } of events(chunksOf(response.body), MAX_ANSWER)) {
      if (event === 'progress') onProgress(JSON.parse(data));
      else if (event === 'error') throw new ProblemError(problemIn(data, response));
      else if (event === 'result') return { text: data, correlationId };
    }
    throw new Error('The answer has ended before its end');
  }

  /**
   * @param {string} path relative, for a proxy that serves all of this under a path of its own
   * @param {RequestInit & { headers?: Record<string, string> }} init
   */
  async #fetch(path, init) {
    const response = await fetch(path, {
      ...init,
      headers: { ...init.headers, ...this.#credential() },
      credentials: 'omit',
      // Neither the key nor what it has opened goes into the store of the browser.
      cache: 'no-store',
      redirect: 'error',
    });
    this.#note(response.headers);
    if (!response.ok && response.status !== 304)
      throw new ProblemError(problemIn(await textOf(response), response));
    return response;
  }

  /** An access token is told from a key by its form (RFC 7519, 3). @returns {Record<string, string>} */
  #credential() {
    if (this.#key === undefined) return {};
    const isToken = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(this.#key);
    return isToken ? { Authorization: `Bearer ${this.#key}` } : { 'x-api-key': this.#key };
  }

  /** @param {Headers} headers */
  #note(headers) {
    const [limit, remaining, resetSeconds] = ['Limit', 'Remaining', 'Reset'].map((name) =>
      Number(headers.get(`RateLimit-${name}`) ?? NaN),
    );
    if (limit === undefined || remaining === undefined || resetSeconds === undefined) return;
    if (Number.isNaN(limit + remaining + resetSeconds)) return;
    this.allowance = { limit, remaining, resetSeconds };
  }
}

/** @param {unknown} page @returns {Tool[]} */
const toolsIn = (page) =>
  isObject(page) && Array.isArray(page['tools'])
    ? page['tools'].filter((tool) => isObject(tool) && typeof tool['name'] === 'string')
    : [];

/** @param {Response} response */
async function textOf(response) {
  if (response.body === null) return '';
  let text = '';
  for await (const chunk of chunksOf(response.body)) {
    text += chunk;
    if (text.length > MAX_ANSWER) throw new Error('The answer is larger than this page takes');
  }
  return text;
}

/** @param {ReadableStream<Uint8Array>} body @returns {AsyncGenerator<string>} */
async function* chunksOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    // Whoever stops reading wants no more of it.
    void reader.cancel().catch(() => undefined);
  }
}

/**
 * @param {string} text
 * @param {Response} response
 * @returns {Problem}
 */
function problemIn(text, response) {
  let said = /** @type {Record<string, unknown>} */ ({});
  try {
    const parsed = JSON.parse(text);
    if (isObject(parsed)) said = parsed;
  } catch {
    // What stands in front has answered, and not in JSON.
  }
  const string = (/** @type {string} */ name) => (typeof said[name] === 'string' ? said[name] : '');
  const waiting = Number(response.headers.get('Retry-After') ?? NaN);
  const inMs = typeof said['retryAfterMs'] === 'number' ? said['retryAfterMs'] / 1000 : undefined;
  return {
    status: typeof said['status'] === 'number' ? said['status'] : response.status,
    code: string('code') || `http_${response.status}`,
    title: string('title') || `The server has answered with status ${response.status}`,
    detail: string('detail'),
    mend: string('mend'),
    correlationId: string('correlationId') || (response.headers.get('x-correlation-id') ?? ''),
    retryAfterSeconds: Number.isFinite(waiting) ? waiting : inMs,
    text,
  };
}
