/** Who asks for what, and the rule that denies it. */
export type PolicyCase = readonly [
  rule: string,
  args: PolicyArgs,
  how?: { tool?: string; key?: 'ops' | 'guest' },
];
export type PolicyArgs = Record<string, unknown>;

export const TRACE = { tool: 'network_traceroute' };
export const GUEST = { key: 'guest' } as const;
export const tcp = (target: string, port = 443): PolicyArgs => ({ target, method: 'tcp', port, count: 1 });
export const icmp = (target: string): PolicyArgs => ({ target, count: 1 });
/** What names stand for; those of the second list one after the other, at each look-up the next. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['192.0.2.1'],
  'metadata.example': ['169.254.169.254'],
  // The end of a chain of CNAMEs is all that a look-up gives.
  'alias.example': ['10.20.3.4'],
  'mixed.example': ['169.254.169.254', '2001:db8::1'],
  'mixed4.example': ['192.0.2.1', '2001:db8:20::1'],
  'vault.example': ['192.0.2.2'],
  'a.b.secret.example': ['192.0.2.3'],
  localhost: ['127.0.0.1'],
  'own.example': ['127.0.0.1'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'nat64.example': ['64:ff9b::a9fe:a9fe'],
};

/** @param port one of this host that a rule opens; @param ops, guest the keys that the rules speak of */
export const policyRules = (port: number, ops: string, guest: string): string => `
rules:
  - { name: payments, action: deny, addresses: [10.20.0.0/16, '2001:db8:20::/48'] }
  - { name: by-name, action: deny, names: [vault.example, '*.secret.example'] }
  - { name: no-traces-for-guests, action: deny, tools: [network_trace*], keys: [${guest}] }
  - { name: not-for-operators, action: deny, addresses: [198.51.100.7], scopes: [admin] }
  - { name: no-dns, action: deny, ports: [53], keys: [${guest}] }
  - { name: by-id, action: deny, addresses: [198.51.100.8], keys: ['key:guest'] }
  - { name: own-service, action: allow, addresses: [127.0.0.1], ports: [${port}], keys: [${ops}], lifts: [this-host] }
  - { name: too-wide, action: allow, addresses: [0.0.0.0/0, '::/0'], keys: [${ops}] }
  - { name: no-old-ports, action: deny, ports: [22, 8000-8100] }
`;

export const DENIED: readonly PolicyCase[] = [
  // Cloud metadata, in every spelling that is an address.
  ['metadata', icmp('169.254.169.254')],
  ['metadata', tcp('169.254.169.254', 80)],
  ['metadata', { target: '169.254.169.254' }, TRACE],
  ['metadata', icmp('::ffff:169.254.169.254')],
  ['metadata', icmp('::ffff:a9fe:a9fe')],
  ['metadata', icmp('0:0:0:0:0:FFFF:A9FE:A9FE')],
  ['metadata', icmp('64:ff9b::169.254.169.254')],
  ['metadata', icmp('64:ff9b::a9fe:a9fe')],
  ['metadata', icmp('64:ff9b:1::a9fe:a9fe')],
  ['metadata', icmp('64:ff9b:1:a9fe:a9:fe00::')],
  ['metadata', icmp('2002:a9fe:a9fe::1')],
  ['metadata', icmp('2001:0:c000:201::5601:5601')],
  ['metadata', icmp('fe80::5efe:a9fe:a9fe%lo')],
  ['metadata', icmp('fd00:ec2::254')],
  ['metadata', icmp('FD00:0EC2:0:0::0254')],
  ['metadata', icmp('fd20:ce::254')],
  ['metadata', icmp('169.254.170.2')],
  ['metadata', icmp('100.100.100.200')],
  ['metadata', tcp('168.63.129.16', 80)],
  ['metadata', icmp('192.0.0.192')],
  ['metadata', icmp('metadata.example')],
  ['metadata', icmp('METADATA.example.')],
  ['metadata', icmp('mapped.example')],
  ['metadata', icmp('nat64.example')],
  ['metadata', { target: 'metadata.example' }, TRACE],
  ['metadata', icmp('mixed.example')],
  ['metadata', { ...icmp('mixed.example'), fallback: true }],
  ['metadata', { target: 'mixed.example', fallback: true }, TRACE],
  ['metadata', { ...icmp('mixed.example'), family: 'ipv4' }],
  // Nobody, and everybody.
  ['multicast', icmp('224.0.0.1')],
  ['multicast', icmp('239.255.255.250')],
  ['multicast', icmp('255.255.255.255')],
  ['multicast', icmp('ff02::1%lo')],
  ['multicast', icmp('64:ff9b::e000:1')],
  ['reserved', icmp('0.0.0.0')],
  ['reserved', tcp('0.0.0.0', 80)],
  ['reserved', icmp('::')],
  ['reserved', icmp('::ffff:0.0.0.0')],
  ['reserved', icmp('240.0.0.1')],
  ['reserved', icmp('0.1.2.3')],
  // Ports of this host.
  ['this-host', tcp('127.0.0.1')],
  ['this-host', tcp('127.255.255.254')],
  ['this-host', tcp('::1')],
  ['this-host', tcp('::ffff:127.0.0.1')],
  ['this-host', tcp('64:ff9b::7f00:1')],
  ['this-host', tcp('2002:7f00:1::')],
  ['this-host', tcp('localhost.')],
  ['this-host', tcp('own.example')],
  ['this-host', tcp('127.0.0.1', 1), GUEST],
  ['this-host', { ...icmp('127.0.0.1'), port: 1 }, GUEST],
  ['this-host', { target: '127.0.0.1', method: 'tcp', port: 1 }, TRACE],
  ['link-local', tcp('169.254.3.4')],
  ['link-local', tcp('fe80::1234%lo')],
  // Rules of the file.
  ['payments', icmp('10.20.0.1')],
  ['payments', icmp('10.20.255.255')],
  ['payments', icmp('2001:db8:20::1')],
  ['payments', icmp('64:ff9b::a14:1')],
  ['payments', icmp('::ffff:10.20.0.1')],
  ['payments', icmp('alias.example')],
  ['payments', { ...icmp('mixed4.example'), family: 'ipv6' }],
  ['by-name', icmp('vault.example')],
  ['by-name', icmp('VAULT.EXAMPLE.')],
  ['by-name', icmp('a.b.secret.example')],
  ['not-for-operators', icmp('198.51.100.7')],
  ['by-id', icmp('198.51.100.8'), GUEST],
  ['no-traces-for-guests', { target: '192.0.2.1' }, { ...TRACE, ...GUEST }],
  ['no-old-ports', tcp('192.0.2.1', 22), GUEST],
  ['no-old-ports', tcp('192.0.2.1', 8050), GUEST],
];
