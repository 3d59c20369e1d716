// A plain Express 5 handler that does the same JSON work as the echo tool, with no guard at all.
import express from 'express';

const app = express();
app.use(express.json());
app.post('/mcp', (request, response) => {
  const { id, params } = request.body;
  const { text } = params.arguments;
  response.json({
    jsonrpc: '2.0',
    id,
    result: { content: [{ type: 'text', text }], structuredContent: { text } },
  });
});
app.listen(Number(process.env.MCP_PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
