import * as fc from 'fast-check';
import { parseOwn } from '../../core/json/own-json.js';
import { turnsDuring } from '../../../test/helpers/turns-during.js';
import { boundOutput } from './output-bound.js';
import type { ToolResult } from '../tool-definition.js';

const MAX = 1024;
const text = (content: string): ToolResult => ({ content: [{ type: 'text', text: content }] });
const sizeOf = (result: ToolResult): number => Buffer.byteLength(JSON.stringify(result));
/** A text result of exactly this many bytes of JSON. */
const ofSize = (bytes: number): ToolResult => text('x'.repeat(bytes - sizeOf(text(''))));

describe(boundOutput.name, () => {
  it.each([
    ['text', text('hello')],
    ['nothing', { content: [] }],
    ['data', { content: [], structuredContent: { a: [1, 2, 3] } }],
    ['a failure', { content: [], isError: true, structuredContent: { error: { code: 'x' } } }],
    ['exactly as many bytes as allowed', ofSize(MAX)],
  ])('leaves %s as it is', async (_what, result) => {
    expect(await boundOutput(result, MAX)).toBe(result);
  });

  it('replaces a result of one byte too many by an error that says so', async () => {
    expect(await boundOutput(ofSize(MAX + 1), MAX)).toMatchObject({
      isError: true,
      content: [
        { type: 'text', text: expect.stringContaining('TOOL_MAX_OUTPUT_BYTES') as string },
        { type: 'text', text: expect.stringMatching(/^\[truncated\] x+$/) as string },
      ],
      structuredContent: {
        error: { code: 'output_too_large', bytes: MAX + 1, maxBytes: MAX, truncated: true },
      },
    });
  });

  describe.each([MAX, 65_536])('of %d bytes', (maxBytes) => {
    const many = 5 * maxBytes;
    const huge = 'x'.repeat(many);

    it.each<[string, ToolResult]>([
      ['text', text(huge)],
      [
        'many texts',
        { content: Array.from({ length: maxBytes / 10 }, () => ({ type: 'text', text: 'x'.repeat(50) })) },
      ],
      ['multi-byte text', text('é'.repeat(many))],
      ['emoji', text('🦊'.repeat(many))],
      ['text of control characters', text('\u0000'.repeat(many))],
      ['text of lone surrogates', text('\ud800'.repeat(many))],
      ['text of quotes', text('"'.repeat(many))],
      ['data', { content: [], structuredContent: { list: Array.from({ length: many }, () => 0) } }],
      ['an image', { content: [{ type: 'image', data: huge, mimeType: 'image/png' }] }],
      ['_meta', { content: [], _meta: { huge } }],
      ['_meta of a block', { content: [{ type: 'text', text: 'a', _meta: { huge } }] }],
      [
        'annotations of a block',
        { content: [{ type: 'text', text: 'a', annotations: { lastModified: huge } }] },
      ],
      ['a member that nobody knows', { ...text('a'), extension: huge }],
      ['a failure', { ...text(huge), isError: true }],
    ])('keeps within the bound: %s', async (_what, result) => {
      expect(sizeOf(result)).toBeGreaterThan(maxBytes);
      const bounded = await boundOutput(result, maxBytes);
      expect(bounded).toMatchObject({
        isError: true,
        structuredContent: { error: { code: 'output_too_large' } },
      });
      expect(sizeOf(bounded)).toBeLessThanOrEqual(maxBytes);
    });
  });

  it.each([MAX, 4096, 65_536, 1_048_576])('keeps within %d bytes whatever the text', async (maxBytes) => {
    for (const character of ['x', 'é', '🦊', '\u0001', '\\']) {
      expect(sizeOf(await boundOutput(text(character.repeat(maxBytes)), maxBytes))).toBeLessThanOrEqual(
        maxBytes,
      );
    }
  });

  it('counts the bytes that JSON.stringify writes, of any value', async () => {
    const ODD: readonly unknown[] = [
      undefined,
      Number.NaN,
      -0,
      1e21,
      new Date(0),
      parseOwn('[1.0000000000000000000001]'),
    ];
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...ODD, '\ud800', '"\\\u0000é€🦊', true, null),
        fc.double(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(value, async (any) => {
        const result: ToolResult = { content: [], structuredContent: { any } };
        const bytes = sizeOf(result);
        expect(await boundOutput(result, bytes)).toBe(result);
        expect(await boundOutput(result, bytes - 1)).toMatchObject({
          structuredContent: { error: { bytes } },
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('lets others be served while it counts', async () => {
    const list = Array.from({ length: 50_000 }, (_, index) => `item ${index}`);
    const bounding = boundOutput({ content: [], structuredContent: { list } }, MAX);
    expect(await turnsDuring(bounding)).toBeGreaterThanOrEqual(10);
    expect((await bounding).isError).toBe(true);
  });

  it('has only the error when there is no text to begin', async () => {
    const bounded = await boundOutput({ content: [], structuredContent: { a: 'x'.repeat(5000) } }, MAX);
    expect(bounded.content).toHaveLength(1);
  });
});
