import { callContext } from '../../../test/helpers/application-context.js';
import { ConnectorHarness, failureOf } from '../../../test/helpers/orders-api/connector-harness.js';
import { PNG } from '../../../test/helpers/orders-api/service.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { Cancellation } from '../../core/cancellation.js';
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
