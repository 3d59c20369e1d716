import { text } from 'node:stream/consumers';
import { turnsDuring } from '../../../test/helpers/turns-during.js';
import { type EventJudge, JudgedEvents } from './judged-events.js';

const through = (pieces: readonly (string | Uint8Array)[], judge: EventJudge): Promise<string> => {
  const chunks = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  return text(new JudgedEvents(ReadableStream.from<Uint8Array>(chunks), judge));
};

describe(JudgedEvents.name, () => {
  const STREAM =
    ': hello\r\n\r\nevent: a\r\nid: 1\r\ndata: {"a":1}\r\n\r\ndata\rdata:x\rdata: é\r\rretry: 5\n\ndata: last';

  it('shows the data of each event, however the stream is cut', async () => {
    const bytes = Buffer.from(STREAM);
    for (const size of [1, 2, 3, 7, 1000]) {
      const seen: string[] = [];
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const passed = await through(pieces, (data) => void seen.push(data));
      expect(seen).toEqual(['{"a":1}', '\nx\né', 'last']);
      expect(passed).toBe(
        'event: a\nid: 1\ndata: {"a":1}\n\ndata\ndata:x\ndata: é\n\nretry: 5\n\ndata: last\n',
      );
    }
  });

  it('lets no empty line go further that ends nothing', async () => {
    expect(await through(['\n'.repeat(5000), 'data: a\n\n\n\n'], () => undefined)).toBe('data: a\n\n');
  });

  it('lets no line go further that means nothing, and of each field the last one', async () => {
    const lines = [
      'x:y',
      ': z',
      'retry: no',
      'dat',
      'datas: 1',
      'id: 1',
      'data: a',
      'event: b',
      'id',
      'retry:5',
    ];
    const passed = await through([`${'x:y\n'.repeat(1000)}\n${lines.join('\n')}\n\n`], () => undefined);
    expect(passed).toBe('id\nevent: b\nretry:5\ndata: a\n\n');
  });

  it('keeps what was valid before what is not', async () => {
    const passed = await through(['retry: 5\nretry: no\nid: 1\nid: a\0b\ndata: a\n\n'], () => undefined);
    expect(passed).toBe('retry: 5\nid: 1\ndata: a\n\n');
  });

  it('puts another text in the place of one', async () => {
    const passed = await through(['id: 1\ndata: a\ndata: b\n\n', 'data: c\n\n'], (data) =>
      data === 'c' ? undefined : 'instead',
    );
    expect(passed).toBe('id: 1\ndata: instead\n\ndata: c\n\n');
  });

  it.each([
    ['in one piece', ['data: a\n\n'.repeat(6400)]],
    ['in many pieces that are there at once', Array.from({ length: 6400 }, () => 'data: a\n\n')],
    ['that are none yet', Array.from({ length: 110 }, () => 'data:x\n'.repeat(10_000))],
    ['that are large', [`data: ${'a'.repeat(70_000)}\n\n`.repeat(100)]],
  ])('leaves the event loop to others between events %s', async (_how, pieces) => {
    expect(await turnsDuring(through(pieces, () => undefined))).toBeGreaterThanOrEqual(100);
  });

  it('hands a large event on whole, in pieces that are whole characters', async () => {
    const event = `data: a${'\u{1f600}'.repeat(300_000)}\n\n`;
    expect((await through([event], () => undefined)) === event).toBe(true);
  });

  it('hands text to whoever decodes, event by event, and ends its source with it', async () => {
    let wasCancelled: unknown;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('data: \u00e9\n\n')),
      cancel: (reason) => void (wasCancelled = reason),
    });
    const reader = new JudgedEvents(source, () => undefined).pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader.read()).toEqual({ done: false, value: 'data: \u00e9\n\n' });
    expect(await reader.read()).toEqual({ done: false, value: 'data: \u00e9\n\n' });
    await reader.cancel('enough');
    expect(wasCancelled).toBe('enough');
  });

  it('ends its source with what the judge throws', async () => {
    let wasCancelled: unknown;
    const error = new RangeError('no more');
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('data: a\n\n')),
      cancel: (reason) => void (wasCancelled = reason),
    });
    const judge = (): never => {
      throw error;
    };
    await expect(text(new JudgedEvents(source, judge))).rejects.toBe(error);
    expect(wasCancelled).toBe(error);
  });
});
