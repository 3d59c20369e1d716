import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
  ValidationPipe,
} from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { Request } from 'express';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { plainOf } from '../core/json/exact-values.js';
import { BODY, readingJson } from '../core/json/json-structure.js';
import { cut } from '../core/quote.js';
import { asLong } from '../core/turn.js';
import { readBody } from './body.reader.js';

/**
 * Of a body that is checked against a class: to walk through members and items, and to tell of those that it does not
 * have, takes many times as long as to parse them. Classes have a few members, and lists of names.
 */
export const CHECKED_BODY = { ...BODY, maxNodes: 2000, maxMembers: 100 };

/** Reads the body of a request as one JSON object. */
@Injectable()
export class JsonObjectPipe implements PipeTransform<Request, Promise<object>> {
  private readonly limit: number;

  constructor(@Inject(Configuration) { http }: Configuration) {
    this.limit = http.bodyLimitBytes;
  }

  async transform(request: Request): Promise<object> {
    const text = await readBody(request, this.limit);
    const refuse = (problem: string): Error => new AppError('bad_request', { detail: problem });
    const body = plainOf(await asLong(text.length, readingJson(text, refuse, CHECKED_BODY)));
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new AppError('bad_request', { detail: 'The body is not a JSON object' });
    }
    return body;
  }
}

/**
 * The body of a request as an instance of the class of the parameter, checked by its class-validator decorators.
 * Members that the class does not have are refused.
 */
export const JsonBody = (): ParameterDecorator =>
  createParamDecorator((_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<Request>(),
  )(JsonObjectPipe, VALIDATION);

const VALIDATION = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validateCustomDecorators: true,
  validationError: { target: false, value: false },
  exceptionFactory: refusal,
});

/** Names every member that is wrong, in one sentence and as data. */
function refusal(errors: readonly ValidationError[]): AppError {
  const problems = errors.flatMap(({ property, constraints = {} }) =>
    Object.values(constraints).map((problem) => ({
      member: cut(property, MAX_MEMBER),
      problem: cut(problem, MAX_PROBLEM),
    })),
  );
  return new AppError('bad_request', {
    detail: problems
      .slice(0, MAX_PROBLEMS)
      .map(({ problem }) => problem)
      .join('; '),
    data: { problems: problems.slice(0, MAX_PROBLEMS) },
  });
}

/** Names of unknown members are a client's text. */
const MAX_MEMBER = 64;
const MAX_PROBLEM = 200;
const MAX_PROBLEMS = 20;
