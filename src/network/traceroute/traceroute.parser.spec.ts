import { hasReached, lossPercentOf, loopsIn, respondersOf } from './trace.js';
import { parseTracerouteHop, type TracerouteHop } from './traceroute.parser.js';

const probe = (address: string, ms: number, annotation: string | null = null): object => ({
  address,
  ms,
  annotation,
  mpls: [],
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

  it.each([
    ...['1  192.0.2.1  0,123 ms', '1  192.0.2.1  NaN ms', '1  192.0.2.1  1.2.3ms', '1  192.0.2.1  0.12'],
    ...['1  2130706433  0.1 ms', '1  (192.0.2.1)  0.1 ms'],
  ])('reads no answer from %j', (line) => {
    expect(parseTracerouteHop(line)).toBeNull();
  });

  it('reads a time from before a clock was set', () => {
    expect(parseTracerouteHop('1  192.0.2.1  -0.123 ms')!.probes).toMatchObject([{ ms: -0.123 }]);
  });

  it.each(['traceroute to 10.2.0.2 (10.2.0.2), 30 hops max, 60 byte packets', ''])('refuses %j', (line) => {
    expect(parseTracerouteHop(line)).toBeNull();
  });
});

describe('The variants of traceroute', () => {
  it.each([
    ['  1   10.81.0.1  0.036ms  0.049ms  0.030ms ', [0.036, 0.049, 0.03]],
    [' 1  10.81.0.1  0.036 ms  0.049 ms  0.030 ms', [0.036, 0.049, 0.03]],
    ['  2   *  *  * ', [undefined, undefined, undefined]],
    [' 2  *  10.81.0.2  0.156 ms  *', [undefined, 0.156, undefined]],
  ])('are read: %j', (line, times) => {
    expect(parseTracerouteHop(line)?.probes.map((one) => one?.ms)).toEqual(times);
  });

  it.each([
    ['  3   10.81.0.3  0.034ms !H  0.033ms !H  0.039ms !H ', ['!H', '!H', '!H']],
    [' 3  10.80.0.49  0.028 ms !A  0.004 ms !A  0.035 ms', ['!A', '!A', null]],
    // A time to live of 1 in an arrival.
    [' 3  10.80.0.49  0.028 ms !  0.004 ms !  0.035 ms !', [null, null, null]],
  ])('keep their marks: %j', (line, marks) => {
    expect(parseTracerouteHop(line)?.probes.map((one) => one?.annotation)).toEqual(marks);
  });

  it.each([
    ['<MPLS:L=24001,E=0,S=1,T=1>', [{ label: 24_001, ttl: 1 }]],
    [
      '<MPLS:L=3,E=0,S=0,T=2/L=24002,E=1,S=1,T=255>',
      [
        { label: 3, ttl: 2 },
        { label: 24_002, ttl: 255 },
      ],
    ],
  ])('keep labels: %s', (token, labels) => {
    const hop = parseTracerouteHop(` 1  10.81.0.1 ${token}  0.2 ms  0.1 ms 10.81.0.2  0.3 ms`);
    expect(hop?.probes.map((one) => one?.mpls)).toEqual([labels, labels, []]);
    expect(hop?.probes[2]?.address).toBe('10.81.0.2');
  });
});

describe('hasReached', () => {
  const trace = (...lines: string[]): TracerouteHop[] =>
    lines.map(parseTracerouteHop).filter((hop): hop is TracerouteHop => hop !== null);
  const silence = Array.from({ length: 29 }, (_, index) => `${index + 2}  * * *`);

  it.each([
    ['an answer of the target', ['1  10.1.0.2  0.1 ms * *', '2  * 10.2.0.2  0.2 ms *'], true],
    ['nothing', [], false],
    [
      'an answer from another of its addresses',
      ['1  10.1.0.2  0.1 ms', '2  10.3.0.148  0.1 ms  0.2 ms'],
      true,
    ],
    ['a mark of the target itself', ['1  10.1.0.2  0.1 ms', '2  10.2.0.2  0.1 ms !X  0.2 ms !X'], true],
    ['a mark of a router', ['1  10.1.0.2  0.1 ms', '2  10.1.0.9  0.1 ms !H  0.2 ms !H'], false],
    ['a mark of a router beside an answer of another', ['1  10.1.0.9  0.1 ms !H * 10.1.0.4  0.3 ms'], false],
    ['its address as a hop, and silence', ['1  10.2.0.2  7.749 ms  8.552 ms  9.127 ms', ...silence], false],
    [
      'its address in the middle, and a router',
      ['1  10.2.0.2  7 ms', '2  10.1.0.3  1 ms', ...silence.slice(1)],
      false,
    ],
    ['silence', ['1  * * *', ...silence], false],
    [
      'a router at the last hop that was to be tried',
      ['1  * * *', ...silence.slice(1), '30  10.1.0.9  1 ms'],
      false,
    ],
  ])('looks at the last hop: %s', (_name, lines, expected) => {
    expect(hasReached(trace(...lines), '10.2.0.2')).toBe(expected);
  });

  it('knows nothing of a trace that was cut off', () => {
    expect(hasReached(trace('1  10.1.0.2  0.1 ms'), '10.2.0.2', { ending: 'cut off' })).toBe(false);
  });
});

describe('A hop', () => {
  const hop = parseTracerouteHop(' 5  192.0.2.1  8 ms 192.0.2.9  9 ms 192.0.2.1  10 ms *')!;

  it('tells every responder, and the loss', () => {
    expect(respondersOf(hop)).toEqual([
      { address: '192.0.2.1', answers: 2, avgMs: 9 },
      { address: '192.0.2.9', answers: 1, avgMs: 9 },
    ]);
    expect(lossPercentOf(hop)).toBe(25);
  });

  it.each([
    [['1  192.0.2.1  1 ms', '2  192.0.2.2  1 ms', '3  192.0.2.1  1 ms'], ['192.0.2.1 (hops 1, 3)']],
    [['1  192.0.2.1  1 ms', '2  192.0.2.1  1 ms', '3  192.0.2.3  1 ms'], []],
    [['1  192.0.2.1  1 ms', '2  * * *', '3  192.0.2.3  1 ms'], []],
  ])('belongs to a loop or not: %j', (lines, loops) => {
    expect(loopsIn(lines.map((line) => parseTracerouteHop(line)!))).toEqual(loops);
  });
});
