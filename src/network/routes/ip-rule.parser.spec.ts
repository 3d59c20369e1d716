import { MAX_RULES, rulesFromIp, tablesOf } from './ip-rule.parser.js';

const OWN = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n';

describe('rulesFromIp', () => {
  it('has nothing to say of the rules of every kernel', () => {
    expect(rulesFromIp(OWN, 'ipv4')).toEqual([]);
    expect(rulesFromIp(OWN.split('\n').slice(0, 2).join('\n'), 'ipv6')).toEqual([]);
  });

  it('lists all when there is another one', () => {
    const rules = rulesFromIp(
      `76:\tfrom all fwmark 0x10/0xff lookup vpn\n77:\tfrom 10.0.0.0/8 unreachable\n${OWN}`,
      'ipv4',
    );
    expect(rules).toHaveLength(5);
    expect(rules[0]).toEqual({
      family: 'ipv4',
      priority: 76,
      rule: 'from all fwmark 0x10/0xff lookup vpn',
      table: 'vpn',
    });
    expect(rules[1]).toMatchObject({ rule: 'from 10.0.0.0/8 unreachable', table: null });
    expect(tablesOf(rules)).toEqual(['vpn']);
  });

  it('lists all when one of the own is gone', () => {
    expect(rulesFromIp('0:\tfrom all lookup local\n', 'ipv4')).toHaveLength(1);
  });

  it('lists no more than its bound', () => {
    const many = Array.from({ length: MAX_RULES + 1 }, (_, index) => `${index + 1}:\tfrom all lookup 7`);
    expect(rulesFromIp(many.join('\n'), 'ipv4')).toHaveLength(MAX_RULES);
  });
});
