import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isRawJSON, rawJSON } from '../../src/core/json/exact-numbers.js';
import { TEST_KEY } from '../helpers/app.js';
import { type EraAnswer, EraClient, readExact, type RequestOptions } from '../helpers/era-client.js';
import {
  answeredFor,
  CLAUSES,
  clausesOf,
  type Feature,
  listedFor,
  REVISIONS,
  withoutEnvelope,
} from '../helpers/era-expectations.js';
import { EventsWire, LinesWire, PostWire, type Wire } from '../helpers/era-wire.js';
import type { Json } from '../helpers/mcp-requests.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const SCRIPT = join(__dirname, '..', 'helpers', 'era-upstream.mjs');
const APPS = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };
const TASKS = { 'io.modelcontextprotocol/tasks': {} };

/** Each revision by its own transport. */
const UPSTREAMS = [
  ...REVISIONS.map((revision) => ({ revision, isStdio: false, name: `v${revision.replaceAll('-', '')}` })),
  { revision: '2024-11-05', isStdio: true, name: 'lines20241105' },
];
type UpstreamCase = (typeof UPSTREAMS)[number];

/** What a client of each revision can say that it can do. */
const declaredBy = (revision: string): Json => ({
  sampling: {},
  ...(revision >= '2025-06-18' && { elicitation: revision >= '2025-11-25' ? { form: {} } : {} }),
  ...(revision >= '2025-11-25' && { extensions: APPS }),
});

/** Other numbers as doubles, null members, members of any name, and scripts of all kinds. */
const ARGUMENTS = {
  id: rawJSON('1915883588174806058'),
  price: rawJSON('0.1234567890123456789'),
  anything: { 'ключ 🗝': ['значение', null, rawJSON('1e400')], nothing: null, '': '\u2028' },
  default: null,
};
const USER = {
  action: 'accept',
  content: { name: 'Zoë 名', number: rawJSON('1915883588174806058'), agreed: false, colour: 'rot' },
};

