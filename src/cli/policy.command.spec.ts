import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyCommand } from './policy.command.js';

describe(policyCommand.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-policy-cli-'));
  const policy = join(directory, 'policy.yaml');
  const broken = join(directory, 'broken.yaml');
  const run = async (...args: string[]) => {
    const written = { out: '', err: '' };
    const code = await policyCommand(args, {
      out: (text) => (written.out += text),
      notes: (text) => (written.err += text),
    });
    return { code, ...written };
  };

  beforeAll(() => {
    writeFileSync(policy, 'rules:\n  - { name: payments, action: deny, addresses: [10.20.0.0/16] }\n');
    writeFileSync(broken, 'rules:\n  - { name: payments, action: never }\n');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('explains itself when it is asked to', async () => {
    const { code, out } = await run('--help');
    expect([code, out.slice(0, 7)]).toEqual([0, 'Usage: ']);
  });

  it.each([
    [[]],
    [['nothing']],
    [['check']],
    [['check', policy, 'a', 'b']],
    [['check', policy, '--nothing']],
    [['explain', policy]],
  ])('answers wrong usage with 64: %p', async (args) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([64, expect.stringContaining('Usage: ')]);
  });

  it.each([
    [['check', '/nowhere/policy.yaml'], 66, '/nowhere/policy.yaml'],
    [['check', policy, '/nowhere/cases.yaml'], 66, '/nowhere/cases.yaml'],
    [['check', '/dev/zero'], 65, '/dev/zero: It has more than 1048576 bytes'],
    [['check', policy, '/dev/zero'], 65, '/dev/zero: It has more than 1048576 bytes'],
    [['check', broken], 65, 'line 2: rules[0].action cannot be used: write allow or deny'],
    [['check', policy, policy], 65, 'case : '],
    [['explain', policy, '--address', '10.0.0.1', '--port', 'x'], 65, '--port: '],
    [['explain', policy, '--address', 'no-address'], 65, 'is no address'],
  ])('says what is wrong: %p', async (args, expected, text) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([expected, expect.stringContaining(text)]);
  });

  it.each([
    [['--address', '10.20.0.1'], 1, 'denied by the rule "payments"\n'],
    [['--address', '10.21.0.1'], 0, 'allowed by the rule "open"\n'],
    [['--address', '10.21.0.1', '--strict'], 1, 'denied by the rule "strict"\n'],
    [['--address', '169.254.169.254', '--tool', 'network_traceroute'], 1, 'denied by the rule "metadata"\n'],
    [
      ['--address', '127.0.0.1', '--port', '80', '--key', 'ops', '--scope', 'admin'],
      1,
      'denied by the rule "this-host"\n',
    ],
  ])('explains one case: %p', async (args, code, out) => {
    expect(await run('explain', policy, ...args)).toEqual({ code, out, err: '' });
  });

  it('reads a file without cases', async () => {
    expect(await run('check', policy)).toEqual({ code: 0, out: '0 of 0 cases are as expected.\n', err: '' });
    expect((await run('check', policy, '--json')).out).toContain('"cases": 0');
  });
});
