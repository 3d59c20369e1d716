import { hkdfSync, randomBytes } from 'node:crypto';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { apiKeyDigest, apiKeyFingerprint } from '../core/api-key-digest.js';
import { trimEnd } from '../core/trim-end.js';
import { AuditSettings } from './audit-settings.js';
import type { ApiKeyRecord, Configuration } from './configuration.js';
import { Environment } from './environment.js';
import { ignoredVariables } from './ignored-variables.js';
import { parseRedisUrl } from './values/redis-url.js';
import { isOAuthOn, oauthConfiguration, oauthProblems } from './oauth.configuration.js';
import { productionProblems, unchosenPolicy, warningsFor } from './safety.js';
import { parseToolConcurrency } from './values/tool-concurrency.js';
import { parseToolLimit } from './values/tool-limit.js';
import { tlsProblems } from './tls.js';
import { parseTrustProxy } from './values/trust-proxy.js';

/** How messages reach the server. */
export type Transport = 'http' | 'stdio';

/** Thrown when the environment is not usable. The message lists every problem and how to mend it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(
      [`The configuration cannot be used (${count}):`, ...problems.map((problem) => `  - ${problem}.`)].join(
        '\n',
      ),
    );
  }
}

/**
 * Reads the environment once into the configuration that everything else uses.
 *
 * @throws ConfigurationError when a variable is malformed, or when production would run unsafely.
 */
export function loadConfiguration(
  variables: NodeJS.ProcessEnv = process.env,
  { transport = 'http' }: { transport?: Transport } = {},
): Configuration {
  const environment = parseEnvironment(variables);
  // Over stdio nobody comes in who has not started the process: no key opens anything.
  const unsafe =
    transport === 'http' ? [...tlsProblems(environment), ...productionProblems(environment)] : [];
  const bad = malformed(environment);
  const problems = [...bad, ...unsafe, ...(bad.length === 0 ? oauthProblems(environment) : [])];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const audit = new AuditSettings(environment, transport === 'stdio');
  if (audit.problems.length > 0) throw new ConfigurationError(audit.problems);
  const { chat, ...others } = toConfiguration(environment, transport, audit);
  const isSet = (name: string): boolean => (variables[name] ?? '').trim() !== '';
  const configuration = { ...others, chat: { ...chat, isServerNamed: isSet('CHAT_SERVER_URL') } };
  const ignored = ignoredVariables(variables, Object.keys(new Environment()));
  const unchosen = isSet('PROBE_POLICY') ? [] : unchosenPolicy(environment);
  const warnings = transport === 'stdio' ? [] : [...configuration.warnings, ...unchosen, ...ignored];
  return freezeDeep({ ...configuration, warnings });
}

function parseEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const known = Object.keys(new Environment());
  const set = known.filter((name) => (variables[name] ?? '').trim() !== '');
  const plain = Object.fromEntries(set.map((name) => [name, variables[name]?.trim()]));
  const environment = plainToInstance(Environment, plain, { exposeDefaultValues: true });
  // The default key stands in where nobody has thought of keys. Somebody has.
  const hasOtherWay = environment.MCP_API_KEYS_FILE !== '' || isOAuthOn(environment);
  if (hasOtherWay && !set.includes('MCP_API_KEYS')) environment.MCP_API_KEYS = [];
  return environment;
}

function malformed(environment: Environment): string[] {
  return validateSync(environment, { stopAtFirstError: true }).flatMap((error) =>
    Object.values(error.constraints ?? {}),
  );
}

type Unnamed = Omit<Configuration, 'chat'> & { chat: Omit<Configuration['chat'], 'isServerNamed'> };

