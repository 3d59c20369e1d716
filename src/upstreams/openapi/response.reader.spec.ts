import { callContext } from '../../../test/helpers/application-context.js';
import { ConnectorHarness, failureOf } from '../../../test/helpers/orders-api/connector-harness.js';
import { PNG } from '../../../test/helpers/orders-api/service.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { Cancellation } from '../../core/cancellation.js';
import type { UpstreamError } from '../upstream.error.js';
import { readResponse } from './response.reader.js';

describe('The answer of an HTTP API', () => {
  let sut: ConnectorHarness;

  beforeAll(async () => {
    sut = await ConnectorHarness.start();
  });
  beforeEach(() => sut.connect());
  afterAll(() => sut.close());

  it('of JSON is text and data', async () => {
    sut.api.orders.set('o-9', { id: 'o-9', customer: 'c' });
    expect(await sut.call('getOrder', { orderId: 'o-9' })).toEqual({
      content: [{ type: 'text', text: '{"id":"o-9","customer":"c"}' }],
      structuredContent: { id: 'o-9', customer: 'c' },
    });
    expect((await sut.call('listOrders')).structuredContent).toMatchObject({
      result: expect.any(Array) as object,
    });
  });

  it('of text is text, of nothing its status, of bytes a block of its kind', async () => {
    expect(await sut.call('addNote', { body: 'a' })).toEqual({
      content: [{ type: 'text', text: 'noted: a' }],
    });
    expect((await sut.call('uploadFile', { name: 'x', body: '' })).content).toEqual([
      { type: 'text', text: '204 No Content' },
    ]);
    expect((await sut.call('downloadFile', { name: 'a.csv' })).content).toEqual([
      { type: 'text', text: 'a,b\n1,2\n' },
    ]);
    const data = PNG.toString('base64');
    expect((await sut.call('downloadFile', { name: 'a.png' })).content).toEqual([
      { type: 'image', data, mimeType: 'image/png' },
    ]);
    expect((await sut.call('downloadFile', { name: 'a.pdf' })).content).toEqual([
      {
        type: 'resource',
        resource: { uri: 'openapi://orders/downloadFile', mimeType: 'application/pdf', blob: data },
      },
    ]);
  });

  it('that says JSON and is none is text', async () => {
    expect(await sut.call('fault', { kind: 'garbage' })).toEqual({
      content: [{ type: 'text', text: '<html>not JSON</html>' }],
    });
  });

  it.each([
    [
      'too many members',
      Object.fromEntries(Array.from({ length: 190_000 }, (_, i) => [`m${i}`, 0])),
      /20000 members/,
    ],
    ['too many items', Array.from({ length: 100_001 }, () => 0), /100000 members and items/],
  ])('of JSON with %s is not taken', async (_what, body, reason) => {
    const response = Response.json(body);
    await expect(readResponse(response, 'x')).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringMatching(reason) as string,
    });
    const refused = await readResponse(Response.json(body, { status: 400 }), 'x');
    expect(refused).toMatchObject({ isError: true, structuredContent: { error: { status: 400 } } });
    expect(refused.structuredContent).not.toHaveProperty('error.problem');
  });

  it.each([
    ['{"Message":"the disk is full"}', 500],
    ['{"errorMessages":["the disk is full"],"errors":{}}', 502],
    ['{"fault":{"faultstring":"the disk is full"}}', 503],
    ['{"Error":{"error_message":"the disk is full"}}', 500],
  ])('of a failure says why: %s', async (body, status) => {
    const response = new Response(body, { status, headers: { 'content-type': 'application/json' } });
    await expect(readResponse(response, 'x')).rejects.toThrow(/: the disk is full$/);
  });

  it.each([
    ['7', 7000],
    ['-5', undefined],
    ['1e308', undefined],
    ['999999999', 3_600_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('of a failure asks for another call as Retry-After can say: %s', async (value, retryAfterMs) => {
    const response = new Response('', { status: 503, headers: { 'retry-after': value } });
    const { details } = (await readResponse(response, 'x').catch((error: unknown) => error)) as UpstreamError;
    expect(details.retryAfterMs).toBe(retryAfterMs);
  });

  it('that nothing has changed leads nowhere', async () => {
    const answers = [304, 307].map((status) => readResponse(new Response(null, { status }), 'x'));
    await expect(answers[0]).rejects.toThrow(/^It answered with 304 Not Modified$/);
    await expect(answers[1]).rejects.toThrow(/307 Temporary Redirect, which leads elsewhere$/);
  });

  it('decodes long texts of other charsets in pieces, between which others are served', async () => {
    const text = '日本'.repeat(400_000);
    const bytes = new Uint8Array(1_600_000);
    for (let at = 0; at < bytes.length; at += 4) bytes.set([0x93, 0xfa, 0x96, 0x7b], at);
    const headers = { 'content-type': 'text/plain; charset=shift_jis' };
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const answer = await readResponse(new Response(bytes, { headers }), 'x');
    clearInterval(counting);
    expect(answer.content).toEqual([{ type: 'text', text }]);
    expect(turns).toBeGreaterThan(0);
  });

  const JSON_TYPE = 'application/json';
  it.each<[string, string, string | Uint8Array<ArrayBuffer>, string, unknown]>([
    [
      'JSON in UTF-16',
      `${JSON_TYPE}; charset=utf-16le`,
      Buffer.from('{"a":"ü"}', 'utf16le'),
      '{"a":"ü"}',
      { a: 'ü' },
    ],
    [
      'JSON in Latin-1',
      `${JSON_TYPE};charset="ISO-8859-1"`,
      Buffer.from('{"a":"ü"}', 'latin1'),
      '{"a":"ü"}',
      { a: 'ü' },
    ],
    [
      'JSON in UTF-8, whatever is said',
      `${JSON_TYPE}; charset=us-ascii`,
      '{"a":"ü"}',
      '{"a":"ü"}',
      { a: 'ü' },
    ],
    ['text in Latin-1', 'text/plain; charset=iso-8859-1', Buffer.from('grüß', 'latin1'), 'grüß', undefined],
    [
      'text in Shift_JIS',
      'text/plain; charset=shift_jis',
      new Uint8Array([0x93, 0xfa, 0x96, 0x7b]),
      '日本',
      undefined,
    ],
    ['text in no charset', 'text/plain; charset=klingon', 'grüß', 'grüß', undefined],
    ['JSON behind a byte order mark', JSON_TYPE, '\uFEFF{"a":1}', '{"a":1}', { a: 1 }],
    ['JSON whose type is said twice', `${JSON_TYPE}, ${JSON_TYPE}`, '{"a":1}', '{"a":1}', { a: 1 }],
    ['JSON of a vendor', 'application/vnd.api+json;v=1', '{"a":1}', '{"a":1}', { a: 1 }],
    ['a JSON value a line', 'application/x-ndjson', '{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":2}\n', undefined],
    ['the same by another name', 'application/jsonl', '{"a":1}\n', '{"a":1}\n', undefined],
    ['the same by RFC 7464', 'application/json-seq', '\u001e{"a":1}\n', '\u001e{"a":1}\n', undefined],
    ['no bytes', 'application/octet-stream', '', '200 OK', undefined],
    ['no image', 'image/png', '', '200 OK', undefined],
    ['no JSON', JSON_TYPE, '', '200 OK', undefined],
  ])('of %s is text', async (_what, type, body, text, data) => {
    const answer = await readResponse(new Response(body, { headers: { 'content-type': type } }), 'x');
    expect(answer.content).toEqual([{ type: 'text', text }]);
    expect(answer.structuredContent).toEqual(data);
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'x-custom'])(
    'in %s, which nobody has asked for, says so',
    async (encoding) => {
      const given = (status: number, body: string): Response =>
        new Response(body, {
          status,
          headers: { 'content-encoding': encoding, 'content-type': 'text/plain' },
        });
      await expect(readResponse(given(200, '\u001f\u008b'), 'x')).rejects.toMatchObject({
        kind: 'malformed',
        message: `Its answer is encoded as "${encoding}", which was not asked for`,
      });
      expect(await readResponse(given(200, ''), 'x')).toEqual({
        content: [{ type: 'text', text: '200 OK' }],
      });
      expect((await readResponse(given(400, 'x'), 'x')).content).toEqual([
        { type: 'text', text: '400 Bad Request' },
      ]);
    },
  );

  it.each<[unknown, string]>([
    [{ error: { message: 'the disk is full', code: 500 } }, ': the disk is full'],
    [{ errors: [{ title: 'Failed', detail: 'the disk is full' }] }, ': the disk is full'],
    [{ error: { errors: [{ reason: 'the disk is full' }] } }, ': the disk is full'],
    [{ error: 'server_error', error_description: 'the disk is full' }, ': the disk is full'],
    [['the disk is full'], ': the disk is full'],
    [{ detail: [{ loc: ['a'], msg: 'the disk is full' }] }, ': the disk is full'],
    [{ message: '', error: 'the disk is full' }, ': the disk is full'],
    [{ detail: null, code: 7 }, ''],
    ['the disk is full', ': the disk is full'],
  ])('of 5xx says why, wherever it stands: %j', async (body, said) => {
    const response =
      typeof body === 'string'
        ? new Response(body, { status: 500, headers: { 'content-type': 'text/plain' } })
        : Response.json(body, { status: 500 });
    await expect(readResponse(response, 'x')).rejects.toMatchObject({
      kind: 'failed',
      message: `It answered with 500 Internal Server Error${said}`,
    });
  });

  it('of 5xx says no more than it takes', async () => {
    const response = new Response('x'.repeat(5000), {
      status: 500,
      headers: { 'content-type': 'text/plain' },
    });
    const message = await readResponse(response, 'x').catch((error: Error) => error.message);
    expect(message).toMatch(/: x{290,300}\W*$/);
  });

  it('of 5xx says nothing of a web page', async () => {
    const response = new Response('<h1>oops</h1>', { status: 502, headers: { 'content-type': 'text/html' } });
    await expect(readResponse(response, 'x')).rejects.toMatchObject({
      message: 'It answered with 502 Bad Gateway',
    });
  });

  it('of 4xx is an error to read, with the problem', async () => {
    expect(await sut.call('getOrder', { orderId: 'nowhere' })).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: '404 Not Found\n{"title":"No","status":404,"detail":"There is no order nowhere"}',
        },
      ],
      structuredContent: {
        error: {
          code: 'upstream_refused',
          message: expect.stringContaining('There is no order nowhere') as string,
          status: 404,
          problem: { title: 'No', status: 404, detail: 'There is no order nowhere' },
        },
      },
    });
    expect(await sut.call('fault', { kind: 'slow-down' })).toMatchObject({
      isError: true,
      content: [{ text: '429 Too Many Requests\nLater, please\nRetry-After: 7' }],
    });
  });

  it.each<[string, string, boolean, RegExp]>([
    ['500', 'failed', true, /^It answered with 500 Internal Server Error: It is broken on purpose$/],
    ['503', 'failed', true, /503/],
    ['cut', 'unreachable', true, /^It cannot be reached \(ECONNRESET\)$/],
    ['huge', 'too_large', false, /more than 4194304 bytes/],
    ['away', 'refused', false, /another origin/],
  ])('like %s fails: %s', async (kind, failure, isFailure, message) => {
    const error = await failureOf(sut.call('fault', { kind }));
    expect(error).toMatchObject({ name: 'UpstreamError', kind: failure, isFailure });
    expect(error.message).toMatch(message);
  });

  it('that nobody waits for any more is given up', async () => {
    const cancellation = new Cancellation();
    const asked = failureOf(sut.call('fault', { kind: 'hang' }, callContext({ cancellation })));
    await waitFor(() => sut.api.hanging === 1);
    cancellation.cancel(new Error('enough'));
    expect(await asked).toMatchObject({ kind: 'cancelled', isFailure: false });
    await waitFor(() => sut.api.hanging === 0);
  });
});
