/** Bits of `net_device.flags` (include/uapi/linux/if.h), under the names that iproute2 gives them, in its order. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
];

/** Link types (include/uapi/linux/if_arp.h), under iproute2's names. */
const LINK_TYPES: Readonly<Record<string, string>> = {
  '1': 'ether',
  '32': 'infiniband',
  '512': 'ppp',
  '519': 'rawip',
  '768': 'ipip',
  '769': 'tunnel6',
  '772': 'loopback',
  '776': 'sit',
  '778': 'gre',
  '801': 'ieee802.11',
  '823': 'gre6',
  '65534': 'none',
};

/**
 * The flags of an interface from what sysfs has: its own bits, and the ones that the kernel works out on request.
 *
 * @param bits - /sys/class/net/<name>/flags.
 * @param carrier - /sys/class/net/<name>/carrier; `null` while the interface is down.
 */
export function interfaceFlags(bits: number, carrier: string | null, operstate: string): string[] {
  const own = FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  const isUp = own.includes('UP');
  const isRunning = operstate === 'up' || operstate === 'unknown';
  return [
    ...(isUp && !isRunning ? ['NO-CARRIER'] : []),
    ...own,
    ...(isUp && carrier === '1' ? ['LOWER_UP'] : []),
  ];
}

/** iproute2's name of a link type, or the number in brackets, as there, when it has none. */
export function linkTypeName(number: string): string {
  return LINK_TYPES[number] ?? `[${number}]`;
}
