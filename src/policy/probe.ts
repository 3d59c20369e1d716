import type { Principal } from '../core/principal.js';

/** One thing that a tool is about to contact, by the address that it will use and no other. */
export interface Probe {
  readonly tool: string;
  readonly principal: Principal;
  /** What the caller asked for: a name, or the address itself. */
  readonly host: string;
  /** An IP address in the form of RFC 5952 or dotted decimal; IPv6 may carry a zone. */
  readonly address: string;
  /** Absent for ICMP and for questions to this host about an address. */
  readonly port?: number;
  readonly transport: 'icmp' | 'tcp' | 'udp' | 'none';
  /** A handshake in the place of an echo request, with a port that the caller has not chosen. */
  readonly isEcho?: boolean;
}
