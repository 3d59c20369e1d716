import { PRODUCT } from '../../core/product.js';
import { META } from './meta-keys.js';
import { TASKS_EXTENSION } from './tasks-extension.js';

export const SERVER_INFO = { name: PRODUCT.name, title: PRODUCT.title, version: PRODUCT.version } as const;

const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  prompts: { listChanged: true },
  completions: {},
} as const;

/** What a handshake announces. */
export const LEGACY_CAPABILITIES = { ...CAPABILITIES, logging: {} } as const;

/** What `server/discover` announces. */
export const MODERN_CAPABILITIES = {
  ...CAPABILITIES,
  logging: {},
  extensions: { [TASKS_EXTENSION]: {} },
} as const;

export const INSTRUCTIONS =
  'Network diagnostics of the host that runs this server: interfaces, routes, connections, ping and traceroute. ' +
  'Every result names its vantage point. Start with network_interfaces and network_route_table to learn the topology, ' +
  'then probe with network_ping and network_traceroute. For one destination ask network_route_lookup, for hanging ' +
  'connections network_path_mtu, for loss network_interface_stats and network_socket_stats. Look into services with ' +
  'network_dns_lookup, network_port_check, network_tls_inspect and network_http_probe.';

/** What every result of revision 2026-07-28 carries besides its own members. */
export const MODERN_META = { [META.serverInfo]: SERVER_INFO } as const;
