import { z } from 'zod';

/** What both servers offer, stated once: names, schemas and contents. */

export const ECHO = {
  name: 'diff_echo',
  title: 'Echo',
  description: 'Answers its input.',
  input: z.strictObject({
    text: z.string().max(100),
    count: z.int().min(1).max(10).default(1),
  }),
  output: z.object({ text: z.string(), count: z.int() }),
} as const;

export const PLAIN = {
  name: 'diff_plain',
  title: 'Plain',
  description: 'Answers text.',
  input: z.strictObject({}),
} as const;

export const MEDIA = {
  ...PLAIN,
  name: 'diff_media',
  title: 'Media',
  description: 'Answers an image.',
} as const;
export const FAIL = {
  ...PLAIN,
  name: 'diff_fail',
  title: 'Fail',
  description: 'Reports a failure.',
} as const;
export const BREAK = { ...PLAIN, name: 'diff_break', title: 'Break', description: 'Throws.' } as const;
export const STEPS = {
  ...PLAIN,
  name: 'diff_steps',
  title: 'Steps',
  description: 'Reports progress.',
} as const;
export const LOG = { ...PLAIN, name: 'diff_log', title: 'Log', description: 'Logs to the client.' } as const;
export const ASK = { ...PLAIN, name: 'diff_ask', title: 'Ask', description: 'Asks for a name.' } as const;

export const REGION = {
  name: 'diff_region',
  title: 'Region',
  description: 'Has an argument that is mirrored into a header.',
  input: z.strictObject({
    region: z.string().meta({ 'x-mcp-header': 'Region' }).optional(),
    size: z.int().meta({ 'x-mcp-header': 'Size' }).optional(),
  }),
} as const;

export const QUESTION = {
  message: 'What is your name?',
  requestedSchema: {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
  },
} as const;

export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const TEXT_RESOURCE = {
  uri: 'diff://text',
  name: 'text',
  title: 'Text',
  description: 'A text.',
  mimeType: 'text/plain',
} as const;
export const BINARY_RESOURCE = {
  uri: 'diff://binary',
  name: 'binary',
  title: 'Binary',
  description: 'Three bytes.',
  mimeType: 'application/octet-stream',
} as const;
export const BYTES = new Uint8Array([1, 2, 3]);
export const ITEMS = {
  uriTemplate: 'diff://items/{id}',
  name: 'items',
  title: 'Items',
  description: 'Items by id.',
  mimeType: 'text/plain',
} as const;
export const ITEM_IDS = ['one', 'two', 'twelve'] as const;

export const HELLO = { name: 'diff_hello', title: 'Hello', description: 'Says hello.' } as const;
export const GREET = { name: 'diff_greet', title: 'Greet', description: 'Greets somebody.' } as const;
export const TONES = ['formal', 'friendly', 'frosty'] as const;

/** How long lists, and the contents of the resources, may be kept. */
export const LIST_TTL_MS = 300_000;
export const RESOURCE_TTL_MS = 1000;

export const startingWith = (values: readonly string[], typed: string): string[] =>
  values.filter((value) => value.startsWith(typed));
