import { ToolError } from '../../tools/tool-error.js';
import { readWithFallback, type TableReader } from './fallback.reader.js';

const { signal } = new AbortController();

const procfs: TableReader<string> = {
  source: 'procfs',
  gaps: 'the colour',
  read: () => Promise.resolve(['from procfs']),
};

function netlink(outcome: string[] | Error): TableReader<string> {
  const read = async (): Promise<string[]> => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { source: 'netlink', gaps: '', read };
}

describe('readWithFallback', () => {
  it('reads the complete source when it can', async () => {
    const reading = await readWithFallback(netlink(['from netlink']), procfs, signal);
    expect(reading).toEqual({ source: 'netlink', sourceNote: null, entries: ['from netlink'] });
  });

  it.each(['missing_binary', 'permission_denied', 'not_supported'] as const)(
    'reads the other source after %s, and says why and what is missing',
    async (code) => {
      const primary = netlink(new ToolError(code, 'It is closed.'));
      expect(await readWithFallback(primary, procfs, signal)).toEqual({
        source: 'procfs',
        sourceNote: 'It is closed. Read from /proc and /sys instead, which do not tell the colour.',
        entries: ['from procfs'],
      });
    },
  );

  it.each([new ToolError('tool_failed', 'It broke.'), new Error('cancelled')])(
    'does not hide a failed reading or a cancelled call: %s',
    async (error) => {
      const reading = readWithFallback(netlink(error), procfs, signal);
      await expect(reading).rejects.toBe(error);
    },
  );
});
