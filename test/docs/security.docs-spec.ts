import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '../../src/config/environment.js';
import { API_KEY_FORM, mintApiKey } from '../../src/core/api-key-format.js';
import {
  MAX_DEPTH,
  MAX_MEMBERS,
  MAX_NAME,
  MAX_NODES,
  MAX_STRING,
} from '../../src/core/json/json-structure.js';
import {
  anchors,
  codeBlocks,
  codeWord,
  codeWords,
  PROJECT_ROOT,
  readProjectFile,
  tableWith,
} from './markdown.js';

const STRIDE = [
  'Spoofing',
  'Tampering',
  'Repudiation',
  'Information disclosure',
  'Denial of service',
  'Elevation of privilege',
];
const isFile = (path: string): boolean => existsSync(join(PROJECT_ROOT, path));

describe('docs/security.md', () => {
  const page = readProjectFile('docs/security.md');
  const variables = new Environment() as unknown as Readonly<Record<string, unknown>>;
  const model = readProjectFile('docs/threat-model.md');
  const all = page + model + readProjectFile('docs/compliance.md');
  const words = codeWords(all.replace(/^ *```[^]*?^ *```$/gm, ''));
  const threats = tableWith(
    model,
    'STRIDE',
    'Threat',
    'What the server does',
    'Tested in',
    'Left to you',
  ).rows;

  it('has threats of each kind, in the order of STRIDE', () => {
    expect([...new Set(threats.map(([kind]) => kind))]).toEqual(STRIDE);
  });

  it.each(threats.map(([, threat = '', defence = '', tests = '']) => [threat, defence, tests]))(
    '%s: names tests that exist',
    (_threat, defence, tests) => {
      const files = codeWords(tests);
      if (!defence.startsWith('Nothing')) expect(files).not.toEqual([]);
      expect(files.filter((path) => !/-spec\.ts$|\.spec\.ts$/.test(path) || !isFile(path))).toEqual([]);
    },
  );

  it('names files that exist', () => {
    const files = words.filter((word) => /^(src|test|scripts|docs)\/|\.(ya?ml|json)$/.test(word));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((path) => !isFile(path))).toEqual([]);
  });

  it('names variables that exist', () => {
    const named = words.map((word) => /^([A-Z][A-Z0-9]*_[A-Z0-9_]+)(=|$)/.exec(word)?.[1]);
    const ours = named.filter((name) => name !== undefined);
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((name) => !(name in variables))).toEqual([]);
  });

  it('tells the defaults as they are', () => {
    const { rows } = tableWith(page, 'Variable', 'Default');
    expect(rows).not.toEqual([]);
    for (const [variable = '', value = ''] of rows) {
      const name = codeWord(variable);
      expect([name, value === '(empty)' ? '' : codeWord(value)]).toEqual([name, String(variables[name])]);
    }
  });

  it('names metrics that exist', () => {
    const metrics = words
      .flatMap((word) => /^mcpo_[a-z_]+/.exec(word)?.[0] ?? [])
      .filter((name) => name !== 'mcpo_');
    const { rows } = tableWith(readProjectFile('docs/metrics.md'), 'Metric', 'Type');
    const known = new Set(rows.map(([name]) => codeWord(name)));
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(readProjectFile('package.json')) as { scripts: object };
    const named = words.flatMap((word) => /^npm run (?:--silent )?(\S+)/.exec(word)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('tells the bounds of a body as they are', () => {
    const input = page.slice(page.indexOf('\n## Input'), page.indexOf('\n## Keys'));
    for (const bound of [MAX_DEPTH, MAX_NODES, MAX_MEMBERS, MAX_NAME, MAX_STRING]) {
      expect(input).toMatch(new RegExp(`\\b${bound.toLocaleString('en')}\\b`));
    }
  });

  it('shows the form of a key that scanners can look for', () => {
    const form = codeBlocks(page).find(({ code }) => code.startsWith('\\bmcpo_'))!.code;
    expect(`^${form.replace(/^\\b|\\b$/g, '')}$`).toBe(API_KEY_FORM.source);
    expect(`KEY="${mintApiKey()}";`).toMatch(new RegExp(form));
  });

  it('begins with a list of its sections', () => {
    const listed = [...page.matchAll(/^- \[[^\]]+\]\(#([^)]+)\)$/gm)].map(([, anchor]) => anchor);
    expect(listed).toEqual([...anchors(page)].filter((anchor) => anchor !== 'security'));
  });
});
