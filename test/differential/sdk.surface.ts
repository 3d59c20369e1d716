import {
  type CallToolResult,
  completable,
  type GetPromptResult,
  inputRequired,
  type InputRequiredResult,
  McpServer,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import * as surface from './surface.js';

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });
const userSays = (value: string): GetPromptResult => ({
  messages: [{ role: 'user', content: { type: 'text', text: value } }],
});
const described = <I>({ input, ...rest }: { input: I }): { inputSchema: I } => ({
  ...rest,
  inputSchema: input,
});

/** The surface as the official SDK offers it. It makes a server for each request. */
export function sdkSurface(): McpServer {
  const list = { ttlMs: surface.LIST_TTL_MS, cacheScope: 'private' } as const;
  const server = new McpServer(
    { name: 'oracle', title: 'Oracle', version: '1.0.0' },
    {
      instructions: 'An oracle.',
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
      cacheHints: {
        'tools/list': list,
        'prompts/list': list,
        'resources/list': list,
        'resources/templates/list': list,
        'server/discover': { ttlMs: surface.LIST_TTL_MS, cacheScope: 'public' },
      },
    },
  );
  addTools(server);
  addResources(server);
  // It announces subscriptions, and leaves them to its user.
  server.server.setRequestHandler('resources/subscribe', () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  addPrompts(server);
  return server;
}

function addTools(server: McpServer): void {
  const { ECHO, PLAIN, MEDIA, FAIL, BREAK, STEPS, LOG, ASK, REGION } = surface;
  const { output, ...echo } = ECHO;
  server.registerTool(ECHO.name, { ...described(echo), outputSchema: output }, (args) => ({
    ...text(args.text.repeat(args.count)),
    structuredContent: args,
  }));
  server.registerTool(PLAIN.name, described(PLAIN), () => text('plain'));
  server.registerTool(MEDIA.name, described(MEDIA), () => ({
    content: [{ type: 'image', data: surface.PIXEL, mimeType: 'image/png' }],
  }));
  server.registerTool(FAIL.name, described(FAIL), () => ({ ...text('It failed.'), isError: true }));
  server.registerTool(BREAK.name, described(BREAK), () => {
    throw new Error('broken');
  });
  server.registerTool(STEPS.name, described(STEPS), async (_args, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined) {
      for (const progress of [1, 2]) {
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 2 },
        });
      }
    }
    return text('done');
  });
  server.registerTool(LOG.name, described(LOG), async (_args, { mcpReq }) => {
    await mcpReq.log('debug', 'quiet');
    await mcpReq.log('warning', 'loud');
    return text('logged');
  });
  server.registerTool(ASK.name, described(ASK), (_args, { mcpReq }): CallToolResult | InputRequiredResult => {
    const name = mcpReq.inputResponses?.['name'] as { action?: string; content?: unknown } | undefined;
    if (name?.action !== undefined) return text(`${name.action} ${JSON.stringify(name.content)}`);
    const { message, requestedSchema } = surface.QUESTION;
    return inputRequired({
      inputRequests: {
        name: inputRequired.elicit({
          message,
          requestedSchema: { ...requestedSchema, required: [...requestedSchema.required] },
        }),
      },
      requestState: 'state',
    });
  });
  server.registerTool(REGION.name, described(REGION), ({ region, size }) => text(`${region} ${size}`));
}

function addResources(server: McpServer): void {
  const cacheHint = { ttlMs: surface.RESOURCE_TTL_MS, cacheScope: 'private' } as const;
  const { TEXT_RESOURCE, BINARY_RESOURCE, ITEMS } = surface;
  const { uri, name, ...textResource } = TEXT_RESOURCE;
  server.registerResource(name, uri, { ...textResource, cacheHint }, ({ href }) => ({
    contents: [{ uri: href, mimeType: TEXT_RESOURCE.mimeType, text: 'text' }],
  }));
  const { uri: binaryUri, name: binaryName, ...binaryResource } = BINARY_RESOURCE;
  server.registerResource(binaryName, binaryUri, { ...binaryResource, cacheHint }, ({ href }) => ({
    contents: [
      {
        uri: href,
        mimeType: BINARY_RESOURCE.mimeType,
        blob: Buffer.from(surface.BYTES).toString('base64'),
      },
    ],
  }));
  const { uriTemplate, name: itemsName, ...items } = ITEMS;
  server.registerResource(
    itemsName,
    new ResourceTemplate(uriTemplate, {
      list: undefined,
      complete: { id: (typed) => surface.startingWith(surface.ITEM_IDS, typed) },
    }),
    { ...items, cacheHint },
    ({ href }, { id }) => ({
      contents: [{ uri: href, mimeType: ITEMS.mimeType, text: `item ${String(id)}` }],
    }),
  );
}

function addPrompts(server: McpServer): void {
  const { HELLO, GREET } = surface;
  server.registerPrompt(HELLO.name, HELLO, () => userSays('Hello'));
  server.registerPrompt(
    GREET.name,
    {
      ...GREET,
      argsSchema: z.object({
        who: z.string(),
        tone: completable(z.string(), (typed) => surface.startingWith(surface.TONES, typed)).optional(),
      }),
    },
    ({ who, tone = 'friendly' }) => userSays(`Greet ${who}, ${tone}`),
  );
}
