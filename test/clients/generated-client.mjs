// Generates a client from the OpenAPI document of a server, and calls tools with it: `node generated-client.mjs <calls>`,
// where <calls> is JSON: {url, key, out, calls: {tool: arguments}}. Prints {tool: {status, data, error}} as JSON.
import { createClient } from '@hey-api/openapi-ts';
import { join } from 'node:path';

const { url, key, out, calls } = JSON.parse(process.argv[2]);
const headers = { authorization: `Bearer ${key}` };
const document = await (await fetch(`${url}/openapi.json`, { headers })).json();
await createClient({
  input: document,
  output: { path: out, module: { extension: '.ts' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/sdk'],
  logs: { level: 'silent' },
});
const { client } = await import(join(out, 'client.gen.ts'));
const sdk = await import(join(out, 'sdk.gen.ts'));
client.setConfig({ baseUrl: url, headers });

/** The operation id as the generator writes it. */
const functionOf = (tool) => sdk[tool.replaceAll(/_(\w)/g, (_all, letter) => letter.toUpperCase())];

const answers = {};
for (const [tool, body] of Object.entries(calls)) {
  const { response, data, error } = await functionOf(tool)({ body });
  answers[tool] = { status: response.status, data, error };
}
process.stdout.write(JSON.stringify(answers));
