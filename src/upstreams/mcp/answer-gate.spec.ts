import { ANSWER_BOUNDS } from '../../core/json/answer.js';
import { ResponseTooLargeError } from '../../resilience/outbound.port.js';
import { turnsDuring } from '../../../test/helpers/turns-during.js';
import { ANSWER_REFUSED, gatedFetch, readMessage } from './answer-gate.js';

const MEMBERS = `{${Array.from({ length: ANSWER_BOUNDS.maxMembers + 1 }, (_, index) => `"m${index}":0`).join()}}`;
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const answer = (result: string): string => `{"jsonrpc":"2.0","id":7,"result":{"a":${result}}}`;
const SMALL = answer('1');
const refused = (what: string): object => ({
  jsonrpc: '2.0',
  id: 7,
  error: { code: -32_600, message: `Its answer ${what}`, data: ANSWER_REFUSED },
});
const TOO_MANY = `has more than ${ANSWER_BOUNDS.maxMembers} members`;
const TOO_DEEP = `is nested more than ${ANSWER_BOUNDS.maxDepth} levels deep`;

/** Of 4 MiB. */
const LONG = `"${'x'.repeat(4 * 1024 * 1024 - 100)}"`;
/** The least that it is looked through in. */
const STEPS = 16;

describe(gatedFetch.name, () => {
  const fetched = (body: string, type: string, status = 200): Promise<Response> =>
    gatedFetch(() => Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })))(
      'x:',
    );

  it('lets an answer be read as JSON and as text', async () => {
    expect(await (await fetched(SMALL, 'application/json')).json()).toEqual(JSON.parse(SMALL));
    expect(await (await fetched('no JSON', 'text/plain', 404)).text()).toBe('no JSON');
    await expect((await fetched('no JSON', 'application/json')).json()).rejects.toThrow(SyntaxError);
  });

  it.each([
    ['of too many members', MEMBERS, TOO_MANY],
    ['that is too deep', DEEP, TOO_DEEP],
  ])('refuses an answer %s', async (_what, result, fault) => {
    await expect((await fetched(answer(result), 'application/json')).json()).rejects.toMatchObject({
      kind: 'malformed',
      message: `Its answer ${fault}`,
    });
    expect(await (await fetched(answer(result), 'application/json', 400)).text()).toBe('');
  });

  it.each([
    ['JSON', 'application/json', (response: Response) => response.json(), ''],
    ['a refusal', 'text/plain', (response: Response) => response.text(), ''],
    ['an event', 'text/event-stream', (response: Response) => response.text(), 'data: '],
  ])('lets others be served while it works through %s of 4 MiB', async (_what, type, read, field) => {
    const response = await fetched(`${field}${answer(LONG)}`, type);
    expect(await turnsDuring(read(response))).toBeGreaterThanOrEqual(STEPS);
  });

  it('has no text of events beyond the bound of whoever reads the body', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    const tooLarge = Promise.reject(new ResponseTooLargeError(10));
    const events = Object.assign(new Response('data: {}\n\n', { headers }), { text: () => tooLarge });
    const response = await gatedFetch(() => Promise.resolve(events))('x:');
    await expect(response.text()).rejects.toMatchObject({ name: 'ResponseTooLargeError' });
  });

  it('looks once at what was asked, however many odd errors answer it', async () => {
    const asked = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: {} });
    const parse = jest.spyOn(JSON, 'parse');
    const events = new Response('data: {"error":"full"}\n\n'.repeat(5), {
      headers: { 'content-type': 'text/event-stream' },
    });
    const response = await gatedFetch(() => Promise.resolve(events))('x:', { body: asked });
    expect((await response.text()).match(/"id":7,"error":\{"code":-32000,"message":"full"\}/g)).toHaveLength(
      5,
    );
    expect(parse.mock.calls.filter(([text]) => text === asked)).toHaveLength(1);
    parse.mockRestore();
  });

  it('changes an event of several lines as a whole', async () => {
    const stream = 'data: {"jsonrpc":"2.0",\ndata: "id":1,\ndata: "result":{"n":12345678901234567890}}\n\n';
    const [event = '', ...others] = (await (await fetched(stream, 'text/event-stream')).text()).split('\n');
    expect(others).toEqual(['', '']);
    expect(JSON.parse(event.slice('data: '.length))).toMatchObject({
      result: { n: expect.stringMatching(/:12345678901234567890$/) as string },
    });
  });

  it('puts an error in the place of an event that is too much', async () => {
    const notification = `{"jsonrpc":"2.0","method":"x","params":${MEMBERS}}`;
    const stream = [SMALL, answer(MEMBERS), notification].map((data) => `data: ${data}\n\n`).join('');
    const events = await (await fetched(stream, 'text/event-stream')).text();
    expect(events.split('\n\n')).toEqual([
      `data: ${SMALL}`,
      `data: ${JSON.stringify(refused(TOO_MANY))}`,
      'data: {}',
      '',
    ]);
  });
});

describe(readMessage.name, () => {
  it('lets others be served while it works through a line of 4 MiB', async () => {
    expect(await turnsDuring(readMessage(answer(LONG)))).toBeGreaterThanOrEqual(STEPS);
    const tooMuch = `[${'0,'.repeat(2 * 1024 * 1024)}0]`;
    expect(await turnsDuring(readMessage(answer(tooMuch)))).toBeGreaterThanOrEqual(2 * STEPS);
  });

  it('reads a line, or has an error in its place', async () => {
    expect(readMessage(SMALL)).toEqual(JSON.parse(SMALL));
    expect(await readMessage(answer(DEEP))).toEqual(refused(TOO_DEEP));
    await expect(readMessage(`{"jsonrpc":"2.0","id":1,"method":"x","params":${MEMBERS}}`)).rejects.toThrow(
      /too much/,
    );
    expect(() => readMessage('no JSON')).toThrow(SyntaxError);
  });
});
