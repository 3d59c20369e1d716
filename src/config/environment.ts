import 'reflect-metadata';
import { isIP } from 'node:net';
import { API_KEY_PREFIX, isWholeApiKey } from '../core/api-key-format.js';
import {
  AbsolutePathVariable,
  BooleanVariable,
  ChoiceVariable,
  everyItem,
  FileVariable,
  IntegerVariable,
  ListVariable,
  OriginListVariable,
  Rule,
  SecretVariable,
  TextVariable,
} from './variable.decorators.js';
import { isHttpUrl, isPlainUrl } from './values/http-url.js';
import { readAuditKeys } from './values/audit-keys.js';
import { isWritableDirectory, isWritableFile } from './values/writable-directory.js';
import { parseRedisUrl } from './values/redis-url.js';
import { parseToolConcurrency } from './values/tool-concurrency.js';
import { parseToolLimit } from './values/tool-limit.js';
import { ASYMMETRIC_ALGORITHMS, isAudience, isScopeToken, parseScopeMapping } from './values/oauth.js';
import { parseTrustProxy } from './values/trust-proxy.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const NODE_ENVIRONMENTS = ['development', 'test', 'production'] as const;
export type NodeEnvironment = (typeof NODE_ENVIRONMENTS)[number];

export const PROBE_POLICIES = ['open', 'strict'] as const;
export type ProbePolicyMode = (typeof PROBE_POLICIES)[number];

export const STORE_FAILURE_POLICIES = ['local', 'deny'] as const;
export type StoreFailurePolicy = (typeof STORE_FAILURE_POLICIES)[number];

/** The key of the deployment guide's table. It opens a development server and nothing else. */
export const DEFAULT_API_KEY = 'dev-key-12345';

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1024 * 1024;

/** Nothing that would break a header or a line. */
const isPrintable = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

const ALGORITHMS_WANTED = `has an entry that is not one of ${[...ASYMMETRIC_ALGORITHMS].join(', ')}: "none" and HS* are never accepted`;

/**
 * Every variable that the server reads, with its default. `docs/configuration.md` is tested against this class.
 */
export class Environment {
  @ChoiceVariable(NODE_ENVIRONMENTS)
  NODE_ENV: NodeEnvironment = 'development';

  @IntegerVariable(0, 65_535, 'TCP port; 0 takes any free one')
  MCP_PORT = 8000;

  @TextVariable(
    (text) => isIP(text) !== 0,
    'is "$value": set it to an IPv4 or IPv6 address, such as 0.0.0.0, :: or 127.0.0.1',
  )
  BIND_IP = '0.0.0.0';

  @ListVariable(
    (key) => /^[\x21-\x7e]+$/.test(key),
    'has a key with blanks or characters outside printable ASCII: mint keys with "openssl rand -hex 32"',
  )
  @Rule(
    everyItem((key) => !key.startsWith(API_KEY_PREFIX) || isWholeApiKey(key)),
    'has a key that begins with "mcpo_" and is not whole: it was cut off or mistyped, so copy it again',
  )
  MCP_API_KEYS: string[] = [DEFAULT_API_KEY];

  /** Further keys, by digest, with what each may do. */
  @FileVariable('a file, such as /etc/mcpo-mcp-server/keys.json')
  MCP_API_KEYS_FILE = '';

  @IntegerVariable(1000, DAY_MS, 'ms')
  RATE_LIMIT_WINDOW_MS = 900_000;

  @IntegerVariable(0, 1_000_000_000, 'requests; 0 switches the limit off')
  RATE_LIMIT_MAX_REQUESTS = 100;

  @ListVariable(
    (item) => parseToolLimit(item) !== undefined,
    'has an entry that is not a limit: write tool=requests/seconds, such as network_ping=30/60 or network_*=300/900',
  )
  RATE_LIMIT_TOOLS: string[] = [];

  /** What holds while Redis does not answer: `local` windows of each replica, or nothing that needs a key (`deny`). */
  @ChoiceVariable(STORE_FAILURE_POLICIES)
  RATE_LIMIT_ON_STORE_FAILURE: StoreFailurePolicy = 'local';

