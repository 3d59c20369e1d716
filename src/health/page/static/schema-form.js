import { capital } from './format.js';

/**
 * A form out of the JSON Schema of a tool's arguments. Each field gives its argument as a JSON token, so that a number
 * goes out with the digits that were typed. What a form cannot say is said as JSON.
 *
 * @typedef {'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'lines' | 'json'} Kind
 * @typedef {{
 *   name: string,
 *   kind: Kind,
 *   isRequired: boolean,
 *   title: string,
 *   description: string,
 *   hint: string,
 *   fallback: string,
 *   choices: readonly unknown[],
 * }} Field
 * @typedef {{ text: string, problems: Readonly<Record<string, string>> }} Arguments
 */

/** A form with more fields than that is no help. */
export const MAX_FIELDS = 60;
const MAX_CHOICES = 200;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The fields, required ones first; `undefined` where the arguments can be written as JSON alone.
 *
 * @param {unknown} schema
 * @returns {Field[] | undefined}
 */
export function fieldsOf(schema) {
  if (!isObject(schema)) return undefined;
  const properties = isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const isOpen = ['oneOf', 'anyOf', 'allOf', '$ref'].some((keyword) => keyword in schema);
  if (properties.length > MAX_FIELDS || (properties.length === 0 && isOpen)) return undefined;
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return properties
    .map(([name, property]) => fieldOf(name, property, required.has(name)))
    .sort((one, other) => Number(other.isRequired) - Number(one.isRequired));
}

/**
 * @param {string} name
 * @param {unknown} property
 * @param {boolean} isRequired
 * @returns {Field}
 */
function fieldOf(name, property, isRequired) {
  const outer = isObject(property) ? property : {};
  const schema = { ...outer, ...withoutNull(outer) };
  const choices = choicesOf(schema);
  return {
    name,
    kind: choices.length > 0 ? 'choice' : kindOf(schema),
    isRequired,
    title: typeof outer['title'] === 'string' ? outer['title'] : '',
    description: typeof outer['description'] === 'string' ? outer['description'] : '',
    hint: hintOf(schema),
    fallback: 'default' in schema ? shortText(schema['default']) : '',
    choices,
  };
}

/**
 * What it is when it is not null: an optional argument is left out instead.
 *
 * @param {Record<string, unknown>} schema
 * @returns {Record<string, unknown>}
 */
function withoutNull(schema) {
  const { type } = schema;
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== 'null');
    return { type: types.length === 1 ? types[0] : undefined };
  }
  const either = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(either)) return {};
  const others = either.filter((one) => isObject(one) && one['type'] !== 'null');
  return others.length === 1 && either.length === 2 && isObject(others[0]) ? others[0] : { type: undefined };
}

/** @param {Record<string, unknown>} schema @returns {readonly unknown[]} */
function choicesOf(schema) {
  if ('const' in schema) return [schema['const']];
  const choices = Array.isArray(schema['enum']) ? schema['enum'].filter((one) => one !== null) : [];
  return choices.length > MAX_CHOICES ? [] : choices;
}

/** @param {Record<string, unknown>} schema @returns {Kind} */
function kindOf({ type, items }) {
  switch (type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
    case 'boolean':
      return type;
    case 'array':
      return isObject(items) && items['type'] === 'string' ? 'lines' : 'json';
    default:
      return 'json';
  }
}

/** @param {Record<string, unknown>} schema */
function hintOf(schema) {
  const { minimum, maximum, minLength, maxLength, maxItems } = schema;
  const parts = [];
  if (typeof minimum === 'number' && typeof maximum === 'number') parts.push(`${minimum} to ${maximum}`);
  else if (typeof minimum === 'number') parts.push(`at least ${minimum}`);
  else if (typeof maximum === 'number') parts.push(`at most ${maximum}`);
  if (typeof maxLength === 'number') {
    const least = typeof minLength === 'number' && minLength > 0 ? `${minLength} to ` : 'up to ';
    parts.push(`${least}${maxLength} characters`);
  }
  if (typeof maxItems === 'number') parts.push(`up to ${maxItems} of them`);
  if ('default' in schema) parts.push(`default ${shortText(schema['default'])}`);
  const hint = parts.join(', ');
  return hint === '' ? '' : `${capital(hint)}.`;
}

