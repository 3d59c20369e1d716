// An MCP server over stdio whose tools take and give much: swallow anything, and gush a text of so many characters; pour
// is another name of gush, for an answer that is cached. With DENSE_TOOLS it has so many more, each with so many values as
// DENSE_VALUES says: few characters, and an object for each.
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

const { DENSE_TOOLS = '0', DENSE_VALUES = '0' } = process.env;
const values = Array.from({ length: Number(DENSE_VALUES) }, () => ({}));
const dense = Array.from({ length: Number(DENSE_TOOLS) }, (_, index) => ({
  name: `dense-${index}`,
  description: 'Takes one of many.',
  inputSchema: { type: 'object', properties: { value: { enum: [{ index }, ...values] } } },
}));
/** A few on each page: a message has its own bound. */
const PAGE = 4;

function toolsFrom(at) {
  const nextCursor = at + PAGE < dense.length ? { nextCursor: `${at + PAGE}` } : {};
  return { tools: [...(at === 0 ? listed : []), ...dense.slice(at, at + PAGE)], ...nextCursor };
}

function answer({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'greedy', version: '1.0.0' },
      };
    case 'tools/list':
      return toolsFrom(Number(params?.cursor ?? 0));
    case 'tools/call':
      return (tools[params.name] ?? tools.swallow)(params.arguments ?? {});
    default:
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id !== undefined && message.method !== undefined)
    send({ id: message.id, result: answer(message) });
}