  @ChoiceVariable(LOG_LEVELS)
  LOG_LEVEL: LogLevel = 'info';

  /** Where a second copy of the log goes. */
  @TextVariable(
    isWritableDirectory,
    'is "$value": set it to the absolute path of a directory that the server can write to, such as /var/log/mcpo-mcp-server',
  )
  LOG_DIR = '';

  @BooleanVariable()
  METRICS_ENABLED = true;

  @BooleanVariable()
  REST_ENABLED = true;

  /** `auto`: outside production. */
  @ChoiceVariable(['auto', 'true', 'false'])
  DOCS_ENABLED: 'auto' | 'true' | 'false' = 'auto';

  /** Whether browsers see a page at `/`. */
  @BooleanVariable()
  STATUS_PAGE_ENABLED = true;

  /** Empty: `stdout` in production, otherwise `off`. */
  @TextVariable(
    (text) => text === 'off' || text === 'stdout' || isWritableFile(text),
    'is "$value": set it to off, stdout, or the absolute path of a file that the server can write, in a directory that exists, such as /var/log/mcpo/audit.jsonl',
  )
  AUDIT_LOG = '';

  @SecretVariable()
  AUDIT_KEY = '';

  @TextVariable(
    (text) => readAuditKeys(text) !== undefined,
    'is "$value": it has to be a file that can be read, with one key of 32 characters or more on each line',
  )
  AUDIT_KEY_FILE = '';

  @IntegerVariable(1, 1_000_000, 'records')
  AUDIT_CHECKPOINT_EVERY = 1000;

  @IntegerVariable(1, 1_000_000, 'records')
  AUDIT_BUFFER_RECORDS = 10_000;

  @BooleanVariable()
  AUDIT_REQUIRED = false;

  @ListVariable(
    (name) => /^[\w.-]{1,64}$/.test(name),
    'has an entry that is not the name of an argument: write names such as target,port',
  )
  AUDIT_ARGUMENTS: string[] = [];

  @TextVariable(
    (text) => /^\/.+$/.test(text),
    'is "$value": set it to the absolute path of a file, such as /var/lib/mcpo/pseudonyms.txt',
  )
  AUDIT_PSEUDONYM_FILE = '';

  @IntegerVariable(1, 1000, 'consecutive failures')
  CIRCUIT_BREAKER_FAILURE_THRESHOLD = 5;

  @IntegerVariable(100, DAY_MS, 'ms')
  CIRCUIT_BREAKER_RESET_TIMEOUT = 60_000;

  @IntegerVariable(1, 10_000, 'sockets')
  OUTBOUND_MAX_SOCKETS = 100;

  @IntegerVariable(1, 10_000, 'sockets')
  OUTBOUND_MAX_FREE_SOCKETS = 10;

  @IntegerVariable(100, DAY_MS, 'ms')
  OUTBOUND_TIMEOUT_MS = 30_000;

  @BooleanVariable()
  OUTBOUND_KEEP_ALIVE = true;

  @IntegerVariable(1024, 1024 * MIB, 'bytes')
  OUTBOUND_MAX_RESPONSE_BYTES = 4 * MIB;

  @IntegerVariable(1, 10_000, 'calls')
  OUTBOUND_MAX_CONCURRENCY = 16;

  @IntegerVariable(0, 10_000, 'calls')
  OUTBOUND_MAX_QUEUE = 16;

  @IntegerVariable(0, 10, 'repetitions')
  OUTBOUND_RETRIES = 2;

  @IntegerVariable(0, 86_400, 'seconds; 0 switches the cache off')
  CACHE_TOOLS_LIST_TTL_SECONDS = 300;

  @IntegerVariable(0, 86_400, 'seconds; 0 switches the cache off')
  CACHE_HEALTH_TTL_SECONDS = 60;

  @IntegerVariable(0, 86_400, 'seconds; 0 switches the cache off')
  CACHE_METRICS_TTL_SECONDS = 30;

  @IntegerVariable(1024, 64 * MIB, 'bytes')
  MCP_BODY_LIMIT_BYTES = MIB;

