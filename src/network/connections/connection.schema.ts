import { z } from 'zod';
import { FAMILIES } from '../host/kernel-address.js';
import { VANTAGE_SCHEMA } from '../host/vantage.js';
import {
  FIELDS_ECHO_SCHEMA,
  fieldsSchema,
  limitSchema,
  NEXT_OFFSET_SCHEMA,
  OFFSET_SCHEMA,
  ROWS_SCHEMA,
} from '../paging.js';
import { PROTOCOLS, STATES } from './socket-states.js';

const USUAL_LIMIT = 20;

const ENDPOINT_SCHEMA = z.object({
  address: z.string().describe('IP address; 0.0.0.0 or :: for every address of the machine.'),
  port: z.int().describe('Port number.'),
});

const OWNER_SCHEMA = z.object({
  pid: z.int().describe('Process id, as this server sees it.'),
  name: z
    .string()
    .nullable()
    .describe('Name of the process; null for callers without the scope network:host.'),
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
  backlog: z
    .int()
    .optional()
    .describe('Of LISTEN, most connections that may wait to be accepted. Left out when unknown.'),
  dualStack: z
    .boolean()
    .optional()
    .describe('Of an ipv6 socket that waits for peers, whether it takes IPv4 too. Left out when unknown.'),
  device: z
    .string()
    .optional()
    .describe('The interface that the socket is bound to. Left out when none or unknown.'),
});

export const CONNECTION_FIELDS = [
  'protocol',
  'family',
  'state',
  'local',
  'peer',
  'zone',
  'receiveQueue',
  'sendQueue',
  'uid',
  'processes',
  'backlog',
  'dualStack',
  'device',
] as const satisfies readonly (keyof z.infer<typeof CONNECTION_SCHEMA>)[];

const PORT = z.int().min(0).max(65535).optional();

export const CONNECTIONS_INPUT = z.strictObject({
  protocol: z.enum(PROTOCOLS).optional().describe('Only this transport protocol; both when left out.'),
  family: z.enum(FAMILIES).optional().describe('Only sockets of this address family; both when left out.'),
  state: z.enum(STATES).optional().describe('Only sockets in this state; every state when left out.'),
  localPort: PORT.describe('Only sockets with this port at this end.'),
  peerPort: PORT.describe('Only sockets with this port at the other end.'),
  address: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('An IP address, or a prefix in CIDR form: only sockets with such an address at either end.'),
  process: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Only sockets that a process of this name, or with this id, holds, as far as this server sees.',
    ),
  device: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only sockets that are bound to this interface, or to a link-local address of it.'),
  limit: limitSchema('sockets', USUAL_LIMIT),
  offset: OFFSET_SCHEMA,
  fields: fieldsSchema(CONNECTION_FIELDS, 'connections'),
});

export const CONNECTIONS_OUTPUT = z.object({
  connections: z
    .array(CONNECTION_SCHEMA)
    .describe('TCP before UDP, IPv4 before IPv6, in the order of the kernel.'),
  total: z.int().describe('Number of sockets that match, listed or not.'),
  states: z
    .array(
      z.object({
        state: z.enum(STATES).describe('State of the sockets.'),
        count: z.int().describe('How many there are in it.'),
      }),
    )
    .describe('The sockets that match by their state, listed or not; states that none is in are left out.'),
  truncated: z.boolean().describe('Whether the limit has cut the list.'),
  nextOffset: NEXT_OFFSET_SCHEMA,
  fields: FIELDS_ECHO_SCHEMA,
  rows: ROWS_SCHEMA,
  ownersUnknown: z
    .int()
    .describe('Listed sockets that belong to a process which this server is not permitted to see.'),
  namesNote: z.string().nullable().describe('Why names of processes are null; null when they are not.'),
  detailsNote: z
    .string()
    .nullable()
    .describe('Why backlog, dualStack and device are unknown here; null when they are known.'),
  vantage: VANTAGE_SCHEMA,
});

export type Protocol = (typeof PROTOCOLS)[number];
export type ConnectionState = (typeof STATES)[number];
/** As it was read, before it is known who asks. */
export type SocketOwner = z.infer<typeof OWNER_SCHEMA> & { readonly name: string };
export type StateCount = ConnectionsReport['states'][number];
export type Connection = z.infer<typeof CONNECTION_SCHEMA>;
export type ConnectionsInput = z.infer<typeof CONNECTIONS_INPUT>;
export type ConnectionsReport = z.infer<typeof CONNECTIONS_OUTPUT>;
