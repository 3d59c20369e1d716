/** What the tests ask of a client, whichever SDK and protocol era is behind it. */
export interface TestClient {
  readonly era: Era;
  /** What the server says of itself. */
  readonly serverName: string | undefined;
  listTools(): Promise<readonly ListedTool[]>;
  callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
  listResources(): Promise<readonly { readonly uri: string }[]>;
  listResourceTemplates(): Promise<readonly { readonly uriTemplate: string }[]>;
  /** The text of the only contents. */
  readResource(uri: string): Promise<string>;
  listPrompts(): Promise<readonly { readonly name: string }[]>;
  /** The text of the only message. */
  getPrompt(name: string, args: Record<string, string>): Promise<string>;
  complete(ref: CompletionReference, name: string, value: string): Promise<readonly string[]>;
  ping(): Promise<unknown>;
  /**
   * Wants to hear of changes of the list of tools, and of one resource, and comes back once the server knows. Answers
   * how to hear no more of the resource.
   */
  follow(uri: string, onChange: (what: string) => void): Promise<() => Promise<unknown>>;
  close(): Promise<void>;
}

export type Era = 'legacy' | 'modern';

export interface ListedTool {
  readonly name: string;
  readonly outputSchema?: unknown;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (step: Progress) => void;
}

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export interface ToolAnswer {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
}

export type CompletionReference =
  { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

/** Where a server is, and how to get in. */
export type Target =
  | { readonly url: string; readonly key: string }
  /** Started by the client, which talks to it over its standard input and output. */
  | { readonly args: readonly string[]; readonly env: Record<string, string> };

/** What a user would fill in when a tool asks. */
export const ELICITED = { name: 'Ada' };

export interface ClientKind {
  readonly name: string;
  /** Part of an address that no other client pings. */
  readonly number: number;
  readonly era: Era;
  readonly connect: (target: Target) => Promise<TestClient>;
}
