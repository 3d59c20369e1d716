import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What Nest says while it wires the application up: of use when the wiring is wrong, noise otherwise. */
const WIRING: ReadonlySet<unknown> = new Set([
  'NestFactory',
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
}
