import { type Flow, parseRule } from './rule-selector.js';

const FLOW: Flow = { address: '10.8.1.1', iif: 'lo', mark: 0, uid: 1000 };

describe(parseRule, () => {
  it.each<[string, Partial<Flow>, boolean | null]>([
    ['from all lookup main', {}, true],
    ['from 10.9.0.0/16 lookup 100', {}, false],
    ['from 10.9.0.0/16 lookup 100', { from: '10.9.1.1' }, true],
    ['from all to 10.8.0.0/16 lookup 100', {}, true],
    ['from all to 10.7.0.0/16 lookup 100', {}, false],
    ['from all fwmark 0x1 lookup 100', { mark: 1 }, true],
    ['from all fwmark 0x1 lookup 100', { mark: 0x101 }, false],
    ['from all fwmark 0x1/0xff lookup 100', { mark: 0x101 }, true],
    ['from all fwmark 0x80000000/0x80000000 lookup 100', { mark: 0xffffffff }, true],
    ['from all iif eth0 lookup 100', {}, false],
    ['from all iif lo lookup 100', {}, true],
    ['from all iif eth0 [detached] lookup 100', { iif: 'eth0' }, false],
    ['from all oif eth0 lookup 100', { oif: 'eth0' }, true],
    ['from all uidrange 0-10 lookup 100', {}, false],
    ['from all uidrange 1000-1000 lookup 100', {}, true],
    ['from all ipproto tcp dport 80-90 lookup 100', { protocol: 'tcp', destinationPort: 85 }, true],
    ['from all ipproto tcp dport 80-90 lookup 100', { protocol: 'tcp' }, false],
    ['from all ipproto udp sport 53 lookup 100', { protocol: 'udp', sourcePort: 53 }, true],
    ['not from 10.9.0.0/16 to 10.8.0.0/16 iif eth0 unreachable', {}, true],
    ['not from all to 10.8.0.0/16 unreachable', {}, false],
    ['from all tun_id 7 lookup 100', {}, null],
    ['from all lookup main proto kernel', {}, true],
  ])('%s, of %j', (rule, flow, fits) => {
    expect(parseRule(rule).fits({ ...FLOW, ...flow })).toBe(fits);
  });

  it.each([
    ['from all lookup 100', { lookup: '100', suppressPrefixLength: undefined }],
    ['from all lookup main suppress_prefixlength 0', { lookup: 'main', suppressPrefixLength: 0 }],
    ['from all unreachable', { verdict: 'unreachable' }],
    ['from all blackhole', { verdict: 'blackhole' }],
    ['from all goto 500', { goto: 500 }],
    ['from all nop', 'nothing'],
  ])('%s does as it says', (rule, action) => {
    expect(parseRule(rule).action).toEqual(action);
  });
});
