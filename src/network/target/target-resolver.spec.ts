import { getEventListeners } from 'node:events';
import type { HostLookup } from '../../core/names/host-lookup.port.js';
import { TargetResolver } from './target-resolver.js';

const answering =
  (...addresses: string[]): HostLookup =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address })));

const failing =
  (code: string): HostLookup =>
  () =>
    Promise.reject(Object.assign(new Error(code), { code }));

const silent: HostLookup = () => new Promise(() => {});

describe(TargetResolver.name, () => {
  const { signal } = new AbortController();

  it('does not look up what is an address already', async () => {
    const sut = new TargetResolver(failing('ENOTFOUND'));
    expect(await sut.resolve('fe80::1%eth0', signal)).toEqual({ address: 'fe80::1%eth0', family: 'ipv6' });
  });

  it.each([
    [['192.0.2.7', '2001:db8::7'], { address: '192.0.2.7', family: 'ipv4' }],
    [['2001:db8::7', '192.0.2.7'], { address: '2001:db8::7', family: 'ipv6' }],
    [['::ffff:192.0.2.7'], { address: '192.0.2.7', family: 'ipv4' }],
  ])('takes the first of %j', async (addresses, expected) => {
    expect(await new TargetResolver(answering(...addresses)).resolve('host.example', signal)).toEqual(
      expected,
    );
  });

  it.each([
    ['ENOTFOUND', 'There is no address for the name "host.example".'],
    ['EAI_AGAIN', 'The name server did not answer for "host.example" (EAI_AGAIN).'],
    ['EAI_FAIL', 'The name "host.example" could not be resolved (EAI_FAIL).'],
  ])('explains %s', async (reason, message) => {
    await expect(new TargetResolver(failing(reason)).resolve('host.example', signal)).rejects.toMatchObject({
      code: 'host_not_found',
      message,
      mend: expect.stringContaining('IP address') as string,
      data: { host: 'host.example', reason },
    });
  });

  it('explains a name that exists without an address', async () => {
    await expect(new TargetResolver(answering()).resolve('host.example', signal)).rejects.toMatchObject({
      code: 'host_not_found',
      data: { host: 'host.example', reason: 'ENODATA' },
    });
  });

  it('stops waiting when the call is cancelled, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const resolving = new TargetResolver(silent).resolve('host.example', controller.signal);
    controller.abort(reason);
    await expect(resolving).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('leaves no listener behind after an answer', async () => {
    const controller = new AbortController();
    await new TargetResolver(answering('192.0.2.7')).resolve('host.example', controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
