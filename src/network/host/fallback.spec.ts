import { ToolError } from '../../tools/tool-error.js';
import { readWithFallback, type TableReader } from './fallback.js';

const procfs: TableReader<string[]> = { gaps: 'the colour', read: () => ['from procfs'] };

function netlink(outcome: string[] | Error): TableReader<string[]> {
  const read = async (): Promise<string[]> => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { gaps: '', read };
}

describe('readWithFallback', () => {
  it('reads the complete source when it can', async () => {
    const reading = await readWithFallback(netlink(['from netlink']), procfs);
    expect(reading).toEqual({ source: 'netlink', sourceNote: null, found: ['from netlink'] });
  });

  it.each(['missing_binary', 'permission_denied', 'not_supported', 'tool_failed'] as const)(
    'reads the other source after %s, and says why and what is missing',
    async (code) => {
      const primary = netlink(new ToolError(code, 'It is closed.'));
      expect(await readWithFallback(primary, procfs)).toEqual({
        source: 'procfs',
        sourceNote: 'It is closed. Read from /proc and /sys instead, which do not tell the colour.',
        found: ['from procfs'],
      });
    },
  );

  it('does not hide a fault of our own', async () => {
    const error = new Error('cancelled');
    await expect(readWithFallback(netlink(error), procfs)).rejects.toBe(error);
  });

  it('gives both reasons where neither can be read', async () => {
    const first = netlink(new ToolError('missing_binary', 'There is no ip.', 'Install it.'));
    const second = {
      gaps: '',
      read: (): never => {
        throw new ToolError('not_supported', 'Nothing could be read.');
      },
    };
    await expect(readWithFallback(first, second)).rejects.toMatchObject({
      code: 'not_supported',
      message: 'Nothing could be read. Netlink: There is no ip.',
      mend: 'Install it.',
    });
  });
});
