import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyCommand } from '../../src/cli/policy.command.js';
import { codeBlocks, readProjectFile } from './markdown.js';

interface Situation {
  readonly title: string;
  readonly isStrict: boolean;
  readonly policy: string;
  readonly cases: string;
}

const COOKBOOK = readProjectFile('docs/policy.md').split('\n## Cookbook\n')[1]!;
const SITUATIONS: readonly Situation[] = COOKBOOK.split(/^### /m)
  .slice(1)
  .map((text) => {
    const [policy, cases] = codeBlocks(text).map(({ code }) => code);
    const isStrict = text.includes('`PROBE_POLICY=strict`');
    return { title: text.split('\n', 1)[0]!, isStrict, policy: policy!, cases: cases! };
  });

describe('The cookbook of docs/policy.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-cookbook-'));
  const check = async ({ policy, cases, isStrict }: Omit<Situation, 'title'>): Promise<[number, string]> => {
    const [file, list] = [join(directory, 'policy.yaml'), join(directory, 'cases.yaml')];
    writeFileSync(file, policy);
    writeFileSync(list, cases);
    let said = '';
    const hear = (text: string): void => void (said += text);
    const code = await policyCommand(['check', file, list, ...(isStrict ? ['--strict'] : [])], {
      out: hear,
      notes: hear,
    });
    return [code, said];
  };

  afterAll(() => rmSync(directory, { recursive: true }));

  it('has five situations', () => {
    expect(SITUATIONS).toHaveLength(5);
  });

  it.each(SITUATIONS)('$title', async (situation) => {
    const count = situation.cases.match(/^- /gm)?.length ?? 0;
    expect(count).toBeGreaterThan(2);
    expect(await check(situation)).toEqual([0, `${count} of ${count} cases are as expected.\n`]);
  });

  it('says which cases are not as expected', async () => {
    const cases = [
      '- { tool: network_ping, address: 10.20.0.1, expect: allow }',
      '- { tool: network_ping, address: 10.21.0.1, expect: allow }',
      '- { tool: network_ping, address: 10.20.0.1, expect: deny, rule: other }',
    ].join('\n');
    expect(await check({ ...SITUATIONS[1]!, cases })).toEqual([
      1,
      'FAILED  case 1: network_ping to 10.20.0.1 is denied by "payments", not allow\n' +
        'FAILED  case 3: network_ping to 10.20.0.1 is denied by "payments", not deny by "other"\n' +
        '1 of 3 cases are as expected.\n',
    ]);
  });
});
