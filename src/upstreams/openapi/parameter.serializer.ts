import { isObject } from '../../core/is-object.js';
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
  percent(text).replaceAll(/%(3A|2F|3F|5B|5D|40|21|24|27|28|29|2A|2C|3B)/gi, decodeURIComponent);
const asIs: Encode = (text) => text;

/** `{a: [1, {b: 2}]}` has no style: what is nested is written as JSON. */
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined && member !== null);

/** The text in place of `{name}` in the path. */
export function pathText(how: Serialization, value: unknown): string {
  if (how.isJson) return percent(JSON.stringify(value));
  if (isSeparated(how, value)) return separated(how, value, percent);
  const name = percent(how.name);
  switch (how.style) {
    case 'label':
      return `.${joined(value, how.explode, how.explode ? '.' : ',', percent)}`;
    case 'matrix':
      if (how.explode && Array.isArray(value)) {
        return value.map((each) => `;${name}=${percent(textOf(each))}`).join('');
      }
      if (how.explode && isObject(value)) return `;${joined(value, true, ';', percent)}`;
      return `;${name}=${joined(value, false, ',', percent)}`;
    default:
      return joined(value, how.explode, ',', percent);
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

export function headerText(how: Serialization, value: unknown): string {
  if (how.isJson) return JSON.stringify(value);
  return isSeparated(how, value) ? separated(how, value, asIs) : joined(value, how.explode, ',', asIs);
}

/** The pairs of a query, a cookie or a form: encoded, ready to be joined. */
export function pairs(how: Serialization, value: unknown): Pair[] {
  const encode = how.allowReserved ? percentUnreserved : percent;
  const name = percent(how.name);
  if (how.isJson) return [[name, encode(JSON.stringify(value))]];
  if (Array.isArray(value)) return arrayPairs(how, name, value, encode);
  if (isObject(value)) return objectPairs(how, name, value, encode);
  return [[name, encode(textOf(value))]];
}

const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

function arrayPairs(how: Serialization, name: string, values: readonly unknown[], encode: Encode): Pair[] {
  if (values.length === 0) return [];
  if (how.style === 'deepObject') return deep(name, values, encode);
  if (isSeparated(how, values)) return [[name, separated(how, values, encode)]];
  const texts = values.map((each) => encode(textOf(each)));
  if (how.explode) return texts.map((text) => [name, text]);
  return [[name, texts.join(SEPARATORS[how.style] ?? ',')]];
}

function objectPairs(how: Serialization, name: string, value: object, encode: Encode): Pair[] {
  const members = membersOf(value);
  if (members.length === 0) return [];
  if (how.style === 'deepObject')
    return members.flatMap(([key, member]) => deep(`${name}%5B${percent(key)}%5D`, member, encode));
  if (how.explode) return members.map(([key, member]) => [percent(key), encode(textOf(member))]);
  const parts = members.flatMap(([key, member]) => [percent(key), encode(textOf(member))]);
  return [[name, parts.join(SEPARATORS[how.style] ?? ',')]];
}

/**
 * OpenAPI leaves open how lists are written in this style. APIs that use it document single values as
 * `tags[]=a&tags[]=b`, and where there is more to an item `items[0][price]=p`, which tells the items apart.
 */
function deep(name: string, value: unknown, encode: Encode): Pair[] {
  if (Array.isArray(value)) {
    const isOfTexts = !value.some((each) => Array.isArray(each) || isObject(each));
    return value.flatMap((each, at) => deep(`${name}%5B${isOfTexts ? '' : at}%5D`, each, encode));
  }
  if (!isObject(value)) return [[name, encode(textOf(value))]];
  return membersOf(value).flatMap(([key, member]) => deep(`${name}%5B${percent(key)}%5D`, member, encode));
}

/** `simple` style: items, or members as `key,value` and when exploded `key=value`. */
function joined(value: unknown, explode: boolean, separator: string, encode: Encode): string {
  if (Array.isArray(value)) return value.map((each) => encode(textOf(each))).join(separator);
  if (!isObject(value)) return encode(textOf(value));
  const parts = membersOf(value).map(([key, member]) => [encode(key), encode(textOf(member))]);
  return explode ? parts.map((part) => part.join('=')).join(separator) : parts.flat().join(separator);
}
