import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';

export const DEFAULT_LIMIT = 1000;
export const MAX_LIMIT = 2000;

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

const ENDPOINT_SCHEMA = z.object({
  address: z.string().describe('IP address; 0.0.0.0 or :: for every address of the machine.'),
  port: z.int().describe('Port number.'),
});

const OWNER_SCHEMA = z.object({
  pid: z.int().describe('Process id, as this server sees it.'),
  name: z.string().describe('Name of the process.'),
  fd: z.int().describe('File descriptor of the socket in the process.'),
});

const CONNECTION_SCHEMA = z.object({
  protocol: z.enum(PROTOCOLS).describe('Transport protocol.'),
  family: z
    .enum(FAMILIES)
    .describe('Address family of the socket; an ipv6 socket may carry IPv4, with ::ffff: addresses.'),
  state: z.enum(STATES).describe('State of the connection; LISTEN and UNCONNECTED sockets wait for peers.'),
  local: ENDPOINT_SCHEMA.describe('This end.'),
  peer: ENDPOINT_SCHEMA.nullable().describe('The other end; null while there is none.'),
  zone: z
    .string()
    .nullable()
    .describe('Interface of a link-local address; null for others or when ambiguous.'),
  receiveQueue: z
    .int()
    .describe(
      'Bytes received that the process has not read; for LISTEN, connections that it has not accepted.',
    ),
  sendQueue: z
    .int()
    .nullable()
    .describe(
      'Bytes that the peer has not acknowledged; null for LISTEN, whose backlog procfs does not tell.',
    ),
  uid: z.int().describe('User id of the owner; 0 also for TIME_WAIT, which has no owner any more.'),
  processes: z
    .array(OWNER_SCHEMA)
    .describe('The processes that hold the socket; empty when none or not permitted.'),
});

export const CONNECTIONS_INPUT = z.strictObject({
  protocol: z.enum(PROTOCOLS).optional().describe('Only this transport protocol; both when left out.'),
  family: z.enum(FAMILIES).optional().describe('Only sockets of this address family; both when left out.'),
  state: z.enum(STATES).optional().describe('Only sockets in this state; every state when left out.'),
  limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('Most sockets to list.'),
});

export const CONNECTIONS_OUTPUT = z.object({
  connections: z
    .array(CONNECTION_SCHEMA)
    .describe('TCP before UDP, IPv4 before IPv6, in the order of the kernel.'),
  total: z.int().describe('Number of sockets that match, listed or not.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  ownersUnknown: z
    .int()
    .describe('Listed sockets that belong to a process which this server is not permitted to see.'),
  vantage: VANTAGE_SCHEMA,
});

export type Protocol = (typeof PROTOCOLS)[number];
export type ConnectionState = (typeof STATES)[number];
export type SocketOwner = z.infer<typeof OWNER_SCHEMA>;
export type Connection = z.infer<typeof CONNECTION_SCHEMA>;
export type ConnectionsInput = z.infer<typeof CONNECTIONS_INPUT>;
export type ConnectionsReport = z.infer<typeof CONNECTIONS_OUTPUT>;
