import { errorCodeOf, TOOL_ERRORS } from './tool-error.js';

const failed = (structuredContent: unknown) => ({
  isError: true,
  content: [],
  structuredContent: structuredContent as Record<string, unknown>,
});

describe(errorCodeOf.name, () => {
  it.each(Object.keys(TOOL_ERRORS))('knows %s', (code) => {
    expect(errorCodeOf(failed({ error: { code } }))).toBe(code);
  });

  it.each([
    ['a word of its own', { error: { code: 'QUOTA_EXCEEDED' } }],
    ['one of any length', { error: { code: 'C'.repeat(300_000) } }],
    ['what every object has', { error: { code: 'constructor' } }],
    ['a number', { error: { code: -32000 } }],
    ['no code', { error: { message: 'broken' } }],
    ['no error', { error: null }],
    ['nothing', undefined],
  ])('takes no word of an upstream for a code: %s', (_what, structuredContent) => {
    expect(errorCodeOf(failed(structuredContent))).toBe('tool_error');
  });

  it('finds none in a result that is no failure', () => {
    expect(errorCodeOf({ content: [], structuredContent: { error: { code: 'timeout' } } })).toBeUndefined();
  });
});