function toConfiguration(env: Environment, transport: Transport, audit: AuditSettings): Unnamed {
  return {
    environment: env.NODE_ENV,
    http: {
      port: env.MCP_PORT,
      host: env.BIND_IP,
      bodyLimitBytes: env.MCP_BODY_LIMIT_BYTES,
      trustProxy: parseTrustProxy(env.TRUST_PROXY) ?? false,
      allowedOrigins: [...new Set([...env.ALLOWED_ORIGINS, ...env.CORS_ORIGINS])],
      allowedHosts: env.ALLOWED_HOSTS.map((host) => host.toLowerCase()),
      tls: {
        enabled: env.HTTPS_ENABLED,
        port: env.HTTPS_PORT,
        keyPath: env.SSL_KEY_PATH,
        certificatePath: env.SSL_CERT_PATH,
      },
    },
    access: {
      apiKeys: [...new Set(env.MCP_API_KEYS)].map(toRecord),
      keysFile: env.MCP_API_KEYS_FILE === '' ? undefined : env.MCP_API_KEYS_FILE,
      needsKey: transport === 'http' && env.NODE_ENV === 'production' && !isOAuthOn(env),
      oauth: oauthConfiguration(env),
    },
    rateLimit: {
      windowMs: env.RATE_LIMIT_WINDOW_MS,
      maxRequests: env.RATE_LIMIT_MAX_REQUESTS,
      tools: env.RATE_LIMIT_TOOLS.map(parseToolLimit).filter((limit) => limit !== undefined),
      onStoreFailure: env.RATE_LIMIT_ON_STORE_FAILURE,
    },
    logging: { level: env.LOG_LEVEL, directory: env.LOG_DIR === '' ? undefined : env.LOG_DIR },
    metrics: { enabled: env.METRICS_ENABLED },
    rest: {
      enabled: env.REST_ENABLED,
      docs:
        env.REST_ENABLED &&
        (env.DOCS_ENABLED === 'auto' ? env.NODE_ENV !== 'production' : env.DOCS_ENABLED === 'true'),
    },
    statusPage: { enabled: env.STATUS_PAGE_ENABLED },
    audit: audit.configuration,
    circuitBreaker: {
      failureThreshold: env.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
      resetTimeoutMs: env.CIRCUIT_BREAKER_RESET_TIMEOUT,
    },
    outbound: {
      maxSockets: env.OUTBOUND_MAX_SOCKETS,
      maxFreeSockets: env.OUTBOUND_MAX_FREE_SOCKETS,
      timeoutMs: env.OUTBOUND_TIMEOUT_MS,
      keepAlive: env.OUTBOUND_KEEP_ALIVE,
      maxResponseBytes: env.OUTBOUND_MAX_RESPONSE_BYTES,
      maxConcurrency: env.OUTBOUND_MAX_CONCURRENCY,
      maxQueue: env.OUTBOUND_MAX_QUEUE,
      retries: env.OUTBOUND_RETRIES,
    },
    cache: {
      toolsListTtlMs: env.CACHE_TOOLS_LIST_TTL_SECONDS * 1000,
      healthTtlMs: env.CACHE_HEALTH_TTL_SECONDS * 1000,
      metricsTtlMs: env.CACHE_METRICS_TTL_SECONDS * 1000,
    },
    sharePercent: env.PRINCIPAL_SHARE_PERCENT,
    tools: {
      timeoutMs: env.TOOL_TIMEOUT_MS,
      maxConcurrency: env.TOOL_MAX_CONCURRENCY,
      concurrency: env.TOOL_CONCURRENCY.map(parseToolConcurrency).filter((bound) => bound !== undefined),
      maxOutputBytes: env.TOOL_MAX_OUTPUT_BYTES,
    },
    policy: {
      mode: env.PROBE_POLICY,
      file: env.PROBE_POLICY_FILE === '' ? undefined : env.PROBE_POLICY_FILE,
    },
    upstreams: {
      file: env.MCP_SERVERS_FILE === '' ? undefined : env.MCP_SERVERS_FILE,
      pinsFile: env.MCP_PINS_FILE === '' ? undefined : env.MCP_PINS_FILE,
    },
    mcp: {
      stateKey: stateKey(env),
      sessionTtlMs: env.MCP_SESSION_TTL_MS,
      maxSessions: env.MCP_MAX_SESSIONS,
      maxStreams: env.MCP_MAX_STREAMS,
      pageSize: env.MCP_PAGE_SIZE,
      taskTtlMs: env.MCP_TASK_TTL_MS,
      maxTasks: env.MCP_MAX_TASKS,
    },
    storage: { redis: parseRedisUrl(env.REDIS_URL) },
    chat: {
      serverUrl: trimEnd(env.CHAT_SERVER_URL, /\//),
      model: env.CHAT_MODEL,
      apiKey: env.CHAT_API_KEY === '' ? undefined : env.CHAT_API_KEY,
      systemPromptFile: env.CHAT_SYSTEM_PROMPT_FILE === '' ? undefined : env.CHAT_SYSTEM_PROMPT_FILE,
      timeoutMs: env.CHAT_TIMEOUT_MS,
      serverTimeoutMs: env.CHAT_SERVER_TIMEOUT_MS,
      maxRounds: env.CHAT_MAX_ROUNDS,
      maxToolCalls: env.CHAT_MAX_TOOL_CALLS,
      maxTools: env.CHAT_MAX_TOOLS,
      maxAnswerTokens: env.CHAT_MAX_ANSWER_TOKENS,
      maxResultTokens: env.CHAT_MAX_RESULT_TOKENS,
      maxHistoryTokens: env.CHAT_MAX_HISTORY_TOKENS,
      maxConcurrency: env.CHAT_MAX_CONCURRENCY,
      maxConversations: env.CHAT_MAX_CONVERSATIONS,
      conversationTtlMs: env.CHAT_CONVERSATION_TTL_MS,
    },
    shutdown: { delayMs: env.SHUTDOWN_DELAY_MS, timeoutMs: env.SHUTDOWN_TIMEOUT_MS },
    warnings: [...warningsFor(env), ...audit.warnings],
  };
}

/** The path of the keys file, for whoever needs nothing else of the configuration. */
export const keysFileOf = (variables: NodeJS.ProcessEnv = process.env): string | undefined =>
  parseEnvironment(variables).MCP_API_KEYS_FILE || undefined;

/** What stands below the message of a ConfigurationError, for whoever prints it. */
export const configurationHint = (variables: NodeJS.ProcessEnv = process.env): string =>
  parseEnvironment(variables).CONFIGURATION_HINT;

/**
 * Without MCP_STATE_SECRET the key comes from the API keys, which all replicas share: whoever knows one of several keys
 * cannot make it. Digests of a keys file are no secret, so with no other key each process makes its own: production
 * refuses that, because replicas would not agree.
 */
function stateKey(env: Environment): Uint8Array {
  const keys =
    env.MCP_API_KEYS.length === 0 ? randomBytes(32).toString('hex') : env.MCP_API_KEYS.toSorted().join('\n');
  const secret = env.MCP_STATE_SECRET === '' ? keys : env.MCP_STATE_SECRET;
  return new Uint8Array(hkdfSync('sha256', secret, '', 'mcpo sealed state', 32));
}

function toRecord(key: string): ApiKeyRecord {
  const digest = apiKeyDigest(key);
  return { digest, fingerprint: apiKeyFingerprint(digest) };
}

function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !ArrayBuffer.isView(member)) freezeDeep(member);
  }
  return Object.freeze(value);
}

/** A variable that a file of the operator refers to by its name, such as `${TOKEN}`; ours are in `Environment`. */
export const environmentVariable = (name: string): string | undefined =>
  Object.hasOwn(process.env, name) ? process.env[name] : undefined;
