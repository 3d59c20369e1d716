import { freeze, running } from '../helpers/running-programs.js';
import { waitFor } from '../helpers/wait-for.js';
import type { Era, Progress, TestClient } from './client.js';

const TEMPLATE = 'mcpo://network/interfaces/{name}';

/** What every client gets from the product, over any transport. `client` is connected. */
export function describeProduct(era: Era, client: () => TestClient, silentTarget: string): void {
  it(`speaks the ${era} era with us`, () => {
    expect({ era: client().era, server: client().serverName }).toEqual({ era, server: 'mcpo-mcp-server' });
  });

  it('lists the tools', async () => {
    const names = (await client().listTools()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['network_interfaces', 'network_ping', 'network_traceroute']),
    );
  });

  it('calls network_interfaces', async () => {
    const { structuredContent, content } = await client().callTool('network_interfaces', {});
    expect(structuredContent?.['interfaces']).toContainEqual(expect.objectContaining({ name: 'lo' }));
    expect(content[0]?.text).toContain('lo');
  });

  it('calls network_ping', async () => {
    const answer = await client().callTool('network_ping', { target: '127.0.0.1', count: 1 });
    expect(answer.structuredContent).toMatchObject({ target: '127.0.0.1', reachable: true, transmitted: 1 });
  });

  it('calls a long tool, and wants to hear of its progress', async () => {
    const steps: Progress[] = [];
    const onprogress = (step: Progress): void => void steps.push(step);
    const answer = await client().callTool('network_traceroute', { target: '127.0.0.1' }, { onprogress });
    expect(answer.structuredContent).toMatchObject({ reached: true });
    // SDK v1 forgets a step that comes in one piece with the answer.
    for (const step of steps) expect(step).toMatchObject({ progress: 1, total: 30 });
  });

  // Having listed the tools, both SDKs check structuredContent against the output schema.
  it('reads why a call has failed, as data that fits the output schema', async () => {
    const listed = await client().listTools();
    expect(listed.find(({ name }) => name === 'network_ping')).toHaveProperty('outputSchema');
    const answer = await client().callTool('network_ping', { target: '-x' });
    expect(answer).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'invalid_arguments', message: expect.any(String) as string } },
    });
  });

  it('gets an error for a tool that there is not', async () => {
    await expect(client().callTool('no_such_tool', {})).rejects.toMatchObject({ code: -32602 });
  });

  it('cancels a call, and its program ends', async () => {
    const abort = new AbortController();
    const call = client().callTool(
      'network_ping',
      { target: silentTarget, count: 20 },
      { signal: abort.signal },
    );
    const outcome = call.then(
      () => 'answered',
      () => 'given up',
    );
    await waitFor(() => running('ping', silentTarget).length === 1);
    // From here on it cannot end unless it is made to.
    await freeze(running('ping', silentTarget)[0]!);
    abort.abort();
    expect(await outcome).toBe('given up');
    await waitFor(() => running('ping', silentTarget).length === 0);
    const { structuredContent } = await client().callTool('network_ping', { target: '127.0.0.1', count: 1 });
    expect(structuredContent).toMatchObject({ reachable: true });
  });

  it('lists and reads resources', async () => {
    const uris = (await client().listResources()).map(({ uri }) => uri);
    expect(uris).toContain('mcpo://server/policy');
    const policy = JSON.parse(await client().readResource('mcpo://server/policy')) as { principal: object };
    expect(policy).toHaveProperty('principal.id');
    expect((await client().listResourceTemplates()).map(({ uriTemplate }) => uriTemplate)).toContain(
      TEMPLATE,
    );
    expect(await client().readResource('mcpo://network/interfaces/lo')).toContain('"loopback"');
  });

  it('gets an error for a resource that there is not', async () => {
    const code = (error: unknown): unknown => (error as { code?: unknown }).code;
    const refused = await client().readResource('mcpo://network/interfaces/no-such').catch(code);
    // SDK v2 shows the older code as the newer one.
    expect([-32602, -32002]).toContain(refused);
  });

  it('lists and gets prompts', async () => {
    expect((await client().listPrompts()).map(({ name }) => name)).toContain('diagnose_host');
    expect(await client().getPrompt('diagnose_host', { target: '192.0.2.1' })).toContain('192.0.2.1');
  });

  it('completes an argument', async () => {
    const ref = { type: 'ref/resource', uri: TEMPLATE } as const;
    expect(await client().complete(ref, 'name', 'l')).toContain('lo');
    const prompt = { type: 'ref/prompt', name: 'diagnose_host' } as const;
    expect(await client().complete(prompt, 'target', 'nothing begins like this')).toEqual([]);
  });

  it(era === 'legacy' ? 'pings' : 'knows that its era has no ping', async () => {
    const outcome = await client()
      .ping()
      .catch(() => 'no ping');
    expect(outcome).toEqual(era === 'legacy' ? {} : 'no ping');
  });
}

/** What needs tools that ask and change things. `listens` waits until the server sends changes to the client. */
export function describeInteraction(client: () => TestClient, listens: () => Promise<void>): void {
  it('answers a question that a tool asks', async () => {
    const { structuredContent } = await client().callTool('test_greet', {});
    expect(structuredContent).toEqual({ said: 'Hello Ada' });
  });

  it('follows the progress of a call while it runs', async () => {
    const steps: Progress[] = [];
    const onprogress = (step: Progress): void => {
      steps.push(step);
      // The tool waits for it: whoever hears nothing of the first step never sees the end.
      void client().callTool('test_go_on', {});
    };
    const answer = await client().callTool('test_steps', {}, { onprogress });
    expect(answer.structuredContent).toEqual({ said: 'went on' });
    expect(steps).toEqual([expect.objectContaining({ progress: 1, total: 2, message: 'waiting' })]);
  });

  it('hears of a tool that is new, and of a resource that has changed, until it has heard enough', async () => {
    const heard: string[] = [];
    const enough = await client().follow('mcpo://server/status', (what) => heard.push(what));
    await listens();

    const { structuredContent } = await client().callTool('test_grow', {});
    await waitFor(() => heard.length > 0);
    expect(heard).toEqual(['tools']);
    expect((await client().listTools()).map(({ name }) => name)).toContain(structuredContent?.['said']);

    await client().callTool('test_touch', { uri: 'mcpo://server/policy' });
    await client().callTool('test_touch', { uri: 'mcpo://server/status' });
    await waitFor(() => heard.length > 1);
    expect(heard).toEqual(['tools', 'mcpo://server/status']);

    await enough();
    await client().callTool('test_touch', { uri: 'mcpo://server/status' });
    expect(heard).toHaveLength(2);
  });
}
