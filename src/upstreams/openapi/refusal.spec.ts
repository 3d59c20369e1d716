import { MAX_PROBLEM, MAX_REFUSAL, readResponse } from './response.reader.js';

describe('A refusal of an HTTP API', () => {
  const refusal = (body: string): ReturnType<typeof readResponse> =>
    readResponse(new Response(body, { status: 422, headers: { 'content-type': 'application/json' } }), 'x');

  it('is passed on as data, and as text up to its bound', async () => {
    const problem = { detail: 'x'.repeat(2 * MAX_REFUSAL) };
    const { content, structuredContent } = await refusal(JSON.stringify(problem));
    expect(structuredContent).toMatchObject({ error: { problem } });
    expect((content[0] as { text: string }).text.length).toBeLessThan(MAX_REFUSAL + 100);
  });

  it('is not made data of when it is longer than that may be', async () => {
    const { structuredContent } = await refusal(JSON.stringify({ detail: 'x'.repeat(MAX_PROBLEM) }));
    expect(structuredContent).toMatchObject({ error: { code: 'upstream_refused', status: 422 } });
    expect(JSON.stringify(structuredContent).length).toBeLessThan(MAX_REFUSAL + 500);
  });
});
