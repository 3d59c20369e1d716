import type { Json } from './mcp-requests.js';

/** A call of each of the server's own tools that needs nothing but this machine, ordered by name. */
export const NATIVE_CALLS: Readonly<Record<string, Json>> = {
  network_connections: { limit: 1 },
  network_dns_lookup: { name: 'localhost', server: '127.0.0.1' },
  network_firewall: { limit: 1 },
  network_http_probe: { url: 'http://127.0.0.1:9/' },
  network_interface_stats: { name: 'lo', seconds: 1 },
  network_interfaces: { name: 'lo' },
  network_neighbors: { limit: 1 },
  network_path_mtu: { target: '127.0.0.1' },
  network_ping: { target: '127.0.0.1', method: 'tcp', port: 9, count: 1 },
  network_port_check: { target: '127.0.0.1', ports: '9' },
  network_route_lookup: { target: '127.0.0.1' },
  network_route_table: { limit: 1 },
  network_socket_stats: { seconds: 1 },
  network_sysctl: { limit: 1 },
  network_tls_inspect: { target: '127.0.0.1', port: 9 },
  network_traceroute: { target: '127.0.0.1' },
  policy_explain: { tool: 'network_ping', arguments: { target: '127.0.0.1' } },
};
