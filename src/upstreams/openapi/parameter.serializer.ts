import { isObject } from '../../core/is-object.js';
import type { Allowance } from './allowance.js';
import type { ParameterLocation } from './document.types.js';

/** How the value of a parameter is written (OpenAPI 3.1, "Style Values"). */
export interface Serialization {
  readonly location: ParameterLocation;
  readonly name: string;
  readonly style: string;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** What stands between the items of a list, where no style says it. */
  readonly separator?: string | undefined;
  /** Written as JSON text instead. */
  readonly isJson: boolean;
}

type Encode = (text: string) => string;
/** A name and a value, both encoded. */
type Pair = readonly [string, string];

const percent: Encode = (text) => encodeURIComponent(text.toWellFormed());
/** Reserved characters stay (RFC 6570, 3.2.3), but for those that would begin another parameter or a fragment. */
const percentUnreserved: Encode = (text) =>
  encodeURI(text.toWellFormed())
    .replaceAll('&', '%26')
    .replaceAll('=', '%3D')
    .replaceAll('+', '%2B')
    .replaceAll('#', '%23')
    .replaceAll('%5B', '[')
    .replaceAll('%5D', ']');
const asIs: Encode = (text) => text;

/** The same, as long as there is room for it: what is too long is not even encoded. */
const within =
  (allowance: Allowance, encode: Encode): Encode =>
  (text) => {
    allowance.take(text.length);
    const encoded = encode(text);
    allowance.take(encoded.length - text.length);
    return encoded;
  };

/** `{a: [1, {b: 2}]}` has no style: what is nested is written as JSON. */
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined && member !== null);

/**
 * The text in place of `{name}` in the path.
 *
 * @throws UpstreamError `refused` beyond the allowance, as all that follow.
 */
export function pathText(how: Serialization, value: unknown, allowance: Allowance): string {
  const encode = within(allowance, percent);
  if (how.isJson) return encode(JSON.stringify(value));
  if (isSeparated(how, value)) return separated(how, value, encode);
  const name = percent(how.name);
  switch (how.style) {
    case 'label':
      return `.${joined(value, how.explode, how.explode ? '.' : ',', encode)}`;
    case 'matrix':
      if (how.explode && Array.isArray(value)) {
        return value.map((each) => `;${pairOf(name, encode(textOf(each)), allowance).join('=')}`).join('');
      }
      if (how.explode && isObject(value)) return `;${joined(value, true, ';', encode)}`;
      return `;${name}=${joined(value, false, ',', encode)}`;
    default:
      return joined(value, how.explode, ',', encode);
  }
}

type Separated = Serialization & { readonly separator: string };

const isSeparated = (how: Serialization, value: unknown): how is Separated =>
  how.separator !== undefined && Array.isArray(value);

/** The items of a list, and between them what its format says. */
function separated({ separator }: Separated, value: unknown, encode: Encode): string {
  const texts = (value as readonly unknown[]).map((each) => encode(textOf(each)));
  return texts.join(separator === ',' ? separator : encode(separator));
}

export function headerText(how: Serialization, value: unknown, allowance: Allowance): string {
  const encode = within(allowance, asIs);
  if (how.isJson) return encode(JSON.stringify(value));
  return isSeparated(how, value) ? separated(how, value, encode) : joined(value, how.explode, ',', encode);
}

/** The pairs of a query, a cookie or a form: encoded, ready to be joined. */
export function pairs(how: Serialization, value: unknown, allowance: Allowance): Pair[] {
  const encode = within(allowance, how.allowReserved ? percentUnreserved : percent);
  const name = percent(how.name);
  if (how.style === 'deepObject' && !how.isJson && isNested(value))
    return deep(name, value, encode, allowance);
  return shallow(how, name, value, encode, allowance).map(([each, text]) => pairOf(each, text, allowance));
}

/** With its name, which may stand there once for each value. */
function pairOf(name: string, text: string, allowance: Allowance): Pair {
  allowance.take(name.length + PUNCTUATION);
  return [name, text];
}

/** Before a pair, and between its name and its value. */
const PUNCTUATION = 2;

const isNested = (value: unknown): value is object => Array.isArray(value) || isObject(value);

const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

/** In every style but one, names are those of parameters or members. */
function shallow(
  how: Serialization,
  name: string,
  value: unknown,
  encode: Encode,
  allowance: Allowance,
): Pair[] {
  if (how.isJson) return [[name, encode(JSON.stringify(value))]];
  if (Array.isArray(value)) return arrayPairs(how, name, value, encode);
  if (isObject(value)) return objectPairs(how, name, value, encode, within(allowance, percent));
  return [[name, encode(textOf(value))]];
}

function arrayPairs(how: Serialization, name: string, values: readonly unknown[], encode: Encode): Pair[] {
  if (values.length === 0) return [];
  if (isSeparated(how, values)) return [[name, separated(how, values, encode)]];
  const texts = values.map((each) => encode(textOf(each)));
  if (how.explode) return texts.map((text) => [name, text]);
  return [[name, texts.join(SEPARATORS[how.style] ?? ',')]];
}

function objectPairs(
  how: Serialization,
  name: string,
  value: object,
  encode: Encode,
  encodeKey: Encode,
): Pair[] {
  const members = membersOf(value);
  if (members.length === 0) return [];
  if (how.explode) return members.map(([key, member]) => [percent(key), encode(textOf(member))]);
  const parts = members.flatMap(([key, member]) => [encodeKey(key), encode(textOf(member))]);
  return [[name, parts.join(SEPARATORS[how.style] ?? ',')]];
}

/**
 * OpenAPI leaves open how lists are written in this style. APIs that use it document single values as
 * `tags[]=a&tags[]=b`, and where there is more to an item `items[0][price]=p`, which tells the items apart. Each value
 * repeats the names of all that it is in.
 */
function deep(name: string, value: unknown, encode: Encode, allowance: Allowance): Pair[] {
  if (Array.isArray(value)) {
    const isOfTexts = !value.some(isNested);
    return value.flatMap((each, at) => deep(`${name}%5B${isOfTexts ? '' : at}%5D`, each, encode, allowance));
  }
  if (!isObject(value)) return [pairOf(name, encode(textOf(value)), allowance)];
  return membersOf(value).flatMap(([key, member]) =>
    deep(`${name}%5B${percent(key)}%5D`, member, encode, allowance),
  );
}

/** `simple` style: items, or members as `key,value` and when exploded `key=value`. */
function joined(value: unknown, explode: boolean, separator: string, encode: Encode): string {
  if (Array.isArray(value)) return value.map((each) => encode(textOf(each))).join(separator);
  if (!isObject(value)) return encode(textOf(value));
  const parts = membersOf(value).map(([key, member]) => [encode(key), encode(textOf(member))]);
  return explode ? parts.map((part) => part.join('=')).join(separator) : parts.flat().join(separator);
}
