import { mtuIn } from './path-mtu.prober.js';
import { parseTracepath } from './tracepath.parser.js';

describe(parseTracepath, () => {
  it('reads what tracepath of iputils 20221126 prints', () => {
    const stdout = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.1.0.2                                              0.080ms 
 1:  10.1.0.2                                              0.015ms 
 2:  10.1.0.2                                              0.015ms pmtu 1300
 2:  10.2.0.2                                              0.030ms reached
     Resume: pmtu 1300 hops 2 back 2 
`;
    expect(parseTracepath(stdout)).toEqual({
      reached: true,
      mtu: 1300,
      limitedBy: [{ address: '10.1.0.2', mtu: 1300 }],
      refusal: null,
    });
  });

  it('reads that the target was not reached', () => {
    const stdout = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.1.0.2                                              0.080ms !H
     Resume: pmtu 1500 
`;
    expect(parseTracepath(stdout)).toMatchObject({ reached: false, mtu: 1500, limitedBy: [], refusal: '!H' });
  });
});

describe(`${parseTracepath.name}, cut off anywhere`, () => {
  const STDOUT =
    ' 1?: [LOCALHOST]  pmtu 1500\n 1:  10.1.0.2  0.080ms pmtu 1300\n 2:  10.2.0.2  0.030ms reached\n';

  it('tells no size that nobody has said', () => {
    const all = Array.from(STDOUT, (_character, length) => parseTracepath(STDOUT.slice(0, length)));
    expect(new Set(all.map(({ mtu }) => mtu))).toEqual(new Set([null, 1500, 1300]));
    expect(
      new Set(all.flatMap(({ limitedBy }) => limitedBy.map(({ address, mtu }) => `${address} ${mtu}`))),
    ).toEqual(new Set(['10.1.0.2 1300']));
  });

  it.each([' 1: 10.1.0.2 pmtu -5\n', ' 1: 10.1.0.2 pmtu abc\n', ' 1: pmtu pmtu\n', ' 1: 10.1.0.2 pmtu\n'])(
    'finds no size in %j',
    (stdout) => {
      expect(parseTracepath(stdout)).toMatchObject({ mtu: null, limitedBy: [] });
    },
  );
});

describe(mtuIn, () => {
  it.each([
    ['Frag needed and DF set (mtu = 1300)', 1300],
    ['Packet too big: mtu=1280', 1280],
    ['ping: local error: message too long, mtu=1300', 1300],
    ['Frag needed and DF set', 0],
    ['Destination Host Unreachable', null],
  ])('%s', (message, mtu) => {
    expect(mtuIn(message)).toBe(mtu);
  });
});
