import type { SocketQuery, SocketsReading } from '../connections/sockets.reading.js';
import type { FirewallQuery, FirewallReading } from '../firewall/firewall.reading.js';
import type {
  InterfaceStatsQuery,
  InterfaceStatsReading,
} from '../interface-stats/interface-stats.reading.js';
import type { InterfaceQuery, InterfacesReading } from '../interfaces/interfaces.reading.js';
import type { NeighborQuery, NeighborsReading } from '../neighbors/neighbors.reading.js';
import type { RouteQuery, RoutesReading } from '../routes/routes.reading.js';
import type { SocketStatsQuery, SocketStatsReading } from '../socket-stats/socket-stats.reading.js';
import type { SysctlQuery, SysctlReading } from '../sysctl/sysctl.reading.js';
import type { Failure, Outcome } from './outcome.js';
import type { SystemPaths } from './system-paths.js';
import type { ProgramEnd } from './table-reading.js';

/** The tables that are read in a thread: what can be asked of each, and what it answers. */
export interface Tables {
  readonly routes: { readonly query: RouteQuery; readonly answer: RoutesReading };
  readonly sockets: { readonly query: SocketQuery; readonly answer: SocketsReading };
  readonly interfaces: { readonly query: InterfaceQuery; readonly answer: InterfacesReading };
  readonly neighbors: { readonly query: NeighborQuery; readonly answer: NeighborsReading };
  readonly interfaceStats: { readonly query: InterfaceStatsQuery; readonly answer: InterfaceStatsReading };
  readonly firewall: { readonly query: FirewallQuery; readonly answer: FirewallReading };
  readonly sysctl: { readonly query: SysctlQuery; readonly answer: SysctlReading };
  readonly socketStats: { readonly query: SocketStatsQuery; readonly answer: SocketStatsReading };
}

export type TableName = keyof Tables;
export type Query = Tables[TableName]['query'];
export type Answer = Tables[TableName]['answer'];

type ReadOrder<N extends TableName> = N extends TableName
  ? {
      readonly table: N;
      readonly queries: readonly Tables[N]['query'][];
      readonly paths: SystemPaths;
    }
  : never;

/**
 * What the thread is told: to read a table once, for several queries; how a program fares; to tell the next outcome.
 */
export type TablesOrder =
  | ReadOrder<TableName>
  | { readonly text: string }
  | { readonly ended: ProgramEnd }
  | { readonly failure: Failure }
  | 'next';

/** What the thread tells: to run a program for it; that it has read; an outcome, in the order of the queries. */
export type TablesNews =
  | { readonly run: { readonly program: string; readonly args: readonly string[] } }
  | { readonly isRead: true }
  | { readonly outcome: Outcome<Answer> };
