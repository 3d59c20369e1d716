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

/** The capability that a request needs, and the part of it (2026-07-28, client/elicitation and client/sampling). */
function neededFor({ method, params }: InputRequest): readonly [name: string, part?: string] {
  switch (method) {
    case 'elicitation/create':
      return params['mode'] === 'url' ? ['elicitation', 'url'] : ['elicitation', 'form'];
    case 'sampling/createMessage':
      return params['tools'] === undefined ? ['sampling'] : ['sampling', 'tools'];
    case 'roots/list':
      return ['roots'];
    default:
      return method satisfies never;
  }
}

function isDeclared(capabilities: JsonObject, name: string, part?: string): boolean {
  const declared = capabilities[name];
  if (typeof declared !== 'object' || declared === null) return false;
  if (part === undefined || part in declared) return true;
  // An empty elicitation capability stands for the form mode.
  return part === 'form' && !('url' in declared);
}

/** What the requests need and the client has not declared, in the form in which it would declare it. */
export function missingCapabilities(capabilities: JsonObject, requests: InputRequests): JsonObject {
  const missing: Record<string, object> = {};
  for (const [name, part] of Object.values(requests).map(neededFor)) {
    if (isDeclared(capabilities, name, part)) continue;
    missing[name] = { ...missing[name], ...(part !== undefined && { [part]: {} }) };
  }
  return missing;
}

/** @throws AppError `missing_client_capability` that names everything that is missing at once. */
export function requireCapabilities(capabilities: JsonObject, requests: InputRequests): void {
  const requiredCapabilities = missingCapabilities(capabilities, requests);
  if (Object.keys(requiredCapabilities).length === 0) return;
  throw new AppError('missing_client_capability', {
    detail: `The client has not declared ${JSON.stringify(requiredCapabilities)}`,
    data: { requiredCapabilities },
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
