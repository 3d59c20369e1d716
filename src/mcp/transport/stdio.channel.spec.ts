import { PassThrough } from 'node:stream';
import { RequestContext } from '../../observability/request-context.js';
import { StdioChannel } from './stdio.channel.js';
import { StdioExchange } from './stdio.exchange.js';

// 2026-07-28, basic/transports/stdio: one message for each line, and none with a line break in it.
describe(StdioChannel.name, () => {
  let output: PassThrough;
  let channel: StdioChannel;
  let sut: StdioExchange;
  const written = (): string => String(output.read() ?? '');

  beforeEach(() => {
    output = new PassThrough({ encoding: 'utf8' });
    channel = new StdioChannel(output);
    sut = new StdioExchange(channel, new RequestContext('id'), 'session');
  });

  it('writes each message as a line of its own', () => {
    sut.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } });
    channel.write('{"jsonrpc":"2.0","id":1,"result":{}}');
    expect(written()).toBe(
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}\n' +
        '{"jsonrpc":"2.0","id":1,"result":{}}\n',
    );
  });

  it('lets no line break of a message out', () => {
    const text = 'a\nb\r\nc\u2028d';
    sut.send({ text });
    const lines = written().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]!)).toEqual({ text });
  });

  it('can stream, and has neither signs of life nor an end of its own', () => {
    expect(sut.canStream).toBe(true);
    sut.keepAlive();
    sut.onGone();
    expect(written()).toBe('');
    expect(output.destroyed).toBe(false);
  });
});
