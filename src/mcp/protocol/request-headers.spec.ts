import { decodeHeaderValue, isJsonContentType, readMcpHeaders } from './request-headers.js';

const encode = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe(decodeHeaderValue.name, () => {
  it.each([
    '',
    'plain',
    'a b',
    '=?',
    '=?utf-8?B?YQ==?=',
    'x=?base64?YQ==?=',
    '=?BASE64?YQ==?=',
    '=?base64?',
    '=?base64?=',
    '=?base64?YQ==',
    '=?base64?YQ==?',
    '=?base64?YQ==?= ',
  ])('takes %p as it is', (value) => {
    expect(decodeHeaderValue(value)).toBe(value);
  });

  it.each(['', 'a', 'ab', 'abc', 'é 🦊', 'line\nbreak', '\u0000', ' leading', '=?base64?YQ==?='])(
    'decodes %p',
    (text) => {
      expect(decodeHeaderValue(encode(text))).toBe(text);
    },
  );

  it.each([
    '=?base64?Y?=',
    '=?base64?YQ?=',
    '=?base64?YQ=a?=',
    '=?base64?Y Q?=',
    '=?base64?YQ-_?=',
    '=?base64?YR==?=',
    '=?base64?YQ===?=',
  ])('finds %p broken', (value) => {
    expect(decodeHeaderValue(value)).toBeUndefined();
  });
});

describe(isJsonContentType.name, () => {
  it.each(['application/json', 'APPLICATION/JSON', ' application/json ; charset=utf-8', 'application/json;'])(
    'takes %p',
    (value) => {
      expect(isJsonContentType(value)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'text/json',
    'application/jsonp',
    'application/ld+json',
    'application/json,text/plain',
  ])('does not take %p', (value) => {
    expect(isJsonContentType(value)).toBe(false);
  });
});

describe(readMcpHeaders.name, () => {
  it('reads the headers of MCP, without blanks around them', () => {
    expect(
      readMcpHeaders({
        'content-type': 'application/json',
        'mcp-protocol-version': ' 2026-07-28 ',
        'mcp-method': 'tools/call\t',
        'mcp-name': 'a b',
      }),
    ).toEqual({
      contentType: 'application/json',
      protocolVersion: '2026-07-28',
      method: 'tools/call',
      name: 'a b',
    });
  });

  it('knows which are not there', () => {
    expect(Object.values(readMcpHeaders({}))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('joins repeated ones into something that matches nothing', () => {
    const { method } = readMcpHeaders({ 'mcp-method': ['ping', 'ping'] });
    expect(method).not.toBe('ping');
    expect(method).toBeDefined();
  });
});
