import { hasReached, parseTracerouteHop, type TracerouteHop } from './traceroute.parser.js';

const probe = (address: string, ms: number, annotation: string | null = null): object => ({
  address,
  ms,
  annotation,
});

/**
 * Output of traceroute 2.1.2, captured in network namespaces; the lines with several routers, `!X`, `!F` and `!<10>`
 * are made after its source.
 */
describe('parseTracerouteHop', () => {
  it.each([
    [
      ' 1  10.1.0.2  0.037 ms  0.005 ms  0.004 ms',
      1,
      [probe('10.1.0.2', 0.037), probe('10.1.0.2', 0.005), probe('10.1.0.2', 0.004)],
    ],
    [
      ' 2  fd02::2  0.015 ms  0.007 ms  0.006 ms',
      2,
      [probe('fd02::2', 0.015), probe('fd02::2', 0.007), probe('fd02::2', 0.006)],
    ],
    ['30  * * *', 30, [null, null, null]],
    [
      ' 1  10.1.0.2  0.033 ms !H  0.002 ms !H *',
      1,
      [probe('10.1.0.2', 0.033, '!H'), probe('10.1.0.2', 0.002, '!H'), null],
    ],
    [
      ' 1  fd01::2  0.029 ms !N  0.006 ms !N  0.005 ms !N',
      1,
      [probe('fd01::2', 0.029, '!N'), probe('fd01::2', 0.006, '!N'), probe('fd01::2', 0.005, '!N')],
    ],
    [
      // Several routers share the load.
      ' 5  192.0.2.1  8.1 ms 192.0.2.9  9.2 ms 192.0.2.1  8.3 ms',
      5,
      [probe('192.0.2.1', 8.1), probe('192.0.2.9', 9.2), probe('192.0.2.1', 8.3)],
    ],
    [' 3  * 192.0.2.1  8.1 ms !X *', 3, [null, probe('192.0.2.1', 8.1, '!X'), null]],
    [
      ' 4  192.0.2.1  8.1 ms !F-1400  8.2 ms !<10>  8.3 ms',
      4,
      [probe('192.0.2.1', 8.1, '!F-1400'), probe('192.0.2.1', 8.2, '!<10>'), probe('192.0.2.1', 8.3)],
    ],
    [' 1  fe80::1%eth0  0.2 ms  0.1 ms *', 1, [probe('fe80::1%eth0', 0.2), probe('fe80::1%eth0', 0.1), null]],
  ])('reads %j', (line, ttl, probes) => {
    expect(parseTracerouteHop(line)).toEqual({ ttl, probes });
  });

  it.each(['traceroute to 10.2.0.2 (10.2.0.2), 30 hops max, 60 byte packets', ''])('refuses %j', (line) => {
    expect(parseTracerouteHop(line)).toBeNull();
  });
});

describe('hasReached', () => {
  const hops = ['1  10.1.0.2  0.1 ms * *', '2  * 10.2.0.2  0.2 ms *']
    .map(parseTracerouteHop)
    .filter((hop): hop is TracerouteHop => hop !== null);

  it('looks for an answer from the target itself', () => {
    expect(hasReached(hops, '10.2.0.2')).toBe(true);
    expect(hasReached(hops.slice(0, 1), '10.2.0.2')).toBe(false);
    expect(hasReached([], '10.2.0.2')).toBe(false);
  });
});
