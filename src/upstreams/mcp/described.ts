/** The members whose parts the protocol describes: what is in any other is its sender's, and carried as it came. */
const PARTS: ReadonlySet<string> = new Set([
  ...['result', 'params', 'error', 'content', 'contents', 'messages', 'resource', 'annotations', 'icons'],
  ...[
    'tools',
    'resources',
    'resourceTemplates',
    'prompts',
    'completion',
    'capabilities',
    'serverInfo',
    'task',
  ],
  ...['inputRequests', 'execution', 'options', 'modelPreferences', 'hints'],
]);
/** The numbers that it describes itself. */
const NUMBERS: ReadonlySet<string> = new Set([
  ...['id', 'code', 'requestId', 'progressToken', 'progress', 'total', 'priority', 'size', 'maxTokens'],
  ...['ttlMs', 'ttl', 'pollInterval', 'pollIntervalMs', 'temperature', 'costPriority', 'speedPriority'],
  ...['intelligencePriority'],
]);

/** Whether the protocol says what may stand in a member of this name. */
export const hasDescribedParts = (name: string): boolean => PARTS.has(name);

/** Whether a member keeps its numbers as they are written: where the protocol describes them, the SDK wants doubles. */
export const keepsNumbers = (name: string): boolean => !PARTS.has(name) && !NUMBERS.has(name);
