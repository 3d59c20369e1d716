import { isObject } from '../../core/is-object.js';
import type { Steps } from '../../core/steps.js';

/** Characters of a message that is looked at in any case; a longer one, where something is seen to be odd. */
const MAX_LOOKED_AT = 65_536;
/** What a sound one has in it, and what one with odd metadata has, as anybody writes it. */
const SOUND = ['"jsonrpc":"2.0"', '"jsonrpc": "2.0"'];
const ODD = ['[', '"'].flatMap((sign) => [`"_meta":${sign}`, `"_meta": ${sign}`]);

type Members = Readonly<Record<string, unknown>>;

/**
 * What the text of a message says, without what the SDK would refuse all of it for: an answer that says no version of
 * JSON-RPC, or another one, has members besides its result, or an error that is none; and metadata that is no object.
 *
 * @param text has been looked at, and may be parsed
 * @throws SyntaxError for no JSON
 */
export function soundAnswer(text: string): unknown {
  const body: unknown = JSON.parse(text);
  return isTakenAsSound(text) ? body : soundBody(body);
}

/** The same as text, for who parses it again. What is no JSON is left to them. */
export function* withSoundAnswer(text: string): Steps<string> {
  if (isTakenAsSound(text)) return text;
  const body = parsed(text);
  yield;
  const sound = soundBody(body);
  const isSame = Array.isArray(sound)
    ? sound.every((one, at) => one === (body as unknown[])[at])
    : sound === body;
  return isSame ? text : JSON.stringify(sound);
}

function isTakenAsSound(text: string): boolean {
  const has = (sign: string): boolean => text.includes(sign);
  return text.length > MAX_LOOKED_AT && SOUND.some(has) && !ODD.some(has);
}

const soundBody = (body: unknown): unknown =>
  Array.isArray(body) ? body.map(soundMessage) : soundMessage(body);

function soundMessage(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { jsonrpc, id, result, params, error } = body;
  if ('method' in body) {
    const sound = withSoundMeta(params);
    return sound === params ? body : { ...body, params: sound };
  }
  if (!isObject(result) || id === undefined || Boolean(error)) return body;
  const sound = withSoundMeta(result);
  const isSound = jsonrpc === '2.0' && sound === result && Object.keys(body).length === 3;
  return isSound ? body : { jsonrpc: '2.0', id, result: sound };
}

/** The members, without metadata that is no object. */
export function withSoundMeta<T>(members: T): T {
  if (!isObject(members) || members['_meta'] === undefined || isObject(members['_meta'])) return members;
  const { _meta, ...others } = members as Members;
  return others as T;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