  @TextVariable(
    (text) => parseTrustProxy(text) !== undefined,
    'is "$value": set it to false, true (one hop), a number of hops, or a comma-separated list of the addresses and CIDR networks of your proxies (none larger than /8, or /7 in IPv6: anybody in it could forge an address)',
  )
  TRUST_PROXY = 'false';

  @OriginListVariable()
  ALLOWED_ORIGINS: string[] = [];

  @OriginListVariable()
  CORS_ORIGINS: string[] = [];

  @ListVariable(
    (host) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host),
    'has an entry that is not a host name: write mcp.example.com or mcp.example.com:8443',
  )
  ALLOWED_HOSTS: string[] = [];

  /** A second listener, for hosts where nothing in front takes TLS off. */
  @BooleanVariable()
  HTTPS_ENABLED = false;

  @IntegerVariable(0, 65_535, 'TCP port; 0 takes any free one')
  HTTPS_PORT = 8443;

  @AbsolutePathVariable('an absolute path')
  SSL_KEY_PATH = '';

  @AbsolutePathVariable('an absolute path')
  SSL_CERT_PATH = '';

  /** Where clients reach the server, and what access tokens are issued for. */
  @TextVariable(
    isPlainUrl,
    'is "$value": set it to an http or https URL without a query, such as https://mcp.example.com',
  )
  PUBLIC_URL = '';

  /** Whose access tokens are taken. Without one OAuth is off. */
  @ListVariable(
    isPlainUrl,
    'has an entry that is not an issuer: write its https URL exactly as its tokens have it, such as https://auth.example.com',
  )
  OAUTH_ISSUER: string[] = [];

  @ListVariable(isAudience, 'has an entry with blanks: separate audiences by commas')
  OAUTH_AUDIENCE: string[] = [];

  @TextVariable(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    'is "$value": set it to the https URL of the key set of the issuer, or leave it out',
  )
  OAUTH_JWKS_URL = '';

  @ListVariable((name) => ASYMMETRIC_ALGORITHMS.has(name), ALGORITHMS_WANTED)
  @Rule((value) => Array.isArray(value) && value.length > 0, ALGORITHMS_WANTED)
  OAUTH_ALGORITHMS: string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

  @IntegerVariable(0, 300_000, 'ms')
  OAUTH_CLOCK_TOLERANCE_MS = 30_000;

  @ListVariable(isScopeToken, 'has an entry that is not a scope: separate scopes by commas')
  OAUTH_REQUIRED_SCOPES: string[] = [];

  @ListVariable(
    (entry) => parseScopeMapping(entry) !== undefined,
    'has an entry that is not theirs=ours, where ours is tools:call, tools:call:<glob>, chat, admin, network:host or network:http-write: write mcp.use=tools:call',
  )
  OAUTH_SCOPE_MAP: string[] = [];

  @IntegerVariable(100, DAY_MS, 'ms')
  TOOL_TIMEOUT_MS = 25_000;

  @IntegerVariable(1, 10_000, 'calls')
  TOOL_MAX_CONCURRENCY = 128;

  /** Beside that, of single tools; long ones have a bound without it. */
  @ListVariable(
    (item) => parseToolConcurrency(item) !== undefined,
    'has an entry that is not a bound: write tool=running/waiting, such as network_traceroute=8/24 or network_*=16/32',
  )
  TOOL_CONCURRENCY: string[] = [];

  /** How much of what all share one principal may take: places for calls, questions and streams. */
  @IntegerVariable(1, 100, 'percent')
  PRINCIPAL_SHARE_PERCENT = 25;

  @IntegerVariable(1024, 64 * MIB, 'bytes')
  TOOL_MAX_OUTPUT_BYTES = MIB;

  /** What becomes of a probe that no rule speaks of. */
  @ChoiceVariable(PROBE_POLICIES)
  PROBE_POLICY: ProbePolicyMode = 'open';

  /** The rules of where a probe may go. */
  @FileVariable('a file, such as /etc/mcpo-mcp-server/policy.yaml')
  PROBE_POLICY_FILE = '';

  /** The upstream servers, in the format of the usual MCP clients. */
  @FileVariable('a file, such as /etc/mcpo-mcp-server/servers.json')
  MCP_SERVERS_FILE = '';

  /** Where the accepted definitions of pinned tools are kept. */
  @FileVariable('a file that the server may write')
  MCP_PINS_FILE = '';

  /** Where what must outlive a request is kept, so that any replica can answer. Without it: in memory. */
  @TextVariable(
    (text) => parseRedisUrl(text) !== undefined,
    'is not a Redis URL: write redis://host:6379, redis+sentinel://host1:26379,host2:26379/mymaster or redis+cluster://host1:6379,host2:6379, with rediss in place of redis for TLS; percent-encode user and password',
  )
  REDIS_URL = '';

  @SecretVariable()
  MCP_STATE_SECRET = '';

  @IntegerVariable(1000, DAY_MS, 'ms')
  MCP_SESSION_TTL_MS = 1_800_000;

  @IntegerVariable(1, 1_000_000, 'sessions')
  MCP_MAX_SESSIONS = 10_000;

  @IntegerVariable(1, 1_000_000, 'streams')
  MCP_MAX_STREAMS = 10_000;

  @IntegerVariable(1000, DAY_MS, 'ms')
  MCP_TASK_TTL_MS = 3_600_000;

  @IntegerVariable(1, 10_000, 'items')
  MCP_PAGE_SIZE = 500;

  @IntegerVariable(1, 1_000_000, 'tasks')
  MCP_MAX_TASKS = 1000;

  /** Whatever speaks the OpenAI-compatible API: llama.cpp's server by default. */
  @TextVariable(
    isHttpUrl,
    'is not the URL of a chat server: write http://host:8080 or https://api.example.com/v1, and put a key into CHAT_API_KEY',
  )
  CHAT_SERVER_URL = 'http://localhost:8080';

  @TextVariable(isPrintable, 'is not the name of a model: write it without blanks')
  CHAT_MODEL = 'default';

  @TextVariable(isPrintable, 'is not a key: write printable ASCII without blanks')
  CHAT_API_KEY = '';

  /** Replaces the system prompt that comes with the server. */
  @AbsolutePathVariable('the absolute path of a file')
  CHAT_SYSTEM_PROMPT_FILE = '';

  @IntegerVariable(1000, DAY_MS, 'ms')
  CHAT_TIMEOUT_MS = 120_000;

  @IntegerVariable(100, DAY_MS, 'ms')
  CHAT_SERVER_TIMEOUT_MS = 60_000;

  @IntegerVariable(1, 100, 'rounds')
  CHAT_MAX_ROUNDS = 8;

  @IntegerVariable(0, 1000, 'calls')
  CHAT_MAX_TOOL_CALLS = 16;

  @IntegerVariable(1, 10_000, 'tools')
  CHAT_MAX_TOOLS = 128;

  /** 0: the chat server decides. */
  @IntegerVariable(0, 1_000_000, 'tokens')
  CHAT_MAX_ANSWER_TOKENS = 0;

  @IntegerVariable(100, 1_000_000, 'tokens')
  CHAT_MAX_RESULT_TOKENS = 2000;

  @IntegerVariable(0, 1_000_000, 'tokens')
  CHAT_MAX_HISTORY_TOKENS = 4000;

  @IntegerVariable(1, 10_000, 'turns')
  CHAT_MAX_CONCURRENCY = 256;

  @IntegerVariable(1, 1_000_000, 'conversations')
  CHAT_MAX_CONVERSATIONS = 1000;

  @IntegerVariable(1000, 30 * DAY_MS, 'ms')
  CHAT_CONVERSATION_TTL_MS = DAY_MS;

  @IntegerVariable(0, 600_000, 'ms')
  SHUTDOWN_DELAY_MS = 0;

  @IntegerVariable(100, 3_600_000, 'ms')
  SHUTDOWN_TIMEOUT_MS = 30_000;

  /** What whoever runs this installation is to do about a configuration that cannot be used. */
  CONFIGURATION_HINT = '';
}
