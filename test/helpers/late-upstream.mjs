// An MCP server over stdio that reads nothing until the file of its argument is there, as one that is downloaded first.
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , sign] = process.argv;
while (!existsSync(sign)) await new Promise((resolve) => setTimeout(resolve, 5));
const tool = { name: 'pid', inputSchema: { type: 'object' } };
const results = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'late', version: '1' },
  },
  'tools/list': { tools: [tool] },
  'tools/call': { content: [{ type: 'text', text: String(process.pid) }] },
  ping: {},
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line);
  if (id === undefined) continue;
  const result = results[method];
  const answer = result === undefined ? { error: { code: -32601, message: 'not known' } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
}
