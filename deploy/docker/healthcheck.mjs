// The health check of the container: exit code 0 while the server wants traffic.
const { MCP_PORT = '8000', BIND_IP = '0.0.0.0' } = process.env;
const everywhere = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
const host = everywhere[BIND_IP] ?? (BIND_IP.includes(':') ? `[${BIND_IP}]` : BIND_IP);
try {
  const { ok } = await fetch(`http://${host}:${MCP_PORT}/health/ready`, {
    signal: AbortSignal.timeout(4000),
  });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}
