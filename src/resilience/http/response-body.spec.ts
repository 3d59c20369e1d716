import { SizeBound } from './response-body.js';

describe(SizeBound.name, () => {
  /** Whether fifty events pass, in pieces of so many bytes. */
  const passed = (event: string, pieceBytes: number, maxBytes: number): boolean => {
    const sut = new SizeBound(maxBytes, true);
    const stream = Buffer.from(event.repeat(50));
    for (let at = 0; at < stream.length; at += pieceBytes)
      if (!sut.accepts(stream.subarray(at, at + pieceBytes))) return false;
    return true;
  };

  it.each(['\n', '\r\n', '\r'])('begins anew with each event where lines end with %j', (end) => {
    const event = `event: a${end}data: 0123456789${end}${end}`;
    for (const pieceBytes of [1, 7, 10_000]) {
      expect(passed(event, pieceBytes, event.length + 1)).toBe(true);
      expect(passed(event, pieceBytes, event.length - 2)).toBe(false);
    }
  });

  it.each(['\n', '\r\n', '\r'])('counts lines that end with %j together, where none is empty', (end) => {
    for (const pieceBytes of [1, 7, 10_000]) expect(passed(`data: a${end}`, pieceBytes, 200)).toBe(false);
  });
});
