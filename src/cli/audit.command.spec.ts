import { auditCommand } from './audit.command.js';

describe(auditCommand.name, () => {
  const run = async (...args: string[]) => {
    const written = { out: '', err: '' };
    const code = await auditCommand(args, {
      out: (text) => (written.out += text),
      notes: (text) => (written.err += text),
    });
    return { code, ...written };
  };

  it('explains itself when it is asked to', async () => {
    expect(await run('--help')).toEqual({
      code: 0,
      out: expect.stringMatching(/^Usage: /) as string,
      err: '',
    });
  });

  it.each([
    [[]],
    [['nothing']],
    [['verify']],
    [['verify', 'a', '--nothing']],
    [['pseudonym', '--file', 'a']],
    [['pseudonym', '127.0.0.1']],
  ])('answers wrong usage with 64: %p', async (args) => {
    expect(await run(...args)).toEqual({
      code: 64,
      out: '',
      err: expect.stringContaining('Usage: ') as string,
    });
  });

  it.each([
    [['verify', '/nowhere/audit.jsonl'], '/nowhere/audit.jsonl'],
    [['verify', __filename, '--key-file', '/nowhere/key'], '/nowhere/key'],
    [['verify', __filename, '--checkpoint', '/nowhere/log'], '/nowhere/log'],
    [['verify', __filename, '--redis'], 'REDIS_URL'],
    [['pseudonym', '127.0.0.1', '--file', '/nowhere/keys'], '/nowhere/keys'],
  ])('answers with 66 what cannot be read: %p', async (args, named) => {
    expect(await run(...args)).toEqual({ code: 66, out: '', err: expect.stringContaining(named) as string });
  });
});
