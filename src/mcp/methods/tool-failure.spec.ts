import { AppError, toJsonRpcError } from '../../core/errors.js';
import { TOOL_ERRORS, ToolError, type ToolErrorCode } from '../../tools/tool-error.js';
import { refusalOf } from './tool-failure.js';

const CODES = Object.keys(TOOL_ERRORS) as ToolErrorCode[];
const isCallersFault = (code: ToolErrorCode): boolean => TOOL_ERRORS[code].status < 500;

describe(refusalOf.name, () => {
  it.each(CODES.filter(isCallersFault))('blames the params for %s', (code) => {
    const refusal = refusalOf(new ToolError(code, 'It went wrong.', 'Mend it.')) as AppError;
    expect(toJsonRpcError(refusal)).toMatchObject({
      code: -32602,
      message: expect.stringMatching(/^It went wrong\. Mend it\./) as string,
    });
  });

  it.each(CODES.filter((code) => !isCallersFault(code)))('does not blame the caller for %s', (code) => {
    const refusal = refusalOf(new ToolError(code, 'It went wrong.')) as AppError;
    expect(toJsonRpcError(refusal)).toMatchObject({ code: -32603, data: { code } });
  });

  it('leaves everything else as it is', () => {
    const errors = [new AppError('busy'), new Error('unexpected'), 'text'];
    expect(errors.map(refusalOf)).toEqual(errors);
  });
});
