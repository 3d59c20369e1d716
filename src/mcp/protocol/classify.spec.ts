import { AppError } from '../../core/errors.js';
import { classify, type Protocol } from './classify.js';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const META = { [VERSION]: '2026-07-28', [CAPABILITIES]: { elicitation: {} } };

type Headers = NonNullable<Parameters<typeof classify>[0]>;
type Params = Record<string, unknown>;

const headers = (members: Partial<Headers> = {}): Headers => ({
  contentType: 'application/json',
  protocolVersion: undefined,
  method: undefined,
  name: undefined,
  ...members,
});
const request = (method: string, params: Params = {}): Parameters<typeof classify>[1] => ({
  id: 1,
  method,
  params,
});
const modernHeaders = (method: string, members: Partial<Headers> = {}): Headers =>
  headers({ protocolVersion: '2026-07-28', method, ...members });
const codeOf = (work: () => Protocol): string => {
  try {
    return work().era;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe(classify.name, () => {
  describe('without a claim', () => {
    it.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
      'is legacy under header %s',
      (version) => {
        expect(classify(headers({ protocolVersion: version }), request('tools/list'))).toEqual({
          era: 'legacy',
          revision: version,
          clientCapabilities: {},
        });
      },
    );

    it('is 2025-03-26 without a header', () => {
      expect(classify(headers(), request('tools/list'))).toMatchObject({
        era: 'legacy',
        revision: '2025-03-26',
      });
    });

    it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded'])(
      'takes the content type %p',
      (contentType) => {
        expect(classify(headers({ contentType }), request('tools/list')).era).toBe('legacy');
      },
    );

    it.each(['', '1999-01-01', '2025-11-26', 'latest', '2026', '2026-7-28', '2025-11-25,2025-11-25'])(
      'refuses the version %p, and names those that there are',
      (version) => {
        const work = (): Protocol => classify(headers({ protocolVersion: version }), request('tools/list'));
        expect(work).toThrow(
          expect.objectContaining({
            code: 'unsupported_protocol_version',
            data: {
              supported: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
              requested: version,
            },
          }),
        );
      },
    );

    it('does not repeat a version without end', () => {
      expect(() => classify(headers({ protocolVersion: 'v'.repeat(5000) }), request('ping'))).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/^.{1,200}$/) as string,
          data: expect.objectContaining({
            requested: expect.stringMatching(/^v{1,100}$/) as string,
          }) as object,
        }),
      );
    });

    it.each([null, 5, 'x', []])('ignores a _meta that is %p', (meta) => {
      expect(classify(headers(), request('tools/list', { _meta: meta })).era).toBe('legacy');
    });
  });

  describe('with initialize', () => {
    it.each([undefined, '2025-11-25', '1999-01-01', ''])('is legacy under version header %p', (version) => {
      expect(classify(headers({ protocolVersion: version }), request('initialize')).era).toBe('legacy');
    });

    it('is modern with a modern claim, where it is no method', () => {
      expect(classify(modernHeaders('initialize'), request('initialize', { _meta: META })).era).toBe(
        'modern',
      );
    });

    it('contradicts a modern header without a claim', () => {
      expect(codeOf(() => classify(modernHeaders('initialize'), request('initialize')))).toBe(
        'header_mismatch',
      );
    });

    it('is legacy with a claim of an earlier revision', () => {
      const meta = { ...META, [VERSION]: '2025-11-25' };
      expect(classify(headers(), request('initialize', { _meta: meta })).era).toBe('legacy');
    });
  });

  describe('with a claim', () => {
    it('is modern, with what the client can do', () => {
      expect(classify(modernHeaders('tools/list'), request('tools/list', { _meta: META }))).toEqual({
        era: 'modern',
        revision: '2026-07-28',
        clientCapabilities: { elicitation: {} },
      });
    });

    it.each([
      ['no version', { [CAPABILITIES]: {} }],
      ['no capabilities', { [VERSION]: '2026-07-28' }],
      ['neither', {}],
      ['a version that is a number', { ...META, [VERSION]: 20260728 }],
      ['capabilities that are a list', { ...META, [CAPABILITIES]: [] }],
      ['capabilities that are null', { ...META, [CAPABILITIES]: null }],
    ])('is refused with %s', (_what, meta) => {
      expect(codeOf(() => classify(modernHeaders('ping'), request('ping', { _meta: meta })))).toBe(
        'invalid_envelope',
      );
    });

    it('is refused when only the header makes it', () => {
      expect(codeOf(() => classify(modernHeaders('ping'), request('ping')))).toBe('invalid_envelope');
    });

    it.each([
      ['no version header', { protocolVersion: undefined }],
      ['another version header', { protocolVersion: '2025-11-25' }],
      ['no Mcp-Method', { method: undefined }],
      ['another Mcp-Method', { method: 'tools/list' }],
      ['no Mcp-Name', { name: undefined }],
      ['another Mcp-Name', { name: 'b' }],
      ['an Mcp-Name in broken Base64', { name: '=?base64?a?=' }],
    ])('contradicts %s', (_what, members) => {
      const call = request('tools/call', { name: 'a', _meta: META });
      expect(codeOf(() => classify(modernHeaders('tools/call', { name: 'a' }), call))).toBe('modern');
      expect(codeOf(() => classify(modernHeaders('tools/call', { name: 'a', ...members }), call))).toBe(
        'header_mismatch',
      );
    });

    it.each([
      ['tools/call', { name: 'a' }],
      ['prompts/get', { name: 'a' }],
      ['resources/read', { uri: 'a' }],
    ])('wants Mcp-Name on %s', (method, params) => {
      const call = request(method, { ...params, _meta: META });
      expect(codeOf(() => classify(modernHeaders(method), call))).toBe('header_mismatch');
      expect(codeOf(() => classify(modernHeaders(method, { name: 'a' }), call))).toBe('modern');
    });

    it.each(['tools/list', 'server/discover', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
      'wants no Mcp-Name on %s, whatever its params',
      (method) => {
        const inherited: unknown = ({} as Record<string, unknown>)[method];
        const params = { name: 'a', uri: 'b', [String(inherited)]: 'c', _meta: META };
        expect(codeOf(() => classify(modernHeaders(method), request(method, params)))).toBe('modern');
      },
    );

    it.each(['2026-07-29', '2027-01-01', '9999-12-31'])('is refused for the version %s', (version) => {
      const meta = { ...META, [VERSION]: version };
      const call = request('tools/list', { _meta: meta });
      expect(codeOf(() => classify(modernHeaders('tools/list', { protocolVersion: version }), call))).toBe(
        'unsupported_protocol_version',
      );
    });

    it.each(['text/plain', 'application/jsonp', '', undefined])('is refused as %p', (contentType) => {
      const call = request('tools/list', { _meta: META });
      expect(codeOf(() => classify(modernHeaders('tools/list', { contentType }), call))).toBe(
        'unsupported_media_type',
      );
    });
  });

  describe('of a notification', () => {
    const notification = { method: 'notifications/cancelled', params: {} };

    it('asks for no envelope', () => {
      expect(classify(modernHeaders('notifications/cancelled'), notification).era).toBe('modern');
      expect(classify(headers({ protocolVersion: '2026-07-28' }), notification).era).toBe('modern');
    });

    it('contradicts an Mcp-Method that names another', () => {
      expect(codeOf(() => classify(modernHeaders('notifications/progress'), notification))).toBe(
        'header_mismatch',
      );
    });
  });
});
