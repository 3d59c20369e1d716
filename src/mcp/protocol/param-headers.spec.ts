import { AppError } from '../../core/errors.js';
import { checkParamHeaders } from './param-headers.js';

const MIRRORED = [
  { header: 'Region', path: ['region'] },
  { header: 'Size', path: ['limits', 'size'] },
  { header: 'Constructor', path: ['constructor'] },
] as const;

/** `accepted`, or the code of the refusal. */
function check(args: Record<string, unknown>, headers: Record<string, string>): string {
  try {
    checkParamHeaders(MIRRORED, args, headers);
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

// 2026-07-28, basic/transports/streamable-http, "Custom Headers from Tool Parameters".
describe(checkParamHeaders.name, () => {
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['nothing to mirror', {}, {}],
    ['null, which is not mirrored', { region: null }, {}],
    ['text as it is', { region: 'us-west1' }, { region: 'us-west1' }],
    ['text in base64', { region: 'Zürich' }, { region: base64('Zürich') }],
    ['text that looks encoded, encoded', { region: '=?base64?x?=' }, { region: base64('=?base64?x?=') }],
    ['a value of a nested property', { limits: { size: 42 } }, { size: '42' }],
    ['a number in another spelling', { limits: { size: 42 } }, { size: '42.0' }],
    ['a truth value', { region: true }, { region: 'true' }],
    ['a header that no property declares', {}, { other: 'x' }],
    ['nothing where a nested property has no parent', { limits: 'none' }, {}],
  ])('accepts %s', (_what, args, headers) => {
    expect(check(args, headers)).toBe('accepted');
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['a header that is missing', { region: 'us-west1' }, {}],
    ['a header of another value', { region: 'us-west1' }, { region: 'us-east1' }],
    ['another case', { region: 'us-west1' }, { region: 'US-WEST1' }],
    ['a broken encoding', { region: 'us-west1' }, { region: '=?base64?!?=' }],
    ['a header without a value in the body', {}, { region: 'us-west1' }],
    ['a header beside null', { region: null }, { region: 'null' }],
    ['another number', { limits: { size: 42 } }, { size: '43' }],
    ['blanks for zero', { limits: { size: 0 } }, { size: ' ' }],
    ['a number spelled otherwise than its text', { region: '42' }, { region: '42.0' }],
    ['an inherited member as value', { limits: {} }, { size: '[object Object]' }],
    ['a list', { region: ['a'] }, { region: 'a' }],
    ['an object that has no text', { region: { toString: null } }, { region: 'x' }],
    ['a property that every object seems to have', { constructor: 'a' }, {}],
  ])('refuses %s', (_what, args, headers) => {
    expect(check(args, headers)).toBe('header_mismatch');
  });
});
