import { AppError } from '../../core/errors.js';
import { scrub } from './scrub.js';

/** Of causes, and of the errors of an AggregateError. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 10;
const MAX_FRAMES = 15;
const MAX_STACK = 20_000;
/**
 * Members in which libraries keep what another server has answered, or what they were to check; their messages repeat
 * it.
 */
const DATA = ['headers', 'response', 'body', 'data', 'error', 'issues'] as const;

/** An error as the log shows it. */
export interface LoggedError {
  /** The name of its class. */
  readonly type: string;
  readonly code?: string | number;
  /** Of HTTP. */
  readonly status?: number;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
  readonly errors?: readonly LoggedError[];
}

/**
 * What the log says of whatever was thrown: no member beside those of {@link LoggedError}. Libraries put into their
 * errors what they were working on (the command of Redis with the password, headers, the bodies of both sides), and a
 * message is a stranger's text.
 */
export function serializeError(thrown: unknown): LoggedError {
  return describe(thrown, { depth: 0, budget: { left: MAX_ERRORS } });
}

interface Place {
  readonly depth: number;
  readonly budget: { left: number };
}

function describe(thrown: unknown, place: Place): LoggedError {
  place.budget.left -= 1;
  try {
    return isErrorLike(thrown) ? ofError(thrown, place) : ofOther(thrown);
  } catch {
    // A getter or a proxy that throws.
    return { type: 'Unreadable', message: 'What was thrown cannot be read' };
  }
}

type ErrorLike = Readonly<Record<string, unknown>> & { readonly message: string };

const isErrorLike = (thrown: unknown): thrown is ErrorLike =>
  typeof thrown === 'object' && thrown !== null && typeof (thrown as ErrorLike).message === 'string';

function ofError(error: ErrorLike, { depth, budget }: Place): LoggedError {
  const type = typeOf(error);
  const message = messageOf(error);
  const inner = { depth: depth + 1, budget };
  const mayGoOn = (one: unknown): boolean => inner.depth < MAX_DEPTH && budget.left > 0 && isErrorLike(one);
  const errors: LoggedError[] = [];
  // Others keep plain findings under this name, with the data that they are about.
  for (const one of Array.isArray(error['errors']) ? error['errors'].slice(0, MAX_ERRORS) : []) {
    if (mayGoOn(one)) errors.push(describe(one, inner));
  }
  const { code, status, stack, cause } = error;
  return {
    type,
    ...(isCode(code) && { code }),
    ...(Number.isInteger(status) && { status: status as number }),
    message,
    ...(typeof stack === 'string' && {
      stack: [`${type}: ${message}`, ...framesOf(stack, error.message)].join('\n'),
    }),
    ...(mayGoOn(cause) && { cause: describe(cause, inner) }),
    ...(errors.length > 0 && { errors }),
  };
}

function ofOther(thrown: unknown): LoggedError {
  if (typeof thrown === 'string') return { type: 'string', message: scrub(thrown) };
  const type = typeof thrown === 'object' && thrown !== null ? typeOf(thrown as ErrorLike) : typeof thrown;
  return { type, message: 'What was thrown is no error' };
}

function typeOf({ constructor, name }: Readonly<Record<string, unknown>>): string {
  const type = typeof constructor === 'function' ? constructor.name : name;
  return typeof type === 'string' && /^\w{1,64}$/.test(type) ? type : 'Error';
}

const isCode = (code: unknown): code is string | number =>
  Number.isInteger(code) || (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) && scrub(code) === code);

function messageOf(error: ErrorLike): string {
  return hasData(error) ? 'Left out: it may repeat what was sent or received' : scrub(error.message);
}

const hasData = (error: ErrorLike): boolean =>
  !(error instanceof AppError) &&
  DATA.some((member) => error[member] !== undefined && error[member] !== null);

/**
 * Names and places of code: that where it was thrown, and those of ours that led there. The message stands before them,
 * of any number of lines.
 */
function framesOf(stack: string, message: string): string[] {
  const at = stack.indexOf(message);
  return stack
    .slice(at === -1 ? 0 : at + message.length)
    .slice(0, MAX_STACK)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .filter((line, index) => index === 0 || !/node:internal|node_modules/.test(line))
    .slice(0, MAX_FRAMES)
    .map(scrub);
}
