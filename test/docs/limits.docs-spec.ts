import { MAX_TOOL_LIMITS } from '../../src/access/limits/rate-limiter.service.js';
import { MAX_NAMES as MAX_TOOL_NAMES } from '../../src/tools/call/tool.metrics.js';
import { MAX_MODEL, MAX_SIZE, MAX_TOKENS, MAX_WORD } from '../../src/chat/server/completion.builder.js';
import { MAX_CALLS, MAX_ID, MAX_NAME } from '../../src/chat/server/partial-calls.js';
import { CLAIM_TTL_MS } from '../../src/access/claims.service.js';
import { MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES } from '../../src/http/body.chunks.js';
import {
  MAX_SMALL_PIECES,
  MAX_SMALL_PIECES_OF_DOCUMENT,
  SMALL_BYTES,
} from '../../src/resilience/http/gathered-pieces.js';
import { MAX_BUFFERED_BYTES } from '../../src/http/event-stream.js';
import { UNREAD_TIMEOUT_MS } from '../../src/http/http.listener.js';
import { CHECKED_BODY } from '../../src/http/json-body.decorator.js';
import { MAX_DOCUMENT_BYTES as MAX_DOCUMENT_BYTES_OF_MODEL } from '../../src/chat/server/answer.stream.js';
import { MAX_INTERIM_ANSWERS } from '../../src/resilience/http/interim-answers.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import {
  conversationBounds,
  MAX_CONVERSATION_BYTES,
  MAX_ENTRIES as CONVERSATION_ENTRIES,
} from '../../src/chat/conversations/conversation.store.port.js';
import { type Bounds, ENTRY_BYTES, OWNER_SHARE, shareOf } from '../../src/core/bounds/bounded-store.js';
import {
  KEPT as KEYED_CALLS,
  KEPT_MS as KEYED_MS,
  MAX_KEPT_ANSWER,
} from '../../src/rest/idempotency/idempotency.store.port.js';
import { MAX_KEY } from '../../src/rest/idempotency/idempotency.service.js';
import { MAX_PAGE_BYTES } from '../../src/mcp/methods/pagination.js';
import { FIRST_PAGES } from '../../src/mcp/methods/tools-list.method.js';
import { BYTES_PER_SESSION, sessionBounds } from '../../src/mcp/sessions/session.store.port.js';
import { MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_LENGTH } from '../../src/mcp/sessions/sessions.service.js';
import {
  BYTES_PER_STREAM,
  MIN_STREAMS_BYTES,
  streamBounds,
} from '../../src/mcp/streams/notification-streams.service.js';
import { KEPT_PER_RUNNING, taskBounds } from '../../src/mcp/tasks/task.store.port.js';
import { MAX_ANSWER_LENGTH } from '../../src/resilience/cache/answer-cache.service.js';
import { MAX_ENTRIES, MAX_LENGTH } from '../../src/resilience/cache/memory.cache.store.js';
import { MAX_MEMORY_PERCENT } from '../../src/resilience/cache/redis.cache.store.js';
import { MAX_SHOWN } from '../../src/access/keys/key-expiry.service.js';
import { MAX_ENTRY_LENGTH } from '../../src/access/keys/key-texts.js';
import { MAX_KEYS as MAX_FILE_KEYS, MAX_PROBLEMS } from '../../src/access/keys/keys-file.js';
import { MAX_FILE_BYTES, MAX_KEYS_BYTES } from '../../src/core/bounded-file.js';
import { BOUNDS as ISSUER_BOUNDS, MAX_BYTES } from '../../src/access/oauth/fetch-json.js';
import { MAX_KEYS } from '../../src/access/oauth/issuer.keys.js';
import { TOKENS } from '../../src/access/oauth/recognised-tokens.js';
import { MAX_SCOPES, MAX_STARS } from '../../src/access/oauth/scope-map.js';
import { MAX_CHANGED } from '../../src/core/json/json-scan.js';
import { ANSWER_BOUNDS } from '../../src/core/json/answer.js';
import { MAX_LISTS, MAX_TOOLS } from '../../src/tools/call/visible-tools.js';
import { MAX_ASKED_ID, MAX_FRAME_ITEMS } from '../../src/upstreams/mcp/frame-guard.js';
import { ANSWERS_AT_ONCE, MAX_OWED } from '../../src/upstreams/mcp/owed-answers.js';
import { CHECK_TIMEOUT_MS, MAX_HEAP_MB, MAX_WAITING } from '../../src/tools/schema/schema-checks.service.js';
import { IN_PLACE_UNITS } from '../../src/tools/schema/meter.js';
import { MAX_HELD, MAX_HELD_BYTES } from '../../src/tools/schema/held-checks.js';
import { BYTES_PER_AJV, SCHEMAS_PER_AJV } from '../../src/tools/schema/shared-ajv.js';
import { ELSEWHERE, IN_PLACE, SCHEMA_BOUNDS } from '../../src/tools/schema/schema-survey.js';
import { DOWNLOAD_TIMEOUT_MS, START_TIMEOUT_MS } from '../../src/upstreams/connection/start-timeout.js';
import { MAX_LOGGED, MAX_QUARANTINED } from '../../src/upstreams/federated.upstream.js';
import { LOG_RATE } from '../../src/upstreams/upstream.log.js';
import { MAX_CONNECTIONS } from '../../src/upstreams/connection/caller-connections.js';
import {
  MAX_ARGUMENTS,
  MAX_CATALOG_LENGTH,
  MAX_CATALOG_NODES,
  MAX_LISTED,
  MAX_OTHER_LENGTH,
  MAX_OWN_NAME,
  MAX_TOOL_LENGTH,
} from '../../src/upstreams/federation/catalog.bounds.js';
import {
  MAX_UPDATES_WAITING,
  MAX_WAITING_LENGTH,
  UPDATES_AT_ONCE,
  UPDATES_EVERY_MS,
} from '../../src/upstreams/federation/resource-updates.js';
import { MAX_ENTRY_PROBLEMS } from '../../src/upstreams/file/entry.parser.js';
import { MAX_REFERRED_BYTES, MAX_REFERRED_FILES } from '../../src/upstreams/file/referred-files.js';
import { MAX_FILE_DEPTH, MAX_FILE_LENGTH, MAX_SYNTAX_ERRORS } from '../../src/upstreams/file/jsonc.reader.js';
import { MAX_UPSTREAMS, MAX_WARNINGS } from '../../src/upstreams/file/upstreams.file.js';
import { MAX_PINS, MAX_PINS_LENGTH } from '../../src/upstreams/federation/pins.js';
import { MAX_NAMED, MAX_REASONS } from '../../src/upstreams/left-out.js';
import { MAX_PAGE_BYTES as MAX_WEB_PAGE, PAGE_TIMEOUT_MS } from '../../src/upstreams/mcp/http-answer.js';
import { MESSAGE_TIMEOUT_MS } from '../../src/upstreams/mcp/http-transports.js';
import { LISTEN_TIMEOUT_MS, PROBE_TIMEOUT_MS } from '../../src/upstreams/mcp/mcp.connector.js';
import { MAX_STARTING } from '../../src/network/host/program-runner.js';
import { MAX_PORTS } from '../../src/network/ports/port-list.js';
import { MAX_AT_ONCE, MAX_PROBES } from '../../src/network/ports/port.prober.js';
import { MAX_IGNORED } from '../../src/network/dns/dns.exchange.js';
import { MAX_RECORDS } from '../../src/network/dns/dns-lookup.schema.js';
import { MAX_DATA } from '../../src/network/dns/rdata.text.js';
import { MAX_CHAIN, MAX_NAMES } from '../../src/network/tls/certificate.js';
import { MAX_SAID } from '../../src/network/tls/start-tls.js';
import { MAX_READ } from '../../src/network/http/http.exchange.js';
import {
  MAX_BODY as MAX_SHOWN_BODY,
  MAX_REDIRECTS,
  MAX_REQUEST_HEADERS,
} from '../../src/network/http/http-probe.schema.js';
import { MAX_HEADERS } from '../../src/network/http/network-http-probe.tool.js';
import { MAX_HANDSHAKES } from '../../src/network/ping/tcp.echo.js';
import { MAX_ROUNDS } from '../../src/upstreams/mcp/rounds-of-questions.js';
import { MAX_QUESTIONS, MAX_QUESTIONS_LENGTH } from '../../src/upstreams/mcp/running-calls.js';
import { MAX_ASKED_ITEMS } from '../../src/upstreams/mcp/client-side.js';
import { MAX_BODY } from '../../src/upstreams/mcp/mcp.failure.js';
import { RECONNECT_MS } from '../../src/upstreams/mcp/reconnections.js';
import { STDERR_REST_MS } from '../../src/upstreams/stdio/stdio.transport.js';
import { SLICE_MS } from '../../src/core/slices.js';
import {
  LIST_TIMEOUT_MS,
  MAX_LIST_LENGTH,
  MAX_LIST_MEMBERS,
  MAX_PAGES,
  PATIENCE_MS,
} from '../../src/upstreams/mcp/mcp.catalog.js';
import { MAX_FIELDS, MAX_FORM } from '../../src/upstreams/openapi/body.encoder.js';
import { MAX_HEAD } from '../../src/upstreams/openapi/request.builder.js';
import { MAX_PATH } from '../../src/upstreams/openapi/document.loader.js';
import { MAX_DOCUMENT_BYTES } from '../../src/upstreams/openapi/document.source.js';
import {
  DOCUMENT_TIMEOUT_MS,
  MAX_HEAP_MB as DOCUMENT_HEAP,
  MAX_LARGE_HEAP_MB,
} from '../../src/upstreams/openapi/document.thread.js';
import { MAX_ELEMENT } from '../../src/network/host/loose-json.js';
import { MAX_HEAP_MB as TABLE_HEAP, MAX_OUTPUT_BYTES } from '../../src/network/host/tables.thread.js';
import { MAX_LIMIT } from '../../src/network/paging.js';
import { MAX_RULES } from '../../src/network/routes/ip-rule.parser.js';
import { MAX_PARAMETERS } from '../../src/upstreams/openapi/operation.arguments.js';
import { MAX_URI } from '../../src/tools/resources/resource.decorator.js';
import {
  MAX_LENGTH as MAX_POLICY_LENGTH,
  MAX_PROBLEMS as MAX_POLICY_PROBLEMS,
  MAX_RULES as MAX_POLICY_RULES,
} from '../../src/policy/rules/policy-file.js';
import { MAX_ENTRIES as MAX_RULE_ENTRIES } from '../../src/policy/rules/policy-rule.js';
import { LONG_TOOL, PATIENCE } from '../../src/tools/call/tool-lines.js';
import { readProjectFile, tableWith } from './markdown.js';