/** @param {unknown} value */
const shortText = (value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 80);

/**
 * The arguments as JSON; a field that is left empty is left out.
 *
 * @param {readonly Field[]} fields
 * @param {Readonly<Record<string, string>>} values what stands in each field; of a choice its index
 * @returns {Arguments}
 */
export function argumentsOf(fields, values) {
  /** @type {Record<string, string>} */
  const problems = {};
  const members = [];
  for (const field of fields) {
    const value = values[field.name] ?? '';
    if (value.trim() === '') {
      if (field.isRequired) problems[field.name] = 'This is needed.';
      continue;
    }
    const { token, problem } = tokenOf(field, value);
    if (token === undefined) problems[field.name] = problem;
    else members.push(`${JSON.stringify(field.name)}: ${token}`);
  }
  return { text: `{${members.join(', ')}}`, problems };
}

/**
 * @param {Field} field
 * @param {string} value
 * @returns {{ token?: string, problem: string }}
 */
function tokenOf({ kind, choices }, value) {
  const short = value.trim();
  switch (kind) {
    case 'text':
      return { token: JSON.stringify(value), problem: '' };
    case 'integer':
      return INTEGER.test(short) ? { token: short, problem: '' } : { problem: 'This is no whole number.' };
    case 'number':
      return NUMBER.test(short) ? { token: short, problem: '' } : { problem: 'This is no number.' };
    case 'boolean':
      return { token: short === 'true' ? 'true' : 'false', problem: '' };
    case 'choice':
      return { token: JSON.stringify(choices[Number(short)]), problem: '' };
    case 'lines': {
      const lines = value.split('\n').map((line) => line.trim());
      return { token: JSON.stringify(lines.filter((line) => line !== '')), problem: '' };
    }
    case 'json':
      return isJson(short) ? { token: short, problem: '' } : { problem: 'This is not JSON.' };
  }
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * What stands in each field for these arguments; `undefined` where a form cannot say them.
 *
 * @param {readonly Field[]} fields
 * @param {string} text
 * @returns {Record<string, string> | undefined}
 */
export function valuesOf(fields, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const byName = new Map(fields.map((field) => [field.name, field]));
  /** @type {Record<string, string>} */
  const values = {};
  for (const [name, member] of Object.entries(value)) {
    const field = byName.get(name);
    const shown = field === undefined ? undefined : shownIn(field, member);
    if (shown === undefined) return undefined;
    values[name] = shown;
  }
  return values;
}

/**
 * @param {Field} field
 * @param {unknown} member
 * @returns {string | undefined}
 */
function shownIn({ kind, choices }, member) {
  switch (kind) {
    case 'text':
      return typeof member === 'string' && !/[\r\n]/.test(member) && member.trim() !== ''
        ? member
        : undefined;
    case 'number':
    case 'integer':
      return typeof member === 'number' && isExact(member) ? String(member) : undefined;
    case 'boolean':
      return typeof member === 'boolean' ? String(member) : undefined;
    case 'choice': {
      const at = choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(member));
      return at === -1 ? undefined : String(at);
    }
    case 'lines': {
      const isPlain = (/** @type {unknown} */ line) =>
        typeof line === 'string' && line.trim() === line && line !== '' && !line.includes('\n');
      return Array.isArray(member) && member.length > 0 && member.every(isPlain)
        ? member.join('\n')
        : undefined;
    }
    case 'json':
      return JSON.stringify(member);
  }
}

/** Whether a double holds what was written. @param {number} value */
const isExact = (value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER;
