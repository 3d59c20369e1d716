import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../../src/config/configuration.js';
import type { RedisTarget } from '../../src/config/values/redis-url.js';

const files = mkdtempSync(join(tmpdir(), 'mcpo-keys-'));
const fileWith = (name: string, text: string): string => {
  const path = join(files, name);
  writeFileSync(path, text);
  return path;
};
const KEY_FILE = fileWith(
  'keys',
  '# first\nfirst-key-0123456789abcdef0123456789\n\nother-key-0123456789abcdef0123456789\n',
);
const SHORT_KEY_FILE = fileWith('short', 'first-key-0123456789abcdef0123456789\nshort\n');
/** Made from the default API key. */
const DERIVED_AUDIT_KEY = '0fd8f9542c09124ef0e896facda55cce5c9ad216a8434b83702ef6ec8a8a055a';

const KEY = 'a-key-0123456789abcdef0123456789abcdef';
const PUBLIC_URL = 'https://mcp.example.com';
const ISSUER = 'https://auth.example.com';
const OAUTH = { OAUTH_ISSUER: ISSUER, PUBLIC_URL };
const mapping = (theirs: string, ours: string): object => ({ theirs, ours });
const DAY = '86400000';
const TOO_LONG_FOR_A_DAY = '86400001';

/** Variable -> how to see it in the configuration, what it may be set to, and what not. */
export interface VariableCase {
  readonly read: (config: Configuration) => unknown;
  readonly standard: unknown;
  readonly good: readonly (readonly [string, unknown])[];
  readonly bad: readonly string[];
  /** Other variables that have to be set along with it. */
  readonly beside?: Readonly<Record<string, string>>;
}

const integer = (
  read: VariableCase['read'],
  standard: number,
  [min, max]: readonly [number | string, number | string],
  below: string,
  above: string,
): VariableCase => ({
  read,
  standard,
  good: [
    [String(min), Number(min)],
    [String(max), Number(max)],
    [` ${max} `, Number(max)],
  ],
  bad: [below, above, '1.5', '1e3', '0x10', '1,000', 'many', '5 ms', 'NaN', 'Infinity', '٣'],
});

const path = (read: VariableCase['read']): VariableCase => ({
  read,
  standard: '',
  good: [
    ['/etc/tls.pem', '/etc/tls.pem'],
    [' /a b.pem ', '/a b.pem'],
  ],
  bad: ['tls.pem', './tls.pem', '~/tls.pem'],
});

/** Kept in milliseconds, set in seconds. */
const seconds = (readMs: (config: Configuration) => number, standard: number): VariableCase =>
  integer((config) => readMs(config) / 1000, standard, [0, 86_400], '-1', '86401');
const redis = (
  kind: RedisTarget['kind'],
  nodes: readonly [string, number][],
  members: Partial<RedisTarget> = {},
): RedisTarget => ({
  kind,
  nodes: nodes.map(([host, port]) => ({ host, port })),
  isTls: false,
  db: 0,
  ...members,
});