describe('Clients and upstreams of every revision', () => {
  let http: ChildProcessByStdio<null, Readable, null>;
  let origin: string;
  let file: ServersFile;
  let seenPath: string;
  let replicas: Replicas;
  const through = new Map<string, EraClient>();
  const direct = new Map<string, EraClient>();

  beforeAll(async () => {
    file = new ServersFile();
    seenPath = join(file.directory, 'seen');
    writeFileSync(seenPath, '');
    const env = { SEEN: seenPath };
    http = spawn(process.execPath, [SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'], env });
    const [port] = (await once(http.stdout, 'data')) as [Buffer];
    origin = `http://127.0.0.1:${port.toString('utf8').trim()}`;
    file.write(
      Object.fromEntries(
        UPSTREAMS.map(({ name, revision, isStdio }) => [
          name,
          isStdio
            ? { command: process.execPath, args: [SCRIPT, 'stdio', revision], env }
            : { url: urlOf(revision) },
        ]),
      ),
    );
    replicas = await startReplicas({ env: { MCP_SERVERS_FILE: file.path, PRINCIPAL_SHARE_PERCENT: '100' } });
    const names = UPSTREAMS.map(({ name }) => name);
    await Promise.all([untilUp(replicas.a, ...names), untilUp(replicas.b, ...names)]);
    const places = [replicas.a, replicas.b].map(({ url }) => ({
      url: `${url}/mcp`,
      headers: { 'x-api-key': TEST_KEY },
    }));
    for (const revision of REVISIONS)
      through.set(revision, await EraClient.open(revision, new PostWire(places), declaredBy(revision)));
    for (const upstream of UPSTREAMS) {
      const { name, revision } = upstream;
      direct.set(name, await EraClient.open(revision, await wireTo(upstream), declaredBy(revision)));
    }
  });
  afterAll(async () => {
    await Promise.all([...through.values(), ...direct.values()].map((client) => client.close()));
    await replicas.close();
    const ended = once(http, 'close');
    http.kill();
    await ended;
    file.remove();
  });

  const urlOf = (revision: string): string =>
    `${origin}/${revision}${revision === '2024-11-05' ? '/sse' : ''}`;
  const wireTo = async ({ revision, isStdio }: UpstreamCase): Promise<Wire> => {
    if (isStdio) return new LinesWire([SCRIPT, 'stdio', revision], { SEEN: seenPath });
    return revision === '2024-11-05'
      ? EventsWire.open(urlOf(revision))
      : new PostWire([{ url: urlOf(revision) }]);
  };
  const seen = (): string[] => readFileSync(seenPath, 'utf8').split('\n').slice(0, -1);

  it('speaks to each upstream the revision that it knows, and nothing else', () => {
    for (const { name, revision } of UPSTREAMS) {
      for (const server of [replicas.a, replicas.b])
        expect([name, upstreamReport(server, name)?.['revision']]).toEqual([name, revision]);
    }
  });

  describe.each(UPSTREAMS)('upstream of $revision ($name)', (upstream) => {
    describe.each(REVISIONS)('client of %s', (revision) => {
      const { name } = upstream;
      const client = (): EraClient => through.get(revision)!;
      const own = (): EraClient => direct.get(name)!;
      const capabilities = declaredBy(revision);

      /** What the gateway puts before names and URIs, taken away. */
      const theirs = (value: unknown): Json =>
        readExact(JSON.stringify(value).replaceAll(`${name}_`, '').replaceAll(`${name}+`, ''));
      const ask = async (method: string, params: Json, options: RequestOptions = {}): Promise<Json> => {
        const { result, error } = await client().request(method, params, { capabilities, ...options });
        if (result === undefined) throw new Error(JSON.stringify(error));
        // Nothing of one leg goes on to the other.
        if (!client().isModern) expectSame(result, withoutEnvelope(result));
        return theirs(withoutEnvelope(result));
      };
      const askDirectly = async (
        method: string,
        params: Json,
        options: RequestOptions = {},
      ): Promise<Json> => {
        const { result, error } = await own().request(method, params, { capabilities, ...options });
        if (result === undefined) throw new Error(JSON.stringify(error));
        return withoutEnvelope(result);
      };
      const call = (tool: string, args: Json = {}, options?: RequestOptions): Promise<Json> =>
        ask('tools/call', { name: `${name}_${tool}`, arguments: args }, options);
      const callDirectly = (tool: string, args: Json = {}, options?: RequestOptions): Promise<Json> =>
        askDirectly('tools/call', { name: tool, arguments: args }, options);

      /** The order of members has no meaning (RFC 8259, 4), nor has that of a list. */
      const expectSame = (got: unknown, wanted: unknown): void =>
        expect(comparable(got)).toStrictEqual(comparable(wanted));
      const byKey = (items: unknown, key: string): Json =>
        Object.fromEntries((items as Json[]).map((item) => [item[key], item]));
      /** Every page of a list, and of it what is of this upstream. */
      const list = async (method: string, member: string, key: string): Promise<Json> => {
        const items: Json[] = [];
        for (let cursor: unknown; ;) {
          const { result = {} } = await client().request(method, cursor === undefined ? {} : { cursor });
          items.push(...(result[member] as Json[]));
          cursor = result['nextCursor'];
          if (cursor === undefined) break;
        }
        const isOurs = (item: Json): boolean => new RegExp(`^(ui://)?${name}[_+]`).test(String(item[key]));
        return byKey(theirs(items.filter(isOurs)), key);
      };
      const listDirectly = async (method: string, member: string, key: string): Promise<Json> =>
        byKey((await askDirectly(method, {}))[member], key);

      const of = (feature: Feature): string => {
        const clauses = clausesOf(feature, revision, upstream.revision);
        if (clauses.length === 0) return `carries ${feature}`;
        const why = clauses.map((clause) => `${clause}: ${CLAUSES[clause]}`).join('; ');
        return `${feature}, as far as they go (${why})`;
      };
      const isCarried = (feature: Feature): boolean =>
        clausesOf(feature, revision, upstream.revision).length === 0;

      it(of('tools'), async () => {
        const wanted = await listDirectly('tools/list', 'tools', 'name');
        const listed = Object.fromEntries(
          Object.entries(wanted).map(([tool, one]) => [tool, listedFor(revision, one as Json)]),
        );
        const got = await list('tools/list', 'tools', 'name');
        // The first upstream by name has the URI of the app, the others one of their own.
        expectSame(got, listed);
        for (const [tool, args] of [
          ['all', ARGUMENTS],
          // A default that a double would change is not filled in as another number.
          ['all', {}],
          ['fails', {}],
          ...('any' in wanted ? ([['any', {}]] as const) : []),
        ] as const)
          expectSame(await call(tool, args), answeredFor(revision, await callDirectly(tool, args)));
      });

      it(of('resources'), async () => {
        const wanted = await listDirectly('resources/list', 'resources', 'uri');
        const { 'ui://era/app.html': _got, ...files } = await list('resources/list', 'resources', 'uri');
        const { 'ui://era/app.html': _app, ...wantedFiles } = wanted;
        expectSame(files, wantedFiles);
        expectSame(
          await list('resources/templates/list', 'resourceTemplates', 'uriTemplate'),
          await listDirectly('resources/templates/list', 'resourceTemplates', 'uriTemplate'),
        );
        const uri = 'file:///straße/日本.txt';
        expectSame(
          await ask('resources/read', { uri: `${name}+${uri}` }),
          await askDirectly('resources/read', { uri }),
        );
      });

      it(of('prompts'), async () => {
        expectSame(
          await list('prompts/list', 'prompts', 'name'),
          await listDirectly('prompts/list', 'prompts', 'name'),
        );
        const params = { arguments: { wen: 'Jürgen 世界' } };
        expectSame(
          await ask('prompts/get', { name: `${name}_greet`, ...params }),
          await askDirectly('prompts/get', { name: 'greet', ...params }),
        );
      });

      it(of('completion'), async () => {
        // 2025-06-18, changelog, "Other schema changes": completion has a context.
        const context = revision >= '2025-06-18' && { context: { arguments: { früher: 'ä' } } };
        const ofPrompt = { argument: { name: 'wen', value: 'Jü' }, ...context };
        expectSame(
          await ask('completion/complete', {
            ref: { type: 'ref/prompt', name: `${name}_greet` },
            ...ofPrompt,
          }),
          await askDirectly('completion/complete', {
            ref: { type: 'ref/prompt', name: 'greet' },
            ...ofPrompt,
          }),
        );
        const uri = 'file:///{pfad}';
        const ofTemplate = { argument: { name: 'pfad', value: 'ß' } };
        expectSame(
          await ask('completion/complete', {
            ref: { type: 'ref/resource', uri: `${name}+${uri}` },
            ...ofTemplate,
          }),
          await askDirectly('completion/complete', { ref: { type: 'ref/resource', uri }, ...ofTemplate }),
        );
      });

      it(of('elicitation'), async () => {
        if (!isCarried('elicitation')) {
          const { result } = await client().request('tools/call', { name: `${name}_asks`, arguments: {} });
          expect([result?.['isError'] ?? 'refused', client().asked]).toEqual([
            client().isModern && result === undefined ? 'refused' : true,
            [],
          ]);
          return;
        }
        const answer = await call('asks', {}, { answer: USER });
        const asked = [...client().asked];
        expectSame(
          answer,
          await callDirectly('asks', {}, { answer: USER, capabilities: { elicitation: {} } }),
        );
        expectSame(asked, own().asked);
        expect(asked).toHaveLength(1);
      });

      it(of('progress'), async () => {
        const options = { meta: { progressToken: 'Fortschritt' } };
        const answer = await call('steps', {}, options);
        const notified = [...client().notified];
        expectSame(answer, await callDirectly('steps', {}, options));
        expectSame(notified, own().notified);
        expect(notified).toHaveLength(2);
      });

      it(of('cancellation'), async () => {
        const which = `${revision} ${name}`;
        const args = { name: which };
        const held = client().begin(
          'tools/call',
          { name: `${name}_hold`, arguments: args },
          { capabilities },
        );
        await waitFor(() => seen().includes(`held ${which}`));
        await held.cancel();
        await waitFor(() => seen().includes(`cancelled ${which}`));
      });

      it(of('tasks'), async () => {
        if (upstream.revision < '2025-11-25') {
          expect(await list('tools/list', 'tools', 'name')).not.toHaveProperty('long');
          return;
        }
        const { long } = (await listDirectly('tools/list', 'tools', 'name')) as { long?: Json };
        expect(long).toBeDefined();
        const wanted = await finished(
          own(),
          { name: 'long', arguments: ARGUMENTS },
          {
            capabilities: { extensions: TASKS },
          },
        );
        const params = { name: `${name}_long`, arguments: ARGUMENTS };
        // Whoever can follow no task, or declares none, gets the answer itself.
        expectSame(await ask('tools/call', params), wanted);
        if (revision === '2025-11-25') expectSame(await ask('tools/call', { ...params, task: {} }), wanted);
        // The other clauses leave no task to be followed.
        if (isCarried('tasks')) {
          const got = await finished(client(), params, {
            capabilities: { ...capabilities, extensions: TASKS },
          });
          expectSame(theirs(got), wanted);
        }
      });

      it(of('apps'), async () => {
        const { app } = (await list('tools/list', 'tools', 'name')) as { app: { _meta: { ui: Json } } };
        const { app: wanted } = await listDirectly('tools/list', 'tools', 'name');
        expectSame(app, wanted);
        const { result = {} } = await client().request('tools/list', {});
        const { _meta } = (
          result['tools'] as { name: string; _meta: { ui: { resourceUri: string } } }[]
        ).find((tool) => tool.name === `${name}_app`)!;
        const uri = _meta.ui.resourceUri;
        expectSame(
          await ask('resources/read', { uri }),
          await askDirectly('resources/read', { uri: 'ui://era/app.html' }),
        );
      });
    });
  });

  it('has sent to no upstream what its revision does not have', () => {
    expect(seen().filter((line) => line.startsWith('wrong'))).toEqual([]);
  });
});

/** With texts for exact numbers, as a comparison takes all of them for the same. */
function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJSON(value)) return `number ${value.rawJSON}`;
  if (Array.isArray(value)) return value.map(comparable);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]));
}

/** The result of a call that becomes a task, followed as a client of its revision follows it. */
async function finished(client: EraClient, params: Json, options: RequestOptions): Promise<Json> {
  const request = async (method: string, more: Json): Promise<Json> => {
    const { result, error }: EraAnswer = await client.request(method, more, options);
    if (result === undefined) throw new Error(JSON.stringify(error));
    return result;
  };
  const begun = await request('tools/call', client.isModern ? params : { ...params, task: { ttl: 60_000 } });
  const { taskId } = (client.isModern ? begun : begun['task']) as { taskId: string };
  let latest: Json = {};
  await waitFor(async () => {
    latest = await request('tasks/get', { taskId });
    return latest['status'] === 'completed';
  });
  return withoutEnvelope(
    client.isModern ? (latest['result'] as Json) : await request('tasks/result', { taskId }),
  );
}
