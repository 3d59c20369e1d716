import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { codeWord, PROJECT_ROOT, readProjectFile, tableWith } from '../docs/markdown.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { legacy, modern } from '../helpers/mcp-requests.js';
import { waitFor } from '../helpers/wait-for.js';

type Prototype = Record<string, (...args: unknown[]) => unknown>;

/** docs/architecture.md, "The way of a call". */
describe('The way of a call', () => {
  const { rows } = tableWith(readProjectFile('docs/architecture.md'), 'Step', 'Where', 'What it does');
  const steps = rows
    .map(([step, where]) => ({ step: codeWord(step), file: codeWord(where) }))
    .filter(({ step }) => step.includes('.'));
  let server: TestServer;
  let walked: string[];

  beforeAll(async () => {
    for (const { step, file } of steps) watch(step, file);
    server = await startServer();
  });
  afterAll(() => server.close());

  /** Notes each time that the method is entered. Before the start: Nest takes hold of some methods then. */
  function watch(step: string, file: string): void {
    const [className = '', method = ''] = step.split('.');
    const classes = require(join(PROJECT_ROOT, file)) as Record<string, Type>;
    const prototype = classes[className]!.prototype as Prototype;
    const original = prototype[method]!;
    jest.spyOn(prototype, method).mockImplementation(function (this: unknown, ...args: unknown[]) {
      walked.push(step);
      return original.apply(this, args);
    });
  }

  const call = { name: 'network_interfaces', arguments: {} };

  it.each([
    ['of the handshake era', { body: legacy('tools/call', call), headers: {} }],
    ['of the stateless era', modern('tools/call', call)],
  ])('leads through each step once, in the order of the page: %s', async (_era, { body, headers }) => {
    walked = [];
    const response = await server.mcp(body, headers);
    expect(await response.json()).toMatchObject({
      result: { structuredContent: expect.anything() as unknown },
    });
    await waitFor(() => walked.length >= steps.length);
    expect(walked).toEqual(steps.map(({ step }) => step));
  });
});
