import { AppError } from './errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The requests that a server may make of a client during a call (MCP 2026-07-28, basic/patterns/mrtr). */
export interface InputRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params: JsonObject;
}

/** By keys of the asker's choice. */
export type InputRequests = Readonly<Record<string, InputRequest>>;
/** The client's results under the same keys. */
export type InputResponses = Readonly<Record<string, JsonObject>>;

/** Syslog severities, least severe first (RFC 5424; MCP, server/utilities/logging). */
export const MCP_LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;
export type McpLogLevel = (typeof MCP_LOG_LEVELS)[number];

/** The client at the other end of a call, as far as a handler may talk to it. */
export interface Client {
  /** What the client declared that it can do. */
  readonly capabilities: JsonObject;
  /**
   * Asks the client and waits for all the answers. In the stateless era the call ends here and the handler runs again
   * from its beginning when the client comes back with the answers: whatever it does before must bear repetition.
   *
   * @throws AppError `missing_client_capability` when the client cannot be asked for this.
   */
  ask(requests: InputRequests): Promise<InputResponses>;
  /** Sends a log message to the client, if it wants messages of this level. */
  log(level: McpLogLevel, data: unknown, logger?: string): void;
}

/** The capability that each kind of request needs. */
export const NEEDED_CAPABILITY: Readonly<Record<InputRequest['method'], string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/** @throws AppError `missing_client_capability` that names everything that is missing at once. */
export function requireCapabilities(capabilities: JsonObject, requests: InputRequests): void {
  const needed = Object.values(requests).map(({ method }) => NEEDED_CAPABILITY[method]);
  const missing = needed.filter((name) => capabilities[name] === undefined);
  if (missing.length === 0) return;
  throw new AppError('missing_client_capability', {
    detail: `The client has not declared ${missing.join(', ')}`,
    data: { requiredCapabilities: Object.fromEntries(missing.map((name) => [name, {}])) },
  });
}

/** A caller that cannot be asked anything: a bare request, or another part of the server. */
export const NO_CLIENT: Client = {
  capabilities: Object.freeze({}),
  ask: (requests) => {
    requireCapabilities({}, requests);
    return Promise.resolve({});
  },
  log: () => undefined,
};
