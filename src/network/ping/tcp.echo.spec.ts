import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import { TcpEcho } from './tcp.echo.js';

describe(TcpEcho.name, () => {
  const never = new AbortController().signal;
  const target = { address: '127.0.0.1', family: 'ipv4' } as const;

  // 203.0.113.0/24 is for documentation (RFC 5737): nobody has an address of it.
  it('tells nothing of the target where no handshake has left the machine', async () => {
    const options = { count: 2, intervalMs: 1, port: 9, source: '203.0.113.9', principal: PRINCIPAL };
    await expect(new TcpEcho().echo(target, options, never, never)).rejects.toMatchObject({
      code: 'tool_failed',
      message: 'No handshake with 127.0.0.1 could be begun: EADDRNOTAVAIL.',
    });
  });

  it('has an answer in a reset', async () => {
    const options = { count: 1, intervalMs: 1, port: 9, principal: PRINCIPAL };
    const { requests } = await new TcpEcho().echo(target, options, never, never);
    expect(requests).toMatchObject([{ pending: false, replies: [{ notes: ['refused'] }] }]);
  });
});
