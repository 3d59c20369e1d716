import { itemsOf } from './frame-guard.js';
import { MAX_ODD_BLOCKS, MAX_SHOWN_BLOCK, mendBlocks } from './odd-blocks.js';

/** Every hint in its list is wrong, and is explained by the SDK. */
const hinted = (hints: number): object => ({
  type: 'text',
  text: 'x',
  annotations: { audience: Array<number>(hints).fill(1) },
});

describe(mendBlocks.name, () => {
  it('mends the blocks of the messages of a prompt, too', () => {
    const result = { messages: [{ role: 'user', content: { type: 'video' } }, 5, { role: 'user' }] };
    mendBlocks(result, itemsOf);
    expect(result.messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'A block that is not of MCP: {"type":"video"}' } },
      5,
      { role: 'user' },
    ]);
  });

  it('shows no more of a block than so much', () => {
    const result = { content: [{ type: 'image', data: 'x'.repeat(10_000) }] };
    mendBlocks(result, itemsOf);
    expect(JSON.stringify(result).length).toBeLessThan(MAX_SHOWN_BLOCK + 200);
  });

  it.each([
    ['many odd blocks', Array.from({ length: MAX_ODD_BLOCKS + 1 }, () => 5)],
    ['a block that is too large', [hinted(500)]],
    ['blocks that are too large together', [hinted(200), hinted(200)]],
  ])('leaves an answer with %s to be refused', (_what, content) => {
    const result = { content: structuredClone(content) };
    mendBlocks(result, itemsOf);
    expect(result.content).toEqual(content);
  });

  it('counts what is odd over all messages of a prompt', () => {
    const messages = Array.from({ length: 100 }, () => ({ role: 'user', content: hinted(290) }));
    const result = { messages: structuredClone(messages) };
    mendBlocks(result, itemsOf);
    expect(result.messages.slice(1)).toEqual(messages.slice(1));
  });

  const LINK = { type: 'resource_link', uri: 'file:///a', name: 'a' };
  const TEXT = { uri: 'file:///a', text: 'x' };
  it.each([
    [{ ...LINK, size: '12' }, LINK],
    [{ ...LINK, icons: 'x', mimeType: 5 }, LINK],
    [{ ...LINK, icons: [{ src: 'a.png', sizes: '48x48' }] }, LINK],
    [
      { type: 'resource', resource: { ...TEXT, mimeType: 5, _meta: [] } },
      { type: 'resource', resource: TEXT },
    ],
    [
      { type: 'image', data: 'aGk=', mimeType: 'image/png', _meta: 'x', annotations: { priority: 5 } },
      { type: 'image', data: 'aGk=', mimeType: 'image/png' },
    ],
  ])('leaves out what is odd, and keeps the rest: %j', (odd, sound) => {
    const result = { content: [odd], contents: [{ ...TEXT, mimeType: 5, _meta: 'x' }] };
    mendBlocks(result, itemsOf);
    expect(result).toEqual({ content: [sound], contents: [TEXT] });
  });
});
