import { isSpecType, specTypeSchemas, type StandardSchemaV1 } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';

/** Blocks of one answer that are set aside: one with more is refused. Characters that are shown of each. */
export const MAX_ODD_BLOCKS = 20;
export const MAX_SHOWN_BLOCK = 1000;
/** Members and items of all odd blocks together: the SDK explains each that is wrong at length. */
const MAX_ODD_ITEMS = 300;
/** Blocks that are not plain text and looked at: an answer with more is judged as a whole. */
const MAX_LOOKED_AT = 100;

type Members = Readonly<Record<string, unknown>>;

/**
 * Sets aside what is odd in the blocks of an answer, in place: members that are wrong, where a block can do without
 * them; else the block, for a text that says what it was. No era has blocks of other types.
 *
 * @param itemsOf the members and items of a block; once they are more than `most`, how many more does not matter
 */
export function mendBlocks(result: unknown, itemsOf: ItemsOf): void {
  if (!isObject(result)) return;
  const { content, messages, contents } = result;
  if (Array.isArray(contents)) mendContents(contents as unknown[], itemsOf);
  if (Array.isArray(content)) mend(content, itemsOf, { looked: 0, odd: 0, items: 0 });
  if (!Array.isArray(messages)) return;
  const seen: Seen = { looked: 0, odd: 0, items: 0 };
  for (const message of messages.slice(0, MAX_LOOKED_AT) as unknown[]) {
    if (!isObject(message) || message['content'] === undefined) continue;
    const block = [message['content']];
    if (!mend(block, itemsOf, seen)) return;
    Object.assign(message, { content: block[0] });
  }
}

/** What is read of a resource is never replaced. */
function mendContents(contents: unknown[], itemsOf: ItemsOf): void {
  let items = 0;
  for (const [index, one] of contents.slice(0, MAX_LOOKED_AT).entries()) {
    items += itemsOf(one, MAX_ODD_ITEMS);
    if (items > MAX_ODD_ITEMS || !isObject(one)) return;
    contents[index] = soundContents(one);
  }
}

type ItemsOf = (block: unknown, most: number) => number;
/** What of one answer has been looked at. */
interface Seen {
  looked: number;
  odd: number;
  items: number;
}

/** Whether it is worth going on. */
function mend(blocks: unknown[], itemsOf: ItemsOf, seen: Seen): boolean {
  const odd: number[] = [];
  for (const [index, block] of blocks.entries()) {
    if (isPlainText(block)) continue;
    seen.looked += 1;
    const items = itemsOf(block, MAX_ODD_ITEMS);
    if (seen.looked > MAX_LOOKED_AT || items > MAX_ODD_ITEMS) return false;
    if (isSpecType.ContentBlock(block)) continue;
    odd.push(index);
    seen.odd += 1;
    seen.items += items;
    if (seen.odd > MAX_ODD_BLOCKS || seen.items > MAX_ODD_ITEMS) return false;
  }
  for (const index of odd) blocks[index] = soundBlock(blocks[index]) ?? instead(blocks[index]);
  return true;
}

/** What most blocks are, told without a parser. */
const isPlainText = (block: unknown): boolean =>
  isObject(block) &&
  block['type'] === 'text' &&
  typeof block['text'] === 'string' &&
  block['annotations'] === undefined &&
  block['_meta'] === undefined;

/** The block with those of its members that are of the protocol, where it is one of it then. */
function soundBlock(block: unknown): Members | undefined {
  if (!isObject(block)) return undefined;
  const { annotations, resource } = block;
  const kept = Object.entries(isObject(annotations) ? annotations : {}).filter(([name, hint]) =>
    isSpecType.Annotations({ [name]: hint }),
  );
  const schema = SCHEMAS.get(block['type']);
  if (schema === undefined) return undefined;
  const hinted = kept.length > 0 ? { annotations: Object.fromEntries(kept) } : undefined;
  const sound = {
    ...withoutOdd(schema, { ...without(block, 'annotations'), ...hinted }),
    ...(isObject(resource) && { resource: soundContents(resource) }),
  };
  return isSpecType.ContentBlock(sound) ? sound : undefined;
}

const SCHEMAS: ReadonlyMap<unknown, StandardSchemaV1<unknown, unknown>> = new Map<unknown, StandardSchemaV1>([
  ['text', specTypeSchemas.TextContent],
  ['image', specTypeSchemas.ImageContent],
  ['audio', specTypeSchemas.AudioContent],
  ['resource_link', specTypeSchemas.ResourceLink],
  ['resource', specTypeSchemas.EmbeddedResource],
]);

/** The same for what is read of a resource. */
function soundContents(contents: Members): Members {
  const isBlob = typeof contents['text'] !== 'string';
  return withoutOdd(
    isBlob ? specTypeSchemas.BlobResourceContents : specTypeSchemas.TextResourceContents,
    contents,
  );
}

/** The members without those that the schema objects to: what it needs will be missing. */
function withoutOdd(schema: StandardSchemaV1<unknown, unknown>, members: Members): Members {
  const checked = schema['~standard'].validate(members);
  if (checked instanceof Promise || checked.issues === undefined) return members;
  const odd = new Set(checked.issues.map(({ path }) => path?.[0]));
  return Object.fromEntries(Object.entries(members).filter(([name]) => !odd.has(name)));
}

const without = (members: Members, name: string): Members =>
  Object.fromEntries(Object.entries(members).filter(([other]) => other !== name));

const instead = (block: unknown): Members => ({
  type: 'text',
  text: `A block that is not of MCP: ${cut(JSON.stringify(block), MAX_SHOWN_BLOCK)}`,
});