/** As measured in Redis 7. */
const CLAIM_BYTES = 180;
const MB = 1_000_000;
const KIB = 1024;
const MIB = KIB * KIB;
const { mcp, chat, outbound, http } = loadConfiguration({});

const number = (value: number): string => value.toLocaleString('en');
const size = (bytes: number): string =>
  bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${number(bytes / KIB)} KiB`;
const both = ({ entries, bytes }: Bounds): string => `${number(entries)}, and ${size(bytes)}`;
const quarter = (bounds: Bounds): string => `a quarter: ${both(shareOf(bounds))}`;

const sessions = sessionBounds(mcp.maxSessions);
const tasks = taskBounds(mcp.maxTasks);
const streams = streamBounds(mcp.maxStreams);
const conversations = conversationBounds(chat.maxConversations);

/** What the bound of a row has to say. */
const BOUNDS: Readonly<Record<string, string>> = {
  'Sessions, all callers': `${both(sessions)} or ${size(BYTES_PER_SESSION)} for each, whichever is more`,
  'Sessions, one caller': quarter(sessions),
  'Subscriptions of a session': `${number(MAX_SUBSCRIPTIONS)}, and ${number(MAX_SUBSCRIPTIONS_LENGTH)} characters of their URIs`,
  'Tasks, all callers': `${number(tasks.entries)}, ten for each that may run, and ${size(tasks.bytes)}`,
  'Tasks, one caller': quarter(tasks),
  'Notification streams, all callers': `${number(streams.entries)}, and ${size(MIN_STREAMS_BYTES)} or ${size(BYTES_PER_STREAM)} for each, whichever is more`,
  'Notification streams, one caller': quarter(streams),
  'Conversations, all callers': both(conversations),
  'Conversations, one caller': quarter(conversations),
  'One conversation': `${CONVERSATION_ENTRIES} questions and answers, and ${size(MAX_CONVERSATION_BYTES)}`,
  'Calls with an `Idempotency-Key`, all callers': both(KEYED_CALLS),
  'One of them': `${KEYED_MS / 3_600_000} h; a key of ${MAX_KEY} characters; an answer of ${number(MAX_KEPT_ANSWER)} characters`,
  'Claims of calls behind the shipped nginx, in Redis': `${CLAIM_TTL_MS / 1000} s, some ${CLAIM_BYTES} bytes each: ${Math.round((CLAIM_TTL_MS * CLAIM_BYTES) / MB)} MB at 1,000`,
  'Cached answers of upstreams, in memory': `${number(MAX_ENTRIES)}, and ${size(2 * MAX_LENGTH)}`,
  'Cached answers of upstreams, in Redis': `until ${MAX_MEMORY_PERCENT} % of`,
  'Tokens that have been found good, all subjects': `${both(TOKENS)}; one subject a quarter`,
  'First pages of lists of tools, in each of the two eras of MCP': both(FIRST_PAGES),
  'Lists of the tools that a caller may use; tools in all of them': `${number(MAX_LISTS)}; ${number(MAX_TOOLS)}`,
  'Compiled schemas of upstreams': `${number(MAX_HELD)}, and ${size(MAX_HELD_BYTES)}`,
  'Compiled schemas of upstreams beside those, of each dialect': `${number(SCHEMAS_PER_AJV)}, and ${size(BYTES_PER_AJV)}`,
  'What an upstream lists': `${number(MAX_LISTED.tools)} tools`,
  'Limits of tools that have been called': number(MAX_TOOL_LIMITS),
  'Names of tools in metrics': number(MAX_TOOL_NAMES),
  'One cached answer': `${number(MAX_ANSWER_LENGTH)} characters of JSON`,
};

const schema = Object.values(SCHEMA_BOUNDS).map(number).join('; ');

/** The same of what comes in. */
const INCOMING: Readonly<Record<string, string>> = {
  'Numbers of a body or an answer that a double does not hold': number(MAX_CHANGED),
  'A schema of an upstream: characters; levels; members and items; schemas; references; characters of a name; of a pattern':
    schema,
  'Of such a schema, compiled in place: schemas; instructions of its patterns; of those in a thread of its own':
    [IN_PLACE.subschemas, IN_PLACE.instructions, ELSEWHERE.instructions].map(number).join('; '),
  'A check of a value against a schema of an upstream': `${number(IN_PLACE_UNITS)} steps of 0.1 microseconds in place; then ${CHECK_TIMEOUT_MS / 1000} s and a heap of ${MAX_HEAP_MB} MiB`,
  'An answer of an upstream or of a chat server, or an event of either: levels; members and items; members': [
    ANSWER_BOUNDS.maxDepth,
    ANSWER_BOUNDS.maxNodes,
    ANSWER_BOUNDS.maxMembers,
  ]
    .map(number)
    .join('; '),
  'Metadata and keys of an issuer: bytes; members; keys': [MAX_BYTES, ISSUER_BOUNDS.maxMembers, MAX_KEYS]
    .map(number)
    .join('; '),
  'Scopes of a token; `*` in all of them, several in a row as one': `${MAX_SCOPES}; ${MAX_STARS}`,
  'Items of lists in a message of an upstream, besides data and schemas; of one item of a long list of an answer':
    String(MAX_FRAME_ITEMS),
  'Checks of one upstream that wait for the thread': String(MAX_WAITING),
  'A table of the kernel: heap of the thread that reads it; what `ip` may print; one element of it; routing rules of a family; entries of an answer':
    [
      `${TABLE_HEAP} MiB`,
      size(MAX_OUTPUT_BYTES),
      `${number(MAX_ELEMENT)} characters`,
      MAX_RULES,
      number(MAX_LIMIT),
    ].join('; '),
};

describe('docs/limits.md', () => {
  const page = readProjectFile('docs/limits.md');
  const { rows } = tableWith(page, 'What', 'Bound', 'What happens beyond', 'Set by');
  const boundOf = new Map(rows.map(([what = '', bound = '']) => [what, bound]));

  it.each(Object.entries(BOUNDS))('has the bound of %s as the code has it', (what, bound) => {
    expect(boundOf.get(what)).toContain(bound);
  });

  const incoming = tableWith(page, 'What comes in', 'Bound', 'What happens beyond', 'Set by').rows;
  const incomingBoundOf = new Map(incoming.map(([what = '', bound = '']) => [what, bound]));

  it.each(Object.entries(INCOMING))('has the bound of %s as the code has it', (what, bound) => {
    expect(incomingBoundOf.get(what)).toContain(bound);
  });

  it.each([
    [
      "An upstream's catalogue",
      [MAX_LISTED.tools, MAX_LISTED.prompts, MAX_LISTED.resources, MAX_LISTED.resourceTemplates].map(number),
    ],
    [
      "Characters of JSON of a tool's definition",
      [MAX_TOOL_LENGTH, MAX_OTHER_LENGTH, MAX_CATALOG_LENGTH, MAX_CATALOG_NODES].map(number),
    ],
    ['Small pieces of an answer', [MAX_SMALL_PIECES, MAX_SMALL_PIECES_OF_DOCUMENT, SMALL_BYTES].map(number)],
    ['Interim answers', [number(MAX_INTERIM_ANSWERS)]],
    ['Bytes of JSON in place of a stream', [size(MAX_DOCUMENT_BYTES_OF_MODEL)]],
    ['Small chunks of a request body', [MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES].map(number)],
    ["Characters of an upstream's own name", [MAX_OWN_NAME, MAX_URI, MAX_ARGUMENTS].map(number)],
    [
      'An OpenAPI document',
      [
        size(MAX_DOCUMENT_BYTES),
        `${DOCUMENT_TIMEOUT_MS / 1000} s`,
        `${DOCUMENT_HEAP} MiB, ${MAX_LARGE_HEAP_MB} MiB for more than 4 MiB of JSON`,
      ],
    ],
    ['A path of a document', [`${number(MAX_PATH)} characters`, number(MAX_PARAMETERS)]],
    ['What arguments make of a request to an API', [number(MAX_HEAD), number(MAX_FORM), number(MAX_FIELDS)]],
    ['The keys file', [size(MAX_FILE_BYTES), number(MAX_FILE_KEYS), number(MAX_ENTRY_LENGTH)]],
    ['What is told of the keys file', [String(MAX_PROBLEMS), String(MAX_SHOWN)]],
    [
      'Changes that an upstream tells of its resources',
      [
        `one in ${UPDATES_EVERY_MS} ms`,
        String(UPDATES_AT_ONCE),
        number(MAX_UPDATES_WAITING),
        number(MAX_WAITING_LENGTH),
      ],
    ],
    ['A page of a list', [number(mcp.pageSize), `${size(MAX_PAGE_BYTES)}, or one entry`]],
    ['A file with keys or a certificate', [size(MAX_KEYS_BYTES), size(MAX_FILE_BYTES)]],
    ['Pins of one upstream', [MAX_PINS, MAX_PINS_LENGTH].map(number)],
    ['What an MCP server of the handshake era asks', [number(MAX_ASKED_ITEMS)]],
    [
      'Questions of an upstream that wait',
      [number(MAX_QUESTIONS), `${number(MAX_QUESTIONS_LENGTH)}, or one question`, number(MAX_ROUNDS)],
    ],
    ['Answers to what an upstream asks', [ANSWERS_AT_ONCE, MAX_OWED, MAX_ASKED_ID].map(number)],
    [
      'Bytes of messages that wait for a program',
      [
        `${size(2 * outbound.maxConcurrency * http.bodyLimitBytes)}: twice what the calls may have that run at a time`,
      ],
    ],
    ['Handshakes of TCP in place of pings', [number(MAX_HANDSHAKES)]],
    [
      '`network_http_probe`: headers',
      [
        String(MAX_REQUEST_HEADERS),
        String(MAX_REDIRECTS),
        size(MAX_READ),
        number(MAX_SHOWN_BODY),
        String(MAX_HEADERS),
      ],
    ],
    ['Certificates of a chain', [String(MAX_CHAIN), String(MAX_NAMES), size(MAX_SAID)]],
    ['Records of a section', [MAX_RECORDS, MAX_DATA, MAX_IGNORED].map(number)],
    ['Ports of one `network_port_check`', [MAX_PORTS, MAX_AT_ONCE, MAX_PROBES].map(String)],
    [
      'The probe policy file',
      [
        number(MAX_POLICY_LENGTH),
        number(MAX_POLICY_RULES),
        String(MAX_RULE_ENTRIES),
        String(MAX_POLICY_PROBLEMS),
      ],
    ],
    [
      'Calls of one long network tool',
      [String(LONG_TOOL.running), String(LONG_TOOL.waiting), `${PATIENCE * 100} % of the deadline`],
    ],
    ['A list of an upstream', [MAX_PAGES, MAX_LIST_LENGTH, MAX_LIST_MEMBERS].map(number)],
    ['Each list of an upstream', [LIST_TIMEOUT_MS, PATIENCE_MS].map((ms) => `${ms / 1000} s`)],
    ['An upstream that comes up', [START_TIMEOUT_MS, DOWNLOAD_TIMEOUT_MS].map((ms) => `${ms / 1000} s`)],
    [
      'Lines of the log about one upstream',
      [`${LOG_RATE.burst}, and one in ${1 / LOG_RATE.perSecond} s after that`],
    ],
    [
      "When an upstream's stream of events",
      [`${RECONNECT_MS.least / 1000} s to ${RECONNECT_MS.most / 1000} s`],
    ],
    ['Work on the standard error of a program', [`${SLICE_MS} ms, then a rest of ${STDERR_REST_MS} ms`]],
    [
      'The question which revisions',
      [PROBE_TIMEOUT_MS.stdio, PROBE_TIMEOUT_MS.http].map((ms) => `${ms / 1000} s`),
    ],
    ['Programs of the network tools', [number(MAX_STARTING)]],
    ['Of the body of `POST /chat`', [CHECKED_BODY.maxMembers, CHECKED_BODY.maxNodes].map(number)],
    ['An answer of which the client takes nothing', [`${UNREAD_TIMEOUT_MS / 1000} s`]],
    ['Events of one stream', [`${size(MAX_BUFFERED_BYTES)}, besides the most that were told at once`]],
    ['An answer of a model', [MAX_CALLS, MAX_SIZE].map(number)],
    ['Of an answer of a model', [MAX_ID, MAX_NAME, MAX_WORD, MAX_MODEL, MAX_TOKENS].map(number)],
    ['An MCP server that agrees', [`${LISTEN_TIMEOUT_MS / 1000} s`]],
    ['A message to an MCP server', [`${MESSAGE_TIMEOUT_MS / 1000} s`]],
    [
      'Of what an upstream answers in place of MCP',
      [`${number(MAX_WEB_PAGE)} bytes and ${PAGE_TIMEOUT_MS / 1000} s`, `${number(MAX_BODY)} characters`],
    ],
    ['Tools of an upstream that are withheld', [MAX_QUARANTINED, MAX_LOGGED].map(String)],
    ['What is told of what a catalogue', [MAX_REASONS, MAX_NAMED].map(String)],
    ['The upstreams file', [MAX_FILE_LENGTH, MAX_FILE_DEPTH, MAX_UPSTREAMS].map(number)],
    ['What is told of the upstreams file', [MAX_SYNTAX_ERRORS, MAX_ENTRY_PROBLEMS, MAX_WARNINGS].map(number)],
    ['A file that an upstream refers to', [size(MAX_REFERRED_BYTES), number(MAX_REFERRED_FILES)]],
    ['Connections of callers', [number(MAX_CONNECTIONS), `a quarter: ${MAX_CONNECTIONS / 4}`]],
  ])('has what comes in with %s as the code has it', (what, bounds) => {
    const row = incoming.find(([name = '']) => name.startsWith(what));
    expect(row?.[1]?.split('; ').slice(0, bounds.length)).toEqual(bounds);
  });

  it('has measured what each thing takes that is bounded in bytes for all callers, and one upstream', () => {
    const measured = tableWith(page, 'Kept, at its bound', 'Live memory').rows;
    const things = measured.map(([what = '']) => what.replace(/, with .*/, ''));
    const bounded = rows
      .filter(([, bound = '']) => /MiB/.test(bound))
      .flatMap(([what = '']) => /^(.*), (?:all callers|in memory)$/.exec(what)?.[1] ?? []);
    expect(things).toHaveLength(7);
    // Of an upstream members and items are bounded, of which each takes bytes.
    expect(new Set(things)).toEqual(new Set([...bounded, 'The tools of an upstream']));
    for (const [, figure] of measured) expect(figure).toMatch(/^\d+ MiB for /);
  });

  it('has the share of one caller, and what each entry counts with', () => {
    expect(OWNER_SHARE).toBe(1 / 4);
    expect(KEPT_PER_RUNNING).toBe(10);
    expect(page).toContain('One caller may have a quarter of the whole.');
    expect(page).toContain(`each entry with ${ENTRY_BYTES} bytes more`);
  });
});
