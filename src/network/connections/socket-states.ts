export const PROTOCOLS = ['tcp', 'udp'] as const;

/** The TCP states under the kernel's names for those of RFC 9293, and UNCONNECTED for UDP. */
export const STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'UNCONNECTED',
] as const;
