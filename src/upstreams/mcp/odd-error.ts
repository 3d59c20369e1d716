import { isObject } from '../../core/is-object.js';
import { unmarked } from '../../core/json/number-marks.js';
import { detailIn } from '../detail.js';

/** Characters of an answer that is looked at: an error that is longer is taken as it is. */
export const MAX_ODD_ERROR = 65_536;
/** JSON-RPC 2.0, 5.1: of those that a server may use as it likes. */
const SOME_ERROR = -32_000;

type Id = string | number;

/**
 * The text of a message, which is made an error of JSON-RPC where it is an odd one: words in its place, or one without
 * a code that is a number, without a message or without its id. The SDK would refuse it, and the reason in it be lost.
 *
 * @param text has been looked at, and may be parsed
 * @param asked what is answered, where that is known
 */
export function withSoundError(text: string, asked: () => Id | undefined = () => undefined): string {
  if (text.length > MAX_ODD_ERROR || !text.includes('"error"')) return text;
  const body = parsed(text);
  if (!isObject(body) || body['result'] !== undefined || body['method'] !== undefined) return text;
  const { error } = body;
  if (typeof error !== 'string' && !isObject(error)) return text;
  const own = isId(body['id']) ? body['id'] : undefined;
  const isSound = isObject(error) && Number.isSafeInteger(error['code']) && isText(error['message']);
  const id = own ?? asked();
  if (id === undefined || (isSound && id === own && body['jsonrpc'] === '2.0')) return text;
  return JSON.stringify({ jsonrpc: '2.0', id, error: isSound ? error : soundError(error, body) });
}

function soundError(error: unknown, body: object): object {
  const { code, message, data } = isObject(error) ? error : ({} as Readonly<Record<string, unknown>>);
  const said = typeof message === 'string' ? message : (detailIn(body) ?? detailIn(data));
  return {
    code: codeIn(code),
    message: unmarked(said ?? 'It gave no reason'),
    ...(data !== undefined && { data }),
  };
}

const codeIn = (code: unknown): number => {
  const number = typeof code === 'string' && /^-?\d{1,9}$/.test(code) ? Number(code) : code;
  return Number.isSafeInteger(number) ? (number as number) : SOME_ERROR;
};

/** A number that stands for one of many digits is none. */
const isText = (value: unknown): boolean => typeof value === 'string' && unmarked(value) === value;

/** The id of the request that an outgoing message is, if it is one. */
export function idAsked(message: unknown): Id | undefined {
  const asked = typeof message === 'string' ? parsed(message) : undefined;
  return isObject(asked) && 'method' in asked && isId(asked['id']) ? asked['id'] : undefined;
}

const isId = (id: unknown): id is Id => typeof id === 'string' || Number.isSafeInteger(id);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
