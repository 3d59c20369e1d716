import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { base64Header, LEGACY_REVISIONS, MODERN_REVISION } from '../../helpers/mcp-requests.js';
import { claim, PARAMS } from './params.js';
import { id, junk, mostly, text } from './values.js';

/** One HTTP request. Header values are what HTTP can carry; the body is any bytes. */
export interface FuzzRequest {
  readonly verb: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface Envelope {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

const knownMethod = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PARAMS.keys()) },
  { weight: 1, arbitrary: fc.constant('tools/call') },
);
const jsonrpc = fc.oneof({ weight: 40, arbitrary: fc.constant('2.0') }, { weight: 1, arbitrary: junk });

const call = (era: 'legacy' | 'modern'): Arbitrary<Envelope> =>
  fc.oneof({ weight: 12, arbitrary: knownMethod }, { weight: 1, arbitrary: text }).chain((method) =>
    fc.record(
      {
        jsonrpc,
        id: method.startsWith('notifications/') ? mostly(fc.constant(undefined)) : id,
        method: mostly(fc.constant(method), 40),
        params: mostly(paramsOf(method, era), 40),
      },
      { noNullPrototype: true },
    ),
  );

function paramsOf(method: string, era: 'legacy' | 'modern'): Arbitrary<object> {
  const own = PARAMS.get(method) ?? fc.constant({});
  if (era === 'legacy') return own;
  return fc.tuple(own, mostly(claim, 30)).map(([params, _meta]) => Object.assign({}, params, { _meta }));
}

const response: Arbitrary<object> = fc.record(
  { jsonrpc, id, result: mostly(fc.constant({})), error: fc.option(junk, { nil: undefined, freq: 2 }) },
  { noNullPrototype: true },
);

const visible = (value: string): string => value.replaceAll(/[^\x20-\x7e]/g, '').trim();
const headerText = text.map(visible);

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** The headers that a client of the stateless era mirrors from the body, as far as they can be carried. */
function mirrored({ method, params }: Envelope): Record<string, string> {
  const source = (params ?? {}) as Record<string, unknown>;
  const name = source['name'] ?? source['uri'] ?? source['taskId'];
  const args = source['arguments'] as Record<string, unknown> | null | undefined;
  return {
    'mcp-protocol-version': MODERN_REVISION,
    'mcp-method': visible(asText(method)),
    ...(typeof name === 'string' && { 'mcp-name': base64Header(name) }),
    ...(args?.['region'] !== undefined && { 'mcp-param-region': base64Header(asText(args['region'])) }),
    ...(args?.['size'] !== undefined && { 'mcp-param-size': base64Header(asText(args['size'])) }),
  };
}

/** Changes to headers that were right: some go, some come, some say something else. */
const headerChange: Arbitrary<Readonly<Record<string, string | undefined>>> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        'mcp-protocol-version',
        'mcp-method',
        'mcp-name',
        'mcp-param-region',
        'content-type',
        'accept',
      ),
      fc.option(headerText, { nil: undefined }),
      { minKeys: 1, maxKeys: 2, noNullPrototype: true },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { accept: 'application/json' },
      { accept: '*/*' },
      { 'content-encoding': 'gzip' },
    ),
  },
);

const versionHeader = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(undefined, ...LEGACY_REVISIONS) },
  { weight: 1, arbitrary: fc.constantFrom('1999-01-01', MODERN_REVISION, 'x') },
);

const finish = (
  body: unknown,
  headers: Readonly<Record<string, string | undefined>>,
  change: Readonly<Record<string, string | undefined>>,
): FuzzRequest => {
  const all = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...headers,
    ...change,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const json = JSON.stringify(body) as string | undefined;
  return { verb: 'POST', headers: Object.fromEntries(present), body: json ?? '' };
};

const modernRequest = fc
  .tuple(call('modern'), headerChange)
  .map(([envelope, change]) => finish(envelope, mirrored(envelope), change));

/** @param sessions session ids, of which some exist */
const legacyRequest = (sessions: Arbitrary<string | undefined>): Arbitrary<FuzzRequest> =>
  fc
    .tuple(call('legacy'), versionHeader, sessions, headerChange)
    .map(([envelope, version, session, change]) =>
      finish(envelope, { 'mcp-protocol-version': version, 'mcp-session-id': session }, change),
    );

const batch = (sessions: Arbitrary<string | undefined>): Arbitrary<FuzzRequest> =>
  fc
    .tuple(
      fc.array(fc.oneof({ weight: 6, arbitrary: call('legacy') }, call('modern'), response, junk), {
        maxLength: 5,
      }),
      fc.constantFrom(undefined, '2025-03-26', '2024-11-05', '2025-11-25'),
      sessions,
    )
    .map(([items, version, session]) =>
      finish(items, { 'mcp-protocol-version': version, 'mcp-session-id': session }, {}),
    );

const responseRequest = (sessions: Arbitrary<string | undefined>): Arbitrary<FuzzRequest> =>
  fc
    .tuple(response, versionHeader, sessions)
    .map(([body, version, session]) =>
      finish(body, { 'mcp-protocol-version': version, 'mcp-session-id': session }, {}),
    );

/** A right request of which some bytes were lost, doubled or changed on the way. */
const damaged = fc
  .tuple(fc.oneof(modernRequest, legacyRequest(fc.constant(undefined))), fc.nat(), fc.nat(255), fc.nat(2))
  .map(([request, position, byte, how]): FuzzRequest => {
    const bytes = Buffer.from(request.body);
    const at = bytes.length === 0 ? 0 : position % bytes.length;
    const inserted = how === 0 ? [] : [byte];
    const rest = bytes.subarray(how === 2 ? at : at + 1);
    const { verb, headers } = request;
    return { verb, headers, body: Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), rest]) };
  });

const rawBody = fc
  .tuple(
    fc.oneof(
      junk.map((value) => JSON.stringify(value) as string | undefined),
      text,
    ),
    headerChange,
  )
  .map(([body, change]): FuzzRequest => {
    const { verb, headers } = finish(null, {}, change);
    return { verb, headers, body: body ?? '' };
  });

const otherVerb = fc
  .tuple(fc.constantFrom('GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'), headerChange, headerText)
  .map(([verb, change, session]): FuzzRequest => {
    const { headers } = finish(null, { 'mcp-session-id': session }, change);
    return { verb, headers, body: '' };
  });

export const requests = (sessionId: string): Arbitrary<FuzzRequest> => {
  const sessions = fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constant(sessionId) },
    { weight: 1, arbitrary: headerText },
  );
  return fc.oneof(
    { weight: 40, arbitrary: modernRequest },
    { weight: 30, arbitrary: legacyRequest(sessions) },
    { weight: 10, arbitrary: batch(sessions) },
    { weight: 5, arbitrary: responseRequest(sessions) },
    { weight: 8, arbitrary: damaged },
    { weight: 4, arbitrary: rawBody },
    { weight: 3, arbitrary: otherVerb },
  );
};
