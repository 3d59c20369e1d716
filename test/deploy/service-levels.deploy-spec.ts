import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeBlocks, readProjectFile } from '../docs/markdown.js';
import { describeWithParts } from '../helpers/real-parts.js';

const page = readProjectFile('docs/service-levels.md');
/** The query of a section. */
const query = (section: string): string => {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  return codeBlocks(text).find(({ language }) => language === 'promql')?.code ?? '';
};
/** promtool takes 10,000 samples at most: it looks every quarter of an hour. */
const coarse = (code: string): string => code.replace('[30d:1m]', '[30d:15m]');
const bucket = (tool: string, le: string): string =>
  `mcpo_tool_execution_time_seconds_bucket{tool_name="${tool}",le="${le}"}`;

/** Name of the section, series by name (a value a minute, as promtool writes them), what comes out and when. */
const CASES: readonly (readonly [string, Readonly<Record<string, string>>, number, string])[] = [
  [
    'Availability',
    // Nobody for 4,320 of 43,200 minutes, though one of two is away for longer.
    {
      'up{job="mcpo-mcp-server",instance="a"}': '1x21600 0x21600',
      'up{job="mcpo-mcp-server",instance="b"}': '1x25920 0x4319 1x13000',
    },
    0.9,
    '43199m',
  ],
  [
    'Response time',
    {
      [bucket('network_interfaces', '0.25')]: '0+90x10',
      [bucket('network_interfaces', '0.5')]: '0+100x10',
      [bucket('network_interfaces', '+Inf')]: '0+100x10',
      [bucket('network_ping', '0.25')]: '0x10',
      [bucket('network_ping', '0.5')]: '0x10',
      [bucket('network_ping', '+Inf')]: '0+1000x10',
    },
    0.375,
    '10m',
  ],
  [
    'Error rate',
    {
      'mcpo_requests_total{method="POST",status="200"}': '0+998x100',
      'mcpo_requests_total{method="POST",status="500"}': '0+1x100',
      'mcpo_requests_total{method="POST",status="429"}': '0+1x100',
    },
    0.001,
    '100m',
  ],
  ['Error rate', { 'mcpo_requests_total{method="POST",status="200"}': '0+998x100' }, 0, '100m'],
  [
    'Throughput',
    {
      'mcpo_requests_total{method="POST",status="200"}': '0+700x10',
      'mcpo_requests_total{method="POST",status="429"}': '0+500x10',
      'mcpo_requests_total{method="GET",status="200"}': '0+4x10',
    },
    1200,
    '10m',
  ],
];

describeWithParts('The queries of docs/service-levels.md', ['promtool'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-levels-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(CASES)('%s is what it says', (section, series, value, at) => {
    expect(query(section)).not.toBe('');
    const file = join(directory, 'levels.test.yml');
    const test = {
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      // Rounded: what is asked is the query, not the arithmetic of floating point.
      promql_expr_test: [
        {
          expr: `round(sum(${coarse(query(section))}), 0.0005)`,
          eval_time: at,
          exp_samples: [{ labels: '{}', value }],
        },
      ],
    };
    // YAML takes JSON as it is.
    writeFileSync(file, JSON.stringify({ evaluation_interval: '1m', tests: [test] }));
    expect(execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  it('are a query for each promise, and their alerts are there', () => {
    expect(codeBlocks(page).filter(({ language }) => language === 'promql')).toHaveLength(4);
    const rules = readProjectFile('deploy/prometheus/rules/mcpo.rules.yml');
    const alerts = page.match(/`Mcpo\w+`/g) ?? [];
    expect(alerts.length).toBeGreaterThan(3);
    for (const alert of alerts) expect(rules).toContain(`alert: ${alert.slice(1, -1)}\n`);
  });
});
