import type { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { MAX_PAGE_BYTES, Pagination } from './pagination.js';
import { Sealer } from '../client/sealer.js';

const principal = (id: string): Principal => ({ id, kind: 'api-key', scopes: ['tools:call'] });
const ONE = principal('key:one');
const same = (item: string): string => item;

describe(Pagination.name, () => {
  const config = { mcp: { pageSize: 3, stateKey: new Uint8Array(32).fill(9) } } as Configuration;
  const sut = new Pagination(config, new Sealer(config));

  const page = (items: readonly string[], cursor?: unknown, list = 'tools', who = ONE) =>
    sut.page(list, items, same, cursor, who);
  const all = (items: readonly string[]): string[][] => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { items: some, nextCursor } = page(items, cursor);
      pages.push([...some]);
      cursor = nextCursor;
    } while (cursor !== undefined);
    return pages;
  };
  const refusal = (cursor: unknown, list?: string, who?: Principal): unknown => {
    try {
      return page(['a', 'b', 'c', 'd'], cursor, list, who);
    } catch (error) {
      return error instanceof AppError ? [error.code, error.definition.rpc] : error;
    }
  };
  const cursorAfter = (items: readonly string[]): string => page([...items, 'zzz']).nextCursor!;

  it.each([
    [[], [[]]],
    [['a'], [['a']]],
    [['a', 'b', 'c'], [['a', 'b', 'c']]],
    [
      ['a', 'b', 'c', 'd'],
      [['a', 'b', 'c'], ['d']],
    ],
    [
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      [['a', 'b', 'c'], ['d', 'e', 'f'], ['g']],
    ],
  ])('cuts %j into pages', (items, pages) => {
    expect(all(items)).toEqual(pages);
  });

  it.each([
    ['a third of it', MAX_PAGE_BYTES / 3, [[0, 1], [2, 3], [4]]],
    ['more than all of it', MAX_PAGE_BYTES + 1, [[0], [1], [2], [3], [4]]],
    [
      'little',
      10,
      [
        [0, 1, 2],
        [3, 4],
      ],
    ],
  ])('ends a page before its bytes are too many, with items of %s', (_what, length, pages) => {
    const items = Array.from({ length: 5 }, (_none, index) => ({ index, text: 'x'.repeat(length) }));
    const found: number[][] = [];
    let cursor: string | undefined;
    do {
      const { items: some, nextCursor } = sut.page('tools', items, ({ index }) => `${index}`, cursor, ONE);
      found.push(some.map(({ index }) => index));
      cursor = nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(pages);
    expect(sut.firstOf(items).map(({ index }) => index)).toEqual(pages[0]);
    expect(sut.firstOf(items.slice(0, 1))).toEqual(items.slice(0, 1));
  });

  it('measures an item once', () => {
    const toJSON = jest.fn(() => 'x');
    const items = [{ name: 'a', toJSON }];
    for (let time = 0; time < 3; time += 1) sut.page('tools', items, ({ name }) => name, undefined, ONE);
    expect(toJSON).toHaveBeenCalledTimes(1);
  });

  it('goes on after the last item, whatever was added or taken away in between', () => {
    const cursor = cursorAfter(['a', 'b', 'c']);
    expect(page(['a', 'c', 'd', 'e'], cursor).items).toEqual(['d', 'e']);
    expect(page(['a', 'b', 'bb', 'cc', 'd'], cursor).items).toEqual(['cc', 'd']);
    expect(page(['a'], cursor)).toEqual({ items: [] });
  });

  // 2025-11-25 and 2026-07-28, server/utilities/pagination, "Error Handling".
  it('refuses a cursor of another list or another principal', () => {
    const cursor = cursorAfter(['a', 'b', 'c']);
    expect(refusal(cursor, 'prompts')).toEqual(['invalid_params', -32602]);
    expect(refusal(cursor, 'tools', principal('key:two'))).toEqual(['invalid_params', -32602]);
  });

  it.each(['', 'c', 'bm8=', null, 5, {}, ['a']])('refuses %j as a cursor', (cursor) => {
    expect(refusal(cursor)).toEqual(['invalid_params', -32602]);
  });
});
