import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What Nest says while it wires the application up: of use when the wiring is wrong, noise otherwise. */
const WIRING: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

/** Nest's logger is nestjs-pino's, with the wiring at debug level. */
@Injectable()
export class NestLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (WIRING.has(rest.at(-1))) super.debug(message, ...rest);
    else super.log(message, ...(rest as [string]));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    // Whoever starts it says in one line why a port cannot be had.
    const isOfListening = rest.at(-1) === 'NestApplication' && String(message).includes('listen E');
    if (isOfListening) super.debug(message, ...rest);
    else super.error(message, ...(rest as [string]));
  }
}
