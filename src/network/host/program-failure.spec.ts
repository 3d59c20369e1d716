import { exitFailure, startFailure } from './program-failure.js';

describe('startFailure', () => {
  it.each([
    ['ip', 'iproute2'],
    ['ping', 'iputils-ping'],
    ['traceroute', 'traceroute'],
  ])('names the package of %s', (program, name) => {
    expect(startFailure(program, { code: 'ENOENT' })).toMatchObject({
      code: 'missing_binary',
      mend: `Install it there (Debian, Ubuntu: apt-get install ${name}).`,
      data: { program, package: name },
    });
  });

  // EPERM: a file capability that the bounding set of a container lacks.
  it.each(['EPERM', 'EACCES'])('takes %s for a missing privilege', (code) => {
    const failure = startFailure('ping', { code });
    expect(failure.code).toBe('permission_denied');
    expect(failure.message).toContain(code);
    expect(failure.mend).toContain('CAP_NET_RAW');
  });

  it('does not guess about other codes', () => {
    expect(startFailure('ping', { code: 'EMFILE' })).toMatchObject({
      code: 'tool_failed',
      message: 'The program "ping" could not be started (EMFILE).',
    });
  });
});

describe('exitFailure', () => {
  it('explains the three ways to the privilege of ping', () => {
    const stderr =
      'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\nping: => missing cap_net_raw+p capability or setuid?\n';
    const failure = exitFailure('ping', stderr, '192.0.2.1');
    expect(failure.code).toBe('permission_denied');
    expect(failure.message).toContain('"ping: socket: Operation not permitted"');
    expect(failure.mend).toMatch(/ping_group_range.*setcap cap_net_raw\+ep.*AmbientCapabilities=CAP_NET_RAW/);
  });

  it('takes a closed netlink for a missing privilege', () => {
    const stderr = 'Cannot open netlink socket: Address family not supported by protocol\n';
    expect(exitFailure('ip', stderr)).toMatchObject({
      code: 'permission_denied',
      mend: expect.stringContaining('RestrictAddressFamilies') as string,
    });
  });

  it.each([
    ['ping', 'ping: connect: Network is unreachable\n'],
    ['ping', 'ping: connect: No route to host\n'],
    ['traceroute', '\nconnect: Network is unreachable\n'],
  ])('says for %s that there is no route', (program, stderr) => {
    expect(exitFailure(program, stderr, '192.0.2.1')).toMatchObject({
      code: 'tool_failed',
      message: `There is no route to 192.0.2.1 (${program}: "${stderr.trim()}").`,
    });
  });

  it.each([
    ['ping', 'ping: socket: Address family not supported by protocol\n'],
    ['ping', 'ping: fd03::2: Address family for hostname not supported\n'],
    ['traceroute', 'socket: Address family not supported by protocol\n'],
  ])('says for %s that the kernel has no IPv6: %j', (program, stderr) => {
    expect(exitFailure(program, stderr, 'fd03::2')).toMatchObject({
      code: 'not_supported',
      message: `The kernel where the server runs has no IPv6 for fd03::2 (${program}: "${stderr.trim()}").`,
    });
  });

  it.each([
    ['ping: connect: Permission denied\n', 'prohibit route'],
    [
      'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n',
      'broadcast address',
    ],
    ['\nconnect: Invalid argument\n', 'needs its zone'],
  ])('does not take %j for a missing privilege', (stderr, mend) => {
    const failure = exitFailure('ping', stderr, '192.0.2.1');
    expect(failure.code).toBe('tool_failed');
    expect(failure.mend).toContain(mend);
  });

  it('quotes the first line of anything else, bounded', () => {
    expect(exitFailure('ping', `ping: ${'x'.repeat(1000)}\nmore`, '::1').message).toBe(
      `ping failed for ::1: "ping: ${'x'.repeat(194)}...".`,
    );
    expect(exitFailure('ip', '').message).toBe('ip failed: it gave no reason.');
  });
});
