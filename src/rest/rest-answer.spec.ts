import { ToolError } from '../tools/tool-error.js';
import { errorResult } from '../tools/schema/error-form.js';
import { answerOf } from './rest-answer.js';

const problemIn = ({ body }: { body: string }): unknown => JSON.parse(body);

describe(answerOf.name, () => {
  it('says of a failure of ours what it has as data', () => {
    const answer = answerOf(
      errorResult(new ToolError('host_not_found', 'No such host.', '', { host: 'x' })),
      'id',
    );
    expect([answer.status, answer.code]).toEqual([404, 'host_not_found']);
    expect(problemIn(answer)).toMatchObject({ code: 'host_not_found', host: 'x' });
  });

  it('passes the words of an upstream on once, and takes none for a code', () => {
    const error = { code: 'C'.repeat(300_000), message: 'm'.repeat(300_000), type: 'theirs' };
    const answer = answerOf({ isError: true, content: [], structuredContent: { error } }, 'id');
    expect([answer.status, answer.code]).toEqual([502, 'tool_error']);
    expect(problemIn(answer)).toEqual({
      type: 'urn:mcpo:error:tool_error',
      title: 'The tool failed; the message says how.',
      status: 502,
      detail: `${'m'.repeat(2000)}...`,
      code: 'tool_error',
      correlationId: 'id',
      content: [],
      structuredContent: { error },
    });
  });
});
