import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Completer, CompleterSource, CompletionProvider } from '../completer.port.js';

/** Finds the providers that decorators name as completers. */
@Injectable()
export class CompleterResolver {
  constructor(private readonly moduleRef: ModuleRef) {}

  /** @throws Error when the class is no provider of the application. */
  resolve(source: CompleterSource): Completer {
    if (!isProvider(source)) return source;
    const provider = this.moduleRef.get(source, { strict: false });
    return (typed, settled, context) => provider.complete(typed, settled, context);
  }
}

/** A class, as opposed to a function that completes by itself. */
function isProvider(source: CompleterSource): source is Type<CompletionProvider> {
  const prototype = source.prototype as Partial<CompletionProvider> | undefined;
  return typeof prototype?.complete === 'function';
}
