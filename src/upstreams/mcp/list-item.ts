import { isSpecType, specTypeSchemas } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { itemsOf, MAX_FRAME_ITEMS } from './frame-guard.js';
import { withSoundMeta } from './odd-answer.js';
import type { ListKind } from './list-page.js';

type Members = Readonly<Record<string, unknown>>;

/** An item as it is taken in, or why it is not. */
export type Judged = { readonly item: Members } | { readonly reason: string };

const SCHEMAS = {
  tools: specTypeSchemas.Tool,
  resources: specTypeSchemas.Resource,
  resourceTemplates: specTypeSchemas.ResourceTemplate,
  prompts: specTypeSchemas.Prompt,
} as const;

/** Judges one item of a list by itself. */
export function judgedItem(kind: ListKind, raw: unknown): Judged {
  if (!isObject(raw)) return { reason: 'It is no object' };
  if (itemsOf(raw, MAX_FRAME_ITEMS) > MAX_FRAME_ITEMS)
    return { reason: `It has more than ${MAX_FRAME_ITEMS} members and items` };
  const members = withSoundIcons(withSoundMeta(raw));
  const item = kind === 'tools' ? withObjectSchema(members) : members;
  const checked = SCHEMAS[kind]['~standard'].validate(kind === 'tools' ? withShortSchemas(item) : item);
  if (checked instanceof Promise || checked.issues === undefined) return { item };
  const [{ path = [], message } = { message: 'It is not of the protocol' }] = checked.issues;
  const at = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  return { reason: at === '' ? message : `${at}: ${message}` };
}

/** Pictures are worth no item: those that are odd are left out. */
function withSoundIcons(item: Members): Members {
  const { icons } = item;
  if (icons === undefined || icons === null) return item;
  const sound = Array.isArray(icons) ? icons.filter((icon) => isSpecType.Icon(icon)) : [];
  return Array.isArray(icons) && sound.length === icons.length ? item : { ...item, icons: sound };
}

/**
 * As the SDK has to see it: it says of each member of a schema at length what is wrong, of which the first will do, and
 * looks at all that is in the properties, which may be any JSON.
 */
const withShortSchemas = (tool: Members): Members =>
  Object.fromEntries(
    Object.entries(tool).map(([name, member]) => [name, SHORT.has(name) ? short(member) : member]),
  );

const SHORT: ReadonlySet<string> = new Set(['inputSchema', 'outputSchema']);

function short(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const { properties, required } = schema;
  return {
    ...schema,
    ...(isObject(properties) && { properties: {} }),
    ...(Array.isArray(required) && { required: oddOf(required) }),
  };
}

const oddOf = (names: readonly unknown[]): readonly unknown[] => {
  const odd = names.findIndex((name) => typeof name !== 'string');
  return odd === -1 ? [] : [names[odd]];
};

/** How an item is called whose name may be anything. */
export function nameOf(raw: unknown, index: number): string {
  const { name, uri, uriTemplate } = isObject(raw) ? raw : ({} as Members);
  const found = [name, uri, uriTemplate].find((one) => typeof one === 'string' && one !== '');
  return (found as string | undefined) ?? `number ${index + 1}`;
}

/** Arguments are an object in any case: a schema that does not say so, or says null, means the same. */
function withObjectSchema(tool: Members): Members {
  const { inputSchema } = tool;
  if (!isObject(inputSchema)) return tool;
  const { type, ...members } = Object.fromEntries(
    Object.entries(inputSchema).filter(([, member]) => member !== null),
  );
  const isObjectToo = type === undefined || (Array.isArray(type) && type.includes('object'));
  const isSame = !isObjectToo && Object.keys(inputSchema).length === Object.keys(members).length + 1;
  return isSame ? tool : { ...tool, inputSchema: { type: isObjectToo ? 'object' : type, ...members } };
}
