import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { CORPUS } from './corpus/corpus.js';
import { type Difference, differencesBetween } from './differences.js';
import { exchange } from './exchange.js';
import { byPlace, listedFor, REASONS, toMarkdown } from './listed.js';
import { observe } from './observation.js';
import { OurSurfaceModule } from './our.surface.module.js';
import { type SdkServer, startSdkServer } from './sdk.server.js';

const MARKDOWN = fileURLToPath(new URL('differences.md', import.meta.url));

describe('Against the official SDK', () => {
  let ours: TestServer;
  let theirs: SdkServer;

  beforeAll(async () => {
    [ours, theirs] = await Promise.all([startServer({ modules: [OurSurfaceModule] }), startSdkServer()]);
  });
  afterAll(() => Promise.all([ours.close(), theirs.close()]));

  describe('answers the same, but for what is listed in differences.json', () => {
    it.each(CORPUS.map((row) => [row.name, row] as const))('%s', async (name, row) => {
      const [our, their] = await Promise.all([
        exchange(ours.url, row, { 'x-api-key': TEST_KEY }),
        exchange(theirs.url, row),
      ]);
      const found: Difference[] = differencesBetween(observe(their), observe(our));
      expect(found.sort(byPlace)).toEqual(listedFor(name));
    });
  });

  it('compares more than 80 requests, each under a name of its own, in both eras', () => {
    const names = CORPUS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const stateless = names.filter((name) => name.startsWith('2026-07-28')).length;
    expect(stateless).toBeGreaterThan(80);
    expect(names.length - stateless).toBeGreaterThan(80);
  });

  it('lists differences of requests that exist, each with a clause', () => {
    const names = new Set(CORPUS.map(({ name }) => name));
    expect(REASONS).not.toEqual([]);
    for (const { why, clause, standing, differences } of REASONS) {
      expect({ why, clause }).toEqual({
        why: expect.stringMatching(/\S/) as string,
        clause: expect.stringMatching(/^(20\d\d-\d\d-\d\d|SEP-\d+|RFC \d+|JSON-RPC 2\.0)/) as string,
      });
      expect(['required', 'recommended', 'permitted']).toContain(standing);
      expect(differences.map(({ request }) => request).filter((request) => !names.has(request))).toEqual([]);
    }
  });

  it('has the list for people up to date', () => {
    const text = toMarkdown(CORPUS.length);
    if (process.env['UPDATE_DIFFERENCES'] === '1') writeFileSync(MARKDOWN, text);
    expect(readFileSync(MARKDOWN, 'utf8')).toBe(text);
  });
});
