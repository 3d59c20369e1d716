import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/client';
import type { CallContext } from '../core/call-context.js';
import type { UpstreamEntry } from './file/upstream.entry.js';

/** What of a catalogue is left out for one reason. */
export interface LeftOut {
  readonly kind: 'tools' | 'resources' | 'resourceTemplates' | 'prompts';
  readonly reason: string;
  /** 0 when nobody knows. */
  readonly count: number;
  /** The first few of them: the beginnings of their names. */
  readonly names: readonly string[];
  /** The list itself could not be had, or not to its end: what of it was listed last stays in force. */
  readonly isWholeList?: boolean;
}

export interface CatalogOptions {
  /** Calls wait for the tools: the other lists may take little time. */
  readonly isUrgent?: boolean;
  /** The tools alone. */
  readonly isToolsOnly?: boolean;
}

/** What an upstream offers, under its own names and as it says it: nothing of it has been checked. */
export interface UpstreamCatalog {
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplateType[];
  readonly prompts: readonly Prompt[];
  /** Characters of JSON of all of it, once that is known. */
  readonly length?: number;
  /** What is odd, failed, or is beyond the bounds of a catalogue. */
  readonly leftOut?: readonly LeftOut[];
}

export type Arguments = Readonly<Record<string, unknown>>;
export type CompletionParams = CompleteRequestParams;

/**
 * A connected upstream, whatever it speaks. Names and URIs are its own: the federation maps them.
 *
 * Every call ends when `context.signal` aborts, reports its progress to `context.reportProgress`, and asks the caller
 * through `context.client`. What fails is an `UpstreamError`, so that one policy can judge it; `InputRequired`, and
 * what `context.client` throws, pass through as they are. Breaker, places and retries stand around the connection, not
 * in it.
 */
export interface UpstreamConnection {
  /** What it calls itself, and the revision it speaks, for /status. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Whether all calls go over one channel, which is lost with all of them; else each is a request of its own. */
  readonly isOneChannel?: boolean;
  /** The whole catalogue, all pages of it but for what `leftOut` says. */
  catalog(signal: AbortSignal, options?: CatalogOptions): Promise<UpstreamCatalog>;
  callTool(name: string, args: Arguments, context: CallContext): Promise<CallToolResult>;
  readResource(uri: string, context: CallContext): Promise<ReadResourceResult>;
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<GetPromptResult>;
  /** Absent where the upstream completes nothing. */
  readonly complete?:
    ((params: CompletionParams, context: CallContext) => Promise<CompleteResult>) | undefined;
  /** Asks for a sign of life. @throws UpstreamError when there is none. */
  check?(signal: AbortSignal): Promise<void>;
  /** Ends it and everything that it has started. Never rejects; a second call waits for the first. */
  close(): Promise<void>;
}

/** What a connection tells by itself. */
export interface UpstreamEvents {
  /** The catalogue is not what it was: it is listed again. */
  readonly catalogChanged: () => void;
  /** The contents of a resource have changed; the URI is the upstream's own. */
  readonly resourceUpdated: (uri: string) => void;
  /** It has ended without being asked to. Called at most once, and never after `close()`. */
  readonly closed: (reason: Error) => void;
}

export interface ConnectOptions<Entry extends UpstreamEntry = UpstreamEntry> {
  readonly entry: Entry;
  readonly events: UpstreamEvents;
  /** Gives up connecting. */
  readonly signal: AbortSignal;
  /** The caller's headers that the entry names in `forwardHeaders`; empty for the shared connection. */
  readonly forwardedHeaders: Readonly<Record<string, string>>;
}

/** Connects to upstreams of one kind. */
export interface UpstreamConnector<Entry extends UpstreamEntry = UpstreamEntry> {
  /** @throws UpstreamError when it cannot be reached, or does not speak what it should. */
  connect(options: ConnectOptions<Entry>): Promise<UpstreamConnection>;
}
