import { ToolError, type ToolErrorCode } from '../../tools/tool-error.js';

/** A ToolError on its way between threads. */
export interface Failure {
  readonly code: ToolErrorCode;
  readonly message: string;
  readonly mend: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a query gets. */
export type Outcome<A> = { readonly answer: A } | { readonly failure: Failure };

export const failureOf = ({ code, message, mend, data }: ToolError): Failure => ({
  code,
  message,
  mend,
  data,
});

export const toolErrorOf = ({ code, message, mend, data }: Failure): ToolError =>
  new ToolError(code, message, mend, data);
