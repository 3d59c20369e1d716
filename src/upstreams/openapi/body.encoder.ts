import { isObject } from '../../core/is-object.js';
import { isRawJSON } from '../../core/json/exact-numbers.js';
import { UpstreamError } from '../upstream.error.js';
import { type FormMember, memberOf, type OperationBody } from './operation.js';
import { headerText, pairs } from './parameter.serializer.js';

export interface EncodedBody {
  readonly content: string | Uint8Array<ArrayBuffer> | FormData;
  /** `undefined` where the content brings its own, as multipart does with its boundary. */
  readonly contentType: string | undefined;
}

/** @throws UpstreamError `refused` for what is no base64, and for a form that is no object. */
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

/** In a form, unlike in a query, members of an object are no fields of their own unless its encoding says so. */
function urlencoded(body: OperationBody, members: readonly [string, unknown][]): string {
  return members
    .flatMap(([name, value]) => {
      const { how } = memberOf(body, name);
      return pairs({ ...how, isJson: how.isJson || (isObject(value) && how.style === 'form') }, value);
    })
    .map((pair) => pair.join('='))
    .join('&');
}

function multipart(body: OperationBody, members: readonly [string, unknown][]): FormData {
  const form = new FormData();
  for (const [name, value] of members) {
    const member = memberOf(body, name);
    // As a query has it, whose characters need no escape here (OpenAPI 3.1, "Encoding Object", `style`).
    if (member.how.style !== 'form' && !member.isBinary && !member.how.isJson && typeof value === 'object') {
      for (const pair of pairs(member.how, value))
        form.append(...(pair.map(decodeURIComponent) as [string, string]));
      continue;
    }
    const isSeparated = member.how.separator !== undefined && Array.isArray(value) && !member.isBinary;
    if (isSeparated) {
      form.append(name, headerText(member.how, value));
      continue;
    }
    for (const each of Array.isArray(value) && !member.how.isJson ? value : [value])
      append(form, name, member, each);
  }
  return form;
}

function append(
  form: FormData,
  name: string,
  { isBinary, contentType, how }: FormMember,
  value: unknown,
): void {
  const type = contentType?.split(',', 1)[0]?.trim();
  if (isBinary) {
    const options = { type: type === undefined || type.includes('*') ? 'application/octet-stream' : type };
    form.append(name, new Blob([bytesOf(name, value)], options), name);
  } else if (how.isJson || Array.isArray(value) || isObject(value)) {
    form.append(name, new Blob([JSON.stringify(value)], { type: type ?? 'application/json' }));
  } else form.append(name, isRawJSON(value) ? value.rawJSON : String(value));
}

function bytesOf(name: string, value: unknown): Uint8Array<ArrayBuffer> {
  const text = String(value).replaceAll(/\s+/g, '');
  // RFC 4648, 4 and 5. Buffer would skip over what is none of it.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new UpstreamError('refused', `${name} is no base64`);
  return new Uint8Array(Buffer.from(text, 'base64'));
}
