import { readMessage } from './answer-gate.js';
import { MAX_ODD_ERROR, withSoundError } from './odd-error.js';

const error = (code: number, message: string, data?: unknown): object => ({
  jsonrpc: '2.0',
  id: 1,
  error: { code, message, ...(data !== undefined && { data }) },
});

describe(withSoundError.name, () => {
  it.each([
    [{ id: 1, error: 'full' }, error(-32_000, 'full')],
    [{ jsonrpc: '2.0', id: 1, error: { message: 'full' } }, error(-32_000, 'full')],
    [{ id: 1, error: { code: '-32603', message: 'full', data: 5 } }, error(-32_603, 'full', 5)],
    [{ id: 1, error: { code: 1.5, message: { detail: 'full' } } }, error(-32_000, 'full')],
    [{ id: 1, error: { code: 5 } }, error(5, 'It gave no reason')],
  ])('makes an error of JSON-RPC of %j', (odd, sound) => {
    expect(readMessage(JSON.stringify(odd))).toEqual(sound);
  });

  it.each(['"detail":12345678901234567890', '"message":12345678901234567890'])(
    'takes a number of many digits for words, where %s',
    (member) => {
      const text = `{"jsonrpc":"2.0","id":1,"error":{"code":5,${member}}}`;
      expect(readMessage(text)).toMatchObject({ error: { code: 5, message: '12345678901234567890' } });
    },
  );

  it.each([
    error(-32_603, 'full'),
    { jsonrpc: '2.0', id: 1, result: { error: 'full' } },
    { jsonrpc: '2.0', id: 1, result: {}, error: 'full' },
    { jsonrpc: '2.0', id: 1, method: 'x', params: { error: 'full' } },
    { jsonrpc: '2.0', error: 'full' },
    { jsonrpc: '2.0', id: 1, error: 5 },
    { jsonrpc: '2.0', id: 1, error: 'x'.repeat(MAX_ODD_ERROR) },
    [{ error: 'full' }],
  ])('leaves anything else as it is: %#', (message) => {
    const text = JSON.stringify(message, undefined, 1);
    expect(withSoundError(text)).toBe(text);
  });
});
