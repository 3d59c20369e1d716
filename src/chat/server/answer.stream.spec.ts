import { gatedFetch, MAX_DOCUMENT_BYTES } from './answer.stream.js';

describe(gatedFetch.name, () => {
  const PIECE = Buffer.from('"a",\n\n'.repeat(10_000));

  it('ends a document without end that is said to be a stream of events', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(sent === 0 ? Buffer.from('{"a":[') : new Uint8Array(PIECE));
        sent += PIECE.length;
        // That much is far too much.
        if (sent > 4 * MAX_DOCUMENT_BYTES) controller.close();
      },
    });
    const events = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    const response = await gatedFetch(() => Promise.resolve(events))('x:');
    await expect(response.text()).rejects.toMatchObject({ failure: 'broken' });
    expect(sent).toBeLessThan(2 * MAX_DOCUMENT_BYTES);
  });
});
