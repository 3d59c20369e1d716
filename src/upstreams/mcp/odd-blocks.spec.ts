import { MAX_ODD_BLOCKS, MAX_SHOWN_BLOCK, mendBlocks } from './odd-blocks.js';

const never = (): boolean => false;

describe(mendBlocks.name, () => {
  it('mends the blocks of the messages of a prompt, too', () => {
    const result = { messages: [{ role: 'user', content: { type: 'video' } }, 5, { role: 'user' }] };
    mendBlocks(result, never);
    expect(result.messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'A block that is not of MCP: {"type":"video"}' } },
      5,
      { role: 'user' },
    ]);
  });

  it('shows no more of a block than so much', () => {
    const result = { content: [{ type: 'image', data: 'x'.repeat(10_000) }] };
    mendBlocks(result, never);
    expect(JSON.stringify(result).length).toBeLessThan(MAX_SHOWN_BLOCK + 200);
  });

  it.each([
    ['many odd blocks', Array.from({ length: MAX_ODD_BLOCKS + 1 }, () => 5), never],
    ['a block that is too large', [5], () => true],
  ])('leaves an answer with %s to be refused', (_what, content, isTooLarge) => {
    const result = { content: [...content] };
    mendBlocks(result, isTooLarge);
    expect(result.content).toEqual(content);
  });
});
