import type { LogLevel, NodeEnvironment, ProbePolicyMode, StoreFailurePolicy } from './environment.js';
import type { RedisTarget } from './values/redis-url.js';
import type { ToolConcurrency } from './values/tool-concurrency.js';
import type { ToolLimit } from './values/tool-limit.js';
import type { OAuthConfiguration } from './oauth.configuration.js';
import type { TrustProxy } from './values/trust-proxy.js';

/** An API key as the server keeps it: its SHA-256 digest, never the key. */
export interface ApiKeyRecord {
  readonly digest: string;
  readonly fingerprint: string;
}

/** The listener for TLS, and the files (PEM) of its certificate, which can be read where it is enabled. */
export interface TlsConfiguration {
  readonly enabled: boolean;
  readonly port: number;
  readonly keyPath: string;
  readonly certificatePath: string;
}

/** The typed, validated and frozen configuration. Durations are in milliseconds, sizes in bytes. */
export interface Configuration {
  readonly environment: NodeEnvironment;
  readonly http: {
    readonly port: number;
    readonly host: string;
    readonly bodyLimitBytes: number;
    readonly trustProxy: TrustProxy;
    readonly allowedOrigins: readonly string[];
    readonly allowedHosts: readonly string[];
    readonly tls: TlsConfiguration;
  };
  readonly access: {
    readonly apiKeys: readonly ApiKeyRecord[];
    /** The file with further keys, which is read again when it changes. */
    readonly keysFile: string | undefined;
    /** Whether it is no use to serve without a key: production, over HTTP. */
    readonly needsKey: boolean;
    /** `undefined`: no access token is taken. */
    readonly oauth: OAuthConfiguration | undefined;
  };
  readonly rateLimit: {
    readonly windowMs: number;
    /** Requests per window and address; 0 switches the limit off. */
    readonly maxRequests: number;
    /** Limits of tools; the first whose pattern matches holds. */
    readonly tools: readonly ToolLimit[];
    readonly onStoreFailure: StoreFailurePolicy;
  };
  readonly logging: {
    readonly level: LogLevel;
    /** Where a second copy of the log goes; `undefined`: there is none. */
    readonly directory: string | undefined;
  };
  readonly metrics: { readonly enabled: boolean };
  readonly rest: {
    readonly enabled: boolean;
    /** Whether /docs is served. */
    readonly docs: boolean;
  };
  readonly statusPage: { readonly enabled: boolean };
  readonly audit: {
    /** `off`, `stdout`, or the path of a file. */
    readonly destination: string;
    /** The first one seals records; the others were in use before. */
    readonly keys: readonly string[];
    readonly checkpointEvery: number;
    /** Records that may wait to be written. */
    readonly maxWaiting: number;
    /** Whether nothing is served that cannot be taken down. */
    readonly isRequired: boolean;
    /** Names of the arguments of tools that are written as they are. */
    readonly shownArguments: readonly string[];
    /** Where the keys of pseudonyms are kept; `undefined`: there are no pseudonyms. */
    readonly pseudonymFile: string | undefined;
  };
  readonly circuitBreaker: {
    readonly failureThreshold: number;
    readonly resetTimeoutMs: number;
  };
  /** Calls that the server makes to others. */
  readonly outbound: {
    /** Sockets to one origin. */
    readonly maxSockets: number;
    /** Idle sockets to one origin. */
    readonly maxFreeSockets: number;
    /** Silence after which a request fails and an idle socket is closed. */
    readonly timeoutMs: number;
    readonly keepAlive: boolean;
    readonly maxResponseBytes: number;
    /** Calls of one upstream that run at the same time, and that wait for that. */
    readonly maxConcurrency: number;
    readonly maxQueue: number;
    readonly retries: number;
  };
  /** How long what upstreams have said is believed; 0: not at all. */
  readonly cache: {
    readonly toolsListTtlMs: number;
    readonly healthTtlMs: number;
    readonly metricsTtlMs: number;
  };
  /** The part of the places for calls, questions and streams that one principal may take, in percent. */
  readonly sharePercent: number;
  readonly tools: {
    readonly timeoutMs: number;
    readonly maxConcurrency: number;
    /** Bounds of single tools; the first whose pattern matches holds. */
    readonly concurrency: readonly ToolConcurrency[];
    readonly maxOutputBytes: number;
  };
  /** Where a probe may go. */
  readonly policy: {
    readonly mode: ProbePolicyMode;
    /** PROBE_POLICY_FILE; `undefined`: there are no rules. */
    readonly file: string | undefined;
  };
  readonly upstreams: {
    /** MCP_SERVERS_FILE; `undefined`: there are none. */
    readonly file: string | undefined;
    /** Where pinned definitions of tools are kept; `undefined`: in memory. */
    readonly pinsFile: string | undefined;
  };
  readonly mcp: {
    /** The key under which request states and cursors are sealed: the same in all replicas. */
    readonly stateKey: Uint8Array;
    readonly sessionTtlMs: number;
    readonly maxSessions: number;
    /** Notification streams that one replica keeps open. */
    readonly maxStreams: number;
    /** Items on one page of a list. */
    readonly pageSize: number;
    readonly taskTtlMs: number;
    readonly maxTasks: number;
  };
  readonly chat: {
    /** Where the OpenAI-compatible API is, without a slash at the end. */
    readonly serverUrl: string;
    /** Whether somebody has said where: else it is where one may be. */
    readonly isServerNamed: boolean;
    readonly model: string;
    /** `undefined`: the chat server wants none. */
    readonly apiKey: string | undefined;
    readonly systemPromptFile: string | undefined;
    /** The time of one turn, from the question to the end of the answer. */
    readonly timeoutMs: number;
    /** The longest silence of the chat server. */
    readonly serverTimeoutMs: number;
    readonly maxRounds: number;
    readonly maxToolCalls: number;
    /** Tools that the model is offered for one question. */
    readonly maxTools: number;
    /** 0: the chat server decides. */
    readonly maxAnswerTokens: number;
    readonly maxResultTokens: number;
    readonly maxHistoryTokens: number;
    /** Turns that one replica works on at the same time. */
    readonly maxConcurrency: number;
    /** Kept in memory; does not count with Redis. */
    readonly maxConversations: number;
    readonly conversationTtlMs: number;
  };
  readonly storage: {
    /** `undefined`: everything is kept in memory. */
    readonly redis: RedisTarget | undefined;
  };
  readonly shutdown: {
    readonly delayMs: number;
    readonly timeoutMs: number;
  };
  /** What is legal but unwise, one sentence each; for the log at start-up and for /status. */
  readonly warnings: readonly string[];
}

export const Configuration = Symbol('Configuration');
