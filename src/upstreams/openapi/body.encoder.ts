import { isObject } from '../../core/is-object.js';
import { isRawJSON } from '../../core/json/exact-numbers.js';
import { UpstreamError } from '../upstream.error.js';
import { Allowance } from './allowance.js';
import { type FormMember, memberOf, type OperationBody } from './operation.js';
import { headerText, pairs } from './parameter.serializer.js';

export interface EncodedBody {
  readonly content: string | Uint8Array<ArrayBuffer> | FormData;
  /** `undefined` where the content brings its own, as multipart does with its boundary. */
  readonly contentType: string | undefined;
}

/** Characters of a form: percent-encoding makes three of a byte, and of each value a field with all of its name. */
export const MAX_FORM = 4_194_304;
/** Fields of a multipart form, each with headers of its own: few servers take more. */
export const MAX_FIELDS = 1000;

/** @throws UpstreamError `refused` for what is no base64, and for a form that is no object or too large. */
export function encodeBody(body: OperationBody, value: unknown): EncodedBody {
  const { kind, contentType } = body;
  switch (kind) {
    case 'json':
      return { content: JSON.stringify(value), contentType };
    case 'urlencoded':
      return { content: urlencoded(body, membersOf(body, value)), contentType };
    case 'multipart':
      return { content: multipart(body, membersOf(body, value)), contentType: undefined };
    case 'text':
      return { content: isRawJSON(value) ? value.rawJSON : String(value), contentType };
    case 'binary':
      return { content: bytesOf(body.argument, value), contentType };
    default:
      return kind satisfies never;
  }
}

function membersOf({ argument }: OperationBody, value: unknown): [string, unknown][] {
  if (!isObject(value))
    throw new UpstreamError('refused', `${argument} has to be an object: it is sent as a form`);
  return Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
}

const allowanceOfForm = (): Allowance => new Allowance(MAX_FORM, 'a form');

/** In a form, unlike in a query, members of an object are no fields of their own unless its encoding says so. */
function urlencoded(body: OperationBody, members: readonly [string, unknown][]): string {
  const allowance = allowanceOfForm();
  return members
    .flatMap(([name, value]) => {
      const { how } = memberOf(body, name);
      return pairs(
        { ...how, isJson: how.isJson || (isObject(value) && how.style === 'form') },
        value,
        allowance,
      );
    })
    .map((pair) => pair.join('='))
    .join('&');
}

/** @throws UpstreamError `refused` for too many fields: each costs as much as a long text. */
function multipart(body: OperationBody, members: readonly [string, unknown][]): FormData {
  const form = new FormData();
  const allowance = allowanceOfForm();
  let count = 0;
  for (const [name, value] of members) {
    for (const [field, content] of fieldsOf(memberOf(body, name), name, value, allowance)) {
      count += 1;
      if (count > MAX_FIELDS)
        throw new UpstreamError('refused', `${body.argument} makes more than ${MAX_FIELDS} fields of a form`);
      if (typeof content === 'string') form.append(field, content);
      else form.append(field, content);
    }
  }
  return form;
}

type Field = readonly [name: string, content: string | Blob];

function* fieldsOf(member: FormMember, name: string, value: unknown, allowance: Allowance): Iterable<Field> {
  const { how, isBinary } = member;
  // As a query has it, whose characters need no escape here (OpenAPI 3.1, "Encoding Object", `style`).
  if (how.style !== 'form' && !isBinary && !how.isJson && typeof value === 'object') {
    for (const [field, text] of pairs(how, value, allowance))
      yield [decodeURIComponent(field), decodeURIComponent(text)];
  } else if (how.separator !== undefined && Array.isArray(value) && !isBinary) {
    yield [name, headerText(how, value, allowance)];
  } else {
    for (const each of Array.isArray(value) && !how.isJson ? value : [value])
      yield [name, contentOf(name, member, each)];
  }
}

function contentOf(name: string, { isBinary, contentType, how }: FormMember, value: unknown): string | Blob {
  const type = contentType?.split(',', 1)[0]?.trim();
  if (isBinary) {
    const options = { type: type === undefined || type.includes('*') ? 'application/octet-stream' : type };
    return new File([bytesOf(name, value)], name, options);
  }
  if (how.isJson || Array.isArray(value) || isObject(value))
    return new Blob([JSON.stringify(value)], { type: type ?? 'application/json' });
  return isRawJSON(value) ? value.rawJSON : String(value);
}

function bytesOf(name: string, value: unknown): Uint8Array<ArrayBuffer> {
  const text = String(value).replaceAll(/\s+/g, '');
  // RFC 4648, 4 and 5. Buffer would skip over what is none of it.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new UpstreamError('refused', `${name} is no base64`);
  return new Uint8Array(Buffer.from(text, 'base64'));
}
