import * as fc from 'fast-check';
import { isObject } from '../../core/is-object.js';
import { inOneGo } from '../../core/steps.js';
import * as earlyNulls from './early-nulls.js';

const withoutEarlyNulls = (text: string): string => inOneGo(earlyNulls.withoutEarlyNulls(text));

type Members = Record<string, unknown>;

/** The same by way of the parsed message. */
function expected(message: unknown): unknown {
  if (Array.isArray(message)) return message.map((one) => (isObject(one) ? ofMessage(one) : one));
  return isObject(message) ? ofMessage(message) : message;
}

function ofMessage(message: Members): Members {
  const kept = Object.entries(message).filter(
    ([name, value]) => value !== null || !['error', 'result', 'params'].includes(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, ofPart(name, value)]));
}

function ofPart(name: string, value: unknown): unknown {
  if ((name !== 'result' && name !== 'params') || !isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([member, one]) => member !== '_meta' || one !== null),
  );
}

describe(withoutEarlyNulls.name, () => {
  it.each([
    ['{"id":1,"error":null,"result":{}}', '{"id":1,"result":{}}'],
    ['{"error":null}', '{}'],
    ['{ "error": null , "result": {"_meta": null, "a":1.10} }', '{  "result": { "a":1.10} }'],
    ['{"result":{"a":1,"_meta":null}}', '{"result":{"a":1}}'],
    ['{"result":{"a":1 , "_meta":null,"_meta":null } , "error":null\n}', '{"result":{"a":1 } }'],
    ['{"error":null,"params":null,"result":null}', '{}'],
    ['[{"error":null,"id":1},{"result":{"_meta":null}},null]', '[{"id":1},{"result":{}},null]'],
    ['{"id":1915883588174806058,"error":null}', '{"id":1915883588174806058}'],
  ])('makes of %s: %s', (text, made) => expect(withoutEarlyNulls(text)).toBe(made));

  it.each([
    '{"result":{"content":[{"_meta":null}],"structuredContent":{"_meta":null,"error":null}}}',
    '{"error":{"_meta":null}}',
    '{"params":["_meta",null]}',
    '{"x":{"_meta":null}}',
    '{"text":"\\"error\\":null, \\"error\\":null"}',
    '"\\"error\\":null"',
    '{"a":1 "error":null}',
    '{"error":nullable,"x":1}',
    '{"error":null "x":1}',
    '{"error":null',
    '["error":null]',
  ])('leaves %s as it is', (text) => expect(withoutEarlyNulls(text)).toBe(text));

  it('does what would be done with the parsed message', () => {
    const name = fc.constantFrom('error', 'result', 'params', '_meta', 'id', 'content', 'a"b');
    const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, 1, '"_meta":null', '{', true),
        tie('object'),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
      object: fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1), (message, indent) => {
        const text = JSON.stringify(message, undefined, indent);
        expect(JSON.parse(withoutEarlyNulls(text))).toEqual(expected(message));
      }),
      { numRuns: 3000 },
    );
  });
});
