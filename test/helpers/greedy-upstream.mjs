// An MCP server over stdio whose tools take and give much: swallow anything, and gush a text of so many characters; pour
// is another name of gush, for an answer that is cached.
import { createInterface } from 'node:readline';

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (value) => ({ content: [{ type: 'text', text: value }] });

// One character outside Latin-1 makes every one take two bytes in memory.
const gush = ({ length }) => text(`${'x'.repeat(length - 2)}ā`);
const tools = { swallow: () => text('swallowed'), gush, pour: gush };

const inputSchema = { type: 'object' };
const listed = [
  { name: 'swallow', description: 'Takes anything.', inputSchema },
  { name: 'gush', description: 'Gives much.', inputSchema, execution: { taskSupport: 'optional' } },
  { name: 'pour', description: 'Gives much.', inputSchema },
];

function answer({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'greedy', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: listed };
    case 'tools/call':
      return tools[params.name](params.arguments ?? {});
    default:
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id !== undefined && message.method !== undefined)
    send({ id: message.id, result: answer(message) });
}