export const VARIABLE_CASES: Readonly<Record<string, VariableCase>> = {
  NODE_ENV: {
    read: ({ environment }) => environment,
    standard: 'test',
    good: [
      ['development', 'development'],
      ['Test', 'test'],
    ],
    bad: ['prod', 'staging', 'production,test'],
  },
  MCP_PORT: integer(({ http }) => http.port, 8000, [0, 65_535], '-1', '65536'),
  BIND_IP: {
    read: ({ http }) => http.host,
    standard: '0.0.0.0',
    good: [
      ['127.0.0.1', '127.0.0.1'],
      ['::', '::'],
      ['::1', '::1'],
    ],
    bad: ['localhost', '256.0.0.1', '0.0.0.0:8000', '[::]', '127.0.0.0/8', '*'],
  },
  MCP_API_KEYS: {
    read: ({ access }) => access.apiKeys.length,
    standard: 1,
    good: [
      [KEY, 1],
      [`${KEY},other-key`, 2],
      [` ${KEY} , , other-key,`, 2],
      [`${KEY},${KEY}`, 1],
      [' , ', 0],
    ],
    bad: ['two words', 'schlüssel', 'tab\tinside', `${KEY},with blank`, `${KEY},mcpo_mistyped`],
  },
  MCP_API_KEYS_FILE: {
    read: ({ access }) => access.keysFile,
    standard: undefined,
    good: [
      ['/etc/mcpo-mcp-server/keys.json', '/etc/mcpo-mcp-server/keys.json'],
      [' keys.json ', 'keys.json'],
    ],
    bad: ['/etc/mcpo-mcp-server/'],
  },

  RATE_LIMIT_WINDOW_MS: integer(
    ({ rateLimit }) => rateLimit.windowMs,
    900_000,
    [1000, DAY],
    '999',
    TOO_LONG_FOR_A_DAY,
  ),
  RATE_LIMIT_MAX_REQUESTS: integer(
    ({ rateLimit }) => rateLimit.maxRequests,
    100,
    [0, 1_000_000_000],
    '-1',
    '1000000001',
  ),
  RATE_LIMIT_TOOLS: {
    read: ({ rateLimit }) => rateLimit.tools,
    standard: [],
    good: [
      ['network_ping=30/60', [{ pattern: 'network_ping', maxRequests: 30, windowMs: 60_000 }]],
      [
        ' a.b/c:d-e = 1 / 1 , network_*=1000000000/86400,',
        [
          { pattern: 'a.b/c:d-e', maxRequests: 1, windowMs: 1000 },
          { pattern: 'network_*', maxRequests: 1_000_000_000, windowMs: 86_400_000 },
        ],
      ],
    ],
    bad: [
      'network_ping',
      'network_ping=30',
      '=30/60',
      'a=0/60',
      'a=1000000001/60',
      'a=30/0',
      'a=30/86401',
      'a=30/1m',
      'a=1.5/60',
      'a b=1/60',
      'a=1/60;b=2/60',
    ],
  },
  RATE_LIMIT_ON_STORE_FAILURE: {
    read: ({ rateLimit }) => rateLimit.onStoreFailure,
    standard: 'local',
    good: [
      ['deny', 'deny'],
      ['Local', 'local'],
    ],
    bad: ['allow', 'true', 'local,deny'],
  },
  LOG_LEVEL: {
    read: ({ logging }) => logging.level,
    standard: 'info',
    good: [
      ['debug', 'debug'],
      ['WARN', 'warn'],
      ['silent', 'silent'],
    ],
    bad: ['verbose', 'warning', '30'],
  },
  LOG_DIR: {
    read: ({ logging }) => logging.directory,
    standard: undefined,
    good: [[tmpdir(), tmpdir()]],
    bad: ['log', './log', '/no/such/directory', '/proc/self/maps'],
  },
  METRICS_ENABLED: {
    read: ({ metrics }) => metrics.enabled,
    standard: true,
    good: [
      ['true', true],
      ['False', false],
      [' false ', false],
    ],
    bad: ['yes', '1', '0', 'off'],
  },
  REST_ENABLED: {
    read: ({ rest }) => rest.enabled,
    standard: true,
    good: [
      ['true', true],
      ['FALSE', false],
    ],
    bad: ['yes', '1', 'on'],
  },
  DOCS_ENABLED: {
    read: ({ rest }) => rest.docs,
    standard: true,
    good: [
      ['auto', true],
      ['True', true],
      ['false', false],
    ],
    bad: ['yes', '1', 'production'],
  },
  STATUS_PAGE_ENABLED: {
    read: ({ statusPage }) => statusPage.enabled,
    standard: true,
    good: [
      ['true', true],
      ['False', false],
      [' false ', false],
    ],
    bad: ['yes', '1', '0', 'off'],
  },
  AUDIT_LOG: {
    read: ({ audit }) => audit.destination,
    standard: 'off',
    good: [
      ['off', 'off'],
      ['stdout', 'stdout'],
      ['/tmp/audit.jsonl', '/tmp/audit.jsonl'],
    ],
    bad: ['on', 'stderr', 'audit.jsonl', './audit.jsonl', '/', '/tmp', '/nowhere/audit.jsonl'],
  },
  AUDIT_KEY: {
    read: ({ audit }) => audit.keys.map(({ length }) => length),
    standard: [64],
    good: [
      ['k'.repeat(32), [32]],
      ['k'.repeat(500), [500]],
    ],
    bad: ['short', 'k'.repeat(31)],
  },
  AUDIT_KEY_FILE: {
    read: ({ audit }) => audit.keys,
    standard: [DERIVED_AUDIT_KEY],
    good: [[KEY_FILE, ['first-key-0123456789abcdef0123456789', 'other-key-0123456789abcdef0123456789']]],
    bad: ['/nowhere/key', '/dev/null', '/', SHORT_KEY_FILE],
  },
  AUDIT_CHECKPOINT_EVERY: integer(({ audit }) => audit.checkpointEvery, 1000, [1, 1_000_000], '0', '1000001'),
  AUDIT_BUFFER_RECORDS: integer(({ audit }) => audit.maxWaiting, 10_000, [1, 1_000_000], '0', '1000001'),
  AUDIT_REQUIRED: {
    read: ({ audit }) => audit.isRequired,
    standard: false,
    good: [
      ['true', true],
      ['FALSE', false],
    ],
    bad: ['yes', '1'],
    beside: { AUDIT_LOG: '/tmp/audit.jsonl' },
  },
  AUDIT_ARGUMENTS: {
    read: ({ audit }) => audit.shownArguments,
    standard: [],
    good: [['target, port', ['target', 'port']]],
    bad: ['two words', 'a"b', 'a'.repeat(65)],
  },
  AUDIT_PSEUDONYM_FILE: {
    read: ({ audit }) => audit.pseudonymFile,
    standard: undefined,
    good: [['/var/lib/mcpo/pseudonyms.txt', '/var/lib/mcpo/pseudonyms.txt']],
    bad: ['pseudonyms.txt', '/'],
  },
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: integer(
    ({ circuitBreaker }) => circuitBreaker.failureThreshold,
    5,
    [1, 1000],
    '0',
    '1001',
  ),
  CIRCUIT_BREAKER_RESET_TIMEOUT: integer(
    ({ circuitBreaker }) => circuitBreaker.resetTimeoutMs,
    60_000,
    [100, DAY],
    '99',
    TOO_LONG_FOR_A_DAY,
  ),
  OUTBOUND_MAX_SOCKETS: integer(({ outbound }) => outbound.maxSockets, 100, [1, 10_000], '0', '10001'),
  OUTBOUND_MAX_FREE_SOCKETS: integer(
    ({ outbound }) => outbound.maxFreeSockets,
    10,
    [1, 10_000],
    '0',
    '10001',
  ),
  OUTBOUND_TIMEOUT_MS: integer(
    ({ outbound }) => outbound.timeoutMs,
    30_000,
    [100, DAY],
    '99',
    TOO_LONG_FOR_A_DAY,
  ),
  OUTBOUND_KEEP_ALIVE: {
    read: ({ outbound }) => outbound.keepAlive,
    standard: true,
    good: [
      ['true', true],
      ['FALSE', false],
    ],
    bad: ['yes', '1', 'keep-alive'],
  },
  OUTBOUND_MAX_RESPONSE_BYTES: integer(
    ({ outbound }) => outbound.maxResponseBytes,
    4_194_304,
    [1024, 1_073_741_824],
    '1023',
    '1073741825',
  ),
  OUTBOUND_MAX_CONCURRENCY: integer(({ outbound }) => outbound.maxConcurrency, 16, [1, 10_000], '0', '10001'),
  OUTBOUND_MAX_QUEUE: integer(({ outbound }) => outbound.maxQueue, 16, [0, 10_000], '-1', '10001'),
  OUTBOUND_RETRIES: integer(({ outbound }) => outbound.retries, 2, [0, 10], '-1', '11'),
  CACHE_TOOLS_LIST_TTL_SECONDS: seconds(({ cache }) => cache.toolsListTtlMs, 300),
  CACHE_HEALTH_TTL_SECONDS: seconds(({ cache }) => cache.healthTtlMs, 60),
  CACHE_METRICS_TTL_SECONDS: seconds(({ cache }) => cache.metricsTtlMs, 30),
  MCP_BODY_LIMIT_BYTES: integer(
    ({ http }) => http.bodyLimitBytes,
    1_048_576,
    [1024, 67_108_864],
    '1023',
    '67108865',
  ),
  TRUST_PROXY: {
    read: ({ http }) => http.trustProxy,
    standard: false,
    good: [
      ['false', false],
      ['0', false],
      ['TRUE', 1],
      ['2', 2],
      ['10.0.0.0/8, loopback', ['10.0.0.0/8', 'loopback']],
    ],
    bad: ['yes', '10.0.0.0/33', '1.5', 'example.com', '-1', '0.0.0.0/0', '::/0'],
  },
  ALLOWED_ORIGINS: {
    read: ({ http }) => http.allowedOrigins,
    standard: [],
    good: [
      ['https://app.example.com', ['https://app.example.com']],
      ['http://localhost:3000, https://b.example', ['http://localhost:3000', 'https://b.example']],
    ],
    bad: [
      '*',
      'app.example.com',
      'https://app.example.com/',
      'https://app.example.com/path',
      'null',
      'file:///x',
    ],
  },
  CORS_ORIGINS: {
    read: ({ http }) => http.allowedOrigins,
    standard: [],
    good: [['https://app.example.com', ['https://app.example.com']]],
    bad: ['*', 'https://App.example.com', 'ftp://app.example.com'],
  },
  ALLOWED_HOSTS: {
    read: ({ http }) => http.allowedHosts,
    standard: [],
    good: [
      ['MCP.example.com', ['mcp.example.com']],
      ['mcp.example.com:8443, [::1]:8000', ['mcp.example.com:8443', '[::1]:8000']],
    ],
    bad: ['https://mcp.example.com', 'mcp.example.com/path', '*.example.com', 'a b'],
  },
  // That it is read as true too is shown where there is a certificate: test/smoke/tls.smoke-spec.ts.
  HTTPS_ENABLED: {
    read: ({ http }) => http.tls.enabled,
    standard: false,
    good: [
      ['false', false],
      ['FALSE', false],
    ],
    bad: ['yes', '1', 'on'],
  },
  HTTPS_PORT: integer(({ http }) => http.tls.port, 8443, [0, 65_535], '-1', '65536'),
  SSL_KEY_PATH: path(({ http }) => http.tls.keyPath),
  SSL_CERT_PATH: path(({ http }) => http.tls.certificatePath),
  PUBLIC_URL: {
    read: ({ access }) => access.oauth?.resource,
    standard: undefined,
    good: [
      ['https://mcp.example.com', 'https://mcp.example.com/mcp'],
      [' https://mcp.example.com:8443/tools/ ', 'https://mcp.example.com:8443/tools/mcp'],
      ['http://localhost:8000', 'http://localhost:8000/mcp'],
    ],
    bad: [
      'mcp.example.com',
      'https://mcp.example.com/?a=b',
      'https://mcp.example.com/#x',
      'ftp://x',
      'https://a@b',
    ],
    beside: { OAUTH_ISSUER: ISSUER },
  },
  OAUTH_ISSUER: {
    read: ({ access }) => access.oauth?.issuers,
    standard: undefined,
    good: [
      [ISSUER, [ISSUER]],
      [`${ISSUER}/, ${ISSUER}/tenant`, [`${ISSUER}/`, `${ISSUER}/tenant`]],
      [' , ', undefined],
    ],
    bad: ['auth.example.com', `${ISSUER}?tenant=1`, `${ISSUER}/#x`, 'ldap://auth.example.com'],
    beside: { PUBLIC_URL },
  },
  OAUTH_AUDIENCE: {
    read: ({ access }) => access.oauth?.audiences,
    standard: undefined,
    good: [
      ['api://mcpo', ['api://mcpo']],
      ['one, two', ['one', 'two']],
      [' , ', [`${PUBLIC_URL}/mcp`]],
    ],
    bad: ['two words', 'ümlaut'],
    beside: OAUTH,
  },
  OAUTH_JWKS_URL: {
    read: ({ access }) => access.oauth?.jwksUrl,
    standard: undefined,
    good: [[`${ISSUER}/keys?v=2`, `${ISSUER}/keys?v=2`]],
    bad: ['/keys', 'file:///etc/keys', 'auth.example.com/keys'],
    beside: OAUTH,
  },
  OAUTH_ALGORITHMS: {
    read: ({ access }) => access.oauth?.algorithms,
    standard: undefined,
    good: [
      ['ES256', ['ES256']],
      ['RS256, EdDSA', ['RS256', 'EdDSA']],
    ],
    bad: ['none', 'HS256', 'RS256,HS512', 'rs256', 'RSA1_5', ' , '],
    beside: OAUTH,
  },
  OAUTH_CLOCK_TOLERANCE_MS: {
    ...integer(({ access }) => access.oauth?.clockToleranceMs, 30_000, [0, 300_000], '-1', '300001'),
    standard: undefined,
    beside: OAUTH,
  },
  OAUTH_REQUIRED_SCOPES: {
    read: ({ access }) => access.oauth?.requiredScopes,
    standard: undefined,
    good: [['mcp:use, https://example.com/scope', ['mcp:use', 'https://example.com/scope']]],
    bad: ['two words', 'quo"te', 'ümlaut'],
    beside: OAUTH,
  },
  OAUTH_SCOPE_MAP: {
    read: ({ access }) => access.oauth?.scopeMap,
    standard: undefined,
    good: [
      ['a=chat, a=tools:call', [mapping('a', 'chat'), mapping('a', 'tools:call')]],
      ['x=y=tools:call:network_*', [mapping('x=y', 'tools:call:network_*')]],
    ],
    bad: ['a', '=chat', 'a=', 'a=tools:call:', 'a=root', 'two words=chat'],
    beside: OAUTH,
  },
  TOOL_TIMEOUT_MS: integer(({ tools }) => tools.timeoutMs, 25_000, [100, DAY], '99', TOO_LONG_FOR_A_DAY),
  TOOL_MAX_CONCURRENCY: integer(({ tools }) => tools.maxConcurrency, 128, [1, 10_000], '0', '10001'),
  TOOL_CONCURRENCY: {
    read: ({ tools }) => tools.concurrency,
    standard: [],
    good: [
      [
        'network_traceroute=8/24, network_*=1/0',
        [
          { pattern: 'network_traceroute', running: 8, waiting: 24 },
          { pattern: 'network_*', running: 1, waiting: 0 },
        ],
      ],
    ],
    bad: [
      '8/24',
      'network_ping=0/4',
      'network_ping=4',
      'network_ping=4/-1',
      'a b=1/1',
      'x=10001/0',
      'x=1/10001',
    ],
  },
  PRINCIPAL_SHARE_PERCENT: integer(({ sharePercent }) => sharePercent, 25, [1, 100], '0', '101'),
  TOOL_MAX_OUTPUT_BYTES: integer(
    ({ tools }) => tools.maxOutputBytes,
    1_048_576,
    [1024, 67_108_864],
    '1023',
    '67108865',
  ),
  PROBE_POLICY: {
    read: ({ policy }) => policy.mode,
    standard: 'open',
    good: [
      ['strict', 'strict'],
      ['Open', 'open'],
    ],
    bad: ['closed', 'true', 'open,strict'],
  },
  PROBE_POLICY_FILE: {
    read: ({ policy }) => policy.file,
    standard: undefined,
    good: [['/etc/mcpo-mcp-server/policy.yaml', '/etc/mcpo-mcp-server/policy.yaml']],
    bad: ['/etc/mcpo-mcp-server/'],
  },
  MCP_SERVERS_FILE: {
    read: ({ upstreams }) => upstreams.file,
    standard: undefined,
    good: [['/etc/mcpo-mcp-server/servers.json', '/etc/mcpo-mcp-server/servers.json']],
    bad: ['/etc/mcpo-mcp-server/'],
  },
  MCP_PINS_FILE: {
    read: ({ upstreams }) => upstreams.pinsFile,
    standard: undefined,
    good: [['/var/lib/mcpo/pins.json', '/var/lib/mcpo/pins.json']],
    bad: ['/var/lib/mcpo/'],
  },
  REDIS_URL: {
    read: ({ storage }) => storage.redis,
    standard: undefined,
    good: [
      ['redis://localhost:6379', redis('single', [['localhost', 6379]])],
      [
        'rediss://user:password@redis.example.com:6380/2',
        redis('single', [['redis.example.com', 6380]], {
          isTls: true,
          username: 'user',
          password: 'password',
          db: 2,
        }),
      ],
      ['redis://[::1]', redis('single', [['::1', 6379]])],
      [
        'redis+sentinel://a,b:26380/mymaster',
        redis(
          'sentinel',
          [
            ['a', 26_379],
            ['b', 26_380],
          ],
          { masterName: 'mymaster' },
        ),
      ],
      ['rediss+cluster://a:7000', redis('cluster', [['a', 7000]], { isTls: true })],
    ],
    bad: ['localhost:6379', 'http://localhost:6379', 'redis://', 'redis', '/var/run/redis.sock'],
  },
  MCP_STATE_SECRET: {
    read: ({ mcp }) => mcp.stateKey.length,
    standard: 32,
    good: [
      ['s'.repeat(32), 32],
      ['s'.repeat(500), 32],
    ],
    bad: ['short', 's'.repeat(31)],
  },
  MCP_SESSION_TTL_MS: integer(
    ({ mcp }) => mcp.sessionTtlMs,
    1_800_000,
    [1000, DAY],
    '999',
    TOO_LONG_FOR_A_DAY,
  ),
  MCP_MAX_SESSIONS: integer(({ mcp }) => mcp.maxSessions, 10_000, [1, 1_000_000], '0', '1000001'),
  MCP_MAX_STREAMS: integer(({ mcp }) => mcp.maxStreams, 10_000, [1, 1_000_000], '0', '1000001'),
  MCP_TASK_TTL_MS: integer(({ mcp }) => mcp.taskTtlMs, 3_600_000, [1000, DAY], '999', TOO_LONG_FOR_A_DAY),
  MCP_MAX_TASKS: integer(({ mcp }) => mcp.maxTasks, 1000, [1, 1_000_000], '0', '1000001'),
  MCP_PAGE_SIZE: integer(({ mcp }) => mcp.pageSize, 500, [1, 10_000], '0', '10001'),
  CHAT_SERVER_URL: {
    read: ({ chat }) => chat.serverUrl,
    standard: 'http://localhost:8080',
    good: [
      ['http://[::1]:11434/', 'http://[::1]:11434'],
      ['https://api.example.com/v1', 'https://api.example.com/v1'],
    ],
    bad: [
      'localhost:8080',
      'redis://localhost',
      'http://user:password@host',
      'http://host/?key=1',
      'http://',
    ],
  },
  CHAT_MODEL: {
    read: ({ chat }) => chat.model,
    standard: 'default',
    good: [['qwen3:8b', 'qwen3:8b']],
    bad: ['two words', 'modèle'],
  },
  CHAT_API_KEY: {
    read: ({ chat }) => chat.apiKey,
    standard: undefined,
    good: [['sk-0123456789', 'sk-0123456789']],
    bad: ['two words', 'schlüssel'],
  },
  CHAT_SYSTEM_PROMPT_FILE: {
    read: ({ chat }) => chat.systemPromptFile,
    standard: undefined,
    good: [['/etc/mcpo-mcp-server/prompt.md', '/etc/mcpo-mcp-server/prompt.md']],
    bad: ['prompt.md', './prompt.md'],
  },
  CHAT_TIMEOUT_MS: integer(({ chat }) => chat.timeoutMs, 120_000, [1000, DAY], '999', TOO_LONG_FOR_A_DAY),
  CHAT_SERVER_TIMEOUT_MS: integer(
    ({ chat }) => chat.serverTimeoutMs,
    60_000,
    [100, DAY],
    '99',
    TOO_LONG_FOR_A_DAY,
  ),
  CHAT_MAX_ROUNDS: integer(({ chat }) => chat.maxRounds, 8, [1, 100], '0', '101'),
  CHAT_MAX_TOOL_CALLS: integer(({ chat }) => chat.maxToolCalls, 16, [0, 1000], '-1', '1001'),
  CHAT_MAX_TOOLS: integer(({ chat }) => chat.maxTools, 128, [1, 10_000], '0', '10001'),
  CHAT_MAX_ANSWER_TOKENS: integer(({ chat }) => chat.maxAnswerTokens, 0, [0, 1_000_000], '-1', '1000001'),
  CHAT_MAX_RESULT_TOKENS: integer(
    ({ chat }) => chat.maxResultTokens,
    2000,
    [100, 1_000_000],
    '99',
    '1000001',
  ),
  CHAT_MAX_HISTORY_TOKENS: integer(
    ({ chat }) => chat.maxHistoryTokens,
    4000,
    [0, 1_000_000],
    '-1',
    '1000001',
  ),
  CHAT_MAX_CONCURRENCY: integer(({ chat }) => chat.maxConcurrency, 256, [1, 10_000], '0', '10001'),
  CHAT_MAX_CONVERSATIONS: integer(({ chat }) => chat.maxConversations, 1000, [1, 1_000_000], '0', '1000001'),
  CHAT_CONVERSATION_TTL_MS: integer(
    ({ chat }) => chat.conversationTtlMs,
    86_400_000,
    [1000, 2_592_000_000],
    '999',
    '2592000001',
  ),
  SHUTDOWN_DELAY_MS: {
    ...integer(({ shutdown }) => shutdown.delayMs, 0, [0, 600_000], '-1', '600001'),
    beside: { SHUTDOWN_TIMEOUT_MS: '3600000' },
  },
  SHUTDOWN_TIMEOUT_MS: integer(
    ({ shutdown }) => shutdown.timeoutMs,
    30_000,
    [100, 3_600_000],
    '99',
    '3600001',
  ),
};
