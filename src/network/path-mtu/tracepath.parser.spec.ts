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
