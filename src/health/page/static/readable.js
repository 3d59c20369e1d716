import { cut } from './format.js';
import { isObject } from './schema-form.js';

/**
 * An answer in a form for people: facts, tables and texts, out of any JSON.
 *
 * @typedef {{ kind: 'text', text: string }} Text
 * @typedef {{ kind: 'facts', facts: readonly { name: string, block: Block }[] }} Facts
 * @typedef {{ kind: 'table', columns: readonly string[], rows: readonly (readonly string[])[] }} Table
 * @typedef {{ kind: 'image', type: string, data: string }} Image
 * @typedef {{ kind: 'blocks', blocks: readonly Block[] }} Blocks
 * @typedef {Text | Facts | Table | Image | Blocks} Block
 */

const MAX_DEPTH = 4;
const MAX_COLUMNS = 12;
/** Rows and facts; the answer as JSON has them all. */
const MAX_ENTRIES = 1000;
const MAX_CELL = 400;
/** Pictures without a script in them, which a browser decodes by itself. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const MAX_IMAGE = 4_194_304;

/**
 * A JSON text, with those numbers as texts that a double would change.
 *
 * @param {string} text
 * @returns {unknown}
 */
export function parseExact(text) {
  /** @type {(key: string, value: unknown, context?: { source?: string }) => unknown} */
  const exact = (_key, value, context) =>
    typeof value === 'number' &&
    context?.source !== undefined &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context.source)
      ? context.source
      : value;
  return JSON.parse(text, exact);
}

/**
 * @param {unknown} answer
 * @returns {Block}
 */
export function readable(answer) {
  if (isObject(answer) && isContent(answer['content'])) {
    const { content, structuredContent } = answer;
    const blocks = content.slice(0, MAX_ENTRIES).map(contentBlock);
    return {
      kind: 'blocks',
      blocks: structuredContent === undefined ? blocks : [...blocks, block(structuredContent, 0)],
    };
  }
  return block(answer, 0);
}

/** The result of MCP as it is. @param {unknown} content @returns {content is Record<string, unknown>[]} */
const isContent = (content) =>
  Array.isArray(content) && content.every((item) => isObject(item) && typeof item['type'] === 'string');

/**
 * @param {Record<string, unknown>} item
 * @returns {Block}
 */
function contentBlock(item) {
  const { type, text, data, mimeType } = item;
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  const isImage = type === 'image' && typeof data === 'string' && typeof mimeType === 'string';
  if (isImage && IMAGES.has(mimeType) && data.length <= MAX_IMAGE && /^[A-Za-z0-9+/]+={0,2}$/.test(data))
    return { kind: 'image', type: mimeType, data };
  return block(item, 0);
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {Block}
 */
function block(value, depth) {
  if (depth >= MAX_DEPTH || typeof value !== 'object' || value === null)
    return { kind: 'text', text: textOf(value) };
  if (!Array.isArray(value)) {
    const facts = Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([name, member]) => ({ name, block: block(member, depth + 1) }));
    return facts.length === 0 ? { kind: 'text', text: 'nothing' } : { kind: 'facts', facts };
  }
  if (value.length > 0 && value.every(isObject)) return tableOf(value);
  if (value.every((item) => typeof item !== 'object' || item === null))
    return {
      kind: 'text',
      text: value.length === 0 ? 'none' : value.slice(0, MAX_ENTRIES).map(textOf).join(', '),
    };
  return { kind: 'blocks', blocks: value.slice(0, MAX_ENTRIES).map((item) => block(item, depth + 1)) };
}

/**
 * @param {readonly Record<string, unknown>[]} items
 * @returns {Table}
 */
function tableOf(items) {
  const shown = items.slice(0, MAX_ENTRIES);
  const columns = [...new Set(shown.flatMap((item) => Object.keys(item).slice(0, MAX_COLUMNS)))].slice(
    0,
    MAX_COLUMNS,
  );
  const rows = shown.map((item) =>
    columns.map((column) => (column in item ? cut(textOf(item[column]), MAX_CELL) : '')),
  );
  return { kind: 'table', columns, rows };
}

/** @param {unknown} value @returns {string} */
function textOf(value) {
  if (typeof value === 'string') return value;
  if (value === null) return '–';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.length === 0 ? '–' : value.join(', ');
  return JSON.stringify(value) ?? '';
}
