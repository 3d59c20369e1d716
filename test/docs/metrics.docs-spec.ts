import { register } from 'prom-client';
import { startServer, type TestServer } from '../helpers/app.js';
import { codeBlocks, codeWord, codeWords, readProjectFile, tableWith } from './markdown.js';

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

describe('docs/metrics.md', () => {
  const page = readProjectFile('docs/metrics.md');
  const documented = tableWith(page, 'Metric', 'Type', 'Labels').rows.map(
    ([name = '', type = '', labels = '']): Metric => ({
      name: codeWord(name),
      type,
      labels: codeWords(labels).sort(),
    }),
  );
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('lists every mcpo_* metric that /metrics has, with type and labels, and no other', async () => {
    await server.callTool('network_interfaces');
    const exposed = exposedBy(await (await fetch(`${server.url}/metrics`)).text());
    expect(exposed.sort(byName)).toEqual([...documented].sort(byName));
  });

  it('uses no metric and no label in a query that does not exist', () => {
    const queries = codeBlocks(page).filter(({ language }) => language === 'promql');
    expect(queries.length).toBeGreaterThan(5);
    const known = new Map(documented.map(({ name, labels }) => [name, labels]));
    for (const { code } of queries) {
      const names = [...code.matchAll(/mcpo_[a-z_]+/g)].map(([name]) => name);
      const families = names.map((name) =>
        known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
      );
      expect(families.filter((name) => !known.has(name))).toEqual([]);
      const usable = new Set([...families.flatMap((name) => known.get(name) ?? []), 'le']);
      const used = [
        ...[...code.matchAll(/(\w+)=?[=~!]~?"/g)].map(([, label]) => label),
        ...[...code.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
      ];
      expect(used.filter((label) => label !== undefined && !usable.has(label))).toEqual([]);
    }
  });

  it('tells the buckets', () => {
    const histograms = documented.filter(({ type }) => type === 'histogram');
    expect(histograms).not.toEqual([]);
    for (const { name } of histograms) {
      const { upperBounds } = register.getSingleMetric(name) as unknown as { upperBounds: number[] };
      expect(page).toContain(`${upperBounds.join(', ')}.`);
    }
  });
});

const byName = (a: Metric, b: Metric): number => (a.name < b.name ? -1 : 1);

/** The families of the text format whose name begins with mcpo_. */
const exposedBy = (text: string): Metric[] =>
  [...text.matchAll(/^# TYPE (mcpo_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
    labels: labelsOf(name),
  }));

/** From the registry: a family without a sample shows no labels. */
function labelsOf(name: string): string[] {
  const { labelNames } = register.getSingleMetric(name) as unknown as { labelNames: string[] };
  return [...labelNames].sort();
}
