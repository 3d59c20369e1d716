import type { Configuration } from '../../config/configuration.js';
import { Sealer } from './sealer.js';

const sealerWith = (byte: number): Sealer =>
  new Sealer({ mcp: { stateKey: new Uint8Array(32).fill(byte) } } as Configuration);

describe(Sealer.name, () => {
  const sut = sealerWith(1);

  it.each([['text'], [''], [42], [null], [{ a: [1, { b: 'ü' }] }]])(
    'opens what it has sealed: %j',
    (value) => {
      expect(sut.open('purpose', sut.seal('purpose', value))).toEqual(value);
    },
  );

  it('shows nothing of the value or the purpose', () => {
    const text = sut.seal('the-purpose', 'the-secret');
    const bytes = Buffer.from(text, 'base64url').toString('latin1');
    expect(bytes).not.toMatch(/the-(purpose|secret)/);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('never seals the same value into the same text', () => {
    const texts = Array.from({ length: 100 }, () => sut.seal('purpose', 'value'));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('is opened by every replica that has the key, and by nobody else', () => {
    const text = sut.seal('purpose', 'value');
    expect(sealerWith(1).open('purpose', text)).toBe('value');
    expect(sealerWith(2).open('purpose', text)).toBeUndefined();
  });

  it('does not open for another purpose', () => {
    expect(sut.open('another', sut.seal('purpose', 'value'))).toBeUndefined();
  });

  it('does not open when any one byte is another', () => {
    const bytes = Buffer.from(sut.seal('purpose', 'value'), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(sut.open('purpose', changed.toString('base64url'))).toBeUndefined();
    }
  });

  it('does not open what was cut short or made longer', () => {
    const bytes = Buffer.from(sut.seal('purpose', 'value'), 'base64url');
    for (let length = 0; length < bytes.length; length += 1) {
      expect(sut.open('purpose', bytes.subarray(0, length).toString('base64url'))).toBeUndefined();
    }
    expect(
      sut.open('purpose', Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')),
    ).toBeUndefined();
  });

  it('takes one spelling of the bytes only', () => {
    const text = sut.seal('purpose', 'a value that has plenty of letters');
    for (const spelled of [`${text}=`, ` ${text}`, `${text}\n`, `${text.slice(0, 8)}!${text.slice(8)}`]) {
      expect(sut.open('purpose', spelled)).toBeUndefined();
    }
  });
});
