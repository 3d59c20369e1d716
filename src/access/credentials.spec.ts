import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { offeredCredential } from './credentials.js';

const offeredIn = (headers: IncomingHttpHeaders): string | undefined =>
  offeredCredential({ headers } as IncomingMessage)?.value;

describe(offeredCredential.name, () => {
  it.each<[string, IncomingHttpHeaders, string | undefined]>([
    ['x-api-key', { 'x-api-key': 'key' }, 'key'],
    ['a Bearer', { authorization: 'Bearer key' }, 'key'],
    ['a Bearer in any case', { authorization: 'bEARER key' }, 'key'],
    ['a Bearer with more blanks', { authorization: 'Bearer   key  ' }, 'key'],
    ['x-api-key before a Bearer', { 'x-api-key': 'key', authorization: 'Bearer other' }, 'key'],
    ['a key of 16,384 characters', { 'x-api-key': 'k'.repeat(16_384) }, 'k'.repeat(16_384)],
  ])('takes %s', (_what, headers, expected) => {
    expect(offeredIn(headers)).toBe(expected);
  });

  it.each<[string, IncomingHttpHeaders]>([
    ['nothing', {}],
    ['an empty x-api-key', { 'x-api-key': '' }],
    [
      'an empty x-api-key beside a Bearer, which does not rescue it',
      { 'x-api-key': '', authorization: 'Bearer key' },
    ],
    ['a Bearer without a key', { authorization: 'Bearer' }],
    ['a Bearer of blanks', { authorization: 'Bearer   ' }],
    ['a Bearer of two words', { authorization: 'Bearer a b' }],
    ['another scheme', { authorization: 'Basic a2V5' }],
    ['a bare key', { authorization: 'key' }],
    ['a key of 16,385 characters', { 'x-api-key': 'k'.repeat(16_385) }],
    ['a Bearer of 100,000 characters', { authorization: `Bearer ${'k'.repeat(100_000)}` }],
    ['a Bearer of 100,000 blanks', { authorization: `Bearer ${' '.repeat(100_000)}` }],
  ])('takes no credential from %s', (_what, headers) => {
    expect(offeredIn(headers)).toBeUndefined();
  });

  it('does not take one out of a repeated header', () => {
    expect(offeredIn({ 'x-api-key': ['first', 'second'] })).not.toMatch(/^(first|second)$/);
  });
});
